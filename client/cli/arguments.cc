// SPDX-License-Identifier: Apache-2.0

#include "client/cli/arguments.h"

#include "client/cli/failure.h"
#include "server/base/status_macros.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include <algorithm>

namespace jejak::cli {
namespace {

constexpr std::pair<const char*, const char*> kShort[] = {
    {"-o", "output"}, {"-f", "from-file"}, {"-q", "quiet"}, {"-v", "verbose"}, {"-h", "help"},
};

const Flag* FindFlag(const std::vector<Flag>& flags, absl::string_view name) {
  const auto found =
      std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) { return flag.name == name; });
  return found == flags.end() ? nullptr : &*found;
}

// A flag in its long form.
std::string LongForm(const std::string& token) {
  for (const auto& [short_form, name] : kShort) {
    if (token == short_form) return absl::StrCat("--", name);
  }
  return token;
}

}  // namespace

const std::vector<Flag>& GlobalFlags() {
  static const auto* const flags = new std::vector<Flag>{
      {"server", "HOST:PORT", "The server; or unix:PATH. [JEJAK_SERVER]"},
      {"context", "NAME", "The context to use. [JEJAK_CONTEXT]"},
      {"actor", "NAME", "Who acts, officers/{officer}. [JEJAK_ACTOR]"},
      {"office", "NAME", "The office acted for, offices/{office}. [JEJAK_OFFICE]"},
      {"role",
       "ROLE",
       "The role acted in. [JEJAK_ROLE]",
       {"operator", "section-head", "secretary", "commissioner", "chair", "supervisor", "auditor",
        "admin", "service"}},
      {"output",
       "FORMAT",
       "Also -o. [JEJAK_OUTPUT]",
       {"table", "wide", "json", "jsonl", "yaml", "csv", "html", "name"}},
      {"columns", "LIST",
       "Columns by title or field path, separated by commas; of table, wide, csv, html."},
      {"no-headers", "", "Leave out the headings of a table."},
      {"lang",
       "LANGUAGE",
       "Of labels, headings and reports; values keep their names. [JEJAK_LANG]",
       {"id", "en"}},
      {"title", "TEXT", "The title of an HTML page."},
      {"time",
       "STYLE",
       "How times are shown; in -o table to the second.",
       {"rfc3339", "local", "relative"}},
      {"tz", "ZONE", "Show all times in this zone, e.g. Asia/Jakarta. [JEJAK_TZ]"},
      {"color", "WHEN", "Colors; also NO_COLOR and CLICOLOR_FORCE.", {"auto", "always", "never"}},
      {"as-of", "MOMENT", "Read what was known at a log position, or at a time with an offset."},
      {"as-of-position", "N", "The same as --as-of N."},
      {"valid", "TIME",
       "The facts as they held at a time with an offset, by what is known now or as of --as-of."},
      {"from", "MOMENT", "Compare with what was known then, as for --as-of: history diff."},
      {"all", "", "Follow the pages of a list to the end: jejak help export."},
      {"from-file", "FILE", "Take the request from a file of protobuf JSON; - is stdin. Also -f."},
      {"occurred", "TIME",
       "When the fact happened, with the offset of the place: 2021-06-10T09:00:00+07:00, or Z."},
      {"request-id", "ID", "The same id with the same request is carried out once."},
      {"etag", "ETAG", "Refuse if the resource is no longer as it was at this etag."},
      {"validate-only", "", "Decide, and record nothing. Also --dry-run."},
      {"dry-run", "", "The same as --validate-only."},
      {"yes", "", "Do not ask before a command that ends something for good."},
      {"remark", "TEXT", "Stored with the event in clear: no personal data."},
      {"authority", "TEXT", "The decree, letter or article that gives the authority."},
      {"on-behalf-of", "NAME", "For whom the actor acts by delegation."},
      {"correlation-id", "ID", "Groups the commands of one errand."},
      {"timeout", "DURATION", "For the whole call, e.g. 30s. [JEJAK_TIMEOUT]"},
      {"quiet", "", "No messages but errors. Also -q."},
      {"verbose", "", "Say what is sent where, without personal data. Also -v."},
      {"help", "", "Also -h."},
  };
  return *flags;
}

std::string Arguments::Get(const std::string& flag, absl::string_view otherwise) const {
  const auto found = global.find(flag);
  return found == global.end() ? std::string(otherwise) : found->second;
}

absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& tokens,
                                         const LocalFlags& local_flags) {
  Arguments result;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string token = LongForm(tokens[i]);
    if (token == "--") {
      result.words.insert(result.words.end(), tokens.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                          tokens.end());
      break;
    }
    if (token == "-" || !absl::StartsWith(token, "-")) {
      result.words.push_back(token);
      continue;
    }
    if (!absl::StartsWith(token, "--")) return UsageError(absl::StrCat("unknown flag ", token));
    const std::size_t equals = token.find('=');
    const std::string name = token.substr(2, equals == std::string::npos ? equals : equals - 2);
    JEJAK_ASSIGN_OR_RETURN(const std::vector<Flag> local, local_flags(result.words));
    const Flag* flag = FindFlag(local, name);
    const bool is_local = flag != nullptr;
    if (flag == nullptr) flag = FindFlag(GlobalFlags(), name);
    if (flag == nullptr) return UsageError(absl::StrCat("unknown flag --", name));
    std::string value = "true";
    if (equals != std::string::npos) {
      value = token.substr(equals + 1);
    } else if (!flag->value_name.empty()) {
      if (++i == tokens.size()) return UsageError(absl::StrCat("--", name, " needs a value"));
      value = tokens[i];
    }
    if (flag->value_name.empty()) {
      bool truth = false;
      if (!absl::SimpleAtob(value, &truth)) {
        return UsageError(absl::StrCat("--", name, ": \"", value, "\" is not true or false"));
      }
      value = truth ? "true" : "false";
    }
    if (is_local) {
      result.local.emplace_back(name, std::move(value));
    } else {
      result.global[name] = std::move(value);
    }
  }
  return result;
}

std::string PeekFlag(const std::vector<std::string>& tokens, absl::string_view flag) {
  const std::string whole = absl::StrCat("--", flag);
  std::string value;
  for (std::size_t i = 0; i < tokens.size() && tokens[i] != "--"; ++i) {
    absl::string_view token = tokens[i];
    if (LongForm(tokens[i]) == whole) {
      if (i + 1 < tokens.size()) value = tokens[++i];
    } else if (absl::ConsumePrefix(&token, whole) && absl::ConsumePrefix(&token, "=")) {
      value = std::string(token);
    }
  }
  return value;
}

}  // namespace jejak::cli
