// SPDX-License-Identifier: Apache-2.0

#include "server/domain/record/document_number.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace jejak::domain {
namespace {

constexpr std::array<absl::string_view, 12> kRomanMonths = {
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"};
constexpr std::size_t kRunningDigitsMax = 6;
constexpr std::size_t kPartBytesMax = 32;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsLetter(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }

bool IsNumber(absl::string_view part, std::size_t min_digits, std::size_t max_digits) {
  return part.size() >= min_digits && part.size() <= max_digits &&
         std::all_of(part.begin(), part.end(), IsDigit);
}

// Two capitals, numbers after dots, and maybe the type after a hyphen: "PP.08.1-Pu".
bool IsClassification(absl::string_view part) {
  const std::vector<absl::string_view> halves = absl::StrSplit(part, absl::MaxSplits('-', 1));
  if (halves.size() == 2 &&
      (halves[1].empty() || !std::all_of(halves[1].begin(), halves[1].end(), IsLetter))) {
    return false;
  }
  const std::vector<absl::string_view> steps = absl::StrSplit(halves[0], '.');
  return steps[0].size() == 2 &&
         std::all_of(steps[0].begin(), steps[0].end(),
                     [](char c) { return c >= 'A' && c <= 'Z'; }) &&
         std::all_of(steps.begin() + 1, steps.end(),
                     [](absl::string_view step) { return IsNumber(step, 1, 2); });
}

// Words of letters joined by '-' or '.': "KPU", "KPU-Kab", "KIP.Prov".
bool IsOffice(absl::string_view part) {
  const std::vector<absl::string_view> words = absl::StrSplit(part, absl::ByAnyChar("-."));
  return std::all_of(words.begin(), words.end(), [](absl::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), IsLetter);
  });
}

}  // namespace

std::optional<v1::DocumentNumber> ParseDocumentNumber(absl::string_view number) {
  std::vector<absl::string_view> parts = absl::StrSplit(number, '/');
  if (parts.size() == 5) parts.insert(parts.begin() + 2, "");
  if (parts.size() != 6) return std::nullopt;
  for (absl::string_view part : parts) {
    if (part.size() > kPartBytesMax) return std::nullopt;
  }

  if (!IsNumber(parts[0], 1, kRunningDigitsMax)) return std::nullopt;
  if (!IsClassification(parts[1])) return std::nullopt;
  std::string region(parts[2]);
  if (IsNumber(region, 4, 4)) {
    region.insert(2, ".");
  } else if (!region.empty() && !IsNumber(region, 2, 2)) {
    return std::nullopt;
  }
  if (!IsOffice(parts[3])) return std::nullopt;
  const auto month = std::find(kRomanMonths.begin(), kRomanMonths.end(), parts[4]);
  if (month == kRomanMonths.end()) return std::nullopt;
  std::uint32_t year = 0;
  if (!IsNumber(parts[5], 4, 4) || !absl::SimpleAtoi(parts[5], &year) || year < 1945) {
    return std::nullopt;
  }

  v1::DocumentNumber parsed;
  parsed.set_running(std::string(parts[0]));
  parsed.set_classification(std::string(parts[1]));
  parsed.set_region_code(std::move(region));
  parsed.set_office(std::string(parts[3]));
  parsed.set_month(static_cast<std::uint32_t>(month - kRomanMonths.begin()) + 1);
  parsed.set_year(year);
  return parsed;
}

}  // namespace jejak::domain
