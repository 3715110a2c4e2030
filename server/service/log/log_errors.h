// SPDX-License-Identifier: Apache-2.0
//
// File: log_errors.h
//
// Refusals of LogService, beside PositionInFuture in history_errors.h.

#ifndef JEJAK_SERVER_SERVICE_LOG_LOG_ERRORS_H_
#define JEJAK_SERVER_SERVICE_LOG_LOG_ERRORS_H_

#include "absl/status/status.h"

#include <cstdint>

namespace jejak::service {

// NOT_FOUND, reason NOTHING_SIGNED: the log has no events, so there is no checkpoint.
absl::Status NothingSigned();
// UNAVAILABLE, reason NOT_SIGNED: what is asked for needs a checkpoint that was not signed, because
// of `why`. DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED and CANCELLED keep their code.
absl::Status NotSigned(const absl::Status& why);
// INVALID_ARGUMENT, reason SIZES_OUT_OF_ORDER: there is a proof from a smaller tree to a larger one
// only.
absl::Status SizesOutOfOrder(std::uint64_t old_size, std::uint64_t new_size);
// NOT_FOUND, reason TILE_NOT_FOUND: the tree has no such tile, or not so many hashes in it.
absl::Status TileNotFound(const absl::Status& why);

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_LOG_LOG_ERRORS_H_
