// SPDX-License-Identifier: Apache-2.0
//
// File: arguments.h
//
// Splits a command line into words and flags. What flags there are depends on the words before
// them, so the parser asks.

#ifndef JEJAK_CLIENT_CLI_ARGUMENTS_H_
#define JEJAK_CLIENT_CLI_ARGUMENTS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace jejak::cli {

struct Flag {
  // Without dashes, e.g. "giver.capacity".
  std::string name;
  // What stands for the value in the help, e.g. "TEXT". Empty: the flag is true when it is there.
  std::string value_name;
  std::string help;
  // The values there are, where they are few; offered by completion.
  std::vector<std::string> values = {};
  bool required = false;
};

// Flags of every command.
const std::vector<Flag>& GlobalFlags();

struct Arguments {
  // Everything that is not a flag, in order.
  std::vector<std::string> words;
  // Values of global flags; "true" or "false" for one without a value. The last one counts.
  std::map<std::string, std::string> global;
  // Flags of the command, in order.
  std::vector<std::pair<std::string, std::string>> local;

  // The value of a global flag; `otherwise` if it was not given.
  std::string Get(const std::string& flag, absl::string_view otherwise = "") const;
  bool Has(const std::string& flag) const { return global.count(flag) > 0; }
  // Whether a global flag without a value is set: --flag, and not --flag=false.
  bool Is(const std::string& flag) const { return Get(flag) == "true"; }
};

// Gives the flags of the command that `words` name so far, or says that there is none.
using LocalFlags =
    std::function<absl::StatusOr<std::vector<Flag>>(const std::vector<std::string>& words)>;

// Parses `--flag value`, `--flag=value`, the short forms -o -f -q -v -h, and "--", after which
// everything is a word. A flag of the command goes before a global one of the same name. A usage
// error names an unknown flag, one whose value is missing, or a truth that is none; an error of
// `local_flags` is returned as it is.
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& tokens,
                                         const LocalFlags& local_flags);

// The value that a global flag seems to have, also in a command line that cannot be parsed; empty
// if it is not there.
std::string PeekFlag(const std::vector<std::string>& tokens, absl::string_view flag);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_ARGUMENTS_H_
