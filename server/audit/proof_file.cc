// SPDX-License-Identifier: Apache-2.0

#include "server/audit/proof_file.h"

#include "server/audit/encoding.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include <optional>
#include <utility>

namespace jejak::audit {
namespace {

constexpr absl::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr absl::string_view kExtra = "extra ";
constexpr absl::string_view kIndex = "index ";

absl::Status FileError(absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("proof file: ", reason));
}

}  // namespace

absl::StatusOr<ProofFile> ParseProofFile(absl::string_view bytes) {
  if (bytes.size() > limits::kProofFileBytesMax) {
    return FileError(absl::StrCat("longer than ", limits::kProofFileBytesMax, " bytes"));
  }
  if (TakeLine(bytes) != kFirstLine) {
    return FileError(absl::StrCat("the first line is not ", kFirstLine));
  }
  ProofFile file;
  absl::string_view line = TakeLine(bytes).value_or("");
  if (absl::ConsumePrefix(&line, kExtra)) {
    std::optional<std::string> extra = ParseBase64(line);
    if (!extra.has_value() || extra->empty()) return FileError("the extra data is not base64");
    file.extra = *std::move(extra);
    line = TakeLine(bytes).value_or("");
  }
  const bool has_index = absl::ConsumePrefix(&line, kIndex);
  const std::optional<std::uint64_t> index = ParseDecimal(line);
  if (!has_index || !index.has_value()) {
    return FileError(absl::StrCat(Quoted(line), " is not an index"));
  }
  file.index = *index;
  JEJAK_ASSIGN_OR_RETURN(file.proof, TakeHashLines(bytes));
  JEJAK_ASSIGN_OR_RETURN(file.checkpoint, ParseSignedCheckpoint(bytes));
  return file;
}

std::string FormatProofFile(const ProofFile& file) {
  std::string bytes = absl::StrCat(kFirstLine, "\n");
  if (!file.extra.empty()) absl::StrAppend(&bytes, kExtra, FormatBase64(file.extra), "\n");
  absl::StrAppend(&bytes, kIndex, file.index, "\n", FormatHashLines(file.proof),
                  FormatNote(file.checkpoint.note));
  return bytes;
}

absl::StatusOr<PolicyVerdict> VerifyProofFile(const ProofFile& file, const Hash& leaf_hash,
                                              const Policy& policy) {
  JEJAK_ASSIGN_OR_RETURN(PolicyVerdict verdict, policy.Require(file.checkpoint));
  const Checkpoint& checkpoint = file.checkpoint.checkpoint;
  JEJAK_RETURN_IF_ERROR(
      VerifyInclusion(file.index, checkpoint.size, leaf_hash, file.proof, checkpoint.root));
  return verdict;
}

}  // namespace jejak::audit
