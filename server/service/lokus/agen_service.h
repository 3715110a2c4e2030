// SPDX-License-Identifier: Apache-2.0
//
// File: agen_service.h
//
// The methods of AgenService (proto/jejak/v1/agen_service.proto); what happens in each is in
// runner.h and in the decider.

#ifndef JEJAK_SERVER_SERVICE_LOKUS_AGEN_SERVICE_H_
#define JEJAK_SERVER_SERVICE_LOKUS_AGEN_SERVICE_H_

#include "server/domain/lokus/agen.h"
#include "server/domain/lokus/appointment.h"
#include "server/service/runner.h"

#include "jejak/v1/agen_service.grpc.pb.h"

namespace jejak::service {

// Thread-safe. The references must outlive the service.
class AgenServiceImpl final : public v1::AgenService::CallbackService {
 public:
  explicit AgenServiceImpl(Runner& runner) : runner_(runner) {}

  grpc::ServerUnaryReactor* GetAgen(grpc::CallbackServerContext* context,
                                    const v1::GetAgenRequest* request,
                                    v1::Agen* response) override {
    return runner_.Get<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ListAgen(grpc::CallbackServerContext* context,
                                     const v1::ListAgenRequest* request,
                                     v1::ListAgenResponse* response) override {
    return runner_.List<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* RegisterCandidate(grpc::CallbackServerContext* context,
                                              const v1::RegisterCandidateRequest* request,
                                              v1::RegisterCandidateResponse* response) override {
    return runner_.Command<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* RecordConsent(grpc::CallbackServerContext* context,
                                          const v1::RecordConsentRequest* request,
                                          v1::RecordConsentResponse* response) override {
    return runner_.Command<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* VerifyRequirement(grpc::CallbackServerContext* context,
                                              const v1::VerifyRequirementRequest* request,
                                              v1::VerifyRequirementResponse* response) override {
    return runner_.Command<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* FindEligible(grpc::CallbackServerContext* context,
                                         const v1::FindEligibleRequest* request,
                                         v1::FindEligibleResponse* response) override {
    return runner_.Command<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* FindIneligible(grpc::CallbackServerContext* context,
                                           const v1::FindIneligibleRequest* request,
                                           v1::FindIneligibleResponse* response) override {
    return runner_.Command<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* SelectCandidate(grpc::CallbackServerContext* context,
                                            const v1::SelectCandidateRequest* request,
                                            v1::SelectCandidateResponse* response) override {
    return runner_.Command<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ReserveCandidate(grpc::CallbackServerContext* context,
                                             const v1::ReserveCandidateRequest* request,
                                             v1::ReserveCandidateResponse* response) override {
    return runner_.Command<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* AppointAgen(grpc::CallbackServerContext* context,
                                        const v1::AppointAgenRequest* request,
                                        v1::AppointAgenResponse* response) override {
    return runner_.Command<domain::AppointmentDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ResignAgen(grpc::CallbackServerContext* context,
                                       const v1::ResignAgenRequest* request,
                                       v1::ResignAgenResponse* response) override {
    return runner_.Command<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* DismissAgen(grpc::CallbackServerContext* context,
                                        const v1::DismissAgenRequest* request,
                                        v1::DismissAgenResponse* response) override {
    return runner_.Command<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ReplaceAgen(grpc::CallbackServerContext* context,
                                        const v1::ReplaceAgenRequest* request,
                                        v1::ReplaceAgenResponse* response) override {
    return runner_.Command<domain::AgenDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* CorrectAgen(grpc::CallbackServerContext* context,
                                        const v1::CorrectAgenRequest* request,
                                        v1::CorrectAgenResponse* response) override {
    return runner_.Command<domain::AgenDecider>(context, request, response);
  }

 private:
  Runner& runner_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_LOKUS_AGEN_SERVICE_H_
