// SPDX-License-Identifier: Apache-2.0

#include "server/audit/tile.h"

#include "server/audit/encoding.h"
#include "server/base/bytes.h"
#include "server/base/check.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/log/merkle.h"

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

#include <algorithm>

namespace jejak::audit {
namespace {

constexpr std::size_t kHashBytes = sizeof(Hash);
constexpr int kTileLevelMax = 63;
constexpr std::size_t kIndexDigitsMax = 20;
constexpr std::size_t kBundledEntryBytesMax = 65'535;

// How many hashes (or entries) there are at a level of tiles.
std::uint64_t HashesAt(int level, std::uint64_t size) {
  if (level == kEntriesLevel) return size;
  const int shift = kTileHeight * level;
  return shift >= 64 ? 0 : size >> shift;
}

absl::Status Larger(std::uint64_t asked, std::uint64_t size) {
  return absl::OutOfRangeError(
      absl::StrCat("a tree of ", size, " leaves was asked about one of ", asked));
}

}  // namespace

std::string TilePath(const TileId& tile) {
  std::string index = absl::StrFormat("%03d", tile.index % 1000);
  for (std::uint64_t rest = tile.index / 1000; rest != 0; rest /= 1000) {
    index = absl::StrFormat("x%03d/%s", rest % 1000, index);
  }
  std::string path = tile.level == kEntriesLevel ? absl::StrCat("tile/entries/", index)
                                                 : absl::StrCat("tile/", tile.level, "/", index);
  if (tile.width != kTileWidth) absl::StrAppend(&path, ".p/", tile.width);
  return path;
}

absl::StatusOr<TileId> ParseTilePath(absl::string_view path) {
  const absl::Status refused =
      absl::InvalidArgumentError(absl::StrCat(Quoted(path), " is not the path of a tile"));
  TileId tile;
  absl::string_view rest = path;
  if (!absl::ConsumePrefix(&rest, "tile/")) return refused;
  const std::size_t level_end = rest.find('/');
  if (level_end == absl::string_view::npos) return refused;
  const absl::string_view level = rest.substr(0, level_end);
  rest.remove_prefix(level_end + 1);
  if (level == "entries") {
    tile.level = kEntriesLevel;
  } else {
    const std::optional<std::uint64_t> number = ParseDecimal(level);
    if (!number.has_value() || *number > kTileLevelMax) return refused;
    tile.level = static_cast<int>(*number);
  }
  const std::size_t partial = rest.find(".p/");
  if (partial != absl::string_view::npos) {
    const std::optional<std::uint64_t> width = ParseDecimal(rest.substr(partial + 3));
    if (!width.has_value() || *width == 0 || *width >= kTileWidth) return refused;
    tile.width = static_cast<int>(*width);
    rest = rest.substr(0, partial);
  }
  // The digits alone; whether they are grouped as they must be, the comparison below shows.
  std::string digits;
  for (char c : rest) {
    if (c >= '0' && c <= '9') digits += c;
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.size() > kIndexDigitsMax) return refused;
  if (!digits.empty() && !absl::SimpleAtoi(digits, &tile.index)) return refused;
  if (TilePath(tile) != path) return refused;
  return tile;
}

std::uint64_t TileCount(int level, std::uint64_t size) {
  const std::uint64_t hashes = HashesAt(level, size);
  return hashes / kTileWidth + (hashes % kTileWidth != 0 ? 1 : 0);
}

int TileWidthIn(std::uint64_t size, int level, std::uint64_t index) {
  const std::uint64_t hashes = HashesAt(level, size);
  const std::uint64_t full = hashes / kTileWidth;
  if (index < full) return kTileWidth;
  return index == full ? static_cast<int>(hashes % kTileWidth) : 0;
}

NodePlace PlaceOfNode(int level, std::uint64_t index) {
  JEJAK_CHECK(level >= 0 && level < 64);
  const int height = level % kTileHeight;
  NodePlace place;
  place.level = level / kTileHeight;
  place.index = index >> (kTileHeight - height);
  place.count = 1 << height;
  place.first = static_cast<int>((index << height) % kTileWidth);
  return place;
}

TileTree::TileTree(std::uint64_t size, TileReader read) : size_(size), read_(std::move(read)) {}

absl::StatusOr<absl::string_view> TileTree::Tile(int level, std::uint64_t index) {
  const std::pair key(level, index);
  auto tile = tiles_.find(key);
  if (tile == tiles_.end()) {
    const TileId id = {level, index, TileWidthIn(size_, level, index)};
    JEJAK_ASSIGN_OR_RETURN(std::string bytes, read_(id));
    if (bytes.size() != kHashBytes * static_cast<std::size_t>(id.width)) {
      return absl::DataLossError(absl::StrCat(TilePath(id), " has ", bytes.size(), " bytes"));
    }
    if (tiles_.size() == limits::kProofTilesCachedMax) tiles_.erase(tiles_.begin());
    tile = tiles_.emplace(key, std::move(bytes)).first;
  }
  return absl::string_view(tile->second);
}

absl::StatusOr<Hash> TileTree::Node(int level, std::uint64_t index) {
  if (level < 0 || level >= 64 || index >= size_ >> level) {
    return absl::OutOfRangeError(absl::StrCat("node ", index, " of level ", level,
                                              " is not full in a tree of ", size_, " leaves"));
  }
  const NodePlace place = PlaceOfNode(level, index);
  JEJAK_ASSIGN_OR_RETURN(const absl::string_view tile, Tile(place.level, place.index));
  return log::RootOver(tile.substr(kHashBytes * static_cast<std::size_t>(place.first),
                                   kHashBytes * static_cast<std::size_t>(place.count)));
}

absl::StatusOr<Hash> TileTree::RootAt(std::uint64_t size) {
  if (size > size_) return Larger(size, size_);
  return TreeRoot(size, [this](int level, std::uint64_t i) { return Node(level, i); });
}

absl::StatusOr<Proof> TileTree::ProveInclusion(std::uint64_t index, std::uint64_t size) {
  if (size > size_) return Larger(size, size_);
  return InclusionProof(index, size, [this](int level, std::uint64_t i) { return Node(level, i); });
}

absl::StatusOr<Proof> TileTree::ProveConsistency(std::uint64_t old_size, std::uint64_t new_size) {
  if (new_size > size_) return Larger(new_size, size_);
  return ConsistencyProof(old_size, new_size,
                          [this](int level, std::uint64_t i) { return Node(level, i); });
}

absl::StatusOr<std::string> EncodeEntryBundle(std::span<const std::string> entries) {
  if (entries.empty() || entries.size() > kTileWidth) {
    return absl::InvalidArgumentError(
        absl::StrCat("entry bundle: ", entries.size(), " entries; 1 to ", kTileWidth));
  }
  std::string bytes;
  for (const std::string& entry : entries) {
    if (entry.size() > kBundledEntryBytesMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("entry bundle: an entry of ", entry.size(), " bytes"));
    }
    AppendBigEndian(static_cast<std::uint16_t>(entry.size()), bytes);
    bytes += entry;
  }
  return bytes;
}

absl::StatusOr<std::vector<std::string>> DecodeEntryBundle(absl::string_view bytes, int width) {
  if (width < 1 || width > kTileWidth) {
    return absl::InvalidArgumentError(absl::StrCat("entry bundle: width ", width));
  }
  ByteReader reader(bytes);
  std::vector<std::string> entries;
  for (int i = 0; i < width; ++i) {
    std::uint16_t size = 0;
    absl::string_view entry;
    if (!reader.Read(size) || !reader.ReadBytes(size, entry)) {
      return absl::InvalidArgumentError(
          absl::StrCat("entry bundle: it ends in entry ", i, " of ", width));
    }
    entries.emplace_back(entry);
  }
  if (!reader.rest().empty()) {
    return absl::InvalidArgumentError(absl::StrCat("entry bundle: ", reader.rest().size(),
                                                   " bytes left over after ", width, " entries"));
  }
  return entries;
}

}  // namespace jejak::audit
