// SPDX-License-Identifier: Apache-2.0

#include "server/service/history/history_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::service {

using domain::Refusal;

absl::Status PositionInFuture(std::uint64_t size) {
  return Refusal(absl::StatusCode::kInvalidArgument, "POSITION_IN_FUTURE",
                 absl::StrCat("the log has ", size, " events"))
      .Needed("a position that is at most the size of the log")
      .Meta("log_size", absl::StrCat(size));
}

absl::Status TooManySubscriptions() {
  return Refusal(absl::StatusCode::kResourceExhausted, "TOO_MANY_SUBSCRIPTIONS",
                 "too many subscriptions are open")
      .Needed("close one, or try again later");
}

absl::Status FellBehind(std::uint64_t next_position) {
  return Refusal(absl::StatusCode::kResourceExhausted, "FELL_BEHIND",
                 "the subscriber takes messages too slowly")
      .Needed("subscribe again from next_position")
      .Meta("next_position", absl::StrCat(next_position));
}

}  // namespace jejak::service
