// SPDX-License-Identifier: Apache-2.0

#include "server/base/utf8.h"

#include <cstddef>
#include <cstdint>

namespace jejak {

// Unicode, section 3.9, table 3-7.
bool IsUtf8(absl::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto byte = [&](std::size_t at) {
      return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
    };
    const std::uint8_t lead = byte(i++);
    if (lead < 0x80) continue;
    if (lead < 0xC2 || lead > 0xF4) return false;
    const int following = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    const std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte(i) < low || byte(i) > high) return false;
    for (int n = 0; n < following; ++n) {
      if ((byte(i++) & 0xC0) != 0x80) return false;
    }
  }
  return true;
}

}  // namespace jejak
