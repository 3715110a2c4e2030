// SPDX-License-Identifier: Apache-2.0
//
// Whatever parses as the text of a checkpoint is formatted to the very same bytes.

#include "server/audit/checkpoint.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jejak::audit;
  const absl::string_view text = jejak::fuzz::AsText(data, size);
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(text);
  JEJAK_CHECK(checkpoint.ok() ? FormatCheckpoint(*checkpoint) == text
                              : absl::IsInvalidArgument(checkpoint.status()));
  return 0;
}
