// SPDX-License-Identifier: Apache-2.0
//
// File: lokus_service.h
//
// The methods of LokusService (proto/jejak/v1/lokus_service.proto); what happens in each is in
// runner.h and in the decider.

#ifndef JEJAK_SERVER_SERVICE_LOKUS_LOKUS_SERVICE_H_
#define JEJAK_SERVER_SERVICE_LOKUS_LOKUS_SERVICE_H_

#include "server/domain/lokus/lokus.h"
#include "server/service/runner.h"

#include "jejak/v1/lokus_service.grpc.pb.h"

namespace jejak::service {

// Thread-safe. The references must outlive the service.
class LokusServiceImpl final : public v1::LokusService::CallbackService {
 public:
  explicit LokusServiceImpl(Runner& runner) : runner_(runner) {}

  grpc::ServerUnaryReactor* GetLokus(grpc::CallbackServerContext* context,
                                     const v1::GetLokusRequest* request,
                                     v1::Lokus* response) override {
    return runner_.Get<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ListLokus(grpc::CallbackServerContext* context,
                                      const v1::ListLokusRequest* request,
                                      v1::ListLokusResponse* response) override {
    return runner_.List<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* MapVillage(grpc::CallbackServerContext* context,
                                       const v1::MapVillageRequest* request,
                                       v1::MapVillageResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ProposeLokus(grpc::CallbackServerContext* context,
                                         const v1::ProposeLokusRequest* request,
                                         v1::ProposeLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* EndorseLokus(grpc::CallbackServerContext* context,
                                         const v1::EndorseLokusRequest* request,
                                         v1::EndorseLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ReturnLokus(grpc::CallbackServerContext* context,
                                        const v1::ReturnLokusRequest* request,
                                        v1::ReturnLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* RejectLokus(grpc::CallbackServerContext* context,
                                        const v1::RejectLokusRequest* request,
                                        v1::RejectLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ApproveLokus(grpc::CallbackServerContext* context,
                                         const v1::ApproveLokusRequest* request,
                                         v1::ApproveLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* DesignateLokus(grpc::CallbackServerContext* context,
                                           const v1::DesignateLokusRequest* request,
                                           v1::DesignateLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* NotifyVillage(grpc::CallbackServerContext* context,
                                          const v1::NotifyVillageRequest* request,
                                          v1::NotifyVillageResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* AcceptLokus(grpc::CallbackServerContext* context,
                                        const v1::AcceptLokusRequest* request,
                                        v1::AcceptLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* DeclineLokus(grpc::CallbackServerContext* context,
                                         const v1::DeclineLokusRequest* request,
                                         v1::DeclineLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* InaugurateLokus(grpc::CallbackServerContext* context,
                                            const v1::InaugurateLokusRequest* request,
                                            v1::InaugurateLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* SuspendLokus(grpc::CallbackServerContext* context,
                                         const v1::SuspendLokusRequest* request,
                                         v1::SuspendLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ResumeLokus(grpc::CallbackServerContext* context,
                                        const v1::ResumeLokusRequest* request,
                                        v1::ResumeLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* WithdrawLokus(grpc::CallbackServerContext* context,
                                          const v1::WithdrawLokusRequest* request,
                                          v1::WithdrawLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* CloseLokus(grpc::CallbackServerContext* context,
                                       const v1::CloseLokusRequest* request,
                                       v1::CloseLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* CorrectLokus(grpc::CallbackServerContext* context,
                                         const v1::CorrectLokusRequest* request,
                                         v1::CorrectLokusResponse* response) override {
    return runner_.Command<domain::LokusDecider>(context, request, response);
  }

 private:
  Runner& runner_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_LOKUS_LOKUS_SERVICE_H_
