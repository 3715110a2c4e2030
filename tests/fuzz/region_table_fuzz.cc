// SPDX-License-Identifier: Apache-2.0
//
// Any four texts, with NUL between, are a catalog or refused; each region of a catalog is found,
// and so is its parent.

#include "server/domain/office/region_table.h"
#include "tests/fuzz/fuzz.h"

#include "absl/strings/str_split.h"

#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jejak::domain;
  const absl::string_view text = jejak::fuzz::AsText(data, size);
  if (const auto code = ParseRegionCode(text); code.has_value())
    JEJAK_CHECK(LiesWithin(text, text));
  std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('\0', 3));
  parts.resize(4);
  const auto table = RegionTable::Parse("1", {parts[0], parts[1], parts[2], parts[3]});
  if (!table.ok()) {
    JEJAK_CHECK(absl::IsInvalidArgument(table.status()));
    return 0;
  }
  for (const RegionRow* row : (*table)->List({}, "", 1000)) {
    JEJAK_CHECK((*table)->Find(row->code) == row);
    const auto code = ParseRegionCode(row->code);
    JEJAK_CHECK(code.has_value() && code->level == row->level && code->parent == row->parent_code);
    JEJAK_CHECK(row->parent_code.empty() || (*table)->Find(row->parent_code) != nullptr);
  }
  return 0;
}
