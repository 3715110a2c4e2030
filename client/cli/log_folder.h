// SPDX-License-Identifier: Apache-2.0
//
// File: log_folder.h
//
// A log as a folder of files that need no server: checkpoint, tile/... and tile/entries/... of C2SP
// tlog-tiles (server/doc/formats.md section 7.4), which public tools read too.

#ifndef JEJAK_CLIENT_CLI_LOG_FOLDER_H_
#define JEJAK_CLIENT_CLI_LOG_FOLDER_H_

#include "client/cpp/client.h"
#include "server/audit/checkpoint.h"
#include "server/audit/policy.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace jejak::cli {

// Told how many of all entries were looked at.
using LogProgress = std::function<void(std::uint64_t done, std::uint64_t all)>;

struct FolderSummary {
  audit::Checkpoint checkpoint;
  // Whom the policy trusts for it; of VerifyLogFolder.
  audit::PolicyVerdict verdict;
  std::size_t streams = 0;
  // Bundles that an earlier export had left; of ExportLog.
  std::uint64_t bundles_kept = 0;
};

// Writes the log that `checkpoint`, which was verified, is of. Whole bundles of entries that are in
// the folder are not fetched again. All is checked as by EntryChain on the way; the checkpoint is
// written at the end, so that a folder with one is whole. DATA_LOSS: entries of the server or of
// the folder are not those of the checkpoint.
absl::StatusOr<FolderSummary> ExportLog(client::Client* client,
                                        const audit::SignedCheckpoint& checkpoint,
                                        const std::string& folder, const LogProgress& progress);

// Checks a folder without a server: the policy accepts the checkpoint, every entry, every tile.
// DATA_LOSS names the file that is not as it should be, or is missing. NOT_FOUND: it has no
// checkpoint, so it is no exported log, or not a whole one.
absl::StatusOr<FolderSummary> VerifyLogFolder(const std::string& folder,
                                              const audit::Policy& policy,
                                              const LogProgress& progress);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_LOG_FOLDER_H_
