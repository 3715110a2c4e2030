// SPDX-License-Identifier: Apache-2.0
//
// File: handover_service.h
//
// The methods of HandoverService (proto/jejak/v1/handover_service.proto); what happens in each is
// in runner.h and in the decider.

#ifndef JEJAK_SERVER_SERVICE_RECORD_HANDOVER_SERVICE_H_
#define JEJAK_SERVER_SERVICE_RECORD_HANDOVER_SERVICE_H_

#include "server/domain/record/handover.h"
#include "server/service/runner.h"

#include "jejak/v1/handover_service.grpc.pb.h"

namespace jejak::service {

// Thread-safe. The references must outlive the service.
class HandoverServiceImpl final : public v1::HandoverService::CallbackService {
 public:
  explicit HandoverServiceImpl(Runner& runner) : runner_(runner) {}

  grpc::ServerUnaryReactor* GetHandover(grpc::CallbackServerContext* context,
                                        const v1::GetHandoverRequest* request,
                                        v1::Handover* response) override {
    return runner_.Get<domain::HandoverDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ListHandovers(grpc::CallbackServerContext* context,
                                          const v1::ListHandoversRequest* request,
                                          v1::ListHandoversResponse* response) override {
    return runner_.List<domain::HandoverDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* PrepareHandover(grpc::CallbackServerContext* context,
                                            const v1::PrepareHandoverRequest* request,
                                            v1::PrepareHandoverResponse* response) override {
    return runner_.Command<domain::HandoverDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* PerformHandover(grpc::CallbackServerContext* context,
                                            const v1::PerformHandoverRequest* request,
                                            v1::PerformHandoverResponse* response) override {
    return runner_.Command<domain::HandoverDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* AcknowledgeHandover(
      grpc::CallbackServerContext* context, const v1::AcknowledgeHandoverRequest* request,
      v1::AcknowledgeHandoverResponse* response) override {
    return runner_.Command<domain::HandoverDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* RefuseHandover(grpc::CallbackServerContext* context,
                                           const v1::RefuseHandoverRequest* request,
                                           v1::RefuseHandoverResponse* response) override {
    return runner_.Command<domain::HandoverDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ReturnHandoverItem(grpc::CallbackServerContext* context,
                                               const v1::ReturnHandoverItemRequest* request,
                                               v1::ReturnHandoverItemResponse* response) override {
    return runner_.Command<domain::HandoverDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* CorrectHandover(grpc::CallbackServerContext* context,
                                            const v1::CorrectHandoverRequest* request,
                                            v1::CorrectHandoverResponse* response) override {
    return runner_.Command<domain::HandoverDecider>(context, request, response);
  }

 private:
  Runner& runner_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_RECORD_HANDOVER_SERVICE_H_
