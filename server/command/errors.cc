// SPDX-License-Identifier: Apache-2.0

#include "server/command/errors.h"

#include "server/command/status_proto.h"
#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::command {

using domain::Refusal;

absl::Status QueueFull() {
  absl::Status status =
      Refusal(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "too much is waiting")
          .Needed("send it again a little later; a command with the same request id");
  AddRetry(absl::Milliseconds(100), status);
  return status;
}

absl::Status NotAccepting(absl::string_view why) {
  return Refusal(absl::StatusCode::kUnavailable, "NOT_ACCEPTING",
                 absl::StrCat("the server takes no commands: ", why))
      .Needed("send it again with the same request id once the server is back");
}

absl::Status ViewFailed() {
  return Refusal(absl::StatusCode::kUnavailable, "VIEW_FAILED",
                 "the view does not follow the log any more")
      .Needed("a question as of a moment that the view has, or a view built anew (RebuildView)");
}

absl::Status WriteFailed() {
  return Refusal(absl::StatusCode::kUnavailable, "WRITE_FAILED",
                 "the disk failed: it is not known whether the command was recorded")
      .Needed("send it again with the same request id once the server is back");
}

absl::Status RequestIdReused(absl::string_view request_id) {
  return Refusal(absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED",
                 absl::StrCat("the request id \"", request_id, "\" was used for another request"))
      .Rule("R46")
      .Needed("a new request id for a new request")
      .Meta("request_id", request_id);
}

absl::Status EtagMismatch(absl::string_view stream, absl::string_view etag, absl::string_view now) {
  return Refusal(absl::StatusCode::kAborted, "ETAG_MISMATCH",
                 absl::StrCat(stream, " has changed: you saw ", etag, ", it is at ", now))
      .Rule("R46")
      .Needed("look at the events you had not seen, and decide again")
      .Meta("resource", stream)
      .Meta("etag", now);
}

absl::Status PersonRepeated() {
  return Refusal(absl::StatusCode::kInvalidArgument, "PERSON_REPEATED",
                 "one national id stands in the request with different data")
      .Needed("the same data wherever a person is named");
}

absl::Status OccurredInFuture() {
  return Refusal(absl::StatusCode::kInvalidArgument, "OCCURRED_IN_FUTURE",
                 "what is recorded cannot lie in the future")
      .Rule("R44")
      .Needed("the time at which it happened, or none for now");
}

absl::Status EtagInvalid(absl::string_view etag) {
  return Refusal(absl::StatusCode::kInvalidArgument, "ETAG_INVALID",
                 absl::StrCat("\"", etag, "\" is not an etag of this server"))
      .Needed("the etag as read, or none");
}

}  // namespace jejak::command
