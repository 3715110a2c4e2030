// SPDX-License-Identifier: Apache-2.0
//
// That the benchmark works, not how fast anything is.

#include "tests/benchmark/history_benchmark.h"

#include "tests/support/temp_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace jejak::benchmark {
namespace {

TEST(HistoryBenchmarkTest, EveryQuestionIsAskedOfBothStoresWhichAreKept) {
  const test::TempFolder folder;
  HistoryBenchmarkOptions options;
  options.folder = folder / "stores";
  options.events = {800, 2'400};
  options.questions = 20;
  options.repetitions = 2;
  const auto questions = RunHistoryBenchmark(options);
  ASSERT_TRUE(questions.ok()) << questions.status();
  ASSERT_EQ(questions->size(), 3u);
  for (const HistoryQuestion& question : *questions) {
    EXPECT_FALSE(question.filter.empty());
    EXPECT_GT(question.growth_p50, 0);
    for (const HistoryFigures& figures : question.figures) {
      EXPECT_GT(figures.p50_ms, 0);
      EXPECT_GE(figures.p99_ms, figures.p50_ms);
      EXPECT_GE(figures.mean_rows, 1);
      // One list, and the place in it is found by one jump.
      EXPECT_EQ(figures.max_seeks, 1u) << question.filter;
    }
  }
  const auto json = nlohmann::json::parse(ToJson(options, *questions));
  EXPECT_EQ(json["history"][2]["stores"][1]["events"], 2'400);
  EXPECT_NE(ToTable(options, *questions).find("one actor in a year"), std::string::npos);
  const auto again = RunHistoryBenchmark(options);
  EXPECT_TRUE(again.ok()) << again.status();
}

}  // namespace
}  // namespace jejak::benchmark
