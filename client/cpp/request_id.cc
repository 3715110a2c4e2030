// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/request_id.h"

#include "server/base/hash.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

#include <algorithm>

namespace jejak::client {

std::string RequestIdSource::Next() {
  const auto millis = static_cast<std::uint64_t>(absl::ToUnixMillis(clock_->Now()));
  std::uint64_t stamp = 0;
  {
    MutexLock lock(mutex_);
    stamp = last_ = std::max(millis << 12, last_ + 1);
  }
  const std::string random = ToHex(RandomBytes(8));
  const std::string time = absl::StrFormat("%015x", stamp);
  const absl::string_view digits(time);
  // The variant takes the two highest bits of the first random digit: it becomes 8, 9, a or b.
  const char variant = "89ab"[static_cast<unsigned char>(random[0]) % 4];
  return absl::StrCat(digits.substr(0, 8), "-", digits.substr(8, 4), "-7", digits.substr(12, 3),
                      "-", std::string(1, variant), random.substr(1, 3), "-", random.substr(4, 12));
}

}  // namespace jejak::client
