// SPDX-License-Identifier: Apache-2.0
//
// File: output.h
//
// Writes responses: tables aligned by display width, JSON, JSON lines, CSV, and names.

#ifndef JEJAK_CLIENT_CLI_OUTPUT_H_
#define JEJAK_CLIENT_CLI_OUTPUT_H_

#include "client/cli/columns.h"

#include "google/protobuf/message.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include <ostream>
#include <string>
#include <vector>

namespace jejak::cli {

enum class Format { kTable, kWide, kJson, kJsonl, kCsv, kName };
enum class TimeStyle { kRfc3339, kLocal, kRelative };

struct OutputOptions {
  Format format = Format::kTable;
  TimeStyle time = TimeStyle::kRfc3339;
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

// `text` with everything that could move the cursor, change the terminal, or turn the direction of
// writing replaced by \xNN or \u{NNNN}.
std::string Printable(absl::string_view text);

// The number of columns that UTF-8 text takes on a terminal.
std::size_t DisplayWidth(absl::string_view text);

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

// Writes a response.
absl::Status WriteResponse(const google::protobuf::Message& response, const OutputOptions& options,
                           std::ostream& out);

// One message as protobuf JSON in lowerCamel. INTERNAL if an Any in it is of an unknown type.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message, bool pretty);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_OUTPUT_H_
