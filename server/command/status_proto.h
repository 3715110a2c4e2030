// SPDX-License-Identifier: Apache-2.0
//
// File: status_proto.h
//
// absl::Status as google.rpc.Status and back. Payloads become details and details payloads, so
// nothing is lost on the way to the wire or to the outcome store.

#ifndef JEJAK_SERVER_COMMAND_STATUS_PROTO_H_
#define JEJAK_SERVER_COMMAND_STATUS_PROTO_H_

#include "google/rpc/status.pb.h"

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace jejak::command {

// The message is cut at limits::kErrorMessageBytesMax; details are left out, the largest first,
// until the whole is within limits::kErrorDetailBytesMax (gRPC 1.51 loses larger ones).
google::rpc::Status ToProto(const absl::Status& status);
absl::Status FromProto(const google::rpc::Status& status);

// Adds a message as a payload; it becomes a detail.
void AddDetail(const google::protobuf::Message& detail, absl::Status& status);
// Adds google.rpc.RetryInfo: the same call may go well after `delay`, which is below a second.
void AddRetry(absl::Duration delay, absl::Status& status);

}  // namespace jejak::command

#endif  // JEJAK_SERVER_COMMAND_STATUS_PROTO_H_
