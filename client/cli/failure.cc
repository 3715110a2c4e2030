// SPDX-License-Identifier: Apache-2.0

#include "client/cli/failure.h"

#include "client/cli/output.h"
#include "client/cpp/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"

#include <set>
#include <utility>
#include <vector>

namespace jejak::cli {
namespace {

constexpr char kUsageUrl[] = "jejak.cli/usage";

void PrintLine(absl::string_view label, absl::string_view text, std::ostream& err) {
  if (!text.empty()) err << "  " << label << ": " << Printable(text) << "\n";
}

// Fields of requests whose flags have other names, and those that refusals speak of.
constexpr std::pair<absl::string_view, absl::string_view> kFlags[] = {
    {"as_of_position", "--as-of"},
    {"as_of_time", "--as-of"},
    {"correlation_id", "--correlation-id"},
    {"from_position", "--from-position"},
    {"next_page_token", "--page-token"},
    {"occurred_time", "--occurred"},
    {"on_behalf_of", "--on-behalf-of"},
    {"order_by", "--order-by"},
    {"page_size", "--page-size"},
    {"page_token", "--page-token"},
    {"request_id", "--request-id"},
    {"stream_prefix", "--stream-prefix"},
    {"valid_time", "--valid"},
    {"validate_only", "--validate-only"},
};

// "page_token is --page-token, valid_time is --valid": the fields that the texts name.
std::string FlagsIn(const std::vector<std::string>& texts) {
  std::set<absl::string_view> words;
  for (const std::string& text : texts) {
    const std::vector<absl::string_view> found =
        absl::StrSplit(text, absl::ByAnyChar(" .,;:()\"'`"));
    words.insert(found.begin(), found.end());
  }
  std::vector<std::string> flags;
  for (const auto& [field, flag] : kFlags) {
    if (words.count(field) > 0) flags.push_back(absl::StrCat(field, " is ", flag));
  }
  return absl::StrJoin(flags, ", ");
}

}  // namespace

const char kExitCodesHelp[] =
    "0    done; an empty list is not a failure\n"
    "1    failure: what the server refuses, a filter or a value that it does not take among it\n"
    "2    wrong usage, found before anything was sent: a command, flag or column that there is "
    "not, a\n"
    "     value that does not have the form its flag asks for, or something that is missing\n"
    "3    not found\n"
    "4    not signed in, or not allowed\n"
    "5    conflict: somebody changed it in the meantime\n"
    "6    an integrity check failed: content that does not have its hash, a view that is not what\n"
    "     the log says, a log, receipt or exported folder that does not verify\n"
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
  std::vector<std::string> texts = {std::string(status.message()), refusal.needed()};
  for (const auto& violation : details.field_violations) {
    texts.push_back(absl::StrCat(violation.field, " ", violation.description));
    PrintLine("field", texts.back(), err);
  }
  PrintLine("flag", FlagsIn(texts), err);
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
