// SPDX-License-Identifier: Apache-2.0

#include "client/cli/config.h"

#include "client/cli/files.h"

#include "absl/strings/str_cat.h"
#include "toml++/toml.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <sys/stat.h>
#include <system_error>

namespace jejak::cli {
namespace {

constexpr const char* kSettings[] = {"server", "actor",   "office", "role",
                                     "output", "timeout", "tz"};

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
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  return WriteFile(path, S_IRUSR | S_IWUSR, [&root](std::ostream& file) {
    file << root << "\n";
    return absl::OkStatus();
  });
}

}  // namespace jejak::cli
