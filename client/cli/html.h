// SPDX-License-Identifier: Apache-2.0
//
// File: html.h
//
// A table as a page of HTML that stands by itself and prints well: no script and nothing from
// elsewhere, A4, the headings repeated on each sheet, no row torn. Written row by row, so a page
// may be longer than memory.

#ifndef JEJAK_CLIENT_CLI_HTML_H_
#define JEJAK_CLIENT_CLI_HTML_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace jejak::cli {

// Of labels and headings; names of states and events, which filters take too, stay as they are.
enum class Language { kEnglish, kIndonesian };

// "en", "id". A usage error for others.
absl::StatusOr<Language> ParseLanguage(absl::string_view text);

// `text` for a place between tags or in quotes: what could be a tag, or turns the direction of
// writing, is shown and has no effect.
std::string HtmlText(absl::string_view text);

// What a page says of itself above its table.
struct PageHead {
  Language language = Language::kEnglish;
  std::string title;
  // English labels and values, in order; those without a value are left out.
  std::vector<std::pair<std::string, std::string>> facts = {};
  // English titles.
  std::vector<std::string> columns = {};
  // What stands above the table; empty where it is the only one.
  std::string caption = {};
  // True if a later table has many columns.
  bool lying = false;
};

class HtmlPage {
 public:
  // Writes all that comes before the rows. `out` must outlive the page.
  HtmlPage(const PageHead& head, std::ostream& out);
  void Row(const std::vector<std::string>& cells);
  // Ends the table, and begins another one.
  void NextTable(const std::string& caption, const std::vector<std::string>& columns);
  // Writes what follows the rows. `more`: there are rows that the page does not have.
  void End(bool more);

 private:
  void BeginTable(const std::string& caption, const std::vector<std::string>& columns);
  void EndTable();

  const Language language_;
  std::ostream& out_;
  std::size_t rows_ = 0;
};

// A label or title in the language, and in English if there is no other for it.
bool IsTranslated(const std::string& english);
std::string Translated(Language language, const std::string& english);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_HTML_H_
