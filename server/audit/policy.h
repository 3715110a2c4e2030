// SPDX-License-Identifier: Apache-2.0
//
// File: policy.h
//
// Whom a verifier trusts (C2SP tlog-policy): logs by their keys, witnesses, and how many of which
// witnesses must have cosigned. The lines of the file are in server/doc/formats.md.

#ifndef JEJAK_SERVER_AUDIT_POLICY_H_
#define JEJAK_SERVER_AUDIT_POLICY_H_

#include "server/audit/checkpoint.h"
#include "server/audit/note.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jejak::audit {

struct PolicyLog {
  // Its name is the origin of the log.
  VerifierKey key;
  // Empty if not said.
  std::string url;

  friend bool operator==(const PolicyLog&, const PolicyLog&) = default;
};

struct PolicyWitness {
  // In this policy only; the key has a name of its own.
  std::string name;
  // Of type kCosignature.
  VerifierKey key;
  // Empty if not said.
  std::string url;

  friend bool operator==(const PolicyWitness&, const PolicyWitness&) = default;
};

// What a policy says of a checkpoint.
struct PolicyVerdict {
  struct Cosigned {
    PolicyWitness witness;
    // The latest of its cosignatures; seconds since 1970 UTC. Its clock may be wrong: to be
    // compared with the verifier's own where that matters.
    std::uint64_t time_s = 0;

    friend bool operator==(const Cosigned&, const Cosigned&) = default;
  };

  // A log of the checkpoint's origin that signed.
  PolicyLog log;
  // In the order of the policy.
  std::vector<Cosigned> cosigned;
  bool quorum_met = false;
  // The name in the quorum line.
  std::string quorum;
};

class Policy {
 public:
  // INVALID_ARGUMENT with the number of the line: a line or a key is not of the form; a name is
  // unknown there, or defined or a member twice; two logs or two witnesses have one key; there is
  // not exactly one quorum line; more than limits::kPolicyItemsMax of a kind.
  static absl::StatusOr<Policy> Parse(absl::string_view text);

  // In the order of the file.
  const std::vector<PolicyLog>& logs() const { return logs_; }
  const std::vector<PolicyWitness>& witnesses() const { return witnesses_; }

  // Who vouches for the checkpoint. Whether the quorum is met is in the verdict. PERMISSION_DENIED:
  // no log of its origin signed it. DATA_LOSS: a signature of a key of the policy is false, or the
  // root of 0 leaves is not that of the empty tree.
  absl::StatusOr<PolicyVerdict> Evaluate(const SignedCheckpoint& checkpoint) const;

  // The same; PERMISSION_DENIED also if the quorum is not met.
  absl::StatusOr<PolicyVerdict> Require(const SignedCheckpoint& checkpoint) const;

 private:
  // A witness or a group, in the order of the lines: members come before their group.
  struct Voter {
    std::string name;
    // The place in witnesses_; nothing for a group.
    std::optional<std::size_t> witness;
    std::size_t threshold = 0;
    std::vector<std::size_t> members;
    bool is_member = false;
  };
  friend class PolicyParser;

  std::vector<PolicyLog> logs_;
  std::vector<PolicyWitness> witnesses_;
  std::vector<Voter> voters_;
  // The place in voters_; nothing for "none".
  std::optional<std::size_t> quorum_;
};

}  // namespace jejak::audit

#endif  // JEJAK_SERVER_AUDIT_POLICY_H_
