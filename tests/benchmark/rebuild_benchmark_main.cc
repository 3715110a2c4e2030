// SPDX-License-Identifier: Apache-2.0
//
// bin/rebuild_benchmark: see rebuild_benchmark.h.

#include "tests/benchmark/rebuild_benchmark.h"

#include <CLI/CLI.hpp>

#include <cstdio>

int main(int argc, char** argv) {
  jejak::benchmark::RebuildBenchmarkOptions options;
  CLI::App app("A view built anew while the server answers.");
  app.add_option("--data", options.data, "A data folder of bin/generate; it is written to")
      ->required();
  app.add_option("--readers", options.readers, "Threads that read")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto result = jejak::benchmark::RunRebuildBenchmark(options);
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
    return 1;
  }
  std::fputs(ToTable(*result).c_str(), stdout);
  return result->wrong_answers == 0 && result->differing_keys == 0 ? 0 : 1;
}
