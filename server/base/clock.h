// SPDX-License-Identifier: Apache-2.0
//
// File: clock.h
//
// The wall clock as an interface, so that tests decide what time it is. Nothing in the server
// relies on it for order: positions do that (design.md, promise 2).

#ifndef JEJAK_SERVER_BASE_CLOCK_H_
#define JEJAK_SERVER_BASE_CLOCK_H_

#include "absl/time/time.h"

#include <atomic>
#include <cstdint>

namespace jejak {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // The time now. May stand still or go back.
  virtual absl::Time Now() = 0;

  // The computer's clock. Never null; lives for ever.
  static Clock* Real();
};

// A clock that moves only when told to. Thread-safe.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(absl::Time start) : micros_(absl::ToUnixMicros(start)) {}
  absl::Time Now() override { return absl::FromUnixMicros(micros_.load()); }
  void Set(absl::Time time) { micros_ = absl::ToUnixMicros(time); }
  void Advance(absl::Duration by) { micros_ += absl::ToInt64Microseconds(by); }

 private:
  std::atomic<std::int64_t> micros_;
};

}  // namespace jejak

#endif  // JEJAK_SERVER_BASE_CLOCK_H_
