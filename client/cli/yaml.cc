// SPDX-License-Identifier: Apache-2.0

#include "client/cli/yaml.h"

#include "client/cli/text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

#include <algorithm>
#include <iterator>

namespace jejak::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kIndent = 2;

// A JSON text is one of YAML too, but for characters that YAML does not have.
std::string Scalar(const Json& value) {
  std::string result;
  ForEachCharacter(value.dump(-1, ' ', false, Json::error_handler_t::replace),
                   [&result](char32_t character, absl::string_view bytes) {
                     if (IsDangerous(character) || character == 0xfeff || character == 0xfffe ||
                         character == 0xffff) {
                       absl::StrAppendFormat(&result, "\\u%04x", static_cast<unsigned>(character));
                     } else {
                       absl::StrAppend(&result, bytes);
                     }
                   });
  return result;
}

// Names of fields stay plain, but for those that YAML 1.1 takes for a truth or for nothing.
std::string Key(const std::string& name) {
  constexpr absl::string_view kTaken[] = {"y",    "n",     "yes", "no",  "on",
                                          "true", "false", "off", "null"};
  const bool plain =
      !name.empty() && absl::ascii_isalpha(static_cast<unsigned char>(name[0])) &&
      std::all_of(
          name.begin(), name.end(),
          [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }) &&
      std::find(std::begin(kTaken), std::end(kTaken), absl::AsciiStrToLower(name)) ==
          std::end(kTaken);
  return plain ? name : Scalar(name);
}

bool IsBlock(const Json& value) { return value.is_structured() && !value.empty(); }

// Appends the lines of a value that IsBlock.
void AppendBlock(const Json& value, std::size_t indent, std::string* out) {
  const std::string margin(indent, ' ');
  for (const auto& [name, member] : value.items()) {
    if (value.is_array()) {
      std::string inner;
      if (IsBlock(member)) {
        AppendBlock(member, indent + kIndent, &inner);
        inner.erase(0, indent + kIndent);
      } else {
        inner = absl::StrCat(Scalar(member), "\n");
      }
      absl::StrAppend(out, margin, "- ", inner);
    } else if (IsBlock(member)) {
      absl::StrAppend(out, margin, Key(name), ":\n");
      AppendBlock(member, indent + kIndent, out);
    } else {
      absl::StrAppend(out, margin, Key(name), ": ", Scalar(member), "\n");
    }
  }
}

}  // namespace

std::string ToYaml(const Json& value) {
  if (!IsBlock(value)) return absl::StrCat(Scalar(value), "\n");
  std::string out;
  AppendBlock(value, 0, &out);
  return out;
}

}  // namespace jejak::cli
