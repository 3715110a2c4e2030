// SPDX-License-Identifier: Apache-2.0

#include "server/base/clock.h"

#include "absl/time/clock.h"

namespace jejak {
namespace {

class RealClock final : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }
};

}  // namespace

Clock* Clock::Real() {
  static RealClock clock;
  return &clock;
}

}  // namespace jejak
