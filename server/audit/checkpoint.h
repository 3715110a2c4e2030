// SPDX-License-Identifier: Apache-2.0
//
// File: checkpoint.h
//
// Checkpoints (C2SP tlog-checkpoint): what a log signs of its tree, as the text of a note.

#ifndef JEJAK_SERVER_AUDIT_CHECKPOINT_H_
#define JEJAK_SERVER_AUDIT_CHECKPOINT_H_

#include "server/audit/note.h"
#include "server/base/hash.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <string>
#include <vector>

namespace jejak::audit {

struct Checkpoint {
  // Which log; the name of its key.
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};
  // Lines of meanings unknown here. We sign none.
  std::vector<std::string> extensions = {};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// From the text of a note. INVALID_ARGUMENT unless FormatCheckpoint gives `text` for the result.
absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text);
// REQUIRES: the origin and the extensions are non-empty UTF-8 without control bytes.
std::string FormatCheckpoint(const Checkpoint& checkpoint);

// A checkpoint with its signatures. The text of `note` is that of `checkpoint`.
struct SignedCheckpoint {
  Checkpoint checkpoint;
  Note note;

  friend bool operator==(const SignedCheckpoint&, const SignedCheckpoint&) = default;
};

// From the bytes of a note. INVALID_ARGUMENT as for ParseNote and ParseCheckpoint. Nothing is
// verified.
absl::StatusOr<SignedCheckpoint> ParseSignedCheckpoint(absl::string_view bytes);

// The checkpoint with the signature of the log. REQUIRES: as for FormatCheckpoint and Signer::Sign.
SignedCheckpoint SignCheckpoint(const Checkpoint& checkpoint, const Signer& log);

}  // namespace jejak::audit

#endif  // JEJAK_SERVER_AUDIT_CHECKPOINT_H_
