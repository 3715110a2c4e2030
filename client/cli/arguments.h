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
  // Values of global flags; "true" for one without a value. The last one counts.
  std::map<std::string, std::string> global;
  // Flags of the command, in order.
  std::vector<std::pair<std::string, std::string>> local;

  // The value of a global flag; `otherwise` if it was not given.
  std::string Get(const std::string& flag, absl::string_view otherwise = "") const;
  bool Has(const std::string& flag) const { return global.count(flag) > 0; }
};

// Gives the flags of the command that `words` name so far.
using LocalFlags = std::function<std::vector<Flag>(const std::vector<std::string>& words)>;

// Parses `--flag value`, `--flag=value`, the short forms -o -f -q -v -h, and "--", after which
// everything is a word. A flag of the command goes before a global one of the same name. A usage
// error names an unknown flag or one whose value is missing.
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& tokens,
                                         const LocalFlags& local_flags);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_ARGUMENTS_H_
