// SPDX-License-Identifier: Apache-2.0
//
// File: history_benchmark.h
//
// How long the first page of a history takes, and whether that depends on how long the log is. Two
// stores of the generator, one ten times the other, are asked in turn, in one process, so that what
// else runs on the machine slows both alike. The figures are medians over the repetitions.

#ifndef JEJAK_TESTS_BENCHMARK_HISTORY_BENCHMARK_H_
#define JEJAK_TESTS_BENCHMARK_HISTORY_BENCHMARK_H_

#include "absl/status/statusor.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace jejak::benchmark {

struct HistoryBenchmarkOptions {
  // Holds one data folder for each size, named by it; made where it is missing.
  std::string folder;
  std::array<std::uint64_t, 2> events = {200'000, 2'000'000};
  // Of each kind, of each store, in each repetition; each about another subject.
  int questions = 500;
  int repetitions = 5;
  std::uint64_t seed = 1;
};

// One kind of question to one store.
struct HistoryFigures {
  double p50_ms = 0;
  double p99_ms = 0;
  // Jumps in posting lists for a page.
  double mean_seeks = 0;
  std::uint64_t max_seeks = 0;
  double mean_rows = 0;
};

struct HistoryQuestion {
  std::string name;
  // An example of its filter.
  std::string filter;
  // In the order of HistoryBenchmarkOptions::events.
  std::array<HistoryFigures, 2> figures;
  // Of the larger store to the smaller.
  double growth_p50 = 0;
  double growth_p99 = 0;
};

// Makes the stores that are missing, which takes minutes for the default sizes, and measures.
// Progress goes to stderr.
absl::StatusOr<std::vector<HistoryQuestion>> RunHistoryBenchmark(
    const HistoryBenchmarkOptions& options);

// As a table for people, and as JSON.
std::string ToTable(const HistoryBenchmarkOptions& options,
                    const std::vector<HistoryQuestion>& questions);
std::string ToJson(const HistoryBenchmarkOptions& options,
                   const std::vector<HistoryQuestion>& questions);

}  // namespace jejak::benchmark

#endif  // JEJAK_TESTS_BENCHMARK_HISTORY_BENCHMARK_H_
