// SPDX-License-Identifier: Apache-2.0
//
// File: diff.h
//
// What changed in a resource between two moments, field by field, and which event changed it last.

#ifndef JEJAK_SERVER_QUERY_DIFF_H_
#define JEJAK_SERVER_QUERY_DIFF_H_

#include "google/protobuf/message.h"

#include <string>
#include <vector>

namespace jejak::query {

// One field that differs. What is not there, in a list or a message, is empty or its default.
struct FieldDifference {
  // "agen_quota.max", "categories[1]", "indicators[0].numerator".
  std::string field;
  std::string before;
  std::string after;
};

// The fields in which two states of one type differ, in the order of the proto; a message that is
// in one of them only gives its fields. Without what every event changes (etag, update_time) and
// the sealed form of persons: mask or redact persons before, if values are to be shown.
std::vector<FieldDifference> Differences(const google::protobuf::Message& before,
                                         const google::protobuf::Message& after);

}  // namespace jejak::query

#endif  // JEJAK_SERVER_QUERY_DIFF_H_
