// SPDX-License-Identifier: Apache-2.0
//
// File: proof_file.h
//
// Proof files (C2SP tlog-proof, "*.tlog-proof"): that an entry is in a log, for whoever trusts the
// keys of a policy, without the server. The lines are in server/doc/formats.md.

#ifndef JEJAK_SERVER_AUDIT_PROOF_FILE_H_
#define JEJAK_SERVER_AUDIT_PROOF_FILE_H_

#include "server/audit/checkpoint.h"
#include "server/audit/policy.h"
#include "server/audit/proof.h"
#include "server/base/hash.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <string>

namespace jejak::audit {

struct ProofFile {
  // Bytes of the application, which nothing vouches for; empty: no such line.
  std::string extra;
  std::uint64_t index = 0;
  // From the leaf to the root of the checkpoint.
  Proof proof;
  SignedCheckpoint checkpoint;

  friend bool operator==(const ProofFile&, const ProofFile&) = default;
};

// INVALID_ARGUMENT unless FormatProofFile gives `bytes` for the result, or if it is longer than
// limits::kProofFileBytesMax. Nothing is verified.
absl::StatusOr<ProofFile> ParseProofFile(absl::string_view bytes);
std::string FormatProofFile(const ProofFile& file);

// OK if the entry with `leaf_hash` (LeafHash in server/log/entry.h) is at `file.index` in a tree
// that the policy accepts. PERMISSION_DENIED: no trusted log signed, or the quorum is not met.
// DATA_LOSS: a trusted key's signature is false, or the proof does not lead from the leaf to the
// root. INVALID_ARGUMENT: the index is not in the tree.
absl::StatusOr<PolicyVerdict> VerifyProofFile(const ProofFile& file, const Hash& leaf_hash,
                                              const Policy& policy);

}  // namespace jejak::audit

#endif  // JEJAK_SERVER_AUDIT_PROOF_FILE_H_
