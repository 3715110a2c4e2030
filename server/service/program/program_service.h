// SPDX-License-Identifier: Apache-2.0
//
// File: program_service.h
//
// The methods of ProgramService (proto/jejak/v1/program_service.proto); what happens in each is in
// runner.h and in the decider.

#ifndef JEJAK_SERVER_SERVICE_PROGRAM_PROGRAM_SERVICE_H_
#define JEJAK_SERVER_SERVICE_PROGRAM_PROGRAM_SERVICE_H_

#include "server/domain/program/program.h"
#include "server/service/runner.h"

#include "jejak/v1/program_service.grpc.pb.h"

namespace jejak::service {

// Thread-safe. The references must outlive the service.
class ProgramServiceImpl final : public v1::ProgramService::CallbackService {
 public:
  explicit ProgramServiceImpl(Runner& runner) : runner_(runner) {}

  grpc::ServerUnaryReactor* GetProgram(grpc::CallbackServerContext* context,
                                       const v1::GetProgramRequest* request,
                                       v1::Program* response) override {
    return runner_.Get<domain::ProgramDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ListPrograms(grpc::CallbackServerContext* context,
                                         const v1::ListProgramsRequest* request,
                                         v1::ListProgramsResponse* response) override {
    return runner_.List<domain::ProgramDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* OpenProgram(grpc::CallbackServerContext* context,
                                        const v1::OpenProgramRequest* request,
                                        v1::OpenProgramResponse* response) override {
    return runner_.Command<domain::ProgramDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* PublishPolicy(grpc::CallbackServerContext* context,
                                          const v1::PublishPolicyRequest* request,
                                          v1::PublishPolicyResponse* response) override {
    return runner_.Command<domain::ProgramDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* GrantDeviation(grpc::CallbackServerContext* context,
                                           const v1::GrantDeviationRequest* request,
                                           v1::GrantDeviationResponse* response) override {
    return runner_.Command<domain::ProgramDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* SetTarget(grpc::CallbackServerContext* context,
                                      const v1::SetTargetRequest* request,
                                      v1::SetTargetResponse* response) override {
    return runner_.Command<domain::ProgramDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* CloseProgram(grpc::CallbackServerContext* context,
                                         const v1::CloseProgramRequest* request,
                                         v1::CloseProgramResponse* response) override {
    return runner_.Command<domain::ProgramDecider>(context, request, response);
  }

 private:
  Runner& runner_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_PROGRAM_PROGRAM_SERVICE_H_
