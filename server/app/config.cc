// SPDX-License-Identifier: Apache-2.0

#include "server/app/config.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

// Without exceptions toml++ answers with a result; Debian's library is built with them.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <filesystem>

namespace jejak::app {

absl::Status ReadConfigFile(const std::string& path, Config& config) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return absl::NotFoundError(absl::StrCat("there is no file ", path));
  }
  const toml::parse_result parsed = toml::parse_file(path);
  if (!parsed) {
    return absl::InvalidArgumentError(absl::StrCat(path, ", line ",
                                                   parsed.error().source().begin.line, ": ",
                                                   std::string(parsed.error().description())));
  }
  for (const auto& [section, table] : parsed.table()) {
    if (section.str() != "server" || !table.is_table()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ", line ", section.source().begin.line,
                                                     ": unknown section ",
                                                     std::string(section.str())));
    }
    for (const auto& [key, value] : *table.as_table()) {
      const std::string name(key.str());
      const std::string where = absl::StrCat(path, ", line ", key.source().begin.line, ": ");
      const auto text = value.value<std::string>();
      if (!text.has_value()) {
        return absl::InvalidArgumentError(absl::StrCat(where, name, " must be a text"));
      }
      if (name == "data") {
        config.data = *text;
      } else if (name == "listen") {
        config.listen = *text;
      } else if (name == "kek") {
        config.kek = *text;
      } else if (name == "origin") {
        config.origin = *text;
      } else if (name == "signing_key") {
        config.signing_key = *text;
      } else if (name == "anchor" && (*text == "lazy" || *text == "strict")) {
        config.anchor_strict = *text == "strict";
      } else {
        return absl::InvalidArgumentError(
            absl::StrCat(where, "unknown key or value: ", name, " = ", *text));
      }
    }
  }
  return absl::OkStatus();
}

bool IsLocal(absl::string_view listen) {
  if (absl::StartsWith(listen, "unix:")) return true;
  const std::size_t colon = listen.rfind(':');
  if (colon == absl::string_view::npos) return false;
  const absl::string_view host = listen.substr(0, colon);
  if (host == "localhost" || host == "[::1]") return true;
  const std::vector<absl::string_view> parts = absl::StrSplit(host, '.');
  if (parts.size() != 4 || parts[0] != "127") return false;
  for (absl::string_view part : parts) {
    int number = 0;
    if (part.find_first_not_of("0123456789") != absl::string_view::npos ||
        !absl::SimpleAtoi(part, &number) || number > 255) {
      return false;
    }
  }
  return true;
}

absl::Status CheckConfig(const Config& config) {
  if (config.data.empty()) return absl::InvalidArgumentError("--data DIR is missing");
  if (config.kek.empty() && !config.dev) {
    return absl::InvalidArgumentError(
        "--kek FILE is missing: 32 random bytes, mode 0400 (--dev makes one)");
  }
  if (!IsLocal(config.listen) && !config.dev) {
    return absl::InvalidArgumentError(absl::StrCat(
        "refusing to listen on ", config.listen,
        ": actors are named by a header and not authenticated, so only a loopback address or a "
        "unix: socket is allowed"));
  }
  return absl::OkStatus();
}

}  // namespace jejak::app
