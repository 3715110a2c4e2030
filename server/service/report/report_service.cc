// SPDX-License-Identifier: Apache-2.0

#include "server/service/report/report_service.h"

#include "server/base/status_macros.h"
#include "server/domain/messages.h"
#include "server/query/report/run.h"
#include "server/service/caller.h"
#include "server/service/report/operation_errors.h"

#include "absl/strings/ascii.h"

#include <utility>

namespace jejak::service {
namespace {

// What it says is not about the log, so the view need not have caught up.
const v1::ReadOptions& Any() {
  static const v1::ReadOptions* const read = [] {
    auto* options = new v1::ReadOptions();
    options->set_consistency(v1::CONSISTENCY_EVENTUAL);
    return options;
  }();
  return *read;
}

v1::Language LanguageOf(v1::Language asked) {
  return asked == v1::LANGUAGE_UNSPECIFIED ? v1::LANGUAGE_ENGLISH : asked;
}

// The actor of a call whose caller was checked.
std::string ActorOf(const grpc::CallbackServerContext& context) {
  const absl::StatusOr<Caller> caller = GetCaller(context);
  return caller.ok() ? caller->actor : "";
}

template <typename M>
absl::Status Answer(absl::StatusOr<M> found, M* response) {
  if (found.ok()) *response = *std::move(found);
  return found.status();
}

// The moment the answer is as of.
absl::StatusOr<absl::Time> MomentOf(const log::EventLog& log, const v1::ReadOptions& read,
                                    absl::Time now) {
  if (read.has_as_of_time()) return absl::FromUnixMicros(domain::MicrosOf(read.as_of_time()));
  if (read.as_of_case() != v1::ReadOptions::kAsOfPosition) return now;
  JEJAK_ASSIGN_OR_RETURN(const log::RecordedEvent event, log.Read(read.as_of_position()));
  return absl::FromUnixMicros(event.entry.commit_time_us);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReportServiceImpl>> ReportServiceImpl::Open(Runner& runner,
                                                                           std::string folder) {
  JEJAK_ASSIGN_OR_RETURN(query::report::Catalog catalog, query::report::Catalog::Load());
  JEJAK_ASSIGN_OR_RETURN(std::unique_ptr<Operations> operations,
                         Operations::Open(std::move(folder), runner.options().clock));
  return std::unique_ptr<ReportServiceImpl>(
      new ReportServiceImpl(runner, std::move(catalog), std::move(operations)));
}

grpc::ServerUnaryReactor* ReportServiceImpl::ListReports(grpc::CallbackServerContext* context,
                                                         const v1::ListReportsRequest* request,
                                                         v1::ListReportsResponse* response) {
  return runner_.Read(context, *request, Any(), [this, request, response](std::uint64_t) {
    for (const query::report::Plan& plan : catalog_.plans()) {
      *response->add_reports() = plan.Describe(LanguageOf(request->language()));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ReportServiceImpl::GetReport(grpc::CallbackServerContext* context,
                                                       const v1::GetReportRequest* request,
                                                       v1::Report* response) {
  return runner_.Read(
      context, *request, Any(), [this, request, response](std::uint64_t) -> absl::Status {
        JEJAK_ASSIGN_OR_RETURN(const query::report::Plan* plan, catalog_.Find(request->name()));
        *response = plan->Describe(LanguageOf(request->language()));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ReportServiceImpl::RunReport(grpc::CallbackServerContext* context,
                                                       const v1::RunReportRequest* request,
                                                       v1::Operation* response) {
  return runner_.Read(context, *request, request->read(),
                      [this, actor = ActorOf(*context), request, response](std::uint64_t size) {
                        return Answer(Start(actor, *request, size), response);
                      });
}

absl::StatusOr<v1::Operation> ReportServiceImpl::Start(const std::string& actor,
                                                       const v1::RunReportRequest& request,
                                                       std::uint64_t size) {
  JEJAK_ASSIGN_OR_RETURN(const query::report::Plan* plan, catalog_.Find(request.name()));
  query::report::RunRequest run;
  JEJAK_ASSIGN_OR_RETURN(run.arguments, plan->Check(request.arguments()));
  if (absl::StripAsciiWhitespace(request.purpose()).empty()) return PurposeMissing();
  const absl::Time now = runner_.options().clock->Now();
  JEJAK_ASSIGN_OR_RETURN(run.moment, MomentOf(*runner_.options().log, request.read(), now));
  run.plan = plan;
  run.size = size;
  run.language = LanguageOf(request.language());

  v1::ReportHeader asked;
  asked.set_actor(actor);
  asked.set_actor_unauthenticated(true);
  asked.set_office(request.office());
  asked.set_role(request.role());
  asked.set_purpose(request.purpose());
  return operations_->Start(
      actor, plan->name(),
      [this, run = std::move(run), asked = std::move(asked)](
          Spool& spool, Operations::Progress progress) -> absl::StatusOr<v1::ReportHeader> {
        const absl::Time begun = runner_.options().clock->Now();
        JEJAK_ASSIGN_OR_RETURN(
            v1::ReportHeader header,
            query::report::Run(
                runner_.reader(), run, runner_.Masked(),
                [&spool](const v1::ReportRow& row) { return spool.Add(row); }, progress));
        header.MergeFrom(asked);
        domain::SetMicros(absl::ToUnixMicros(begun), *header.mutable_compute_time());
        return header;
      });
}

grpc::ServerUnaryReactor* ReportServiceImpl::GetOperation(grpc::CallbackServerContext* context,
                                                          const v1::GetOperationRequest* request,
                                                          v1::Operation* response) {
  return runner_.Read(context, *request, Any(),
                      [this, actor = ActorOf(*context), request, response](std::uint64_t) {
                        return Answer(operations_->Get(actor, request->name()), response);
                      });
}

grpc::ServerUnaryReactor* ReportServiceImpl::CancelOperation(
    grpc::CallbackServerContext* context, const v1::CancelOperationRequest* request,
    v1::Operation* response) {
  return runner_.Read(context, *request, Any(),
                      [this, actor = ActorOf(*context), request, response](std::uint64_t) {
                        return Answer(operations_->Cancel(actor, request->name()), response);
                      });
}

grpc::ServerUnaryReactor* ReportServiceImpl::ListReportRows(
    grpc::CallbackServerContext* context, const v1::ListReportRowsRequest* request,
    v1::ListReportRowsResponse* response) {
  return runner_.Read(context, *request, Any(),
                      [this, actor = ActorOf(*context), request, response](std::uint64_t) {
                        return Answer(operations_->Rows(actor, *request), response);
                      });
}

}  // namespace jejak::service
