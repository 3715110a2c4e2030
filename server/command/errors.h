// SPDX-License-Identifier: Apache-2.0
//
// File: errors.h
//
// Refusals of the command stage itself; those of the domain are with their aggregates.

#ifndef JEJAK_SERVER_COMMAND_ERRORS_H_
#define JEJAK_SERVER_COMMAND_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace jejak::command {

// RESOURCE_EXHAUSTED, reason QUEUE_FULL, with google.rpc.RetryInfo. For commands and for reads.
absl::Status QueueFull();
// UNAVAILABLE, reason NOT_ACCEPTING: shutting down, or stopped after a failed write.
absl::Status NotAccepting(absl::string_view why);
// UNAVAILABLE, reason VIEW_FAILED: the view does not follow the log any more.
absl::Status ViewFailed();
// UNAVAILABLE, reason WRITE_FAILED: it is not known whether the command was recorded. Ask again
// with the same request id.
absl::Status WriteFailed();
// INVALID_ARGUMENT, reason REQUEST_ID_REUSED (R46): the id was used for another request.
absl::Status RequestIdReused(absl::string_view request_id);
// ABORTED, reason ETAG_MISMATCH (R46).
absl::Status EtagMismatch(absl::string_view stream, absl::string_view etag, absl::string_view now);
// INVALID_ARGUMENT, reason PERSON_REPEATED: one national id, two sets of data in one request.
absl::Status PersonRepeated();
// INVALID_ARGUMENT, reason OCCURRED_IN_FUTURE (R44): nothing is recorded before it happens.
absl::Status OccurredInFuture();
// INVALID_ARGUMENT, reason ETAG_INVALID: not an etag of this server.
absl::Status EtagInvalid(absl::string_view etag);

}  // namespace jejak::command

#endif  // JEJAK_SERVER_COMMAND_ERRORS_H_
