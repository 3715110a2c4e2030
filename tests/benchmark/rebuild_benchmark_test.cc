// SPDX-License-Identifier: Apache-2.0
//
// That no read notices a build, not how fast it is.

#include "tests/benchmark/rebuild_benchmark.h"

#include "tests/benchmark/generator.h"
#include "tests/support/temp_folder.h"

#include <gtest/gtest.h>

namespace jejak::benchmark {
namespace {

TEST(RebuildBenchmarkTest, NoReadNoticesThatTheViewIsBuiltAnewOrCompared) {
  const test::TempFolder folder;
  RebuildBenchmarkOptions options;
  options.data = folder / "data";
  options.before = absl::Milliseconds(100);
  const auto generated = Generate(options.data, GeneratorOptions::Small());
  ASSERT_TRUE(generated.ok()) << generated.status();
  const auto result = RunRebuildBenchmark(options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->log_size, generated->events);
  EXPECT_EQ(result->wrong_answers, 0u);
  EXPECT_EQ(result->differing_keys, 0u);
  EXPECT_GT(result->compared_keys, generated->events);
  ASSERT_EQ(result->phases.size(), 3u);
  EXPECT_GE(result->phases[1].events, generated->events);
  EXPECT_GE(result->phases[2].events, result->phases[1].events);
  EXPECT_NE(ToTable(*result).find("rebuild"), std::string::npos);
}

}  // namespace
}  // namespace jejak::benchmark
