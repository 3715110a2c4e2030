// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/error.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

#include "absl/strings/cord.h"

#include <utility>

namespace jejak::client {
namespace {

constexpr char kRequestIdUrl[] = "jejak.client/request-id";

// The detail of type `Message` in a status.
template <typename Message>
std::optional<Message> Detail(const absl::Status& status) {
  const auto payload =
      status.GetPayload("type.googleapis.com/" + Message::descriptor()->full_name());
  Message message;
  if (!payload.has_value() || !message.ParseFromString(std::string(*payload))) return std::nullopt;
  return message;
}

}  // namespace

ErrorDetails GetDetails(const absl::Status& status) {
  ErrorDetails details;
  details.refusal = Detail<v1::Refusal>(status);
  if (details.refusal.has_value()) details.reason = details.refusal->reason();
  if (const auto info = Detail<google::rpc::ErrorInfo>(status); info.has_value()) {
    details.reason = info->reason();
    details.metadata.insert(info->metadata().begin(), info->metadata().end());
  }
  if (const auto bad = Detail<google::rpc::BadRequest>(status); bad.has_value()) {
    for (const auto& violation : bad->field_violations()) {
      details.field_violations.push_back({violation.field(), violation.description()});
    }
  }
  if (const auto retry = Detail<google::rpc::RetryInfo>(status); retry.has_value()) {
    details.retry_after = absl::Seconds(retry->retry_delay().seconds()) +
                          absl::Nanoseconds(retry->retry_delay().nanos());
  }
  details.unseen_events = Detail<v1::UnseenEvents>(status);
  if (const auto id = status.GetPayload(kRequestIdUrl); id.has_value()) {
    details.request_id = std::string(*id);
  }
  return details;
}

absl::Status ToAbslStatus(const grpc::Status& status) {
  // The codes of both are those of google.rpc.Code.
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status sent;
  if (result.ok() || !sent.ParseFromString(status.error_details())) return result;
  for (const auto& detail : sent.details()) {
    result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return result;
}

void SetRequestId(absl::Status* status, absl::string_view request_id) {
  status->SetPayload(kRequestIdUrl, absl::Cord(request_id));
}

}  // namespace jejak::client
