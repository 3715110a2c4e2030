// SPDX-License-Identifier: Apache-2.0
//
// File: admin_service.h
//
// The methods of AdminService (proto/jejak/v1/admin_service.proto).

#ifndef JEJAK_SERVER_SERVICE_ADMIN_ADMIN_SERVICE_H_
#define JEJAK_SERVER_SERVICE_ADMIN_ADMIN_SERVICE_H_

#include "server/service/runner.h"

#include "jejak/v1/admin_service.grpc.pb.h"

#include <string>

namespace jejak::service {

// Thread-safe. The reference must outlive the service.
class AdminServiceImpl final : public v1::AdminService::CallbackService {
 public:
  AdminServiceImpl(Runner& runner, std::string version, absl::Time start)
      : runner_(runner), version_(std::move(version)), start_(start) {}

  grpc::ServerUnaryReactor* GetServerStatus(grpc::CallbackServerContext* context,
                                            const v1::GetServerStatusRequest* request,
                                            v1::GetServerStatusResponse* response) override;
  grpc::ServerUnaryReactor* RebuildView(grpc::CallbackServerContext* context,
                                        const v1::RebuildViewRequest* request,
                                        v1::RebuildViewResponse* response) override;
  grpc::ServerUnaryReactor* CompareViews(grpc::CallbackServerContext* context,
                                         const v1::CompareViewsRequest* request,
                                         v1::CompareViewsResponse* response) override;

 private:
  Runner& runner_;
  const std::string version_;
  const absl::Time start_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_ADMIN_ADMIN_SERVICE_H_
