// SPDX-License-Identifier: Apache-2.0
//
// Whatever decodes as a bundle of entries, of whatever width, is encoded to the very same bytes.

#include "server/audit/tile.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jejak::audit;
  const absl::string_view bytes = jejak::fuzz::AsText(data, size);
  for (int width = 1; width <= kTileWidth; ++width) {
    const absl::StatusOr<std::vector<std::string>> entries = DecodeEntryBundle(bytes, width);
    if (!entries.ok()) {
      JEJAK_CHECK(absl::IsInvalidArgument(entries.status()));
      continue;
    }
    JEJAK_CHECK(*EncodeEntryBundle(*entries) == bytes);
  }
  return 0;
}
