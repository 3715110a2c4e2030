// SPDX-License-Identifier: Apache-2.0
//
// File: history_service.h
//
// The methods of HistoryService (proto/jejak/v1/history_service.proto).

#ifndef JEJAK_SERVER_SERVICE_HISTORY_HISTORY_SERVICE_H_
#define JEJAK_SERVER_SERVICE_HISTORY_HISTORY_SERVICE_H_

#include "server/service/runner.h"

#include "jejak/v1/history_service.grpc.pb.h"

#include <atomic>

namespace jejak::service {

// Thread-safe. The reference must outlive the service.
class HistoryServiceImpl final : public v1::HistoryService::CallbackService {
 public:
  explicit HistoryServiceImpl(Runner& runner) : runner_(runner) {}

  grpc::ServerUnaryReactor* ListLokusHistory(grpc::CallbackServerContext* context,
                                             const v1::ListLokusHistoryRequest* request,
                                             v1::ListLokusHistoryResponse* response) override;
  grpc::ServerUnaryReactor* SearchEvents(grpc::CallbackServerContext* context,
                                         const v1::SearchEventsRequest* request,
                                         v1::SearchEventsResponse* response) override;
  grpc::ServerUnaryReactor* ListRevisions(grpc::CallbackServerContext* context,
                                          const v1::ListRevisionsRequest* request,
                                          v1::ListRevisionsResponse* response) override;
  grpc::ServerUnaryReactor* Diff(grpc::CallbackServerContext* context,
                                 const v1::DiffRequest* request,
                                 v1::DiffResponse* response) override;
  grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context,
                                       const v1::ListEventsRequest* request,
                                       v1::ListEventsResponse* response) override;
  // Holds no thread while nothing happens; at most limits::kWatchersMax at a time.
  grpc::ServerWriteReactor<v1::WatchEventsResponse>* WatchEvents(
      grpc::CallbackServerContext* context, const v1::WatchEventsRequest* request) override;

 private:
  Runner& runner_;
  std::atomic<std::size_t> watchers_{0};
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_HISTORY_HISTORY_SERVICE_H_
