// SPDX-License-Identifier: Apache-2.0
//
// File: log_service.h
//
// The methods of LogService (proto/jejak/v1/log_service.proto). Those that need a checkpoint wait
// for it with the checkpointer, without a thread.

#ifndef JEJAK_SERVER_SERVICE_LOG_LOG_SERVICE_H_
#define JEJAK_SERVER_SERVICE_LOG_LOG_SERVICE_H_

#include "server/audit/checkpointer.h"
#include "server/service/runner.h"

#include "jejak/v1/log_service.grpc.pb.h"

#include <cstdint>
#include <functional>

namespace jejak::service {

// Thread-safe. The runner, which has a checkpointer, must outlive the service.
class LogServiceImpl final : public v1::LogService::CallbackService {
 public:
  explicit LogServiceImpl(Runner& runner) : runner_(runner) {}

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const v1::GetCheckpointRequest* request,
                                          v1::GetCheckpointResponse* response) override;
  grpc::ServerUnaryReactor* GetInclusionProof(grpc::CallbackServerContext* context,
                                              const v1::GetInclusionProofRequest* request,
                                              v1::GetInclusionProofResponse* response) override;
  grpc::ServerUnaryReactor* GetConsistencyProof(grpc::CallbackServerContext* context,
                                                const v1::GetConsistencyProofRequest* request,
                                                v1::GetConsistencyProofResponse* response) override;
  grpc::ServerUnaryReactor* GetTile(grpc::CallbackServerContext* context,
                                    const v1::GetTileRequest* request,
                                    v1::GetTileResponse* response) override;
  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context,
                                        const v1::ListEntriesRequest* request,
                                        v1::ListEntriesResponse* response) override;
  grpc::ServerUnaryReactor* GetReceipt(grpc::CallbackServerContext* context,
                                       const v1::GetReceiptRequest* request,
                                       v1::GetReceiptResponse* response) override;

 private:
  // Checks the caller and the request, waits until a checkpoint covers `size`, and runs `work` on
  // the pool. Only `size` events that are there are waited for: POSITION_IN_FUTURE.
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context,
                                const google::protobuf::Message& request, std::uint64_t size,
                                std::function<absl::Status()> work);
  const log::EventLog& log() const { return *runner_.options().log; }
  audit::Checkpointer& checkpointer() const { return *runner_.options().checkpointer; }

  Runner& runner_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_LOG_LOG_SERVICE_H_
