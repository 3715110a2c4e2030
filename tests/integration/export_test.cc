// SPDX-License-Identifier: Apache-2.0
//
// Exports by the command line: whole, page by page, and gone on with after the server went away in
// the middle.

#include "client/cli/program.h"
#include "tests/support/server_fixture.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace jejak::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Keeps what is written, and calls back at each flush.
class Sink final : public std::stringbuf {
 public:
  explicit Sink(std::function<void()> on_flush) : on_flush_(std::move(on_flush)) {}

 private:
  int sync() override {
    if (on_flush_) on_flush_();
    return 0;
  }
  const std::function<void()> on_flush_;
};

class ExportTest : public ServerTest {
 protected:
  static constexpr int kDocuments = 23;

  ExportTest() {
    MakeOffice(client());
    for (int i = 0; i < kDocuments; ++i) {
      const auto made = client().Call(
          &v1::DocumentService::Stub::RegisterDocument,
          Document(absl::StrCat("d", 100 + i), absl::StrCat("=1+", i, ", \"T\"\n<b>")));
      JEJAK_CHECK(made.ok());
    }
  }

  struct Exported {
    int exit_code = -1;
    std::string out;
    std::string err;
  };
  Exported Jejak(std::vector<std::string> words, std::function<void()> on_flush = nullptr) {
    words.insert(words.end(), {"--server", address(), "--timeout", "5s"});
    std::istringstream in;
    Sink sink(std::move(on_flush));
    std::ostream out(&sink);
    std::ostringstream err;
    Exported exported;
    exported.exit_code =
        cli::Run(words, {in, out, err, [](const std::string& name) -> std::optional<std::string> {
                           if (name == "HOME") return "/nonexistent";
                           return std::nullopt;
                         }});
    exported.out = sink.str();
    exported.err = err.str();
    return exported;
  }
};

const std::vector<std::string> kList = {"document", "list", "offices/ri", "--filter",
                                        "type = report"};
const std::vector<std::string> kSearch = {"history", "search", "--filter", "within = offices/ri",
                                          "--descending"};

std::vector<std::string> With(std::vector<std::string> words,
                              const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_F(ExportTest, PagesOfAnySizeAreTheSameBytes) {
  for (const auto& words : {kList, kSearch}) {
    for (const char* format : {"csv", "jsonl", "name"}) {
      const Exported whole = Jejak(With(words, {"--all", "-o", format}));
      EXPECT_EQ(whole.exit_code, 0) << whole.err;
      const Exported pages = Jejak(With(words, {"--all", "-o", format, "--page-size", "4"}));
      EXPECT_EQ(pages.out, whole.out);
      EXPECT_THAT(pages.err, IsEmpty());
    }
  }
  EXPECT_THAT(Jejak(With(kList, {"--all", "-o", "csv"})).out,
              HasSubstr("\"'=1+7, \"\"T\"\"\n<b>\""));
}

TEST_F(ExportTest, WhatBreaksOffInTheMiddleIsGoneOnWithToTheSameBytes) {
  for (const auto& words : {kList, kSearch}) {
    for (const char* format : {"csv", "jsonl"}) {
      const auto command = With(words, {"--all", "-o", format, "--page-size", "5"});
      const Exported whole = Jejak(command);
      EXPECT_EQ(whole.exit_code, 0) << whole.err;
      int pages = 0;
      Exported file = Jejak(With(command, {"--quiet"}), [&] {
        if (++pages == 2) StopServer();
      });
      EXPECT_EQ(file.exit_code, 7) << file.err;
      EXPECT_EQ(pages, 3) << "two pages and the end";
      EXPECT_EQ(file.out, whole.out.substr(0, file.out.size()));
      EXPECT_LT(file.out.size(), whole.out.size());
      const std::vector<std::string> halves = absl::StrSplit(file.err, "--page-token ");
      ASSERT_THAT(halves, SizeIs(2)) << file.err;
      const std::string token = halves[1].substr(0, halves[1].find(' '));
      EXPECT_THAT(halves[1], HasSubstr("--no-headers\n"));
      StartServer();
      // What is recorded meanwhile belongs to another moment.
      ASSERT_TRUE(client()
                      .Call(&v1::DocumentService::Stub::RegisterDocument,
                            Document(absl::StrCat("d000-", words[0], "-", format), "Later"))
                      .ok());
      const Exported rest = Jejak(With(command, {"--page-token", token, "--no-headers"}));
      EXPECT_EQ(rest.exit_code, 0) << rest.err;
      EXPECT_EQ(file.out + rest.out, whole.out);
    }
  }
}

TEST_F(ExportTest, APageOfHtmlHasAllPagesAndSaysWhatWasAskedWhenAndByWhom) {
  const Exported page =
      Jejak(With(kSearch, {"--all", "-o", "html", "--page-size", "5", "--lang", "id", "--title",
                           "Riwayat", "--actor", "officers/auditor", "--as-of", "20"}));
  EXPECT_EQ(page.exit_code, 0) << page.err;
  for (const char* part :
       {"<title>Riwayat</title>", "<dd>within = &quot;offices/ri&quot;</dd>",
        "<dd>21 peristiwa (--as-of 20)</dd>", "<dd>officers/auditor</dd>", "<p>21 baris</p>",
        "--filter=&#39;within = offices/ri&#39; --descending=true --page-size=5 --as-of=20 "
        "--all"}) {
    EXPECT_THAT(page.out, HasSubstr(part));
  }
  const Exported first = Jejak(With(kList, {"-o", "html", "--page-size", "5"}));
  EXPECT_THAT(first.out, HasSubstr("<p>5 rows</p>\n<p>There are more rows"));
  EXPECT_THAT(first.err, HasSubstr("--page-token"));
}

TEST_F(ExportTest, AHtmlPageThatBreaksOffIsBegunAgain) {
  int pages = 0;
  const Exported page = Jejak(With(kSearch, {"--all", "-o", "html", "--page-size", "5"}), [&] {
    if (++pages == 2) StopServer();
  });
  EXPECT_EQ(page.exit_code, 7);
  EXPECT_THAT(page.err, HasSubstr("run it again"));
  StartServer();
}

TEST_F(ExportTest, CountsAndDifferencesCanBeExportedToo) {
  EXPECT_EQ(Jejak({"history", "count", "--filter", "within = offices/ri", "--facets", "type", "-o",
                   "csv"})
                .out,
            "FACET,VALUE,EVENTS\r\ntotal,,24\r\ntype,DocumentRegistered,23\r\n"
            "type,OfficeRegistered,1\r\n");
  const Exported diff =
      Jejak({"history", "diff", "offices/ri", "--from", "20", "-o", "html", "--lang", "id"});
  EXPECT_EQ(diff.exit_code, 0) << diff.err;
  EXPECT_THAT(diff.out,
              HasSubstr("<dt>Dibandingkan dengan</dt><dd>21 peristiwa (--as-of 20)</dd>"));
}

}  // namespace
}  // namespace jejak::test
