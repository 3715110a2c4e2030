// SPDX-License-Identifier: Apache-2.0
//
// File: transfer.h
//
// One content on its way to or from a client.

#ifndef JEJAK_SERVER_SERVICE_RECORD_TRANSFER_H_
#define JEJAK_SERVER_SERVICE_RECORD_TRANSFER_H_

#include "server/base/clock.h"

#include "absl/status/status.h"
#include "absl/time/time.h"

#include <atomic>

namespace jejak::service {

// One of the limits::kTransfersMax places, from its making until its end, and its time. Places are
// counted in `under_way`, which is shared by all transfers of a server. Thread-safe.
class Transfer {
 public:
  // Neither is owned; both must outlive the transfer.
  Transfer(std::atomic<int>& under_way, Clock& clock);
  ~Transfer() { --under_way_; }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // OK while it may go on. RESOURCE_EXHAUSTED, reason TOO_MANY_TRANSFERS, with a time to retry, if
  // no place was free when it was made; DEADLINE_EXCEEDED, reason TRANSFER_TOO_LONG, after
  // limits::kTransferTimeMax.
  absl::Status Check() const;

 private:
  std::atomic<int>& under_way_;
  Clock& clock_;
  const absl::Time start_;
  const bool has_place_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_RECORD_TRANSFER_H_
