// SPDX-License-Identifier: Apache-2.0
//
// File: witness_protocol.h
//
// What a log and a witness say to each other (C2SP tlog-witness), and what a witness decides, as a
// pure function: HTTP and the durable state are around it. The table of replies is in
// server/doc/formats.md.

#ifndef JEJAK_SERVER_AUDIT_WITNESS_PROTOCOL_H_
#define JEJAK_SERVER_AUDIT_WITNESS_PROTOCOL_H_

#include "server/audit/checkpoint.h"
#include "server/audit/note.h"
#include "server/audit/proof.h"
#include "server/base/hash.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jejak::audit {

// --- Both sides.

struct AddCheckpointRequest {
  // What the log believes to be the witness's latest; 0: nothing yet.
  std::uint64_t old_size = 0;
  // From old_size to the checkpoint; empty if old_size is 0.
  Proof proof;
  SignedCheckpoint checkpoint;

  friend bool operator==(const AddCheckpointRequest&, const AddCheckpointRequest&) = default;
};

// The body of a POST to <prefix>/add-checkpoint. INVALID_ARGUMENT unless FormatAddCheckpoint gives
// `body` for the result, or if it is longer than limits::kAddCheckpointBytesMax.
absl::StatusOr<AddCheckpointRequest> ParseAddCheckpoint(absl::string_view body);
std::string FormatAddCheckpoint(const AddCheckpointRequest& request);

// Where a witness shows its latest checkpoint of a log: "<hex of SHA-256(origin)>/checkpoint".
std::string MonitoringPath(absl::string_view origin);

// --- The witness.

// The latest that a witness cosigned of an origin.
struct TreeHead {
  std::uint64_t size = 0;
  Hash root{};

  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

struct WitnessReply {
  // Of HTTP.
  int code = 0;
  std::string content_type;
  std::string body;

  friend bool operator==(const WitnessReply&, const WitnessReply&) = default;
};

struct WitnessDecision {
  // What to answer; nothing if the checkpoint is accepted.
  std::optional<WitnessReply> refusal;
  // If it is accepted: the new state. To be made durable first, and only if the state is still the
  // one that was given; then CosignReply is the answer.
  TreeHead next;
};

// `latest`: the state for the origin of the request; nothing if there is none yet. `trusted`: the
// keys of that origin's log; empty if the origin is unknown.
WitnessDecision DecideAddCheckpoint(const std::optional<TreeHead>& latest,
                                    std::span<const VerifierKey> trusted,
                                    const AddCheckpointRequest& request);

// 400, for a body that ParseAddCheckpoint refused.
WitnessReply MalformedReply(const absl::Status& status);

// 200 with the cosignature. REQUIRES: as for Signer::Cosign.
WitnessReply CosignReply(const AddCheckpointRequest& request, const Signer& witness,
                         std::uint64_t time_s);

// --- The log.

// The cosignatures of `witness` in the body of a 200. Lines of others are left out.
// INVALID_ARGUMENT: the body is not of signature lines. DATA_LOSS: a line of the witness is false.
// PERMISSION_DENIED: it has none.
absl::StatusOr<std::vector<NoteSignature>> ReadCosignatures(absl::string_view checkpoint_text,
                                                            absl::string_view body,
                                                            const VerifierKey& witness);

// The size in the body of a 409. INVALID_ARGUMENT.
absl::StatusOr<std::uint64_t> ReadLatestSize(absl::string_view body);

}  // namespace jejak::audit

#endif  // JEJAK_SERVER_AUDIT_WITNESS_PROTOCOL_H_
