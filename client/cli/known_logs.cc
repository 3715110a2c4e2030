// SPDX-License-Identifier: Apache-2.0

#include "client/cli/known_logs.h"

#include "client/cli/files.h"
#include "server/audit/encoding.h"
#include "server/base/status_macros.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include <filesystem>
#include <ostream>
#include <sys/stat.h>
#include <system_error>

namespace jejak::cli {
namespace {

// Every profile has a name of its own: what a file name may not have is written as %XX.
std::string FileName(absl::string_view profile) {
  std::string name;
  for (const char c : profile) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        absl::ascii_isalnum(byte) || c == '-' || c == '_' || (c == '.' && !name.empty());
    absl::StrAppend(&name, plain ? std::string(1, c) : absl::StrFormat("%%%02X", byte));
  }
  return name;
}

absl::Status Damaged(const std::string& path, absl::string_view why) {
  return absl::DataLossError(
      absl::StrCat(path, ", which says what was verified before, is damaged: ", why));
}

}  // namespace

absl::StatusOr<std::string> KnownLogPath(const Environment& environment,
                                         absl::string_view profile) {
  const std::string end = absl::StrCat("/jejak/logs/", FileName(profile));
  if (const auto xdg = environment("XDG_STATE_HOME"); xdg.has_value() && !xdg->empty()) {
    return absl::StrCat(*xdg, end);
  }
  if (const auto home = environment("HOME"); home.has_value() && !home->empty()) {
    return absl::StrCat(*home, "/.local/state", end);
  }
  return absl::FailedPreconditionError("neither XDG_STATE_HOME nor HOME is set");
}

absl::StatusOr<std::optional<client::KnownLog>> LoadKnownLog(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (absl::IsNotFound(bytes.status())) {
    // A file that is there and cannot be opened is not to be taken for a first time.
    std::error_code error;
    if (std::filesystem::status(path, error).type() == std::filesystem::file_type::not_found) {
      return std::nullopt;
    }
    return absl::FailedPreconditionError(bytes.status().message());
  }
  JEJAK_RETURN_IF_ERROR(bytes.status());
  absl::string_view rest = *bytes;
  const auto line = audit::TakeLine(rest);
  if (!line.has_value()) return Damaged(path, "there is no key");
  const auto key = audit::ParseVerifierKey(*line);
  if (!key.ok()) return Damaged(path, key.status().message());
  const auto checkpoint = audit::ParseSignedCheckpoint(rest);
  if (!checkpoint.ok()) return Damaged(path, checkpoint.status().message());
  if (const absl::Status is_signed = client::CheckSigned(*checkpoint, *key); !is_signed.ok()) {
    return Damaged(path, is_signed.message());
  }
  return client::KnownLog{*key, *checkpoint};
}

absl::Status SaveKnownLog(const client::KnownLog& known, const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  return WriteFile(path, S_IRUSR | S_IWUSR,
                   absl::StrCat(audit::FormatVerifierKey(known.key), "\n",
                                audit::FormatNote(known.checkpoint.note)));
}

}  // namespace jejak::cli
