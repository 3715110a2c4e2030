// SPDX-License-Identifier: Apache-2.0
//
// File: config.h
//
// Contexts: named servers with the identity to use there, in a TOML file that only its owner can
// read.

#ifndef JEJAK_CLIENT_CLI_CONFIG_H_
#define JEJAK_CLIENT_CLI_CONFIG_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace jejak::cli {

// Reads an environment variable.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The process's own environment.
Environment SystemEnvironment();

// Settings by the names of their flags: server, actor, office, role, output, timeout, tz.
using Settings = std::map<std::string, std::string>;

struct Config {
  // The context in use; empty for none.
  std::string current;
  std::map<std::string, Settings> contexts;
};

// Names of the settings that a context can hold.
bool IsSetting(const std::string& name);

// $XDG_CONFIG_HOME/jejak/config.toml, or the same below ~/.config. FAILED_PRECONDITION if neither
// XDG_CONFIG_HOME nor HOME is set.
absl::StatusOr<std::string> ConfigPath(const Environment& environment);

// Reads the file; an empty configuration if there is none. INVALID_ARGUMENT names the line of a
// mistake.
absl::StatusOr<Config> LoadConfig(const std::string& path);

// Writes the file with mode 0600, whole or not at all, making its folder.
absl::Status SaveConfig(const Config& config, const std::string& path);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_CONFIG_H_
