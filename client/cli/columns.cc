// SPDX-License-Identifier: Apache-2.0

#include "client/cli/columns.h"

#include "client/cli/failure.h"
#include "client/cli/html.h"

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

constexpr std::size_t kPositionWidth = 8;
constexpr std::size_t kUtcWidth = 20;
constexpr std::size_t kTimeWidth = 25;
constexpr std::size_t kActorWidth = 20;
constexpr std::size_t kRoleWidth = 12;
constexpr std::size_t kEventWidth = 24;
constexpr std::size_t kStreamWidth = 34;

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
       {{"POSITION", "{position}", false, kPositionWidth},
        {"RECORDED", "{commit_time}", false, kUtcWidth},
        {"HAPPENED", "{occurred_time}", false, kTimeWidth},
        {"ACTOR", "{actor}", false, kActorWidth},
        {"ROLE", "{role}", false, kRoleWidth},
        {"EVENT", "{type}", false, kEventWidth},
        {"STREAM", "{stream}", false, kStreamWidth},
        {"OFFICE", "{office}", true},
        {"LATE DAYS", "{late_days}", true},
        {"CORRECTS", "{corrected_position}", true},
        {"REASON", "{reason}", true}}},
      {"EventCount", {{"FACET", "{facet|label}"}, {"VALUE", "{value}"}, {"EVENTS", "{count}"}}},
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
       {{"POSITION", "{position}", false, kPositionWidth},
        {"RECORDED", "{commit_time}", false, kUtcWidth},
        {"HAPPENED", "{occurred_time}", false, kTimeWidth},
        {"ACTOR", "{actor}", false, kActorWidth},
        {"ROLE", "{role}", false, kRoleWidth},
        {"EVENT", "{type|short}", false, kEventWidth},
        {"STREAM", "{stream}", false, kStreamWidth},
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
      {"ReportParameter",
       {{"PARAMETER", "{name}"},
        {"KIND", "{kind}"},
        {"REQUIRED", "{required}"},
        {"DEFAULT", "{default_value}"},
        {"MEANING", "{description}"}}},
      {"ReportSection",
       {{"SECTION", "{section_id}"}, {"TITLE", "{title}"}, {"COLUMNS", "{columns.column_id}"}}},
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
        {"SIGNED", "{signed_size}"},
        {"ACCEPTING", "{accepting}"},
        {"REASON", "{reason}"},
        {"QUEUE", "{queue_depth}"},
        {"STARTED", "{start_time}"},
        {"BUILD", "{view_build|summary}"},
        {"VIEW FAILURE", "{view_failure}", true},
        {"SIGNING FAILURE", "{signing_failure}", true}}},
      {"ViewBuild",
       {{"KIND", "{kind}"},
        {"STATE", "{|state}"},
        {"EVENTS", "{size}/{target_size}"},
        {"EVENTS/S", "{events_per_second}"},
        {"KEYS", "{keys}"},
        {"DIFFERING", "{differing_keys}"},
        {"RESULT", "{|result}"},
        {"FIRST DIFFERENCE", "{first_difference}", true},
        {"STARTED", "{begin_time}", true},
        {"ENDED", "{end_time}", true}}},
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

std::vector<Column> ColumnsOf(const Descriptor& type, bool wide,
                              const std::set<std::string>& also) {
  std::vector<Column> columns = AllColumns(type);
  if (!wide) {
    columns.erase(std::remove_if(columns.begin(), columns.end(),
                                 [&also](const Column& column) {
                                   return column.wide && also.count(column.title) == 0;
                                 }),
                  columns.end());
  }
  return columns;
}

std::set<std::string> ColumnsAskedFor(absl::string_view filter) {
  static constexpr std::pair<absl::string_view, const char*> kAsked[] = {
      {"late_days", "LATE DAYS"},
      {"office", "OFFICE"},
      {"under", "OFFICE"},
      {"correction", "REASON"},
      {"corrected_position", "REASON"},
      {"FactCorrected", "REASON"},
      {"reason", "REASON"},
      {"text", "REASON"},
  };
  std::set<std::string> titles;
  bool quoted = false;
  // What is in quotes is no field; a quote in quotes follows a backslash.
  const std::string text = absl::StrReplaceAll(filter, {{"\\\\", ""}, {"\\\"", ""}});
  for (const absl::string_view part : absl::StrSplit(text, '"')) {
    for (const absl::string_view word : absl::StrSplit(part, absl::ByAnyChar(" =!<>:"))) {
      for (const auto& [asked, title] : kAsked) {
        if (!quoted && word == asked) titles.insert(title);
      }
    }
    quoted = !quoted;
  }
  return titles;
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
      return absl::EqualsIgnoreCase(column.title, name) ||
             absl::EqualsIgnoreCase(Translated(Language::kIndonesian, column.title), name);
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
