// SPDX-License-Identifier: Apache-2.0
//
// Whatever parses as the path of a tile is spelled the very same way again.

#include "server/audit/tile.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jejak::audit;
  const absl::string_view path = jejak::fuzz::AsText(data, size);
  const absl::StatusOr<TileId> tile = ParseTilePath(path);
  JEJAK_CHECK(tile.ok() ? TilePath(*tile) == path : absl::IsInvalidArgument(tile.status()));
  return 0;
}
