// SPDX-License-Identifier: Apache-2.0
//
// File: merkle.h
//
// The right edge of an RFC 6962 tree: all that is needed to append leaves and to know the root, at
// most 64 hashes. Pure arithmetic.

#ifndef JEJAK_SERVER_LOG_MERKLE_H_
#define JEJAK_SERVER_LOG_MERKLE_H_

#include "server/base/hash.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <string>
#include <vector>

namespace jejak::log {

// A tree of `size` leaves as the roots of its full subtrees: one for each bit set in `size`, the
// largest (leftmost) first.
class CompactRange {
 public:
  // The empty tree.
  CompactRange() = default;

  // The reverse of Edge. DATA_LOSS unless `edge` has one hash for each bit set in `size`.
  static absl::StatusOr<CompactRange> Restore(std::uint64_t size, absl::string_view edge);

  // Adds a leaf by its hash (LeafHash in entry.h).
  void Append(const Hash& leaf_hash);

  // RFC 6962 section 2.1; of the empty tree SHA-256("").
  Hash Root() const;

  std::uint64_t size() const { return size_; }
  // The hashes one after the other, the largest subtree first.
  std::string Edge() const;

  friend bool operator==(const CompactRange&, const CompactRange&) = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> edge_;
};

// The root over hashes that stand one after the other in `hashes`. REQUIRES: whole hashes.
Hash RootOver(absl::string_view hashes);

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_MERKLE_H_
