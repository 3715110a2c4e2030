// SPDX-License-Identifier: Apache-2.0
//
// File: office_service.h
//
// The methods of OfficeService (proto/jejak/v1/office_service.proto); what happens in each is in
// runner.h and in the decider.

#ifndef JEJAK_SERVER_SERVICE_OFFICE_OFFICE_SERVICE_H_
#define JEJAK_SERVER_SERVICE_OFFICE_OFFICE_SERVICE_H_

#include "server/domain/office/office.h"
#include "server/service/runner.h"

#include "jejak/v1/office_service.grpc.pb.h"

namespace jejak::service {

// Thread-safe. The references must outlive the service.
class OfficeServiceImpl final : public v1::OfficeService::CallbackService {
 public:
  explicit OfficeServiceImpl(Runner& runner) : runner_(runner) {}

  grpc::ServerUnaryReactor* GetOffice(grpc::CallbackServerContext* context,
                                      const v1::GetOfficeRequest* request,
                                      v1::Office* response) override {
    return runner_.Get<domain::OfficeDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ListOffices(grpc::CallbackServerContext* context,
                                        const v1::ListOfficesRequest* request,
                                        v1::ListOfficesResponse* response) override {
    return runner_.List<domain::OfficeDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* RegisterOffice(grpc::CallbackServerContext* context,
                                           const v1::RegisterOfficeRequest* request,
                                           v1::RegisterOfficeResponse* response) override {
    return runner_.Command<domain::OfficeDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* RenameOffice(grpc::CallbackServerContext* context,
                                         const v1::RenameOfficeRequest* request,
                                         v1::RenameOfficeResponse* response) override {
    return runner_.Command<domain::OfficeDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ReparentOffice(grpc::CallbackServerContext* context,
                                           const v1::ReparentOfficeRequest* request,
                                           v1::ReparentOfficeResponse* response) override {
    return runner_.Command<domain::OfficeDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* CloseOffice(grpc::CallbackServerContext* context,
                                        const v1::CloseOfficeRequest* request,
                                        v1::CloseOfficeResponse* response) override {
    return runner_.Command<domain::OfficeDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* CorrectOffice(grpc::CallbackServerContext* context,
                                          const v1::CorrectOfficeRequest* request,
                                          v1::CorrectOfficeResponse* response) override {
    return runner_.Command<domain::OfficeDecider>(context, request, response);
  }

 private:
  Runner& runner_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_OFFICE_OFFICE_SERVICE_H_
