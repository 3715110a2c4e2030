// SPDX-License-Identifier: Apache-2.0

#include "server/audit/checkpoint.h"

#include "server/audit/encoding.h"
#include "server/base/check.h"
#include "server/base/status_macros.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include <optional>
#include <utility>

namespace jejak::audit {
namespace {

absl::Status CheckpointError(absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("checkpoint: ", reason));
}

bool IsLine(absl::string_view text) { return !text.empty() && !absl::StrContains(text, '\n'); }

}  // namespace

absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text) {
  JEJAK_RETURN_IF_ERROR(CheckNoteText(text));
  Checkpoint checkpoint;
  const std::optional<absl::string_view> origin = TakeLine(text);
  if (!origin.has_value() || origin->empty()) return CheckpointError("line 1: no origin");
  checkpoint.origin = std::string(*origin);

  const absl::string_view size_line = TakeLine(text).value_or("");
  const std::optional<std::uint64_t> size = ParseDecimal(size_line);
  if (!size.has_value()) {
    return CheckpointError(absl::StrCat("line 2: ", Quoted(size_line), " is not a tree size"));
  }
  checkpoint.size = *size;

  const absl::string_view root_line = TakeLine(text).value_or("");
  const std::optional<Hash> root = ParseHash(root_line);
  if (!root.has_value()) {
    return CheckpointError(
        absl::StrCat("line 3: ", Quoted(root_line), " is not the base64 of 32 bytes"));
  }
  checkpoint.root = *root;

  while (const std::optional<absl::string_view> line = TakeLine(text)) {
    if (line->empty()) {
      return CheckpointError(absl::StrCat("line ", checkpoint.extensions.size() + 4, ": empty"));
    }
    checkpoint.extensions.emplace_back(*line);
  }
  return checkpoint;
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  JEJAK_CHECK(IsLine(checkpoint.origin));
  std::string text = absl::StrCat(checkpoint.origin, "\n", checkpoint.size, "\n",
                                  FormatHash(checkpoint.root), "\n");
  for (const std::string& line : checkpoint.extensions) {
    JEJAK_CHECK(IsLine(line));
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

absl::StatusOr<SignedCheckpoint> ParseSignedCheckpoint(absl::string_view bytes) {
  SignedCheckpoint result;
  JEJAK_ASSIGN_OR_RETURN(result.note, ParseNote(bytes));
  JEJAK_ASSIGN_OR_RETURN(result.checkpoint, ParseCheckpoint(result.note.text));
  return result;
}

SignedCheckpoint SignCheckpoint(const Checkpoint& checkpoint, const Signer& log) {
  Note note = {.text = FormatCheckpoint(checkpoint), .signatures = {}};
  note.signatures.push_back(log.Sign(note.text));
  return {.checkpoint = checkpoint, .note = std::move(note)};
}

}  // namespace jejak::audit
