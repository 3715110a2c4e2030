// SPDX-License-Identifier: Apache-2.0

#include "server/log/merkle.h"

#include "server/base/check.h"
#include "server/log/entry.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include <bit>

namespace jejak::log {

absl::StatusOr<CompactRange> CompactRange::Restore(std::uint64_t size, absl::string_view edge) {
  constexpr std::size_t kHashBytes = sizeof(Hash);
  if (edge.size() != kHashBytes * static_cast<std::size_t>(std::popcount(size))) {
    return absl::DataLossError(
        absl::StrCat("the edge of a tree of ", size, " leaves has ", edge.size(), " bytes"));
  }
  CompactRange range;
  range.size_ = size;
  for (; !edge.empty(); edge.remove_prefix(kHashBytes)) {
    range.edge_.push_back(HashFromBytes(edge.substr(0, kHashBytes)));
  }
  return range;
}

void CompactRange::Append(const Hash& leaf_hash) {
  // Adding one carries through the low bits that are set; each carry merges two full subtrees.
  Hash hash = leaf_hash;
  for (std::uint64_t carry = size_; (carry & 1) != 0; carry >>= 1) {
    hash = NodeHash(edge_.back(), hash);
    edge_.pop_back();
  }
  edge_.push_back(hash);
  ++size_;
}

Hash CompactRange::Root() const {
  if (edge_.empty()) return Sha256({});
  Hash root = edge_.back();
  for (auto left = edge_.rbegin() + 1; left != edge_.rend(); ++left) root = NodeHash(*left, root);
  return root;
}

Hash RootOver(absl::string_view hashes) {
  JEJAK_CHECK(hashes.size() % sizeof(Hash) == 0);
  CompactRange range;
  for (; !hashes.empty(); hashes.remove_prefix(sizeof(Hash))) {
    range.Append(HashFromBytes(hashes.substr(0, sizeof(Hash))));
  }
  return range.Root();
}

std::string CompactRange::Edge() const {
  std::string bytes;
  for (const Hash& hash : edge_) bytes.append(hash.begin(), hash.end());
  return bytes;
}

}  // namespace jejak::log
