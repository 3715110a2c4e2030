// SPDX-License-Identifier: Apache-2.0
//
// File: output.h
//
// Writes responses: tables aligned by display width, JSON, JSON lines, YAML, CSV, and names.

#ifndef JEJAK_CLIENT_CLI_OUTPUT_H_
#define JEJAK_CLIENT_CLI_OUTPUT_H_

#include "client/cli/columns.h"
#include "client/cli/text.h"

#include "google/protobuf/message.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace jejak::cli {

enum class Format { kTable, kWide, kJson, kJsonl, kYaml, kCsv, kName };
enum class TimeStyle { kRfc3339, kLocal, kRelative };

struct OutputOptions {
  Format format = Format::kTable;
  TimeStyle time = TimeStyle::kRfc3339;
  // All times are shown in this zone. Absent: what happened in the offset of its place, everything
  // else in UTC; in TimeStyle::kLocal the zone of the machine.
  std::optional<absl::TimeZone> zone = {};
  // As --columns has it; empty: the type's own.
  std::string columns = {};
  bool headers = true;
  // Headings stand out.
  bool color = false;
  // What "3 min ago" counts from.
  absl::Time now = absl::InfinitePast();
};

// Usage errors list what there is.
absl::StatusOr<Format> ParseFormat(absl::string_view text);
absl::StatusOr<TimeStyle> ParseTimeStyle(absl::string_view text);
// "Asia/Jakarta", as the machine's time zone database has it.
absl::StatusOr<absl::TimeZone> ParseZone(const std::string& text);

// One field of CSV as in RFC 4180. A cell that a spreadsheet would take for a formula (beginning
// with = + - @ tab or carriage return) gets an apostrophe in front.
std::string CsvCell(absl::string_view text);

// The text of a column for one message.
std::string CellOf(const google::protobuf::Message& message, absl::string_view cell,
                   const OutputOptions& options);

// The value at a field path such as "lokus.state" as text: enums by their full names, which is what
// a story compares with. NOT_FOUND if there is no such field.
absl::StatusOr<std::string> ValueAt(const google::protobuf::Message& message,
                                    absl::string_view path);

// The messages that a response shows as rows: the elements of a list, the resource of a command's
// response, or the response itself.
std::vector<const google::protobuf::Message*> RowsOf(const google::protobuf::Message& response);

// The repeated field that a list's rows are in; null if the response is not a list.
const google::protobuf::FieldDescriptor* ListField(const google::protobuf::Descriptor& response);

// The type of the rows of a response.
const google::protobuf::Descriptor& RowType(const google::protobuf::Descriptor& response);

// The columns of a table or of CSV. A usage error names a column that there is not.
absl::StatusOr<std::vector<Column>> ColumnsFor(const google::protobuf::Descriptor& response,
                                               const OutputOptions& options);

// Writes a response. The errors of ColumnsFor and ToJson.
absl::Status WriteResponse(const google::protobuf::Message& response, const OutputOptions& options,
                           std::ostream& out);

// One message as protobuf JSON in lowerCamel. INTERNAL if an Any in it is of an unknown type.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message, bool pretty);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_OUTPUT_H_
