// SPDX-License-Identifier: Apache-2.0
//
// File: columns.h
//
// Which columns a table of each resource has.

#ifndef JEJAK_CLIENT_CLI_COLUMNS_H_
#define JEJAK_CLIENT_CLI_COLUMNS_H_

#include "google/protobuf/descriptor.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <set>
#include <string>
#include <vector>

namespace jejak::cli {

struct Column {
  std::string title;
  // Text with field paths in braces: "{active_agen}/{agen_quota.max}". "{#versions}" is the number
  // of elements, and "{type|short}" the part after the last dot.
  std::string cell;
  // Only in `-o wide`.
  bool wide = false;
};

// The columns of a type; for one that the table does not know, its first scalar fields.
std::vector<Column> ColumnsOf(const google::protobuf::Descriptor& type, bool wide);

// The titles of all types that the table knows.
std::set<std::string> ColumnTitles();

// The columns that --columns asks for: titles in any case, or field paths as in Column::cell,
// separated by commas. A usage error names what is neither, and the titles there are.
absl::StatusOr<std::vector<Column>> ChosenColumns(const google::protobuf::Descriptor& type,
                                                  absl::string_view list);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_COLUMNS_H_
