// SPDX-License-Identifier: Apache-2.0
//
// Whatever parses as a proof file is formatted to the very same bytes, and verifying it never
// crashes.

#include "server/audit/proof_file.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jejak::audit;
  static const Policy policy = *Policy::Parse(
      "log example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx\n"
      "quorum none\n");
  const absl::string_view bytes = jejak::fuzz::AsText(data, size);
  const absl::StatusOr<ProofFile> file = ParseProofFile(bytes);
  if (!file.ok()) {
    JEJAK_CHECK(absl::IsInvalidArgument(file.status()));
    return 0;
  }
  JEJAK_CHECK(FormatProofFile(*file) == bytes);
  const Checkpoint& checkpoint = file->checkpoint.checkpoint;
  (void)VerifyProofFile(*file, jejak::Hash{}, policy);
  (void)VerifyInclusion(file->index, checkpoint.size, jejak::Hash{}, file->proof, checkpoint.root);
  return 0;
}
