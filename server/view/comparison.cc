// SPDX-License-Identifier: Apache-2.0

#include "server/view/comparison.h"

#include "server/base/bytes.h"
#include "server/base/status_macros.h"

#include "absl/strings/escaping.h"

#include <utility>

namespace jejak::view {
namespace {

// Adds what is under the cursor, and goes on.
void Take(RawCursor& cursor, Sha256Stream& digest) {
  for (const absl::string_view bytes : {cursor.key(), cursor.value()}) {
    digest.Add(ToBigEndian<std::uint64_t>(bytes.size()));
    digest.Add(bytes);
  }
  cursor.Next();
}

}  // namespace

Comparison::Comparison(std::unique_ptr<RawCursor> one, std::unique_ptr<RawCursor> other)
    : one_(std::move(one)), other_(std::move(other)) {}

absl::StatusOr<bool> Comparison::Step(std::size_t keys) {
  for (std::size_t i = 0; i < keys && (one_->Valid() || other_->Valid()); ++i) {
    int order = 0;
    if (!one_->Valid() || !other_->Valid()) {
      order = one_->Valid() ? -1 : 1;
    } else {
      order = one_->key().compare(other_->key());
    }
    if (order != 0 || one_->value() != other_->value()) {
      if (++differing_ == 1) {
        first_difference_ = absl::CEscape(order <= 0 ? one_->key() : other_->key());
      }
    }
    ++keys_;
    if (order <= 0) Take(*one_, one_digest_);
    if (order >= 0) Take(*other_, other_digest_);
  }
  JEJAK_RETURN_IF_ERROR(one_->status());
  JEJAK_RETURN_IF_ERROR(other_->status());
  return !one_->Valid() && !other_->Valid();
}

}  // namespace jejak::view
