// SPDX-License-Identifier: Apache-2.0
//
// File: report_service.h
//
// The methods of ReportService (proto/jejak/v1/report_service.proto).

#ifndef JEJAK_SERVER_SERVICE_REPORT_REPORT_SERVICE_H_
#define JEJAK_SERVER_SERVICE_REPORT_REPORT_SERVICE_H_

#include "server/query/report/catalog.h"
#include "server/service/report/operations.h"
#include "server/service/runner.h"

#include "jejak/v1/report_service.grpc.pb.h"

#include <memory>
#include <string>

namespace jejak::service {

// Thread-safe.
class ReportServiceImpl final : public v1::ReportService::CallbackService {
 public:
  // Spools answers in `folder`. The runner must outlive the service. INVALID_ARGUMENT if a plan is
  // wrong; UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<ReportServiceImpl>> Open(Runner& runner,
                                                                 std::string folder);

  grpc::ServerUnaryReactor* ListReports(grpc::CallbackServerContext* context,
                                        const v1::ListReportsRequest* request,
                                        v1::ListReportsResponse* response) override;
  grpc::ServerUnaryReactor* GetReport(grpc::CallbackServerContext* context,
                                      const v1::GetReportRequest* request,
                                      v1::Report* response) override;
  grpc::ServerUnaryReactor* RunReport(grpc::CallbackServerContext* context,
                                      const v1::RunReportRequest* request,
                                      v1::Operation* response) override;
  grpc::ServerUnaryReactor* GetOperation(grpc::CallbackServerContext* context,
                                         const v1::GetOperationRequest* request,
                                         v1::Operation* response) override;
  grpc::ServerUnaryReactor* CancelOperation(grpc::CallbackServerContext* context,
                                            const v1::CancelOperationRequest* request,
                                            v1::Operation* response) override;
  grpc::ServerUnaryReactor* ListReportRows(grpc::CallbackServerContext* context,
                                           const v1::ListReportRowsRequest* request,
                                           v1::ListReportRowsResponse* response) override;

 private:
  ReportServiceImpl(Runner& runner, query::report::Catalog catalog,
                    std::unique_ptr<Operations> operations)
      : runner_(runner), catalog_(std::move(catalog)), operations_(std::move(operations)) {}

  absl::StatusOr<v1::Operation> Start(const std::string& actor, const v1::RunReportRequest& request,
                                      std::uint64_t size);

  Runner& runner_;
  const query::report::Catalog catalog_;
  // Last: what runs looks at the others.
  const std::unique_ptr<Operations> operations_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_REPORT_REPORT_SERVICE_H_
