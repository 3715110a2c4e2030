// SPDX-License-Identifier: Apache-2.0
//
// File: rebuild_benchmark.h
//
// How fast a view is built anew while the server answers, and whether anybody notices: a server on
// a data folder of the generator, readers that ask the same questions about the past over and over
// and compare the bytes of the answers, a writer that reads what it wrote, first for a while
// without a build, then until the build has taken the place, then until a comparison of the views
// has ended.

#ifndef JEJAK_TESTS_BENCHMARK_REBUILD_BENCHMARK_H_
#define JEJAK_TESTS_BENCHMARK_REBUILD_BENCHMARK_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include <cstdint>
#include <string>
#include <vector>

namespace jejak::benchmark {

struct RebuildBenchmarkOptions {
  // A data folder of the generator.
  std::string data;
  int readers = 1;
  // Of the part without a build.
  absl::Duration before = absl::Seconds(5);
  std::uint64_t seed = 1;
};

struct RebuildPhase {
  std::string name;
  double seconds = 0;
  // Events built; 0 without a build.
  std::uint64_t events = 0;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  double read_p50_ms = 0;
  double read_p99_ms = 0;
  double write_p50_ms = 0;
  double write_p99_ms = 0;
};

struct RebuildResult {
  std::uint64_t log_size = 0;
  std::vector<RebuildPhase> phases;
  // Answers about the past that were not as before, and reads that missed the write before them. A
  // sound server has none.
  std::uint64_t wrong_answers = 0;
  // Of the comparison.
  std::uint64_t compared_keys = 0;
  std::uint64_t differing_keys = 0;
};

// Progress goes to stderr. An error if the server does not start, or a call fails.
absl::StatusOr<RebuildResult> RunRebuildBenchmark(const RebuildBenchmarkOptions& options);

std::string ToTable(const RebuildResult& result);

}  // namespace jejak::benchmark

#endif  // JEJAK_TESTS_BENCHMARK_REBUILD_BENCHMARK_H_
