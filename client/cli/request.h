// SPDX-License-Identifier: Apache-2.0
//
// File: request.h
//
// From flags to a request message. A flag is the path of a field in kebab case:
// --giver.proxy-for.capacity village-head. Enums go by their short names in any case; a repeated
// field takes the flag several times, or a list with commas where commas cannot be part of the
// value (enums); a message takes JSON, e.g. --giver '{"capacity":"CAPACITY_CHAIR"}'. Dotted flags
// of a repeated message fill its last element, and start a new one when their field is set there.

#ifndef JEJAK_CLIENT_CLI_REQUEST_H_
#define JEJAK_CLIENT_CLI_REQUEST_H_

#include "client/cli/arguments.h"

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <string>
#include <vector>

namespace jejak::cli {

// The flags of a request, without WriteOptions and ReadOptions, which the global flags cover.
std::vector<Flag> FlagsOf(const google::protobuf::Descriptor& request);

// Sets the field that a flag names. Usage errors name the flag.
absl::Status SetField(google::protobuf::Message* message, absl::string_view flag,
                      absl::string_view value);

// Reads protobuf JSON, in lowerCamel or in the protos' own names. Unknown fields are errors.
absl::Status FromJson(absl::string_view json, google::protobuf::Message* message);

// The short name of an enum value: LOKUS_STATE_DESIGNATED -> "designated". Empty for the
// unspecified one.
std::string ShortName(const google::protobuf::EnumValueDescriptor& value);

// Moves the global flags into the request's `write` or `read`. Usage errors name a flag that the
// method has no use for.
absl::Status ApplyOptions(const Arguments& arguments, google::protobuf::Message* request);

// Whether a request is for a decision only, with nothing recorded.
bool IsDryRun(const google::protobuf::Message& request);

// Takes out the values of persons, so that a request can be shown.
void RemovePersonalData(google::protobuf::Message* request);

// Sets WriteOptions.occurred_time from an RFC 3339 time that ends with "Z" or an offset like
// "+07:00".
absl::Status SetOccurred(google::protobuf::Message* write, absl::string_view time);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_REQUEST_H_
