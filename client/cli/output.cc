// SPDX-License-Identifier: Apache-2.0

#include "client/cli/output.h"

#include "client/cli/failure.h"
#include "client/cli/request.h"
#include "server/base/status_macros.h"

#include "google/protobuf/util/json_util.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "unicode/uchar.h"
#include "unicode/utf8.h"

#include <algorithm>
#include <functional>

namespace jejak::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr char kBold[] = "\033[1m";
constexpr char kPlain[] = "\033[0m";

// Calls `visit` with each character of UTF-8 text and its bytes; a byte that is not part of one has
// a negative character.
void ForEachCharacter(absl::string_view text,
                      const std::function<void(UChar32, absl::string_view)>& visit) {
  const auto length = static_cast<int32_t>(text.size());
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  for (int32_t i = 0; i < length;) {
    const int32_t start = i;
    UChar32 character = 0;
    // ICU's macro narrows on its own.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
    U8_NEXT(bytes, i, length, character);
#pragma GCC diagnostic pop
    visit(character,
          text.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(i - start)));
  }
}

// Controls, and what turns the direction of writing (UAX 9) or breaks a line.
bool IsDangerous(UChar32 character) {
  return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
         (character >= 0x200e && character <= 0x200f) ||
         (character >= 0x2028 && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069) || character == 0x61c;
}

std::string FormatMoment(absl::Time time, absl::TimeZone zone, const OutputOptions& options) {
  switch (options.time) {
    case TimeStyle::kRfc3339:
      return absl::FormatTime(
          zone == absl::UTCTimeZone() ? "%Y-%m-%dT%H:%M:%E*SZ" : absl::RFC3339_full, time, zone);
    case TimeStyle::kLocal:
      return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::LocalTimeZone());
    case TimeStyle::kRelative: {
      const absl::Duration age = options.now - time;
      const absl::Duration size = absl::AbsDuration(age);
      const char* const side = age < absl::ZeroDuration() ? " ahead" : " ago";
      if (size < absl::Minutes(1)) return absl::StrCat(absl::ToInt64Seconds(size), " s", side);
      if (size < absl::Hours(1)) return absl::StrCat(absl::ToInt64Minutes(size), " min", side);
      if (size < absl::Hours(48)) return absl::StrCat(absl::ToInt64Hours(size), " h", side);
      return absl::StrCat(absl::ToInt64Hours(size) / 24, " d", side);
    }
  }
  return "";
}

// A Timestamp. What happened somewhere is shown in the offset noted beside it.
std::string FormatTimestamp(const Message& parent, const FieldDescriptor& field,
                            const Message& timestamp, const OutputOptions& options) {
  const Reflection* reflection = timestamp.GetReflection();
  const Descriptor* type = timestamp.GetDescriptor();
  const absl::Time time =
      absl::FromUnixSeconds(reflection->GetInt64(timestamp, type->FindFieldByName("seconds"))) +
      absl::Nanoseconds(reflection->GetInt32(timestamp, type->FindFieldByName("nanos")));
  absl::TimeZone zone = absl::UTCTimeZone();
  const FieldDescriptor* offset = parent.GetDescriptor()->FindFieldByName("utc_offset_minutes");
  if (offset != nullptr && field.name() != "commit_time") {
    const int minutes = parent.GetReflection()->GetInt32(parent, offset);
    if (minutes != 0) zone = absl::FixedTimeZone(minutes * 60);
  }
  return FormatMoment(time, zone, options);
}

// How a leaf becomes text. `index` is -1 for a singular field.
std::string FormatValue(const Message& message, const FieldDescriptor& field, int index,
                        const OutputOptions& options, bool full_enums) {
  const Reflection* r = message.GetReflection();
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return one ? r->GetString(message, &field) : r->GetRepeatedString(message, &field, index);
    case FieldDescriptor::CPPTYPE_BOOL:
      return (one ? r->GetBool(message, &field) : r->GetRepeatedBool(message, &field, index))
                 ? "true"
                 : "false";
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value =
          one ? r->GetEnum(message, &field) : r->GetRepeatedEnum(message, &field, index);
      return full_enums ? value->name() : ShortName(*value);
    }
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(one ? r->GetUInt32(message, &field)
                              : r->GetRepeatedUInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(one ? r->GetUInt64(message, &field)
                              : r->GetRepeatedUInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(one ? r->GetInt32(message, &field)
                              : r->GetRepeatedInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(one ? r->GetInt64(message, &field)
                              : r->GetRepeatedInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      if (one && !r->HasField(message, &field)) return "";
      const Message& value =
          one ? r->GetMessage(message, &field) : r->GetRepeatedMessage(message, &field, index);
      if (value.GetDescriptor()->full_name() == "google.protobuf.Timestamp") {
        return FormatTimestamp(message, field, value, options);
      }
      return value.ShortDebugString();
    }
    default:
      return "?";
  }
}

// Finds the leaf of a path. Null if there is no such field or something on the way is not set.
struct Leaf {
  const Message* message = nullptr;
  const FieldDescriptor* field = nullptr;
};
Leaf FindLeaf(const Message& message, absl::string_view path) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(std::string(parts.first));
  if (field == nullptr) return {};
  if (parts.second.empty()) return {&message, field};
  if (field->message_type() == nullptr || field->is_repeated()) return {};
  return FindLeaf(message.GetReflection()->GetMessage(message, field), parts.second);
}

std::string FormatPath(const Message& message, absl::string_view path, const OutputOptions& options,
                       bool full_enums) {
  const bool count = absl::ConsumePrefix(&path, "#");
  const bool last_part = absl::ConsumeSuffix(&path, "|short");
  const Leaf leaf = FindLeaf(message, path);
  if (leaf.field == nullptr) return "";
  std::string text;
  if (leaf.field->is_repeated()) {
    const int size = leaf.message->GetReflection()->FieldSize(*leaf.message, leaf.field);
    if (count) return absl::StrCat(size);
    std::vector<std::string> parts;
    for (int i = 0; i < size; ++i) {
      parts.push_back(FormatValue(*leaf.message, *leaf.field, i, options, full_enums));
    }
    text = absl::StrJoin(parts, ", ");
  } else {
    text = FormatValue(*leaf.message, *leaf.field, -1, options, full_enums);
  }
  return last_part ? text.substr(text.rfind('.') + 1) : text;
}

void WriteTable(const std::vector<Column>& columns, const std::vector<const Message*>& rows,
                const OutputOptions& options, std::ostream& out) {
  std::vector<std::vector<std::string>> cells;
  if (options.headers) {
    auto& heading = cells.emplace_back();
    for (const Column& column : columns) heading.push_back(column.title);
  }
  for (const Message* row : rows) {
    auto& line = cells.emplace_back();
    for (const Column& column : columns) {
      line.push_back(Printable(CellOf(*row, column.cell, options)));
    }
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(line[i]));
    }
  }
  for (std::size_t l = 0; l < cells.size(); ++l) {
    std::string text;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      absl::StrAppend(&text, cells[l][i]);
      if (i + 1 < columns.size()) text.append(widths[i] - DisplayWidth(cells[l][i]) + 2, ' ');
    }
    absl::StripTrailingAsciiWhitespace(&text);
    const bool bold = options.color && options.headers && l == 0;
    out << (bold ? kBold : "") << text << (bold ? kPlain : "") << "\n";
  }
}

void WriteCsv(const std::vector<Column>& columns, const std::vector<const Message*>& rows,
              const OutputOptions& options, std::ostream& out) {
  const auto write_line = [&out](const std::vector<std::string>& cells) {
    out << absl::StrJoin(cells, ",", [](std::string* to, const std::string& cell) {
      *to += CsvCell(cell);
    }) << "\r\n";
  };
  std::vector<std::string> cells;
  for (const Column& column : columns) cells.push_back(column.title);
  if (options.headers) write_line(cells);
  for (const Message* row : rows) {
    cells.clear();
    for (const Column& column : columns) cells.push_back(CellOf(*row, column.cell, options));
    write_line(cells);
  }
}

absl::string_view NameField(const Descriptor& type) {
  for (const char* name : {"name", "position", "code", "sha256"}) {
    if (type.FindFieldByName(name) != nullptr) return name;
  }
  return "";
}

}  // namespace

absl::StatusOr<Format> ParseFormat(absl::string_view text) {
  if (text == "table") return Format::kTable;
  if (text == "wide") return Format::kWide;
  if (text == "json") return Format::kJson;
  if (text == "jsonl") return Format::kJsonl;
  if (text == "csv") return Format::kCsv;
  if (text == "name") return Format::kName;
  return UsageError(
      absl::StrCat("--output: \"", text, "\" is not one of table, wide, json, jsonl, csv, name"));
}

absl::StatusOr<TimeStyle> ParseTimeStyle(absl::string_view text) {
  if (text == "rfc3339") return TimeStyle::kRfc3339;
  if (text == "local") return TimeStyle::kLocal;
  if (text == "relative") return TimeStyle::kRelative;
  return UsageError(absl::StrCat("--time: \"", text, "\" is not one of rfc3339, local, relative"));
}

std::string Printable(absl::string_view text) {
  std::string result;
  ForEachCharacter(text, [&result](UChar32 character, absl::string_view bytes) {
    if (character < 0) {
      for (const char byte : bytes) {
        absl::StrAppendFormat(&result, "\\x%02x", static_cast<unsigned char>(byte));
      }
    } else if (!IsDangerous(character)) {
      absl::StrAppend(&result, bytes);
    } else if (character < 0x100) {
      absl::StrAppendFormat(&result, "\\x%02x", static_cast<unsigned>(character));
    } else {
      absl::StrAppendFormat(&result, "\\u{%x}", static_cast<unsigned>(character));
    }
  });
  return result;
}

std::size_t DisplayWidth(absl::string_view text) {
  std::size_t width = 0;
  ForEachCharacter(text, [&width](UChar32 character, absl::string_view) {
    const auto type = character < 0 ? 0 : u_charType(character);
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return;
    const int form =
        character < 0 ? U_EA_NEUTRAL : u_getIntPropertyValue(character, UCHAR_EAST_ASIAN_WIDTH);
    width += form == U_EA_WIDE || form == U_EA_FULLWIDTH ? 2 : 1;
  });
  return width;
}

std::string CsvCell(absl::string_view text) {
  const bool formula =
      !text.empty() && absl::StrContains("=+-@\t\r", absl::string_view(text.data(), 1));
  std::string cell = absl::StrCat(formula ? "'" : "", text);
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  return absl::StrCat("\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"");
}

std::string CellOf(const Message& message, absl::string_view cell, const OutputOptions& options) {
  std::string text;
  bool any = false;
  while (!cell.empty()) {
    const std::size_t open = cell.find('{');
    const std::size_t close = cell.find('}');
    absl::StrAppend(&text, cell.substr(0, open));
    if (open == absl::string_view::npos || close == absl::string_view::npos) break;
    const std::string value =
        FormatPath(message, cell.substr(open + 1, close - open - 1), options, false);
    any = any || !value.empty();
    absl::StrAppend(&text, value);
    cell.remove_prefix(close + 1);
  }
  return any ? text : "";
}

absl::StatusOr<std::string> ValueAt(const Message& message, absl::string_view path) {
  const absl::string_view field = path.substr(path.find('#') == 0 ? 1 : 0);
  if (FindLeaf(message, field).field == nullptr) {
    return absl::NotFoundError(
        absl::StrCat(message.GetDescriptor()->name(), " has no field ", field));
  }
  return FormatPath(message, path, {}, true);
}

const FieldDescriptor* ListField(const Descriptor& response) {
  if (response.FindFieldByName("next_page_token") == nullptr &&
      response.FindFieldByName("next_position") == nullptr) {
    return nullptr;
  }
  for (int i = 0; i < response.field_count(); ++i) {
    const FieldDescriptor* field = response.field(i);
    if (field->is_repeated() && field->message_type() != nullptr) return field;
  }
  return nullptr;
}

std::vector<const Message*> RowsOf(const Message& response) {
  const Descriptor& type = *response.GetDescriptor();
  const Reflection* reflection = response.GetReflection();
  std::vector<const Message*> rows;
  if (const FieldDescriptor* list = ListField(type); list != nullptr) {
    for (int i = 0; i < reflection->FieldSize(response, list); ++i) {
      rows.push_back(&reflection->GetRepeatedMessage(response, list, i));
    }
    return rows;
  }
  if (type.FindFieldByName("commit") != nullptr) {
    const FieldDescriptor* resource = type.field(0);
    if (resource->message_type() != nullptr && !resource->is_repeated()) {
      return {&reflection->GetMessage(response, resource)};
    }
  }
  return {&response};
}

absl::StatusOr<std::string> ToJson(const Message& message, bool pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = pretty;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat("cannot be shown as JSON: ",
                     absl::string_view(status.message().data(), status.message().size())));
  }
  while (absl::EndsWith(json, "\n")) json.pop_back();
  return json;
}

absl::Status WriteResponse(const Message& response, const OutputOptions& options,
                           std::ostream& out) {
  const std::vector<const Message*> rows = RowsOf(response);
  if (options.format == Format::kJson) {
    JEJAK_ASSIGN_OR_RETURN(const std::string json, ToJson(response, true));
    out << json << "\n";
    return absl::OkStatus();
  }
  if (options.format == Format::kJsonl) {
    for (const Message* row : rows) {
      JEJAK_ASSIGN_OR_RETURN(const std::string json, ToJson(*row, false));
      out << json << "\n";
    }
    return absl::OkStatus();
  }
  const FieldDescriptor* list = ListField(*response.GetDescriptor());
  const Descriptor& type = list != nullptr ? *list->message_type() : *rows[0]->GetDescriptor();
  if (options.format == Format::kName) {
    for (const Message* row : rows) {
      out << Printable(FormatPath(*row, NameField(type), options, false)) << "\n";
    }
    return absl::OkStatus();
  }
  const std::vector<Column> columns = options.columns.empty()
                                          ? ColumnsOf(type, options.format == Format::kWide)
                                          : ChosenColumns(type, options.columns);
  if (options.format == Format::kCsv) {
    WriteCsv(columns, rows, options, out);
  } else {
    WriteTable(columns, rows, options, out);
  }
  return absl::OkStatus();
}

}  // namespace jejak::cli
