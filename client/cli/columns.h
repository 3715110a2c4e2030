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

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace jejak::cli {

struct Column {
  std::string title;
  // Text with field paths in braces: "{active_agen}/{agen_quota.max}". "{#versions}" is the number
  // of elements, "{type|short}" the part after the last dot, "{facet|label}" a word of the
  // language, and "{build|state}", "{build|result}" and "{build|summary}" how a build of a view
  // stands. With nothing before the bar it is of the message itself.
  std::string cell;
  // Only in `-o wide`.
  bool wide = false;
  // What most of its cells take on a terminal; for rows that come one by one.
  std::size_t width = 0;
};

// The columns of a type; for one that the table does not know, its first scalar fields. Of those
// that are wide, the ones with a title of `also`, or all.
std::vector<Column> ColumnsOf(const google::protobuf::Descriptor& type, bool wide,
                              const std::set<std::string>& also = {});

// The wide columns of events that a filter of a search asks about, so that the answer shows them.
std::set<std::string> ColumnsAskedFor(absl::string_view filter);

// The titles of all types that the table knows.
std::set<std::string> ColumnTitles();

// The columns that --columns asks for: titles in either language and any case, or field paths as in
// Column::cell, separated by commas. A usage error names what is neither, and the titles there are.
absl::StatusOr<std::vector<Column>> ChosenColumns(const google::protobuf::Descriptor& type,
                                                  absl::string_view list);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_COLUMNS_H_
