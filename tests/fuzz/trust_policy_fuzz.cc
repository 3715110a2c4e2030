// SPDX-License-Identifier: Apache-2.0
//
// Any text is a policy or refused; every policy can be asked about a checkpoint.

#include "server/audit/policy.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jejak::audit;
  static const SignedCheckpoint checkpoint = *ParseSignedCheckpoint(
      "example.com/log/testdata\n1\n0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=\n\n"
      "\xE2\x80\x94 example.com/log/testdata "
      "M9e0lhr9kuLxGdAtaUrhm84TQffVsLdcy808sN0a3WyniNlfcr9+bywoiIke1YYciCNjJGkCgIlQ8b16jhsmg/"
      "SChAM=\n");
  const absl::StatusOr<Policy> policy = Policy::Parse(jejak::fuzz::AsText(data, size));
  if (!policy.ok()) {
    JEJAK_CHECK(absl::IsInvalidArgument(policy.status()));
    return 0;
  }
  const absl::StatusOr<PolicyVerdict> verdict = policy->Evaluate(checkpoint);
  JEJAK_CHECK(!verdict.ok() || verdict->log.key.name == checkpoint.checkpoint.origin);
  return 0;
}
