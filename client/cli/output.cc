// SPDX-License-Identifier: Apache-2.0

#include "client/cli/output.h"

#include "client/cli/failure.h"
#include "client/cli/request.h"
#include "client/cli/view_build.h"
#include "client/cli/yaml.h"
#include "server/base/status_macros.h"

#include "google/protobuf/util/json_util.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace jejak::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr char kBold[] = "\033[1m";
constexpr char kPlain[] = "\033[0m";

// What a spreadsheet takes for the beginning of a formula.
constexpr absl::string_view kFormula[] = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};

// The part of a second, exact and in as few lengths as can be, so that times stand in line.
std::string Fraction(absl::Time time) {
  const std::int64_t nanos =
      (time - absl::FromUnixSeconds(absl::ToUnixSeconds(time))) / absl::Nanoseconds(1);
  if (nanos == 0) return "";
  return nanos % 1000 == 0 ? absl::StrFormat(".%06d", nanos / 1000)
                           : absl::StrFormat(".%09d", nanos);
}

std::string FormatMoment(absl::Time time, absl::TimeZone zone, const OutputOptions& options) {
  switch (options.time) {
    case TimeStyle::kRfc3339:
      return absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%S", time, zone),
                          options.format == Format::kTable ? "" : Fraction(time),
                          zone == absl::UTCTimeZone() ? "Z" : absl::FormatTime("%Ez", time, zone));
    case TimeStyle::kLocal:
      return absl::FormatTime("%Y-%m-%d %H:%M:%S", time,
                              options.zone.value_or(absl::LocalTimeZone()));
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

// A Timestamp. Unless a zone is asked for, what happened somewhere is shown in the offset noted
// beside it.
std::string FormatTimestamp(const Message& parent, const FieldDescriptor& field,
                            const Message& timestamp, const OutputOptions& options) {
  const Reflection* reflection = timestamp.GetReflection();
  const Descriptor* type = timestamp.GetDescriptor();
  const absl::Time time =
      absl::FromUnixSeconds(reflection->GetInt64(timestamp, type->FindFieldByName("seconds"))) +
      absl::Nanoseconds(reflection->GetInt32(timestamp, type->FindFieldByName("nanos")));
  absl::TimeZone zone = options.zone.value_or(absl::UTCTimeZone());
  const FieldDescriptor* offset = parent.GetDescriptor()->FindFieldByName("utc_offset_minutes");
  if (!options.zone.has_value() && offset != nullptr && field.name() != "commit_time") {
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
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(one ? r->GetDouble(message, &field)
                              : r->GetRepeatedDouble(message, &field, index));
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

// How a build of a view stands; nothing if `message` is none. `what`: state, result or summary.
std::string FormatBuild(const Message& message, absl::string_view what, Language language) {
  v1::ViewBuild build;
  if (message.GetDescriptor()->name() != "ViewBuild" ||
      !build.ParseFromString(message.SerializeAsString())) {
    return "";
  }
  if (what == "state") return StateOf(build, language);
  return what == "result" ? ResultOf(build, language) : SummaryOf(build, language);
}

// What follows the bar in a cell.
std::string FormatPath(const Message& message, absl::string_view path, const OutputOptions& options,
                       bool full_enums);
std::string FormatAs(absl::string_view how, const Message& message, absl::string_view path,
                     const OutputOptions& options, bool full_enums) {
  if (how == "short" || how == "label") {
    const std::string text = FormatPath(message, path, options, full_enums);
    return how == "label" ? Translated(options.language, text) : text.substr(text.rfind('.') + 1);
  }
  if (path.empty()) return FormatBuild(message, how, options.language);
  const Leaf leaf = FindLeaf(message, path);
  if (leaf.field == nullptr || leaf.field->message_type() == nullptr || leaf.field->is_repeated() ||
      !leaf.message->GetReflection()->HasField(*leaf.message, leaf.field)) {
    return "";
  }
  return FormatBuild(leaf.message->GetReflection()->GetMessage(*leaf.message, leaf.field), how,
                     options.language);
}

std::string FormatPath(const Message& message, absl::string_view path, const OutputOptions& options,
                       bool full_enums) {
  if (const std::size_t bar = path.find('|'); bar != absl::string_view::npos) {
    return FormatAs(path.substr(bar + 1), message, path.substr(0, bar), options, full_enums);
  }
  const bool count = absl::ConsumePrefix(&path, "#");
  // A field of the elements of a list.
  if (const std::size_t dot = path.find('.'); dot != absl::string_view::npos) {
    const FieldDescriptor* list =
        message.GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    if (list != nullptr && list->is_repeated() && list->message_type() != nullptr) {
      std::vector<std::string> parts;
      for (int i = 0; i < message.GetReflection()->FieldSize(message, list); ++i) {
        parts.push_back(FormatPath(message.GetReflection()->GetRepeatedMessage(message, list, i),
                                   path.substr(dot + 1), options, full_enums));
      }
      return absl::StrJoin(parts, ", ");
    }
  }
  const Leaf leaf = FindLeaf(message, path);
  if (leaf.field == nullptr) return "";
  if (leaf.field->is_repeated()) {
    const int size = leaf.message->GetReflection()->FieldSize(*leaf.message, leaf.field);
    if (count) return absl::StrCat(size);
    std::vector<std::string> parts;
    for (int i = 0; i < size; ++i) {
      parts.push_back(FormatValue(*leaf.message, *leaf.field, i, options, full_enums));
    }
    return absl::StrJoin(parts, ", ");
  }
  return FormatValue(*leaf.message, *leaf.field, -1, options, full_enums);
}

using Line = std::vector<std::string>;

Line TitlesOf(const std::vector<Column>& columns, const OutputOptions& options) {
  Line titles;
  for (const Column& column : columns) {
    titles.push_back(Translated(options.language, column.title));
  }
  return titles;
}

void Widen(const Line& line, std::vector<std::size_t>* widths) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    (*widths)[i] = std::max((*widths)[i], DisplayWidth(line[i]));
  }
}

void WriteLine(const Line& line, const std::vector<std::size_t>& widths, bool bold,
               std::ostream& out) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    absl::StrAppend(&text, line[i]);
    if (i + 1 < line.size()) text.append(widths[i] - DisplayWidth(line[i]) + 2, ' ');
  }
  absl::StripTrailingAsciiWhitespace(&text);
  out << (bold ? kBold : "") << text << (bold ? kPlain : "") << "\n";
}

void WriteTable(const std::vector<Column>& columns, const std::vector<const Message*>& rows,
                const OutputOptions& options, std::ostream& out) {
  std::vector<Line> cells;
  if (options.headers) cells.push_back(TitlesOf(columns, options));
  for (const Message* row : rows) {
    auto& line = cells.emplace_back();
    for (const Column& column : columns) {
      line.push_back(Printable(CellOf(*row, column.cell, options)));
    }
  }
  std::vector<std::size_t> widths(columns.size());
  for (const Line& line : cells) Widen(line, &widths);
  for (std::size_t l = 0; l < cells.size(); ++l) {
    WriteLine(cells[l], widths, options.color && options.headers && l == 0, out);
  }
}

// What a single resource has of its own tables.
void WriteParts(const Message& resource, const OutputOptions& options, std::ostream& out) {
  if (resource.GetDescriptor()->name() != "Report") return;
  for (const char* name : {"parameters", "sections"}) {
    const FieldDescriptor* list = resource.GetDescriptor()->FindFieldByName(name);
    std::vector<const Message*> rows;
    for (int i = 0; i < resource.GetReflection()->FieldSize(resource, list); ++i) {
      rows.push_back(&resource.GetReflection()->GetRepeatedMessage(resource, list, i));
    }
    if (rows.empty()) continue;
    out << "\n";
    WriteTable(ColumnsOf(*list->message_type(), options.format == Format::kWide), rows, options,
               out);
  }
}

void WriteCsvLine(const std::vector<std::string>& cells, std::ostream& out) {
  out << absl::StrJoin(cells, ",", [](std::string* to, const std::string& cell) {
    *to += CsvCell(cell);
  }) << "\r\n";
}

// "120 events (--as-of 119)", from a field with the size of a log; empty if there is none.
std::string LogSizeAt(const Message& response, absl::string_view field, Language language) {
  std::uint64_t size = 0;
  const absl::StatusOr<std::string> text = ValueAt(response, field);
  if (!text.ok() || !absl::SimpleAtoi(*text, &size)) return "";
  return absl::StrCat(size, " ", Translated(language, "events"),
                      size > 0 ? absl::StrCat(" (--as-of ", size - 1, ")") : "");
}

// The resource in the response of a command, or the only message in a response; null if the
// response is of something else.
const FieldDescriptor* ResourceField(const Descriptor& response) {
  if (response.FindFieldByName("commit") == nullptr && response.field_count() != 1) return nullptr;
  const FieldDescriptor* first = response.field(0);
  return first->message_type() == nullptr || first->is_repeated() ? nullptr : first;
}

bool HasBuild(const Descriptor& type) {
  if (type.name() == "ViewBuild") return true;
  for (int i = 0; i < type.field_count(); ++i) {
    const Descriptor* field = type.field(i)->message_type();
    if (field != nullptr && field->name() == "ViewBuild") return true;
  }
  return false;
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
  if (text == "yaml") return Format::kYaml;
  if (text == "csv") return Format::kCsv;
  if (text == "html") return Format::kHtml;
  if (text == "name") return Format::kName;
  return UsageError(absl::StrCat(
      "--output: \"", text, "\" is not one of table, wide, json, jsonl, yaml, csv, html, name"));
}

absl::StatusOr<absl::TimeZone> ParseZone(const std::string& text) {
  absl::TimeZone zone;
  if (absl::LoadTimeZone(text, &zone)) return zone;
  return UsageError(absl::StrCat("--tz: \"", text, "\" is not a time zone like Asia/Jakarta"));
}

absl::StatusOr<TimeStyle> ParseTimeStyle(absl::string_view text) {
  if (text == "rfc3339") return TimeStyle::kRfc3339;
  if (text == "local") return TimeStyle::kLocal;
  if (text == "relative") return TimeStyle::kRelative;
  return UsageError(absl::StrCat("--time: \"", text, "\" is not one of rfc3339, local, relative"));
}

std::string CsvCell(absl::string_view text) {
  const bool formula =
      std::any_of(std::begin(kFormula), std::end(kFormula),
                  [&](absl::string_view start) { return absl::StartsWith(text, start); });
  std::string cell = absl::StrCat(formula ? "'" : "", PrintableInFile(text));
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
  OutputOptions exact;
  exact.format = Format::kJson;
  return FormatPath(message, path, exact, true);
}

const FieldDescriptor* ListField(const Descriptor& response) {
  if (response.FindFieldByName("next_page_token") == nullptr &&
      response.FindFieldByName("next_position") == nullptr &&
      response.FindFieldByName("from_log_size") == nullptr) {
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
  if (const FieldDescriptor* resource = ResourceField(type); resource != nullptr) {
    return {&reflection->GetMessage(response, resource)};
  }
  return {&response};
}

const Descriptor& RowType(const Descriptor& response) {
  const FieldDescriptor* field = ListField(response);
  if (field == nullptr) field = ResourceField(response);
  return field == nullptr ? response : *field->message_type();
}

absl::StatusOr<std::vector<Column>> ColumnsFor(const Descriptor& response,
                                               const OutputOptions& options) {
  const Descriptor& type = RowType(response);
  if (options.columns.empty()) {
    return ColumnsOf(type, options.format == Format::kWide, options.also);
  }
  return ChosenColumns(type, options.columns);
}

absl::StatusOr<std::string> ToJson(const Message& message, bool pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = pretty;
  options.always_print_primitive_fields = HasBuild(*message.GetDescriptor());
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

bool IsStreamed(Format format) {
  return format == Format::kCsv || format == Format::kJsonl || format == Format::kHtml ||
         format == Format::kName;
}

absl::Status PageWriter::Begin(const Message& first) {
  begun_ = true;
  if (options_.format != Format::kCsv && options_.format != Format::kHtml) return absl::OkStatus();
  JEJAK_ASSIGN_OR_RETURN(columns_, ColumnsFor(*first.GetDescriptor(), options_));
  if (options_.format == Format::kCsv) {
    if (options_.headers) WriteCsvLine(TitlesOf(columns_, options_), out_);
    return absl::OkStatus();
  }
  PageHead head;
  head.language = options_.language;
  head.title = options_.title;
  OutputOptions when = options_;
  when.time = TimeStyle::kRfc3339;
  head.facts = {
      {"Asked", options_.asked},
      {"Filter", ValueAt(first, "filter").value_or("")},
      {"Log", LogSizeAt(first, "log_size", options_.language)},
      {"Compared with", LogSizeAt(first, "from_log_size", options_.language)},
      {"Asked by", options_.asked_by},
      {"For", options_.asked_for},
      {"Made", FormatMoment(options_.now, options_.zone.value_or(absl::UTCTimeZone()), when)},
      {"Server", options_.server}};
  for (const Column& column : columns_) head.columns.push_back(column.title);
  html_ = std::make_unique<HtmlPage>(head, out_);
  return absl::OkStatus();
}

absl::Status PageWriter::Write(const Message& page) {
  if (!begun_) JEJAK_RETURN_IF_ERROR(Begin(page));
  for (const Message* row : RowsOf(page)) {
    if (options_.format == Format::kJsonl) {
      JEJAK_ASSIGN_OR_RETURN(const std::string json, ToJson(*row, false));
      out_ << json << "\n";
      continue;
    }
    if (options_.format == Format::kName) {
      out_ << Printable(FormatPath(*row, NameField(*row->GetDescriptor()), options_, false))
           << "\n";
      continue;
    }
    std::vector<std::string> cells;
    for (const Column& column : columns_) cells.push_back(CellOf(*row, column.cell, options_));
    if (html_ != nullptr) {
      html_->Row(cells);
    } else {
      WriteCsvLine(cells, out_);
    }
  }
  return absl::OkStatus();
}

void PageWriter::End(bool more) {
  if (html_ != nullptr) html_->End(more);
}

RowWriter::RowWriter(std::vector<Column> columns, const OutputOptions& options, std::ostream& out)
    : columns_(std::move(columns)), options_(options), out_(out) {
  for (const Column& column : columns_) widths_.push_back(column.width);
  if (!options_.headers) return;
  const Line titles = TitlesOf(columns_, options_);
  Widen(titles, &widths_);
  WriteLine(titles, widths_, options_.color, out_);
}

void RowWriter::Write(const Message& row) {
  Line line;
  for (const Column& column : columns_) {
    line.push_back(Printable(CellOf(row, column.cell, options_)));
  }
  Widen(line, &widths_);
  WriteLine(line, widths_, false, out_);
}

absl::Status WriteResponse(const Message& response, const OutputOptions& options,
                           std::ostream& out) {
  if (IsStreamed(options.format)) {
    PageWriter writer(options, out);
    JEJAK_RETURN_IF_ERROR(writer.Write(response));
    writer.End(!ValueAt(response, "next_page_token").value_or("").empty());
    return absl::OkStatus();
  }
  if (options.format == Format::kJson) {
    JEJAK_ASSIGN_OR_RETURN(const std::string json, ToJson(response, true));
    out << json << "\n";
    return absl::OkStatus();
  }
  if (options.format == Format::kYaml) {
    JEJAK_ASSIGN_OR_RETURN(const std::string json, ToJson(response, false));
    out << ToYaml(nlohmann::ordered_json::parse(json, nullptr, false));
    return absl::OkStatus();
  }
  JEJAK_ASSIGN_OR_RETURN(const std::vector<Column> columns,
                         ColumnsFor(*response.GetDescriptor(), options));
  WriteTable(columns, RowsOf(response), options, out);
  if (options.columns.empty()) WriteParts(response, options, out);
  return absl::OkStatus();
}

}  // namespace jejak::cli
