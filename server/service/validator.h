// SPDX-License-Identifier: Apache-2.0
//
// File: validator.h
//
// Checks a request against the bounds stated in its proto: required and output-only fields
// (google.api.field_behavior), lengths, counts, ranges, shapes (jejak.v1.bounds), the defaults of
// limits.h where nothing is stated, times, unknown enum values, and unknown fields, which protobuf
// itself would let pass.

#ifndef JEJAK_SERVER_SERVICE_VALIDATOR_H_
#define JEJAK_SERVER_SERVICE_VALIDATOR_H_

#include "google/protobuf/message.h"

#include "absl/status/status.h"

namespace jejak::service {

// INVALID_ARGUMENT, reason REQUEST_INVALID, with google.rpc.BadRequest naming up to
// limits::kViolationsMax fields by path. Texts never repeat a value: it may be personal.
absl::Status Validate(const google::protobuf::Message& request);

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_VALIDATOR_H_
