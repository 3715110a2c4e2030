// SPDX-License-Identifier: Apache-2.0
//
// File: history_service.h
//
// The methods of HistoryService (proto/jejak/v1/history_service.proto).

#ifndef JEJAK_SERVER_SERVICE_HISTORY_HISTORY_SERVICE_H_
#define JEJAK_SERVER_SERVICE_HISTORY_HISTORY_SERVICE_H_

#include "server/service/history/subscription.h"
#include "server/service/runner.h"

#include "jejak/v1/history_service.grpc.pb.h"

namespace jejak::service {

// Thread-safe. The reference must outlive the service.
class HistoryServiceImpl final : public v1::HistoryService::CallbackService {
 public:
  explicit HistoryServiceImpl(Runner& runner, Subscriptions::Options options = {})
      : runner_(runner), subscriptions_(runner, options) {}

  grpc::ServerUnaryReactor* ListLokusHistory(grpc::CallbackServerContext* context,
                                             const v1::ListLokusHistoryRequest* request,
                                             v1::ListLokusHistoryResponse* response) override;
  grpc::ServerUnaryReactor* SearchEvents(grpc::CallbackServerContext* context,
                                         const v1::SearchEventsRequest* request,
                                         v1::SearchEventsResponse* response) override;
  grpc::ServerUnaryReactor* CountEvents(grpc::CallbackServerContext* context,
                                        const v1::CountEventsRequest* request,
                                        v1::CountEventsResponse* response) override;
  grpc::ServerUnaryReactor* ListRevisions(grpc::CallbackServerContext* context,
                                          const v1::ListRevisionsRequest* request,
                                          v1::ListRevisionsResponse* response) override;
  grpc::ServerUnaryReactor* Diff(grpc::CallbackServerContext* context,
                                 const v1::DiffRequest* request,
                                 v1::DiffResponse* response) override;
  grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context,
                                       const v1::ListEventsRequest* request,
                                       v1::ListEventsResponse* response) override;
  grpc::ServerWriteReactor<v1::SubscribeResponse>* Subscribe(
      grpc::CallbackServerContext* context, const v1::SubscribeRequest* request) override;

  const Subscriptions& subscriptions() const { return subscriptions_; }

 private:
  Runner& runner_;
  Subscriptions subscriptions_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_HISTORY_HISTORY_SERVICE_H_
