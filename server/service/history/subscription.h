// SPDX-License-Identifier: Apache-2.0
//
// File: subscription.h
//
// HistoryService.Subscribe. The problem: thousands of subscribers, each with a filter of its own,
// most of them waiting, some far behind, some that do not read. A subscription holds no thread: it
// takes turns on the subscription pool, one at a time, and each turn is one page of a search
// (query/search.h) from where it is. At the end of the log it waits with the projector. So a rare
// filter over a long log costs the jumps of its search, and a subscription that is far behind does
// not keep the others waiting. What is not yet sent is bounded: a turn comes only after the
// messages of the one before were taken, and a subscriber that does not take them is cut off.

#ifndef JEJAK_SERVER_SERVICE_HISTORY_SUBSCRIPTION_H_
#define JEJAK_SERVER_SERVICE_HISTORY_SUBSCRIPTION_H_

#include "server/base/limits.h"
#include "server/service/runner.h"

#include "jejak/v1/history_service.pb.h"

#include "absl/time/time.h"
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace jejak::service {

// Thread-safe. Must outlive the subscriptions it opens, as the server's services do.
class Subscriptions {
 public:
  // What tests set lower.
  struct Options {
    std::uint64_t fell_behind_events = limits::kFellBehindEvents;
    std::uint64_t silent_positions = limits::kSubscriptionSilentPositions;
    absl::Duration silent_time = limits::kSubscriptionSilentTime;
    // A subscriber that does not take a message for so long is told to come back, and cancelled if
    // it does not take that for as long.
    absl::Duration slow_time = limits::kSlowSubscriberTime;
    absl::Duration cancel_time = limits::kSlowSubscriberTime;
  };
  // The runner is not owned.
  Subscriptions(Runner& runner, Options options) : runner_(runner), options_(options) {}

  // Begins a subscription, which deletes itself at its end. Its errors are those of
  // history_errors.h, of the caller, and of the filter.
  grpc::ServerWriteReactor<v1::SubscribeResponse>* Open(grpc::CallbackServerContext& context,
                                                        const v1::SubscribeRequest& request);

  // How many are open, and how many were cut off so far because their subscribers were slow.
  std::size_t open() const { return open_; }
  std::size_t cut_off() const { return cut_off_; }

 private:
  class Subscription;
  Runner& runner_;
  const Options options_;
  std::atomic<std::size_t> open_{0};
  std::atomic<std::size_t> cut_off_{0};
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_HISTORY_SUBSCRIPTION_H_
