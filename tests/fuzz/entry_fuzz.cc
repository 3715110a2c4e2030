// SPDX-License-Identifier: Apache-2.0
//
// Whatever decodes as an entry is encoded to the very same bytes again.

#include "server/log/entry.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view bytes = jejak::fuzz::AsText(data, size);
  const absl::StatusOr<jejak::log::Entry> entry = jejak::log::DecodeEntry(bytes);
  if (!entry.ok()) {
    JEJAK_CHECK(absl::IsDataLoss(entry.status()));
    return 0;
  }
  const absl::StatusOr<std::string> again = jejak::log::EncodeEntry(*entry);
  JEJAK_CHECK(again.ok() && *again == bytes);
  return 0;
}
