// SPDX-License-Identifier: Apache-2.0
//
// File: text_mutation.h
//
// Texts that are almost right, in the ways that lenient readers let pass.

#ifndef JEJAK_TESTS_VERIFIER_TEXT_MUTATION_H_
#define JEJAK_TESTS_VERIFIER_TEXT_MUTATION_H_

#include "tests/verifier/comparison.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace jejak::audit {

// One bit, byte or the length changed.
inline std::string WithByteChanged(Random& random, std::string bytes) {
  static constexpr absl::string_view kBytes("\n\r\t +=-/0A\x00\x01\x1F\x7F\x80\xBF\xC2\xFF", 18);
  if (bytes.empty()) return random.Bytes(1);
  const std::size_t at = random.Below(bytes.size());
  switch (random.Below(5)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.Below(8)));
      return bytes;
    case 1:
      return bytes.erase(at, 1);
    case 2:
      return bytes.insert(at, 1, random.Pick(kBytes));
    case 3:
      bytes[at] = random.Pick(kBytes);
      return bytes;
    default:
      return bytes.substr(0, at);
  }
}

// A line there twice, missing, elsewhere, empty, or ended otherwise.
inline std::string WithLineChanged(Random& random, absl::string_view text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  const auto at = lines.begin() + static_cast<std::ptrdiff_t>(random.Below(lines.size()));
  switch (random.Below(9)) {
    case 0:
      lines.insert(at, std::string(*at));
      break;
    case 1:
      lines.erase(at);
      break;
    case 2:
      std::swap(*at, lines[random.Below(lines.size())]);
      break;
    case 3:
      lines.insert(at, "");
      break;
    case 4:
      *at += random.Pick(std::vector<std::string>{" ", "\t", "\r", "\xC2\xA0", "\xE2\x80\x83"});
      break;
    case 5:
      at->insert(0, random.Pick(std::vector<std::string>{" ", "\t", "#", "\xEF\xBB\xBF", "- "}));
      break;
    case 6:
      lines.insert(at, random.Pick(std::vector<std::string>{"more", "\xC3\xA9", "0", "=", "#"}));
      break;
    case 7:
      return absl::StrJoin(lines, "\r\n");
    default:
      return absl::StrJoin(lines, "\n") + "\n";
  }
  return absl::StrJoin(lines, "\n");
}

// A number in digits somewhere, spelled otherwise or another one.
inline std::string WithNumberChanged(Random& random, std::string text) {
  static const std::vector<std::string> kNumbers = {"0",
                                                    "1",
                                                    "00",
                                                    "4294967296",
                                                    "9223372036854775807",
                                                    "9223372036854775808",
                                                    "18446744073709551615",
                                                    "18446744073709551616",
                                                    "99999999999999999999999",
                                                    "-1",
                                                    "1.0",
                                                    "1e1",
                                                    "0x1",
                                                    "\xD9\xA1",
                                                    ""};
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) continue;
    const std::size_t end = std::min(text.find_first_not_of("0123456789", i), text.size());
    // Those that are a whole word, three times: most digits are in hashes.
    const bool word = (i == 0 || absl::ascii_isspace(static_cast<unsigned char>(text[i - 1]))) &&
                      (end == text.size() || text[end] == '\n' || text[end] == ' ');
    runs.insert(runs.end(), word ? 30 : 1, {i, end - i});
    i = end;
  }
  if (runs.empty()) return WithByteChanged(random, std::move(text));
  const auto [at, size] = random.Pick(runs);
  if (random.OneIn(2)) return text.replace(at, size, random.Pick(kNumbers));
  return text.insert(at, random.Pick(std::vector<std::string>{"0", "+", "-", " ", "1"}));
}

// Base64 somewhere, spelled as other decoders take it too.
inline std::string WithBase64Changed(Random& random, std::string text) {
  static constexpr absl::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  switch (random.Below(5)) {
    case 0: {
      const std::size_t at = text.find('=', random.Below(text.size() + 1));
      if (at == std::string::npos || at == 0) break;
      const std::size_t value = kAlphabet.find(text[at - 1]);
      if (value == absl::string_view::npos) break;
      // A bit that no byte has.
      text[at - 1] = kAlphabet[value ^ 1];
      return text;
    }
    case 1:
      return absl::StrReplaceAll(text, {{"=\n", "\n"}});
    case 2:
      return absl::StrReplaceAll(text,
                                 {{random.OneIn(2) ? "+" : "/", random.OneIn(2) ? "-" : "_"}});
    case 3: {
      const std::size_t at = text.find('=', random.Below(text.size() + 1));
      if (at == std::string::npos) break;
      return text.insert(at, random.OneIn(2) ? "=" : "A");
    }
    default: {
      const std::size_t at = text.find('=', random.Below(text.size() + 1));
      if (at == std::string::npos) break;
      return text.insert(at + 1, random.OneIn(2) ? " " : "AA==");
    }
  }
  return WithByteChanged(random, std::move(text));
}

// Something of it is not as it was, mostly once.
inline std::string Changed(Random& random, std::string text) {
  do {
    switch (random.Below(5)) {
      case 0:
      case 1:
        text = WithByteChanged(random, std::move(text));
        break;
      case 2:
        text = WithLineChanged(random, text);
        break;
      case 3:
        text = WithNumberChanged(random, std::move(text));
        break;
      default:
        text = WithBase64Changed(random, std::move(text));
    }
  } while (random.OneIn(5));
  return text;
}

}  // namespace jejak::audit

#endif  // JEJAK_TESTS_VERIFIER_TEXT_MUTATION_H_
