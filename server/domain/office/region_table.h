// SPDX-License-Identifier: Apache-2.0
//
// File: region_table.h
//
// One version of the catalog of regions (Kemendagri codes), parsed from the four CSV files of
// idn-area-data and held in memory: 91,599 rows in about 6 MB. And the rules of the codes alone:
//
//   18             province
//   18.06          regency or city
//   18.06.11       district
//   18.06.11.2016  village; its first digit is the kind: 1 kelurahan, 2 desa, 3 desa adat
//
// No part is "00". Codes in the order of their bytes are in the order of the tree: a region stands
// before all that lies within it.

#ifndef JEJAK_SERVER_DOMAIN_OFFICE_REGION_TABLE_H_
#define JEJAK_SERVER_DOMAIN_OFFICE_REGION_TABLE_H_

#include "jejak/v1/region.pb.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jejak::domain {

// What a code says by itself.
struct RegionCode {
  v1::RegionLevel level;
  // Unspecified unless a village.
  v1::VillageKind village_kind;
  // The code of the region above, a view into the code parsed; empty for a province.
  absl::string_view parent;
};

// Nothing if `code` is not well formed.
std::optional<RegionCode> ParseRegionCode(absl::string_view code);

// True if `code` is a well-formed code of a village.
bool IsVillageCode(absl::string_view code);

// True if both are well-formed and `code` is `ancestor` or lies below it.
bool LiesWithin(absl::string_view code, absl::string_view ancestor);

// A region. The views live as long as the table.
struct RegionRow {
  absl::string_view code;
  absl::string_view title;
  absl::string_view parent_code;
  v1::RegionLevel level;
  v1::VillageKind village_kind;
};

// Immutable, so thread-safe.
class RegionTable {
 public:
  // The texts of provinces, regencies, districts and villages, in this order.
  using Files = std::array<absl::string_view, 4>;

  struct Filter {
    // Only regions whose parent is this code. Empty: any.
    absl::string_view below = {};
    // Only regions whose title has this text, where case (of ASCII letters), spaces, quotes and
    // apostrophes do not count: "sukabanjar" finds "Suka Banjar". Empty: any.
    absl::string_view title = {};
    // Only this level. Unspecified: any.
    v1::RegionLevel level = v1::REGION_LEVEL_UNSPECIFIED;
  };

  // Parses the files. Each has its heading ("code,name", "code,province_code,name",
  // "code,regency_code,name", "code,district_code,name"), then a region a line, quoted as in
  // RFC 4180, without line breaks inside of a field. Titles are kept as they are written: a few
  // villages have a quote for an apostrophe (Soka"an).
  // INVALID_ARGUMENT, with file and line, e.g. "villages line 7: ...": a code is not well formed,
  // not of the file's level, or there twice; a parent is not there, or not the one the code
  // names; a title is empty, not UTF-8, has control characters or exceeds
  // limits::kRegionTitleBytesMax; a file exceeds limits::kRegionFileBytesMax or
  // limits::kRegionsPerFileMax; bad quoting, or another number of fields.
  static absl::StatusOr<std::unique_ptr<const RegionTable>> Parse(absl::string_view version,
                                                                  const Files& files);

  RegionTable(const RegionTable&) = delete;
  RegionTable& operator=(const RegionTable&) = delete;

  const std::string& version() const { return version_; }

  // The number of regions of the level.
  std::size_t count(v1::RegionLevel level) const;

  // Null if there is no such region.
  const RegionRow* Find(absl::string_view code) const;

  // The titles of the regions above `code`, from the province down; empty for a province and for
  // a code that is not in the table.
  std::vector<absl::string_view> Path(absl::string_view code) const;

  // The first `limit` regions that pass the filter, in the order of their codes, after `after_code`
  // (which itself is left out, and need not be in the table; empty: from the start). Looks at
  // every region between `after_code` and the last one returned.
  std::vector<const RegionRow*> List(const Filter& filter, absl::string_view after_code,
                                     std::size_t limit) const;

 private:
  RegionTable() = default;

  std::string version_;
  // The bytes of all codes and titles.
  std::string text_;
  // Ordered by code.
  std::vector<RegionRow> rows_;
  std::array<std::size_t, 4> counts_{};
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_OFFICE_REGION_TABLE_H_
