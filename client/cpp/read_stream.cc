// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/read_stream.h"

#include <cstddef>

namespace jejak::client {

absl::StatusOr<std::string> ReadStream(std::istream& in, std::uint64_t max_bytes) {
  constexpr std::size_t kStep = 64 << 10;
  std::string bytes;
  while (in && bytes.size() <= max_bytes) {
    const std::size_t size = bytes.size();
    bytes.resize(size + kStep);
    in.read(&bytes[size], static_cast<std::streamsize>(kStep));
    bytes.resize(size + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad() || (in.fail() && !in.eof())) {
    return absl::FailedPreconditionError("it cannot be read to its end");
  }
  return bytes;
}

}  // namespace jejak::client
