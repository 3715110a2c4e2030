// SPDX-License-Identifier: Apache-2.0

#include "client/cli/columns.h"

#include "client/cli/failure.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include <algorithm>
#include <map>

namespace jejak::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr std::size_t kUnknownTypeColumns = 8;

const std::map<std::string, std::vector<Column>>& Table() {
  static const auto* const table = new std::map<std::string, std::vector<Column>>{
      {"Lokus",
       {{"NAME", "{name}"},
        {"VILLAGE", "{region_title}"},
        {"DISTRICT", "{district_title}"},
        {"STATE", "{state}"},
        {"ANSWER", "{village_answer}"},
        {"AGEN", "{active_agen}/{agen_quota.max}"},
        {"CATEGORIES", "{categories}", true},
        {"DESIGNATED", "{designated_on}", true},
        {"DECREE", "{designation_decree_number}", true},
        {"REVIEW", "{review_reason}", true},
        {"ETAG", "{etag}", true}}},
      {"Agen",
       {{"NAME", "{name}"},
        {"PERSON", "{person.name}"},
        {"NIK", "{person.national_id}"},
        {"STATE", "{state}"},
        {"BASES", "{bases}"},
        {"ROLES", "{community_roles}", true},
        {"RANK", "{rank}", true},
        {"FROM", "{appointed_from}", true},
        {"DECREE", "{appointment_decree}", true},
        {"UNMET", "{unmet_requirements}", true},
        {"ETAG", "{etag}", true}}},
      {"Handover",
       {{"NAME", "{name}"},
        {"STATE", "{state}"},
        {"ITEMS", "{#items}"},
        {"RECEIVER", "{receiver.capacity}"},
        {"ON BEHALF OF", "{receiver.proxy_for.capacity}"},
        {"HANDED OVER", "{handed_over_on}"},
        {"RECEIPT", "{receipt.signed_on}"},
        {"RECEIPT DUE", "{receipt_due_on}"},
        {"LOKUS", "{lokus}", true},
        {"PURPOSE", "{purpose}", true},
        {"ETAG", "{etag}", true}}},
      {"Meeting",
       {{"NAME", "{name}"},
        {"KIND", "{kind}"},
        {"SUBJECT", "{subject}"},
        {"STATE", "{state}"},
        {"FROM", "{held_from}"},
        {"TO", "{held_to}"},
        {"PRESENT", "{#attendance}"},
        {"FOLLOWS", "{follows}", true},
        {"DECISIONS", "{#decisions}", true},
        {"PLACE", "{place}", true},
        {"ETAG", "{etag}", true}}},
      {"Document",
       {{"NAME", "{name}"},
        {"TYPE", "{type}"},
        {"NUMBER", "{number}"},
        {"TITLE", "{title}"},
        {"STATE", "{state}"},
        {"VERSIONS", "{#versions}"},
        {"ISSUED", "{issued_on}", true},
        {"DISCLOSURE", "{disclosure}", true},
        {"SUBJECTS", "{#subjects}", true},
        {"ETAG", "{etag}", true}}},
      {"Revision",
       {{"POSITION", "{event.position}"},
        {"RECORDED", "{event.commit_time}"},
        {"ACTOR", "{event.actor}"},
        {"EVENT", "{event.type}"},
        {"CHANGES", "{#changes}"},
        {"HAPPENED", "{event.occurred_time}", true},
        {"ROLE", "{event.role}", true},
        {"OFFICE", "{event.office}", true},
        {"REASON", "{event.reason}", true}}},
      {"FieldChange",
       {{"RESOURCE", "{resource}"},
        {"FIELD", "{field}"},
        {"BEFORE", "{before}"},
        {"AFTER", "{after}"},
        {"EVENT", "{event.type}"},
        {"POSITION", "{event.position}"},
        {"ACTOR", "{event.actor}"},
        {"RECORDED", "{event.commit_time}", true},
        {"HAPPENED", "{event.occurred_time}", true}}},
      {"EventRow",
       {{"POSITION", "{position}"},
        {"RECORDED", "{commit_time}"},
        {"HAPPENED", "{occurred_time}"},
        {"ACTOR", "{actor}"},
        {"ROLE", "{role}"},
        {"EVENT", "{type}"},
        {"STREAM", "{stream}"},
        {"OFFICE", "{office}", true},
        {"LATE DAYS", "{late_days}", true},
        {"CORRECTS", "{corrected_position}", true},
        {"REASON", "{reason}", true}}},
      {"EventCount", {{"FACET", "{facet}"}, {"VALUE", "{value}"}, {"EVENTS", "{count}"}}},
      {"Office",
       {{"NAME", "{name}"},
        {"TITLE", "{title}"},
        {"LEVEL", "{level}"},
        {"STATE", "{state}"},
        {"PARENT", "{parent}"},
        {"ZONE", "{time_zone}", true},
        {"ETAG", "{etag}", true}}},
      {"Program",
       {{"NAME", "{name}"},
        {"TITLE", "{title}"},
        {"YEAR", "{year}"},
        {"STATE", "{state}"},
        {"POLICY", "{policy.title}"},
        {"VERSION", "{policy.version}"},
        {"LEAD", "{lead_office}", true},
        {"ETAG", "{etag}", true}}},
      {"RegionCatalog",
       {{"NAME", "{name}"},
        {"ACTIVE", "{active_version}"},
        {"FROM", "{active_from}"},
        {"VERSIONS", "{#versions}"},
        {"SUCCESSIONS", "{#successions}"}}},
      {"Region",
       {{"CODE", "{code}"},
        {"TITLE", "{title}"},
        {"LEVEL", "{level}"},
        {"PATH", "{path}"},
        {"SUCCEEDED BY", "{succeeded_by}", true},
        {"VERSION", "{catalog_version}", true}}},
      {"RecordedEvent",
       {{"POSITION", "{position}"},
        {"HAPPENED", "{occurred_time}"},
        {"RECORDED", "{commit_time}"},
        {"EVENT", "{type|short}"},
        {"ACTOR", "{actor}"},
        {"ROLE", "{role}"},
        {"STREAM", "{stream}"},
        {"REVISION", "{revision}", true},
        {"OFFICE", "{office}", true},
        {"ON BEHALF OF", "{on_behalf_of}", true},
        {"AUTHORITY", "{authority}", true},
        {"REMARK", "{remark}", true},
        {"REQUEST", "{request_id}", true}}},
      {"Report",
       {{"NAME", "{name}"},
        {"NO.", "{question_id}"},
        {"QUESTION", "{question}"},
        {"ASKED BY", "{asked_by}", true}}},
      {"ReportRow", {{"SECTION", "{section_id}"}, {"CELLS", "{cells}"}}},
      {"Operation",
       {{"NAME", "{name}"},
        {"REPORT", "{report}"},
        {"DONE", "{done}"},
        {"ROWS", "{progress.rows}"},
        {"STARTED", "{start_time}"},
        {"EXPIRES", "{expire_time}"},
        {"ERROR", "{error.message}"}}},
      {"GetServerStatusResponse",
       {{"VERSION", "{version}"},
        {"LOG", "{log_size}"},
        {"VIEW", "{view_size}"},
        {"ACCEPTING", "{accepting}"},
        {"REASON", "{reason}"},
        {"QUEUE", "{queue_depth}"},
        {"STARTED", "{start_time}"}}},
  };
  return *table;
}

std::vector<Column> AllColumns(const Descriptor& type) {
  if (const auto found = Table().find(type.name()); found != Table().end()) return found->second;
  std::vector<Column> columns;
  for (int i = 0; i < type.field_count() && columns.size() < kUnknownTypeColumns; ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated() || field.message_type() != nullptr) continue;
    columns.push_back({absl::AsciiStrToUpper(absl::StrReplaceAll(field.name(), {{"_", " "}})),
                       absl::StrCat("{", field.name(), "}")});
  }
  return columns;
}

// Whether the path of a cell leads to a field.
bool HasField(const Descriptor& type, absl::string_view path) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* field = type.FindFieldByName(std::string(parts.first));
  if (field == nullptr || parts.second.empty()) return field != nullptr;
  return field->message_type() != nullptr && !field->is_repeated() &&
         HasField(*field->message_type(), parts.second);
}

}  // namespace

std::vector<Column> ColumnsOf(const Descriptor& type, bool wide) {
  std::vector<Column> columns = AllColumns(type);
  if (!wide) {
    columns.erase(std::remove_if(columns.begin(), columns.end(),
                                 [](const Column& column) { return column.wide; }),
                  columns.end());
  }
  return columns;
}

std::set<std::string> ColumnTitles() {
  std::set<std::string> titles;
  for (const auto& [type, columns] : Table()) {
    for (const Column& column : columns) titles.insert(column.title);
  }
  return titles;
}

absl::StatusOr<std::vector<Column>> ChosenColumns(const Descriptor& type, absl::string_view list) {
  const std::vector<Column> known = AllColumns(type);
  std::vector<Column> columns;
  for (const absl::string_view part : absl::StrSplit(list, ',', absl::SkipWhitespace())) {
    const absl::string_view name = absl::StripAsciiWhitespace(part);
    const auto found = std::find_if(known.begin(), known.end(), [&](const Column& column) {
      return absl::EqualsIgnoreCase(column.title, name);
    });
    if (found != known.end()) {
      columns.push_back(*found);
      continue;
    }
    const std::string path = absl::StrReplaceAll(name, {{"-", "_"}});
    if (!HasField(type, absl::StripSuffix(absl::StripPrefix(path, "#"), "|short"))) {
      return UsageError(absl::StrCat(
          "--columns: there is no column \"", name, "\"; there are ",
          absl::AsciiStrToLower(absl::StrJoin(
              known, ", ",
              [](std::string* to, const Column& column) { absl::StrAppend(to, column.title); })),
          ", and paths of fields"));
    }
    columns.push_back({absl::AsciiStrToUpper(name), absl::StrCat("{", path, "}")});
  }
  if (columns.empty()) return UsageError("--columns: it names no column");
  return columns;
}

}  // namespace jejak::cli
