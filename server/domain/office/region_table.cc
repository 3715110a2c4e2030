// SPDX-License-Identifier: Apache-2.0

#include "server/domain/office/region_table.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/base/utf8.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace jejak::domain {
namespace {

struct FileKind {
  v1::RegionLevel level;
  absl::string_view name;
  absl::string_view heading;
};
constexpr std::array<FileKind, 4> kFileKinds = {{
    {v1::REGION_LEVEL_PROVINCE, "provinces", "code,name"},
    {v1::REGION_LEVEL_REGENCY, "regencies", "code,province_code,name"},
    {v1::REGION_LEVEL_DISTRICT, "districts", "code,regency_code,name"},
    {v1::REGION_LEVEL_VILLAGE, "villages", "code,district_code,name"},
}};

// One line and where it stands, for the messages.
struct Place {
  absl::string_view file;
  std::size_t line;
};

template <typename... Parts>
absl::Status Refuse(const Place& place, const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(place.file, " line ", place.line, ": ", parts...));
}

bool IsDigits(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool HasControlCharacters(absl::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

// Appends to *folded what counts in a comparison of titles.
void Fold(absl::string_view title, std::string* folded) {
  for (char c : title) {
    if (c == ' ' || c == '"' || c == '\'' || c == '`') continue;
    folded->push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
}

// Splits a line into fields. Quoted fields are unquoted into buffers, which are used again for the
// next line.
class Fields {
 public:
  static constexpr std::size_t kMax = 3;

  absl::Status Split(const Place& place, absl::string_view line) {
    count_ = 0;
    while (true) {
      if (count_ == kMax) return Refuse(place, "more fields than the heading");
      absl::string_view& field = fields_[count_];
      if (absl::ConsumePrefix(&line, "\"")) {
        std::string& buffer = buffers_[count_];
        buffer.clear();
        while (true) {
          const std::size_t quote = line.find('"');
          if (quote == line.npos) return Refuse(place, "a quote is not closed");
          buffer.append(line.data(), quote);
          line.remove_prefix(quote + 1);
          if (!absl::ConsumePrefix(&line, "\"")) break;
          buffer.push_back('"');
        }
        if (!line.empty() && line.front() != ',')
          return Refuse(place, "text after a closing quote");
        field = buffer;
      } else {
        field = line.substr(0, line.find(','));
        if (absl::StrContains(field, '"')) return Refuse(place, "a quote inside of a plain field");
        line.remove_prefix(field.size());
      }
      ++count_;
      if (!absl::ConsumePrefix(&line, ",")) return absl::OkStatus();
    }
  }

  std::size_t count() const { return count_; }
  absl::string_view operator[](std::size_t i) const { return fields_[i]; }

 private:
  std::array<absl::string_view, kMax> fields_;
  std::array<std::string, kMax> buffers_;
  std::size_t count_ = 0;
};

// Takes the next line off *rest, without its line break.
absl::string_view TakeLine(absl::string_view* rest) {
  absl::string_view line = rest->substr(0, rest->find('\n'));
  rest->remove_prefix(std::min(line.size() + 1, rest->size()));
  absl::ConsumeSuffix(&line, "\r");
  return line;
}

absl::Status CheckTitle(const Place& place, absl::string_view title) {
  if (title.empty()) return Refuse(place, "the name is empty");
  if (title.size() > limits::kRegionTitleBytesMax) {
    return Refuse(place, "the name has more than ", limits::kRegionTitleBytesMax, " bytes");
  }
  if (!IsUtf8(title)) return Refuse(place, "the name is not UTF-8");
  if (HasControlCharacters(title)) return Refuse(place, "the name has control characters");
  return absl::OkStatus();
}

bool CodeBefore(const RegionRow& a, const RegionRow& b) { return a.code < b.code; }

std::vector<RegionRow>::const_iterator FirstAfter(const std::vector<RegionRow>& rows,
                                                  absl::string_view code) {
  return std::upper_bound(
      rows.begin(), rows.end(), code,
      [](absl::string_view wanted, const RegionRow& row) { return wanted < row.code; });
}

const RegionRow* FindRow(const std::vector<RegionRow>& rows, absl::string_view code) {
  const auto after = FirstAfter(rows, code);
  if (after == rows.begin()) return nullptr;
  const RegionRow& row = *(after - 1);
  return row.code == code ? &row : nullptr;
}

struct NewRow {
  RegionRow row;
  std::size_t line;
};

// Puts the rows in order, and refuses a code that is there twice at its second line.
absl::Status SortUnique(absl::string_view file, std::vector<NewRow>* rows) {
  std::stable_sort(rows->begin(), rows->end(),
                   [](const NewRow& a, const NewRow& b) { return CodeBefore(a.row, b.row); });
  const auto twice =
      std::adjacent_find(rows->begin(), rows->end(),
                         [](const NewRow& a, const NewRow& b) { return a.row.code == b.row.code; });
  if (twice == rows->end()) return absl::OkStatus();
  return Refuse({file, (twice + 1)->line}, "code ", twice->row.code, " is also in line ",
                twice->line);
}

}  // namespace

std::optional<RegionCode> ParseRegionCode(absl::string_view code) {
  constexpr std::size_t kEnds[] = {2, 5, 8, 13};
  std::size_t start = 0;
  for (int part = 0; part < 4; ++part) {
    const std::size_t end = kEnds[part];
    if (code.size() < end) return std::nullopt;
    const absl::string_view digits = code.substr(start, end - start);
    if (!IsDigits(digits)) return std::nullopt;
    if (part < 3 && digits == "00") return std::nullopt;
    if (code.size() == end) {
      RegionCode parsed = {static_cast<v1::RegionLevel>(part + 1), v1::VILLAGE_KIND_UNSPECIFIED,
                           part == 0 ? absl::string_view() : code.substr(0, start - 1)};
      if (parsed.level == v1::REGION_LEVEL_VILLAGE) {
        if (digits[0] < '1' || digits[0] > '3') return std::nullopt;
        parsed.village_kind = static_cast<v1::VillageKind>(digits[0] - '0');
      }
      return parsed;
    }
    if (code[end] != '.') return std::nullopt;
    start = end + 1;
  }
  return std::nullopt;
}

bool IsVillageCode(absl::string_view code) {
  const std::optional<RegionCode> parsed = ParseRegionCode(code);
  return parsed.has_value() && parsed->level == v1::REGION_LEVEL_VILLAGE;
}

bool LiesWithin(absl::string_view code, absl::string_view ancestor) {
  // Parts have a fixed width, so a prefix that is a code ends where a part ends.
  return ParseRegionCode(code).has_value() && ParseRegionCode(ancestor).has_value() &&
         absl::StartsWith(code, ancestor);
}

absl::StatusOr<std::unique_ptr<const RegionTable>> RegionTable::Parse(absl::string_view version,
                                                                      const Files& files) {
  std::unique_ptr<RegionTable> table(new RegionTable());
  table->version_ = std::string(version);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].size() > limits::kRegionFileBytesMax) {
      return Refuse({kFileKinds[i].name, 1}, "the file has more than ", limits::kRegionFileBytesMax,
                    " bytes");
    }
    bytes += files[i].size();
  }
  // No more than this is kept, so the text never moves and the rows can be views into it.
  std::string& text = table->text_;
  text.reserve(bytes);
  const auto keep = [&text](absl::string_view part) {
    const std::size_t start = text.size();
    text.append(part.data(), part.size());
    return absl::string_view(text).substr(start);
  };

  std::vector<RegionRow>& rows = table->rows_;
  Fields fields;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileKind& kind = kFileKinds[i];
    const bool has_parent = kind.level != v1::REGION_LEVEL_PROVINCE;
    const std::size_t field_count = has_parent ? 3 : 2;
    absl::string_view rest = files[i];
    Place place = {kind.name, 1};
    if (TakeLine(&rest) != kind.heading) {
      return Refuse(place, "the heading is not \"", kind.heading, "\"");
    }
    std::vector<NewRow> level_rows;
    level_rows.reserve(static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n')) + 1);
    absl::string_view known_parent;
    while (!rest.empty()) {
      ++place.line;
      if (level_rows.size() == limits::kRegionsPerFileMax) {
        return Refuse(place, "more than ", limits::kRegionsPerFileMax, " regions");
      }
      JEJAK_RETURN_IF_ERROR(fields.Split(place, TakeLine(&rest)));
      if (fields.count() != field_count) return Refuse(place, "fewer fields than the heading");
      const std::optional<RegionCode> parsed = ParseRegionCode(fields[0]);
      if (!parsed.has_value() || parsed->level != kind.level) {
        return Refuse(place, "the code is not well formed for this file");
      }
      if (has_parent) {
        if (fields[1] != parsed->parent) {
          return Refuse(place, "the parent is not the one that code ", fields[0], " names");
        }
        if (parsed->parent != known_parent) {
          const RegionRow* const parent = FindRow(rows, parsed->parent);
          if (parent == nullptr) {
            return Refuse(place, "the parent ", parsed->parent, " does not exist");
          }
          known_parent = parent->code;
        }
      }
      const absl::string_view title = fields[field_count - 1];
      JEJAK_RETURN_IF_ERROR(CheckTitle(place, title));
      const absl::string_view code = keep(fields[0]);
      level_rows.push_back({{code, keep(title), code.substr(0, parsed->parent.size()),
                             parsed->level, parsed->village_kind},
                            place.line});
    }
    JEJAK_RETURN_IF_ERROR(SortUnique(kind.name, &level_rows));
    table->counts_[i] = level_rows.size();
    const std::size_t above = rows.size();
    rows.reserve(above + level_rows.size());
    for (const NewRow& added : level_rows) rows.push_back(added.row);
    std::inplace_merge(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(above), rows.end(),
                       CodeBefore);
  }
  return table;
}

std::size_t RegionTable::count(v1::RegionLevel level) const {
  for (std::size_t i = 0; i < kFileKinds.size(); ++i) {
    if (kFileKinds[i].level == level) return counts_[i];
  }
  return 0;
}

const RegionRow* RegionTable::Find(absl::string_view code) const { return FindRow(rows_, code); }

std::vector<absl::string_view> RegionTable::Path(absl::string_view code) const {
  std::vector<absl::string_view> titles;
  const RegionRow* row = Find(code);
  while (row != nullptr && !row->parent_code.empty()) {
    row = Find(row->parent_code);
    if (row != nullptr) titles.push_back(row->title);
  }
  std::reverse(titles.begin(), titles.end());
  return titles;
}

std::vector<const RegionRow*> RegionTable::List(const Filter& filter, absl::string_view after_code,
                                                std::size_t limit) const {
  std::string wanted;
  Fold(filter.title, &wanted);
  std::string folded;
  std::vector<const RegionRow*> found;
  for (auto row = FirstAfter(rows_, std::max(after_code, filter.below));
       row != rows_.end() && found.size() < limit; ++row) {
    // All that lies within a region stands together.
    if (!absl::StartsWith(row->code, filter.below)) break;
    if (!filter.below.empty() && row->parent_code != filter.below) continue;
    if (filter.level != v1::REGION_LEVEL_UNSPECIFIED && row->level != filter.level) continue;
    if (!wanted.empty()) {
      folded.clear();
      Fold(row->title, &folded);
      if (!absl::StrContains(folded, wanted)) continue;
    }
    found.push_back(&*row);
  }
  return found;
}

}  // namespace jejak::domain
