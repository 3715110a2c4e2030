// SPDX-License-Identifier: Apache-2.0
//
// File: filter.h
//
// The filters and orders of List methods: a deterministic subset of AIP-160 and AIP-132 over the
// fields of a resource.
//
//   filter     = condition { "AND" condition }
//   condition  = path operator literal
//   path       = field { "." field }           e.g. state, person.subject, agen_quota.max
//   operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":"
//   literal    = a word of [A-Za-z0-9_./:+-], or text in double quotes with \" and \\.
//
// ":" asks whether a repeated field has the value, or a text contains it, or (with "*") whether a
// field is set. Enums are compared by name for = and !=, and the names may be given without their
// prefix. Texts compare by bytes, which for dates is by time. Unknown fields, bare words, wrong
// literals and anything left over are refused with the column.

#ifndef JEJAK_SERVER_QUERY_FILTER_H_
#define JEJAK_SERVER_QUERY_FILTER_H_

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <string>
#include <vector>

namespace jejak::query {

class Filter {
 public:
  // INVALID_ARGUMENT, reason FILTER_INVALID, with the column. An empty text matches everything.
  static absl::StatusOr<Filter> Parse(absl::string_view text,
                                      const google::protobuf::Descriptor* resource);

  bool Matches(const google::protobuf::Message& resource) const;

  enum class Operator { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kHas };
  // One of them; all have to hold.
  struct Condition {
    // From the resource to the field that is compared.
    std::vector<const google::protobuf::FieldDescriptor*> path;
    Operator op = Operator::kEqual;
    // The literal of a text; and of an enum, a bool (1: true), a number, or a time in microseconds.
    std::string text;
    std::int64_t number = 0;
    bool any = false;  // ":*"
    // Where it and its literal begin in the text, from 0.
    std::size_t column = 0;
    std::size_t literal_column = 0;
  };
  const std::vector<Condition>& conditions() const { return conditions_; }
  static bool Holds(const Condition& condition, const google::protobuf::Message& resource) {
    return Holds(condition, resource, 0);
  }

  // The same filter with one space between parts and full enum names.
  const std::string& normalized() const { return normalized_; }

 private:
  class Parser;
  static bool Holds(const Condition& condition, const google::protobuf::Message& message,
                    std::size_t depth);
  std::vector<Condition> conditions_;
  std::string normalized_;
};

// INVALID_ARGUMENT, reason FILTER_INVALID: what is wrong at a column, from 0, and what is needed;
// empty: conditions as in the grammar.
absl::Status FilterInvalid(std::size_t column, absl::string_view what,
                           absl::string_view needed = "");

// "one of a, b, c", with limits::kNamesListedMax names at most.
std::string OneOf(const std::vector<std::string>& names);

// An order of resources. Ties are broken by name, so that pages are stable.
class Order {
 public:
  // INVALID_ARGUMENT, reason ORDER_INVALID.
  static absl::StatusOr<Order> Parse(absl::string_view text,
                                     const google::protobuf::Descriptor* resource);
  // True if nothing is asked: the order of names.
  bool by_name() const { return keys_.empty(); }
  // True if a comes before b.
  bool Before(const google::protobuf::Message& a, const google::protobuf::Message& b) const;

 private:
  struct Key {
    const google::protobuf::FieldDescriptor* field = nullptr;
    bool descending = false;
  };
  std::vector<Key> keys_;
};

}  // namespace jejak::query

#endif  // JEJAK_SERVER_QUERY_FILTER_H_
