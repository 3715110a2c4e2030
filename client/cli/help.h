// SPDX-License-Identifier: Apache-2.0
//
// File: help.h
//
// Help, man page and completion, all from the flags, the verbs and the comments of the protos.

#ifndef JEJAK_CLIENT_CLI_HELP_H_
#define JEJAK_CLIENT_CLI_HELP_H_

#include "client/cli/api.h"
#include "client/cli/arguments.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <string>
#include <vector>

namespace jejak::cli {

// A command that is not one method of the API.
struct Builtin {
  // One or two words, e.g. "story run".
  std::string name;
  // What follows, e.g. "FILE".
  std::string arguments;
  std::string help;
  std::vector<Flag> flags = {};
  bool hidden = false;
};

const std::vector<Builtin>& Builtins();

// The builtin that begins a list of words; null if there is none.
const Builtin* FindBuiltin(const std::vector<std::string>& words);

// A usage error if no command begins with `words`; further words may complete one.
absl::Status CheckCommand(const Api& api, const std::vector<std::string>& words);

// The flags of the command that `words` name.
std::vector<Flag> FlagsFor(const Api& api, const std::vector<std::string>& words);

// The help for a list of words: of everything, of a resource, of a verb, or of a topic
// (exit-codes, export, flags). A usage error if there is nothing like it.
absl::StatusOr<std::string> HelpFor(const Api& api, const std::vector<std::string>& words);

// The manual page jejak(1) in roff.
std::string ManPage(const Api& api);

// What the last word may become, one a line: resources, verbs, flags, and values of flags.
std::vector<std::string> Complete(const Api& api, const std::vector<std::string>& words);

// The script that makes a shell ask `jejak __complete`. A usage error for another shell than bash,
// zsh and fish.
absl::StatusOr<std::string> CompletionScript(absl::string_view shell);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_HELP_H_
