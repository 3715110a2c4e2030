// SPDX-License-Identifier: Apache-2.0
//
// File: moment.h
//
// The two times of a question: what is known of the facts, and of which time the facts are.

#ifndef JEJAK_SERVER_QUERY_MOMENT_H_
#define JEJAK_SERVER_QUERY_MOMENT_H_

#include <cstdint>
#include <limits>

namespace jejak::query {

// The facts that held at `valid_us`, by what the first `size` events say of them. An event counts
// if it was recorded at or before that time, or if it happened at or before it; a correction counts
// if the event it corrects does. So what was known at a time always counts, late entries come on
// top, and "now" counts everything.
struct Moment {
  static constexpr std::int64_t kAnyTime = std::numeric_limits<std::int64_t>::max();

  Moment() = default;
  // The facts as they are known. Not explicit: most questions name no other time.
  Moment(std::uint64_t log_size) : size(log_size) {}  // NOLINT(google-explicit-constructor)
  Moment(std::uint64_t log_size, std::int64_t valid) : size(log_size), valid_us(valid) {}

  bool is_known() const { return valid_us == kAnyTime; }

  std::uint64_t size = 0;
  // Microseconds since 1970.
  std::int64_t valid_us = kAnyTime;
};

}  // namespace jejak::query

#endif  // JEJAK_SERVER_QUERY_MOMENT_H_
