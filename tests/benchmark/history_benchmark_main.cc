// SPDX-License-Identifier: Apache-2.0
//
// bin/history_benchmark: see history_benchmark.h.

#include "tests/benchmark/history_benchmark.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <string>

int main(int argc, char** argv) {
  jejak::benchmark::HistoryBenchmarkOptions options;
  std::string json;
  CLI::App app("The first page of histories, on a short log and a long one.");
  app.add_option("--folder", options.folder, "Where the stores are, or will be")->required();
  app.add_option("--small", options.events[0], "Events of the short log")->capture_default_str();
  app.add_option("--large", options.events[1], "Events of the long log")->capture_default_str();
  app.add_option("--questions", options.questions, "Of each kind, in each repetition")
      ->capture_default_str();
  app.add_option("--repetitions", options.repetitions, "Medians are taken over them")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Other subjects")->capture_default_str();
  app.add_option("--json", json, "Write the figures to this file too");
  CLI11_PARSE(app, argc, argv);
  const auto questions = jejak::benchmark::RunHistoryBenchmark(options);
  if (!questions.ok()) {
    std::fprintf(stderr, "%s\n", questions.status().ToString().c_str());
    return 1;
  }
  std::fputs(jejak::benchmark::ToTable(options, *questions).c_str(), stdout);
  if (!json.empty()) std::ofstream(json) << jejak::benchmark::ToJson(options, *questions);
  return 0;
}
