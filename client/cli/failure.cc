// SPDX-License-Identifier: Apache-2.0

#include "client/cli/failure.h"

#include "client/cli/output.h"
#include "client/cpp/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace jejak::cli {
namespace {

constexpr char kUsageUrl[] = "jejak.cli/usage";

void PrintLine(absl::string_view label, absl::string_view text, std::ostream& err) {
  if (!text.empty()) err << "  " << label << ": " << Printable(text) << "\n";
}

}  // namespace

const char kExitCodesHelp[] =
    "0    done; an empty list is not a failure\n"
    "1    failure, a refusal among them\n"
    "2    wrong usage\n"
    "3    not found\n"
    "4    not signed in, or not allowed\n"
    "5    conflict: somebody changed it in the meantime\n"
    "6    an integrity check failed\n"
    "7    the server cannot be reached, or did not answer in time\n"
    "8    an import finished with rejected rows\n"
    "130  interrupted\n";

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsageUrl, absl::Cord());
  return status;
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.GetPayload(kUsageUrl).has_value()) return kUsage;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kOk;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return kDenied;
    case absl::StatusCode::kAborted:
      return kConflict;
    case absl::StatusCode::kDataLoss:
      return kIntegrity;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kUnavailable;
    default:
      return kFailure;
  }
}

void PrintError(const absl::Status& status, bool json, std::ostream& err) {
  const client::ErrorDetails details = client::GetDetails(status);
  const v1::Refusal refusal = details.refusal.value_or(v1::Refusal());
  if (json) {
    nlohmann::ordered_json error;
    error["code"] = absl::StatusCodeToString(status.code());
    error["reason"] = details.reason;
    error["message"] = std::string(status.message());
    auto& more = error["details"] = nlohmann::ordered_json::object();
    if (!details.metadata.empty()) more["metadata"] = details.metadata;
    if (!refusal.rule().empty()) more["rule"] = refusal.rule();
    if (!refusal.article().empty()) more["article"] = refusal.article();
    if (!refusal.needed().empty()) more["needed"] = refusal.needed();
    for (const auto& violation : details.field_violations) {
      more["fieldViolations"].push_back(
          {{"field", violation.field}, {"description", violation.description}});
    }
    if (details.unseen_events.has_value()) more["etag"] = details.unseen_events->etag();
    if (!details.request_id.empty()) more["requestId"] = details.request_id;
    const nlohmann::ordered_json document = {{"error", error}};
    err << document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
    return;
  }
  err << "jejak: " << Printable(status.message()) << "\n";
  PrintLine("reason", details.reason, err);
  PrintLine("rule", refusal.rule(), err);
  PrintLine("article", refusal.article(), err);
  PrintLine("needed", refusal.needed(), err);
  for (const auto& violation : details.field_violations) {
    PrintLine("field", absl::StrCat(violation.field, " ", violation.description), err);
  }
  if (details.unseen_events.has_value()) {
    for (const auto& event : details.unseen_events->events()) {
      PrintLine("unseen", absl::StrCat(event.position(), " ", event.type(), " by ", event.actor()),
                err);
    }
    PrintLine("etag now", details.unseen_events->etag(), err);
  }
  const bool unknown = absl::IsDeadlineExceeded(status) || absl::IsUnavailable(status);
  if (unknown && !details.request_id.empty()) {
    PrintLine("was it done?",
              absl::StrCat("repeat the command with --request-id ", details.request_id), err);
  }
}

}  // namespace jejak::cli
