// SPDX-License-Identifier: Apache-2.0
//
// File: output.h
//
// Writes responses: tables aligned by display width, JSON, JSON lines, YAML, CSV, pages of HTML,
// and names.

#ifndef JEJAK_CLIENT_CLI_OUTPUT_H_
#define JEJAK_CLIENT_CLI_OUTPUT_H_

#include "client/cli/columns.h"
#include "client/cli/html.h"
#include "client/cli/text.h"

#include "google/protobuf/message.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace jejak::cli {

enum class Format { kTable, kWide, kJson, kJsonl, kYaml, kCsv, kHtml, kName };
enum class TimeStyle { kRfc3339, kLocal, kRelative };

struct OutputOptions {
  Format format = Format::kTable;
  TimeStyle time = TimeStyle::kRfc3339;
  // All times are shown in this zone. Absent: what happened in the offset of its place, everything
  // else in UTC; in TimeStyle::kLocal the zone of the machine.
  std::optional<absl::TimeZone> zone = {};
  // As --columns has it; empty: the type's own, and of the wide ones those with a title of `also`.
  std::string columns = {};
  std::set<std::string> also = {};
  bool headers = true;
  // Headings stand out.
  bool color = false;
  // What "3 min ago" counts from, and when a page of HTML is made.
  absl::Time now = absl::InfinitePast();
  // Of labels and headings.
  Language language = Language::kEnglish;
  // What a page of HTML says of itself.
  std::string title = {};
  // The question as it was typed, who asked it, and for which office, and which server.
  std::string asked = {};
  std::string asked_by = {};
  std::string asked_for = {};
  std::string server = {};
};

// Usage errors list what there is.
absl::StatusOr<Format> ParseFormat(absl::string_view text);
absl::StatusOr<TimeStyle> ParseTimeStyle(absl::string_view text);
// "Asia/Jakarta", as the machine's time zone database has it.
absl::StatusOr<absl::TimeZone> ParseZone(const std::string& text);

// One field of CSV as in RFC 4180. A cell that a spreadsheet would take for a formula (beginning
// with = + - @, the full-width forms of these, tab or carriage return) gets an apostrophe in front.
// What turns the direction of writing is shown as PrintableInFile does.
std::string CsvCell(absl::string_view text);

// The text of a column for one message.
std::string CellOf(const google::protobuf::Message& message, absl::string_view cell,
                   const OutputOptions& options);

// The value at a field path such as "lokus.state" as text: enums by their full names, which is what
// a story compares with. NOT_FOUND if there is no such field.
absl::StatusOr<std::string> ValueAt(const google::protobuf::Message& message,
                                    absl::string_view path);

// The messages that a response shows as rows: the elements of a list, the resource of a command's
// response, the only message in it, or the response itself.
std::vector<const google::protobuf::Message*> RowsOf(const google::protobuf::Message& response);

// The repeated field that a list's rows are in; null if the response is not a list.
const google::protobuf::FieldDescriptor* ListField(const google::protobuf::Descriptor& response);

// The type of the rows of a response.
const google::protobuf::Descriptor& RowType(const google::protobuf::Descriptor& response);

// The columns of a table or of CSV. A usage error names a column that there is not.
absl::StatusOr<std::vector<Column>> ColumnsFor(const google::protobuf::Descriptor& response,
                                               const OutputOptions& options);

// Whether a response can be written as it comes, page by page: CSV, JSON lines, HTML and names.
bool IsStreamed(Format format);

// Writes a response that comes in pages, keeping none of them. For formats of IsStreamed.
class PageWriter {
 public:
  // Both must outlive the writer.
  PageWriter(const OutputOptions& options, std::ostream& out) : options_(options), out_(out) {}
  // Writes one page; all are of one type. The errors of ColumnsFor and ToJson.
  absl::Status Write(const google::protobuf::Message& page);
  // After the last page, of which there is at least one. `more`: there are others.
  void End(bool more);

 private:
  // Takes what the first page says of all.
  absl::Status Begin(const google::protobuf::Message& first);
  const OutputOptions& options_;
  std::ostream& out_;
  bool begun_ = false;
  std::vector<Column> columns_;
  std::unique_ptr<HtmlPage> html_;
};

// Rows of a table that come one by one, so each goes out at once: a column is as wide as the widest
// of its cells so far, and as Column::width.
class RowWriter {
 public:
  // Writes the heading. `options` and `out` must outlive the writer.
  RowWriter(std::vector<Column> columns, const OutputOptions& options, std::ostream& out);
  void Write(const google::protobuf::Message& row);

 private:
  const std::vector<Column> columns_;
  const OutputOptions& options_;
  std::ostream& out_;
  std::vector<std::size_t> widths_;
};

// Writes a response. The errors of ColumnsFor and ToJson.
absl::Status WriteResponse(const google::protobuf::Message& response, const OutputOptions& options,
                           std::ostream& out);

// One message as protobuf JSON in lowerCamel; with a ViewBuild in it also what is 0, false or
// empty, for no difference is an answer too. INTERNAL if an Any in it is of an unknown type.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message, bool pretty);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_OUTPUT_H_
