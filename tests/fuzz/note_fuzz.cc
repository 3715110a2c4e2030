// SPDX-License-Identifier: Apache-2.0
//
// Whatever parses as a note is formatted to the very same bytes, and verifying it never crashes.

#include "server/audit/note.h"
#include "tests/fuzz/fuzz.h"

#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jejak::audit;
  static const std::vector<VerifierKey> known = {
      *ParseVerifierKey(
          "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"),
      *ParseWitnessKey("Wit1+55ee4561+AVhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk")};
  const absl::string_view bytes = jejak::fuzz::AsText(data, size);
  const absl::StatusOr<Note> note = ParseNote(bytes);
  if (note.ok()) {
    JEJAK_CHECK(FormatNote(*note) == bytes);
    const auto verified = VerifyNote(*note, known);
    JEJAK_CHECK(verified.ok() || absl::IsDataLoss(verified.status()) ||
                absl::IsPermissionDenied(verified.status()));
  } else {
    JEJAK_CHECK(absl::IsInvalidArgument(note.status()));
  }
  const absl::StatusOr<VerifierKey> key = ParseVerifierKey(bytes);
  JEJAK_CHECK(!key.ok() || FormatVerifierKey(*key) == bytes);
  const absl::StatusOr<Signer> signer = Signer::Parse(bytes);
  JEJAK_CHECK(!signer.ok() || signer->PrivateText() == bytes);
  return 0;
}
