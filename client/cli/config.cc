// SPDX-License-Identifier: Apache-2.0

#include "client/cli/config.h"

#include "absl/strings/str_cat.h"
#include "toml++/toml.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <unistd.h>

namespace jejak::cli {
namespace {

constexpr const char* kSettings[] = {"server", "actor", "office", "role", "output", "timeout"};

absl::Status FileError(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", std::strerror(errno)));
}

}  // namespace

Environment SystemEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets.
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

bool IsSetting(const std::string& name) {
  return std::find(std::begin(kSettings), std::end(kSettings), name) != std::end(kSettings);
}

absl::StatusOr<std::string> ConfigPath(const Environment& environment) {
  if (const auto xdg = environment("XDG_CONFIG_HOME"); xdg.has_value() && !xdg->empty()) {
    return absl::StrCat(*xdg, "/jejak/config.toml");
  }
  if (const auto home = environment("HOME"); home.has_value() && !home->empty()) {
    return absl::StrCat(*home, "/.config/jejak/config.toml");
  }
  return absl::FailedPreconditionError("neither XDG_CONFIG_HOME nor HOME is set");
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Config();
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& problem) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " line ", problem.source().begin.line, ": ", problem.what()));
  }
  Config config;
  config.current = table["current"].value_or(std::string());
  if (const toml::table* contexts = table["contexts"].as_table(); contexts != nullptr) {
    for (const auto& [name, node] : *contexts) {
      if (!node.is_table()) continue;
      Settings& settings = config.contexts[std::string(name.str())];
      for (const auto& [key, value] : *node.as_table()) {
        if (const auto text = value.value<std::string>(); text.has_value()) {
          settings[std::string(key.str())] = *text;
        }
      }
    }
  }
  return config;
}

absl::Status SaveConfig(const Config& config, const std::string& path) {
  toml::table contexts;
  for (const auto& [name, settings] : config.contexts) {
    toml::table context;
    for (const auto& [key, value] : settings) context.insert_or_assign(key, value);
    contexts.insert_or_assign(name, std::move(context));
  }
  toml::table root;
  if (!config.current.empty()) root.insert_or_assign("current", config.current);
  root.insert_or_assign("contexts", std::move(contexts));
  std::ostringstream text;
  text << root << "\n";

  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  const std::string temporary = path + ".new";
  const int file = ::open(temporary.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return FileError(temporary);
  const std::string bytes = text.str();
  const bool written =
      ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
      ::fsync(file) == 0;
  if (::close(file) != 0 || !written) return FileError(temporary);
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return FileError(path);
  return absl::OkStatus();
}

}  // namespace jejak::cli
