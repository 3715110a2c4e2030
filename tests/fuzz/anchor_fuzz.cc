// SPDX-License-Identifier: Apache-2.0
//
// Any file is an anchor, or damaged, or of a newer program: as it is, and as the beginning of a
// slot whose digest is right.

#include "server/base/hash.h"
#include "server/log/anchor.h"
#include "tests/fuzz/fuzz.h"

#include "absl/strings/str_cat.h"

#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace {

void Check(absl::string_view bytes) {
  // In memory, with a name: the reader takes a path.
  static const int file = memfd_create("anchor", MFD_CLOEXEC);
  JEJAK_CHECK(file >= 0 && ftruncate(file, 0) == 0);
  JEJAK_CHECK(pwrite(file, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  const auto value = jejak::log::Anchor::Read(absl::StrCat("/proc/self/fd/", file));
  if (value.ok()) {
    JEJAK_CHECK(value->has_value() && (*value)->log_id.size() == 16);
  } else {
    JEJAK_CHECK(absl::IsDataLoss(value.status()) || absl::IsFailedPrecondition(value.status()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view bytes = jejak::fuzz::AsText(data, size);
  Check(bytes);
  std::string slot(bytes);
  slot.resize(4096 - sizeof(jejak::Hash));
  slot += std::string(jejak::AsBytes(jejak::Sha256({slot})));
  Check(slot + std::string(4096, '\0'));
  return 0;
}
