// SPDX-License-Identifier: Apache-2.0
//
// Whatever parses as a request to a witness is formatted to the very same bytes, and gets an
// answer of the protocol; a state never shrinks.

#include "server/audit/witness_protocol.h"
#include "tests/fuzz/fuzz.h"

#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jejak::audit;
  static const std::vector<VerifierKey> trusted = {*ParseVerifierKey(
      "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")};
  const absl::string_view body = jejak::fuzz::AsText(data, size);
  (void)ReadLatestSize(body);
  (void)ParseSignatureLines(body);
  const absl::StatusOr<AddCheckpointRequest> request = ParseAddCheckpoint(body);
  if (!request.ok()) {
    JEJAK_CHECK(absl::IsInvalidArgument(request.status()));
    return 0;
  }
  JEJAK_CHECK(FormatAddCheckpoint(*request) == body);
  const TreeHead latest = {.size = request->old_size, .root = {}};
  const WitnessDecision decision = DecideAddCheckpoint(latest, trusted, *request);
  if (decision.refusal.has_value()) {
    const int code = decision.refusal->code;
    JEJAK_CHECK(code == 400 || code == 403 || code == 409 || code == 422);
  } else {
    JEJAK_CHECK(decision.next.size >= latest.size);
  }
  return 0;
}
