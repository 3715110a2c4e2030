// SPDX-License-Identifier: Apache-2.0
//
// File: messages.h
//
// The few things that several stages do with protobuf messages.

#ifndef JEJAK_SERVER_DOMAIN_MESSAGES_H_
#define JEJAK_SERVER_DOMAIN_MESSAGES_H_

#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

#include "absl/time/time.h"

#include <cstdint>
#include <string>

namespace jejak::domain {

// Microseconds since 1970 UTC, also before it. Finer parts of a timestamp are cut off.
void SetMicros(std::int64_t micros, google::protobuf::Timestamp& timestamp);
std::int64_t MicrosOf(const google::protobuf::Timestamp& timestamp);

// The same message gives the same bytes in every run of this program. Not canonical across
// programs: never hash what has to be hashed again elsewhere.
std::string SerializeDeterministically(const google::protobuf::Message& message);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_MESSAGES_H_
