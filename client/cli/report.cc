// SPDX-License-Identifier: Apache-2.0

#include "client/cli/report.h"

#include "client/cli/failure.h"
#include "client/cli/html.h"
#include "client/cli/text.h"
#include "client/cli/yaml.h"
#include "client/cpp/error.h"
#include "server/base/status_macros.h"

#include "jejak/v1/report_service.grpc.pb.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace jejak::cli {
namespace {

// Rows of a page: as many as there may be.
constexpr std::uint32_t kPageSize = 500;
constexpr absl::Duration kFirstWait = absl::Milliseconds(20);
constexpr absl::Duration kLongestWait = absl::Seconds(1);

using Json = nlohmann::ordered_json;

// What stands before the tables.
struct Words {
  const char* question;
  const char* as_of;
  const char* computed;
  const char* asked_by;
  const char* purpose;
  const char* parameters;
  const char* policies;
  const char* catalogs;
  const char* masked;
  const char* cut_off;
  const char* truncated;
  const char* note;
  // One, and several.
  const char* row;
  const char* rows;
  const char* cell;
  const char* cells;
};

constexpr Words kEnglish = {
    .question = "Question",
    .as_of = "As of",
    .computed = "Computed",
    .asked_by = "Asked by",
    .purpose = "Purpose",
    .parameters = "Parameters",
    .policies = "Policies",
    .catalogs = "Region catalogs",
    .masked = "Masked",
    .cut_off = "Cut off",
    .truncated = "It is cut off: there would be more rows.",
    .note = "Note",
    .row = "row",
    .rows = "rows",
    .cell = "cell",
    .cells = "cells",
};
constexpr Words kIndonesian = {
    .question = "Pertanyaan",
    .as_of = "Per",
    .computed = "Dihitung",
    .asked_by = "Ditanyakan oleh",
    .purpose = "Tujuan",
    .parameters = "Parameter",
    .policies = "Kebijakan",
    .catalogs = "Katalog wilayah",
    .masked = "Disamarkan",
    .cut_off = "Terpotong",
    .truncated = "Terpotong: masih ada baris lain.",
    .note = "Catatan",
    .row = "baris",
    .rows = "baris",
    .cell = "sel",
    .cells = "sel",
};

const Words& WordsOf(const v1::ReportHeader& header) {
  return header.language() == v1::LANGUAGE_INDONESIAN ? kIndonesian : kEnglish;
}

const v1::ReportSectionResult* FindSection(const v1::ReportHeader& header,
                                           const std::string& section_id) {
  for (const v1::ReportSectionResult& result : header.sections()) {
    if (result.section().section_id() == section_id) return &result;
  }
  return nullptr;
}

std::string Counted(std::uint64_t number, const char* one, const char* several) {
  return absl::StrCat(number, " ", number == 1 ? one : several);
}

std::string CountOf(const v1::ReportHeader& header, const v1::ReportSectionResult& result) {
  return Counted(result.rows(), WordsOf(header).row, WordsOf(header).rows);
}

// What an answer says of itself above its tables: labels and values, which may be empty. Each
// section has what it asked.
std::vector<std::pair<std::string, std::string>> FactsOf(const v1::ReportHeader& header,
                                                         const OutputOptions& options) {
  const Words& words = WordsOf(header);
  const auto cell = [&](const char* text) { return CellOf(header, text, options); };
  const auto joined = [](const auto& list, const auto& text) {
    return absl::StrJoin(
        list, ", ", [&text](std::string* to, const auto& one) { absl::StrAppend(to, text(one)); });
  };
  std::vector<std::pair<std::string, std::string>> facts = {
      {words.question, cell("{question_id}. {question}")},
      {words.as_of,
       absl::StrCat(
           cell("{as_of_time}"), ", log size ", header.log_size(),
           header.log_size() == 0 ? "" : absl::StrCat(" (--as-of ", header.log_size() - 1, ")"),
           header.last_leaf_hash().empty() ? "" : ", ", header.last_leaf_hash())},
      {words.computed, cell("{compute_time}")},
      {words.asked_by,
       absl::StrCat(header.actor(), header.actor_unauthenticated() ? " (not authenticated)" : "",
                    header.office().empty() ? "" : ", ", header.office(),
                    header.role() == v1::ROLE_UNSPECIFIED ? "" : ", ", cell("{role}"))},
      {words.purpose, header.purpose()},
      {words.parameters, joined(header.arguments(),
                                [](const v1::ReportArgument& argument) {
                                  return absl::StrCat(argument.name(), "=", argument.value());
                                })},
      {words.policies, joined(header.policies(),
                              [](const v1::ReportPolicy& policy) {
                                if (policy.policy_version() == 0) return policy.program();
                                return absl::StrCat(policy.program(), " ", policy.title(),
                                                    " version ", policy.policy_version());
                              })},
      {words.catalogs, joined(header.catalogs(),
                              [](const v1::ReportCatalog& catalog) {
                                return absl::StrCat(catalog.catalog(), " ", catalog.version());
                              })},
      {words.masked, Counted(header.masked_cells(), words.cell, words.cells)},
  };
  for (const v1::ReportSectionResult& result : header.sections()) {
    facts.emplace_back(
        result.section().title(),
        absl::StrCat(CountOf(header, result), result.query().empty() ? "" : "; ", result.query()));
  }
  return facts;
}

std::vector<std::string> TitlesOf(const v1::ReportSectionResult& result) {
  std::vector<std::string> titles;
  for (const v1::ReportColumn& column : result.section().columns()) {
    titles.push_back(column.title());
  }
  return titles;
}

// One table at a time: the rows of a section follow one another.
class TableWriter {
 public:
  TableWriter(const v1::ReportHeader& header, const OutputOptions& options, std::ostream& out)
      : header_(header), options_(options), out_(out) {}

  absl::Status Add(const v1::ReportRow& row) {
    SkipTo(row.section_id());
    lines_.emplace_back();
    for (const std::string& cell : row.cells()) lines_.back().push_back(Printable(cell));
    return absl::OkStatus();
  }
  void End() {
    SkipTo("");
    if (header_.truncated()) out_ << "\n" << WordsOf(header_).truncated << "\n";
    for (const std::string& note : header_.notes()) out_ << "\n* " << Printable(note) << "\n";
  }

 private:
  // Writes what was gathered, and the sections without rows before `section_id`.
  void SkipTo(const std::string& section_id) {
    while (at_ < header_.sections_size() &&
           header_.sections(at_).section().section_id() != section_id) {
      WriteSection(header_.sections(at_++));
    }
  }

  void WriteSection(const v1::ReportSectionResult& result) {
    out_ << "\n"
         << Printable(result.section().title()) << " (" << CountOf(header_, result) << ")\n";
    if (lines_.empty()) return;
    if (options_.headers) {
      auto& heading = *lines_.emplace(lines_.begin());
      for (const v1::ReportColumn& column : result.section().columns()) {
        heading.push_back(Printable(absl::AsciiStrToUpper(column.title())));
      }
    }
    std::vector<std::size_t> widths;
    for (const auto& line : lines_) {
      widths.resize(std::max(widths.size(), line.size()));
      for (std::size_t i = 0; i < line.size(); ++i) {
        widths[i] = std::max(widths[i], DisplayWidth(line[i]));
      }
    }
    for (const auto& line : lines_) {
      std::string text;
      for (std::size_t i = 0; i < line.size(); ++i) {
        absl::StrAppend(&text, line[i]);
        if (i + 1 < line.size()) text.append(widths[i] - DisplayWidth(line[i]) + 2, ' ');
      }
      absl::StripTrailingAsciiWhitespace(&text);
      out_ << text << "\n";
    }
    lines_.clear();
  }

  const v1::ReportHeader& header_;
  const OutputOptions& options_;
  std::ostream& out_;
  std::vector<std::vector<std::string>> lines_;
  int at_ = 0;
};

// A row by the ids of its columns, which are the same in every language.
Json RowToJson(const v1::ReportSectionResult& result, const v1::ReportRow& row) {
  Json json = Json::object();
  for (int i = 0; i < std::min(row.cells_size(), result.section().columns_size()); ++i) {
    json[result.section().columns(i).column_id()] = row.cells(i);
  }
  return json;
}

absl::StatusOr<Json> HeaderToJson(const v1::ReportHeader& header) {
  JEJAK_ASSIGN_OR_RETURN(const std::string text, ToJson(header, false));
  return Json::parse(text, nullptr, false);
}

absl::Status NoSuchSection(const v1::ReportRow& row) {
  return absl::InternalError(absl::StrCat("the answer has no section ", row.section_id()));
}

// Every record begins with the section it belongs to; those of what the answer says of itself with
// "report", which is the id of no section.
absl::Status WriteCsvReport(const v1::ReportHeader& header, const ReportRows& rows,
                            const OutputOptions& options, std::ostream& out) {
  const auto write = [&out](absl::string_view first, const auto& cells) {
    out << CsvCell(first);
    for (const auto& cell : cells) out << "," << CsvCell(cell);
    out << "\r\n";
  };
  const auto say = [&write](const std::string& label, const std::string& value) {
    if (!value.empty()) write("report", std::vector<std::string>{label, value});
  };
  for (const auto& [label, value] : FactsOf(header, options)) say(label, value);
  if (header.truncated()) say(WordsOf(header).cut_off, WordsOf(header).truncated);
  for (const std::string& note : header.notes()) say(WordsOf(header).note, note);
  int at = 0;
  // Begins the sections up to this one.
  const auto skip_to = [&](const std::string& section_id) {
    while (at < header.sections_size() &&
           (at == 0 || header.sections(at - 1).section().section_id() != section_id)) {
      const v1::ReportSectionResult& result = header.sections(at++);
      out << "\r\n";
      if (options.headers) write(result.section().section_id(), TitlesOf(result));
    }
  };
  JEJAK_RETURN_IF_ERROR(rows([&](const v1::ReportRow& row) -> absl::Status {
    if (FindSection(header, row.section_id()) == nullptr) return NoSuchSection(row);
    skip_to(row.section_id());
    write(row.section_id(), row.cells());
    return absl::OkStatus();
  }));
  skip_to("");
  return absl::OkStatus();
}

absl::Status WriteHtmlReport(const v1::ReportHeader& header, const ReportRows& rows,
                             const OutputOptions& options, std::ostream& out) {
  PageHead head;
  head.language =
      header.language() == v1::LANGUAGE_INDONESIAN ? Language::kIndonesian : Language::kEnglish;
  head.title = options.title.empty() ? absl::StrCat(header.question_id(), ". ", header.question())
                                     : options.title;
  head.facts = FactsOf(header, options);
  if (header.truncated()) {
    head.facts.emplace_back(WordsOf(header).cut_off, WordsOf(header).truncated);
  }
  for (const std::string& note : header.notes()) {
    head.facts.emplace_back(WordsOf(header).note, note);
  }
  head.lying = true;
  if (header.sections_size() > 0) {
    head.caption = header.sections(0).section().title();
    head.columns = TitlesOf(header.sections(0));
  }
  HtmlPage page(head, out);
  int at = 0;
  const auto skip_to = [&](const std::string& section_id) {
    while (at + 1 < header.sections_size() &&
           header.sections(at).section().section_id() != section_id) {
      ++at;
      page.NextTable(header.sections(at).section().title(), TitlesOf(header.sections(at)));
    }
  };
  JEJAK_RETURN_IF_ERROR(rows([&](const v1::ReportRow& row) -> absl::Status {
    skip_to(row.section_id());
    page.Row({row.cells().begin(), row.cells().end()});
    return absl::OkStatus();
  }));
  skip_to("");
  page.End(false);
  return absl::OkStatus();
}

absl::Status WriteJsonLines(const v1::ReportHeader& header, const ReportRows& rows,
                            std::ostream& out) {
  JEJAK_ASSIGN_OR_RETURN(const Json head, HeaderToJson(header));
  out << Json{{"header", head}}.dump() << "\n";
  return rows([&](const v1::ReportRow& row) -> absl::Status {
    const v1::ReportSectionResult* result = FindSection(header, row.section_id());
    if (result == nullptr) return NoSuchSection(row);
    out << Json{{"section", row.section_id()}, {"row", RowToJson(*result, row)}}.dump() << "\n";
    return absl::OkStatus();
  });
}

absl::StatusOr<Json> ReportToJson(const v1::ReportHeader& header, const ReportRows& rows) {
  Json json = Json::object();
  JEJAK_ASSIGN_OR_RETURN(json["header"], HeaderToJson(header));
  for (const v1::ReportSectionResult& result : header.sections()) {
    json["rows"][result.section().section_id()] = Json::array();
  }
  JEJAK_RETURN_IF_ERROR(rows([&](const v1::ReportRow& row) -> absl::Status {
    const v1::ReportSectionResult* result = FindSection(header, row.section_id());
    if (result == nullptr) return NoSuchSection(row);
    json["rows"][row.section_id()].push_back(RowToJson(*result, row));
    return absl::OkStatus();
  }));
  return json;
}

}  // namespace

absl::Status AddParameter(absl::string_view text, v1::RunReportRequest* request) {
  const std::size_t equals = text.find('=');
  if (equals == absl::string_view::npos || equals == 0) {
    return UsageError(absl::StrCat("--param: \"", text, "\" is not of the form NAME=VALUE"));
  }
  v1::ReportArgument& argument = *request->add_arguments();
  argument.set_name(std::string(text.substr(0, equals)));
  argument.set_value(std::string(text.substr(equals + 1)));
  return absl::OkStatus();
}

absl::StatusOr<v1::Operation> RunReport(
    client::Client* client, const v1::RunReportRequest& request,
    const std::function<void(const v1::OperationProgress&)>& progress) {
  JEJAK_ASSIGN_OR_RETURN(v1::Operation operation,
                         client->Call(&v1::ReportService::Stub::RunReport, request));
  v1::GetOperationRequest get;
  get.set_name(operation.name());
  for (absl::Duration wait = kFirstWait; !operation.done();
       wait = std::min(wait * 2, kLongestWait)) {
    absl::SleepFor(wait);
    JEJAK_ASSIGN_OR_RETURN(operation, client->Call(&v1::ReportService::Stub::GetOperation, get));
    if (progress) progress(operation.progress());
  }
  if (operation.has_error()) {
    return client::ToAbslStatus(
        grpc::Status(static_cast<grpc::StatusCode>(operation.error().code()),
                     operation.error().message(), operation.error().SerializeAsString()));
  }
  return operation;
}

absl::Status ForEachReportRow(client::Client* client, const std::string& operation,
                              const std::function<absl::Status(const v1::ReportRow&)>& visit) {
  v1::ListReportRowsRequest request;
  request.set_name(operation);
  request.set_page_size(kPageSize);
  do {
    JEJAK_ASSIGN_OR_RETURN(const v1::ListReportRowsResponse page,
                           client->Call(&v1::ReportService::Stub::ListReportRows, request));
    for (const v1::ReportRow& row : page.rows()) JEJAK_RETURN_IF_ERROR(visit(row));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status WriteReport(const v1::ReportHeader& header, const ReportRows& rows,
                         const OutputOptions& options, std::ostream& out) {
  switch (options.format) {
    case Format::kCsv:
      return WriteCsvReport(header, rows, options, out);
    case Format::kHtml:
      return WriteHtmlReport(header, rows, options, out);
    case Format::kJsonl:
      return WriteJsonLines(header, rows, out);
    case Format::kJson: {
      JEJAK_ASSIGN_OR_RETURN(const Json json, ReportToJson(header, rows));
      out << json.dump(2) << "\n";
      return absl::OkStatus();
    }
    case Format::kYaml: {
      JEJAK_ASSIGN_OR_RETURN(const Json json, ReportToJson(header, rows));
      out << ToYaml(json);
      return absl::OkStatus();
    }
    case Format::kName:
      for (const v1::ReportSectionResult& result : header.sections()) {
        out << result.section().section_id() << " " << result.rows() << "\n";
      }
      return absl::OkStatus();
    case Format::kTable:
    case Format::kWide:
      break;
  }
  for (const auto& [label, value] : FactsOf(header, options)) {
    if (!value.empty()) out << Printable(label) << ": " << Printable(value) << "\n";
  }
  TableWriter table(header, options, out);
  JEJAK_RETURN_IF_ERROR(rows([&table](const v1::ReportRow& row) { return table.Add(row); }));
  table.End();
  return absl::OkStatus();
}

}  // namespace jejak::cli
