// SPDX-License-Identifier: Apache-2.0
//
// File: read_stream.h
//
// Reads a stream of bytes and notices when it breaks, which istreams are silent about.

#ifndef JEJAK_CLIENT_CPP_READ_STREAM_H_
#define JEJAK_CLIENT_CPP_READ_STREAM_H_

#include "absl/status/statusor.h"

#include <cstdint>
#include <istream>
#include <limits>
#include <string>

namespace jejak::client {

// All bytes up to the end; of a longer stream, some bytes more than `max_bytes`.
// FAILED_PRECONDITION if it cannot be read to its end, as a folder cannot.
absl::StatusOr<std::string> ReadStream(
    std::istream& in, std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max());

}  // namespace jejak::client

#endif  // JEJAK_CLIENT_CPP_READ_STREAM_H_
