// SPDX-License-Identifier: Apache-2.0

#include "server/service/log/log_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::service {

using domain::Refusal;

absl::Status NothingSigned() {
  return Refusal(absl::StatusCode::kNotFound, "NOTHING_SIGNED",
                 "the log has no events, and no checkpoint")
      .Needed("an event in the log");
}

absl::Status NotSigned(const absl::Status& why) {
  const bool keeps =
      absl::IsDeadlineExceeded(why) || absl::IsResourceExhausted(why) || absl::IsCancelled(why);
  return Refusal(keeps ? why.code() : absl::StatusCode::kUnavailable, "NOT_SIGNED",
                 absl::StrCat("no checkpoint covers it: ", why.message()))
      .Needed("try again later; if it lasts, the operator looks at the status of the server");
}

absl::Status SizesOutOfOrder(std::uint64_t old_size, std::uint64_t new_size) {
  return Refusal(absl::StatusCode::kInvalidArgument, "SIZES_OUT_OF_ORDER",
                 absl::StrCat("there is no proof from ", old_size, " to ", new_size, " events"))
      .Needed("an old size of at least 1 that is not above the new one");
}

absl::Status TileNotFound(const absl::Status& why) {
  return Refusal(absl::StatusCode::kNotFound, "TILE_NOT_FOUND", why.message())
      .Needed("a tile of a size that was signed");
}

}  // namespace jejak::service
