// SPDX-License-Identifier: Apache-2.0
//
// File: history_errors.h
//
// Refusals of HistoryService.

#ifndef JEJAK_SERVER_SERVICE_HISTORY_HISTORY_ERRORS_H_
#define JEJAK_SERVER_SERVICE_HISTORY_HISTORY_ERRORS_H_

#include "absl/status/status.h"

#include <cstdint>

namespace jejak::service {

// INVALID_ARGUMENT, reason POSITION_IN_FUTURE: the log has only `size` events.
absl::Status PositionInFuture(std::uint64_t size);
// RESOURCE_EXHAUSTED, reason TOO_MANY_SUBSCRIPTIONS: limits::kSubscriptionsMax.
absl::Status TooManySubscriptions();
// RESOURCE_EXHAUSTED, reason FELL_BEHIND: the subscriber did not take a message in time. The
// metadata has next_position, which goes on after that message.
absl::Status FellBehind(std::uint64_t next_position);

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_HISTORY_HISTORY_ERRORS_H_
