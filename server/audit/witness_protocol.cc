// SPDX-License-Identifier: Apache-2.0

#include "server/audit/witness_protocol.h"

#include "server/audit/encoding.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include <utility>

namespace jejak::audit {
namespace {

constexpr absl::string_view kOld = "old ";
constexpr absl::string_view kPlain = "text/plain; charset=utf-8";

WitnessReply Reply(int code, absl::string_view reason) {
  return {.code = code, .content_type = std::string(kPlain), .body = absl::StrCat(reason, "\n")};
}

// The state of an origin that was never seen is the empty tree.
TreeHead EmptyTree() { return {.size = 0, .root = EmptyRoot()}; }

// OK if the tree of the request continues that of the state.
absl::Status CheckContinues(const TreeHead& latest, const AddCheckpointRequest& request) {
  const Checkpoint& next = request.checkpoint.checkpoint;
  if (latest.size != 0) {
    return VerifyConsistency(latest.size, next.size, latest.root, next.root, request.proof);
  }
  if (!request.proof.empty()) {
    return absl::DataLossError("consistency proof: from 0 leaves it must be empty");
  }
  if (next.size == 0 && next.root != EmptyRoot()) {
    return absl::DataLossError("the root of 0 leaves is SHA-256 of nothing");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AddCheckpointRequest> ParseAddCheckpoint(absl::string_view body) {
  if (body.size() > limits::kAddCheckpointBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("longer than ", limits::kAddCheckpointBytesMax, " bytes"));
  }
  absl::string_view line = TakeLine(body).value_or("");
  const bool has_old = absl::ConsumePrefix(&line, kOld);
  const std::optional<std::uint64_t> old_size = ParseDecimal(line);
  if (!has_old || !old_size.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("the first line is not ", kOld, "<size>"));
  }
  AddCheckpointRequest request;
  request.old_size = *old_size;
  JEJAK_ASSIGN_OR_RETURN(request.proof, TakeHashLines(body));
  JEJAK_ASSIGN_OR_RETURN(request.checkpoint, ParseSignedCheckpoint(body));
  return request;
}

std::string FormatAddCheckpoint(const AddCheckpointRequest& request) {
  return absl::StrCat(kOld, request.old_size, "\n", FormatHashLines(request.proof),
                      FormatNote(request.checkpoint.note));
}

std::string MonitoringPath(absl::string_view origin) {
  return absl::StrCat(ToHex(AsBytes(Sha256({origin}))), "/checkpoint");
}

WitnessDecision DecideAddCheckpoint(const std::optional<TreeHead>& latest,
                                    std::span<const VerifierKey> trusted,
                                    const AddCheckpointRequest& request) {
  const auto refuse = [](WitnessReply reply) {
    return WitnessDecision{.refusal = std::move(reply), .next = {}};
  };
  const Checkpoint& checkpoint = request.checkpoint.checkpoint;
  if (trusted.empty()) return refuse(Reply(404, "the origin is unknown"));
  const auto verified = VerifyNote(request.checkpoint.note, trusted);
  if (!verified.ok()) return refuse(Reply(403, verified.status().message()));
  if (request.old_size > checkpoint.size) {
    return refuse(Reply(400, "the old size is greater than that of the checkpoint"));
  }
  const TreeHead state = latest.value_or(EmptyTree());
  if (request.old_size != state.size) {
    return refuse(
        {.code = 409, .content_type = "text/x.tlog.size", .body = absl::StrCat(state.size, "\n")});
  }
  const absl::Status continues = CheckContinues(state, request);
  if (!continues.ok()) return refuse(Reply(422, continues.message()));
  return {.refusal = std::nullopt, .next = {.size = checkpoint.size, .root = checkpoint.root}};
}

WitnessReply MalformedReply(const absl::Status& status) { return Reply(400, status.message()); }

WitnessReply CosignReply(const AddCheckpointRequest& request, const Signer& witness,
                         std::uint64_t time_s) {
  return {.code = 200,
          .content_type = std::string(kPlain),
          .body = FormatSignatureLine(witness.Cosign(request.checkpoint.note.text, time_s))};
}

absl::StatusOr<std::vector<NoteSignature>> ReadCosignatures(absl::string_view checkpoint_text,
                                                            absl::string_view body,
                                                            const VerifierKey& witness) {
  Note note;
  note.text = std::string(checkpoint_text);
  JEJAK_ASSIGN_OR_RETURN(note.signatures, ParseSignatureLines(body));
  JEJAK_ASSIGN_OR_RETURN(const std::vector<VerifiedSignature> verified,
                         VerifyNote(note, std::span(&witness, 1)));
  std::vector<NoteSignature> cosignatures;
  for (const VerifiedSignature& one : verified) {
    cosignatures.push_back(note.signatures[one.signature]);
  }
  return cosignatures;
}

absl::StatusOr<std::uint64_t> ReadLatestSize(absl::string_view body) {
  const std::optional<std::uint64_t> size =
      absl::ConsumeSuffix(&body, "\n") ? ParseDecimal(body) : std::nullopt;
  if (!size.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(body), " is not a tree size"));
  }
  return *size;
}

}  // namespace jejak::audit
