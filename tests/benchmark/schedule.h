// SPDX-License-Identifier: Apache-2.0
//
// File: schedule.h
//
// What is to be done, when, and after what: chains of commands. The commands of a chain are given
// in order; chains run beside each other. What depends on an answer is begun by it, as a new chain.

#ifndef JEJAK_TESTS_BENCHMARK_SCHEDULE_H_
#define JEJAK_TESTS_BENCHMARK_SCHEDULE_H_

#include "server/service/make_command.h"

#include "google/protobuf/message.h"
#include "jejak/v1/common.pb.h"

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace jejak::benchmark {

// SplitMix64: small, so that each part of the story has its own and the parts do not depend on each
// other's draws.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  // 0 <= result < n.
  int Below(int n) { return static_cast<int>(Next() % static_cast<std::uint64_t>(n)); }
  // low <= result <= high.
  int Between(int low, int high) { return low + Below(high - low + 1); }
  bool Percent(int percent) { return Below(100) < percent; }
  template <typename List>
  const auto& Of(const List& list) {
    return list[Next() % std::size(list)];
  }

 private:
  std::uint64_t state_;
};

// Who gives a command.
struct Officer {
  std::string name;
  std::string office;
  v1::Role role = v1::ROLE_UNSPECIFIED;
};

struct Step {
  // Given no earlier than this.
  absl::Time at;
  Officer officer;
  // With occurred_time and remark set; the rest of its WriteOptions is set when it is given.
  std::unique_ptr<google::protobuf::Message> request;
  service::CommandSpec spec;
  // The reason it is to be refused with; empty if it is to be accepted.
  std::string refusal;
  // Called with the request right before it is given.
  std::function<void(google::protobuf::Message&)> fill;
  // Called with the position of its first event.
  std::function<void(std::uint64_t position)> then;
};

struct Chain {
  std::deque<Step> steps;
  // Called after the last step.
  std::function<void()> finally;
};

}  // namespace jejak::benchmark

#endif  // JEJAK_TESTS_BENCHMARK_SCHEDULE_H_
