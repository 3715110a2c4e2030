// SPDX-License-Identifier: Apache-2.0
//
// File: comparison.h
//
// Whether two views have the same keys and values. Done in steps, so that whoever does it can do
// other work between.

#ifndef JEJAK_SERVER_VIEW_COMPARISON_H_
#define JEJAK_SERVER_VIEW_COMPARISON_H_

#include "server/base/hash.h"
#include "server/view/view_store.h"

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace jejak::view {

// Not thread-safe.
class Comparison {
 public:
  // The stores that the cursors are of must outlive this.
  Comparison(std::unique_ptr<RawCursor> one, std::unique_ptr<RawCursor> other);

  // Compares up to `keys` further keys. Returns true when there are no more. DATA_LOSS,
  // UNAVAILABLE.
  absl::StatusOr<bool> Step(std::size_t keys);

  // So far:
  std::uint64_t keys() const { return keys_; }
  // Keys that only one has, or that have another value in the other.
  std::uint64_t differing() const { return differing_; }
  // The first of them, with what cannot be printed escaped; empty if there is none.
  const std::string& first_difference() const { return first_difference_; }
  // SHA-256 over all keys and values, each with its length before it; once, at the end.
  Hash FinishDigestOfOne() { return one_digest_.Finish(); }
  Hash FinishDigestOfOther() { return other_digest_.Finish(); }

 private:
  std::unique_ptr<RawCursor> one_;
  std::unique_ptr<RawCursor> other_;
  Sha256Stream one_digest_;
  Sha256Stream other_digest_;
  std::uint64_t keys_ = 0;
  std::uint64_t differing_ = 0;
  std::string first_difference_;
};

}  // namespace jejak::view

#endif  // JEJAK_SERVER_VIEW_COMPARISON_H_
