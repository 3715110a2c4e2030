// SPDX-License-Identifier: Apache-2.0
//
// File: log_commands.h
//
// The commands that check the log: jejak log checkpoint, verify and export-tiles, jejak receipt
// save, jejak verify receipt. What does not verify is DATA_LOSS.

#ifndef JEJAK_CLIENT_CLI_LOG_COMMANDS_H_
#define JEJAK_CLIENT_CLI_LOG_COMMANDS_H_

#include "client/cli/output.h"
#include "client/cli/program.h"
#include "client/cpp/client.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <map>
#include <string>
#include <vector>

namespace jejak::cli {

struct LogCommand {
  // "log verify".
  std::string name;
  // What follows it.
  std::vector<std::string> words;
  // Its flags.
  std::map<std::string, std::string> flags;
  Format format = Format::kTable;
  // Says how far it is, and what a person may want to know.
  bool quiet = false;
  // A context or a server: what is known of its log is kept under this name.
  std::string profile;
};

// True for the names of the commands above.
bool IsLogCommand(absl::string_view name);

absl::Status RunLogCommand(const LogCommand& command, const client::Options& options,
                           const Surroundings& surroundings);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_LOG_COMMANDS_H_
