// SPDX-License-Identifier: Apache-2.0
//
// File: request_id.h
//
// Ids that make a command safe to repeat.

#ifndef JEJAK_CLIENT_CPP_REQUEST_ID_H_
#define JEJAK_CLIENT_CPP_REQUEST_ID_H_

#include "server/base/clock.h"
#include "server/base/mutex.h"

#include "absl/base/thread_annotations.h"

#include <cstdint>
#include <string>

namespace jejak::client {

// Makes ids with the layout of UUIDv7 (RFC 9562 section 5.7): 48 bits of milliseconds, 12 bits that
// count within one, 62 random bits. Each id sorts after the one before, also when the clock stands
// still or goes back. Thread-safe.
class RequestIdSource {
 public:
  // `clock` must outlive the source.
  explicit RequestIdSource(Clock* clock) : clock_(clock) {}
  // E.g. "0190a1b2-c3d4-7000-8123-456789abcdef".
  std::string Next();

 private:
  Clock* const clock_;
  Mutex mutex_;
  // Milliseconds and count of the last id, as one number.
  std::uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace jejak::client

#endif  // JEJAK_CLIENT_CPP_REQUEST_ID_H_
