// SPDX-License-Identifier: Apache-2.0
//
// File: error.h
//
// Error details as values. A status from this library carries what the server sent as payloads;
// GetDetails takes them out. Branch on ErrorDetails::reason, never on the message.

#ifndef JEJAK_CLIENT_CPP_ERROR_H_
#define JEJAK_CLIENT_CPP_ERROR_H_

#include "jejak/v1/common.pb.h"
#include "jejak/v1/history.pb.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jejak::client {

// A field of the request that was not accepted.
struct FieldViolation {
  std::string field;
  std::string description;
};

struct ErrorDetails {
  // Stable name, e.g. "QUOTA_EXCEEDED"; empty if the server gave none.
  std::string reason;
  std::map<std::string, std::string> metadata;
  // Rule and way out of a refusal by the domain.
  std::optional<v1::Refusal> refusal;
  std::vector<FieldViolation> field_violations;
  // How long to wait before asking again.
  std::optional<absl::Duration> retry_after;
  // What the caller had not seen, when an etag no longer matched.
  std::optional<v1::UnseenEvents> unseen_events;
  // The request id of the command that failed: the same command with this id is safe to repeat,
  // and after a lost answer it tells the outcome. Empty for reads.
  std::string request_id;
};

// The details in a status. Never fails: what is absent or cannot be parsed stays empty.
ErrorDetails GetDetails(const absl::Status& status);

// `status` with code, message, and the details of its google.rpc.Status as payloads. Details that
// cannot be parsed are left out.
absl::Status ToAbslStatus(const grpc::Status& status);

// Notes in an error which request it was about. REQUIRES: !status->ok().
void SetRequestId(absl::Status* status, absl::string_view request_id);

}  // namespace jejak::client

#endif  // JEJAK_CLIENT_CPP_ERROR_H_
