// SPDX-License-Identifier: Apache-2.0
//
// bin/generate: writes a synthetic program into a data folder (generator.h).

#include "tests/benchmark/generator.h"

#include "absl/strings/str_cat.h"
#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

namespace {

void PrintCounts(const char* title, const std::map<std::string, std::uint64_t>& counts) {
  for (const auto& [reason, count] : counts) {
    std::printf("%s %s: %llu\n", title, reason.c_str(), static_cast<unsigned long long>(count));
  }
}

}  // namespace

int main(int argc, char** argv) {
  jejak::benchmark::GeneratorOptions options;
  std::string data;
  std::uint64_t events = 0;
  CLI::App app("Writes a synthetic program into a data folder that jejakd can be started on.");
  app.add_option("--data", data, "Folder; it must not hold a history yet")->required();
  CLI::Option* whole = app.add_option("--for-events", events,
                                      "Choose the number of regencies for so many events, and stop "
                                      "there");
  app.add_option("--seed", options.seed, "Another seed is another history")->capture_default_str();
  app.add_option("--regencies", options.regencies, "Regencies")
      ->capture_default_str()
      ->excludes(whole);
  app.add_option("--lokus", options.lokus_per_regency, "Lokus per regency and year")
      ->capture_default_str()
      ->excludes(whole);
  app.add_option("--agen", options.agen_per_lokus, "Agen per lokus")
      ->capture_default_str()
      ->excludes(whole);
  app.add_option("--first-year", options.first_year, "Year of the first wave")
      ->capture_default_str();
  app.add_option("--years", options.years, "Waves, one a year")
      ->capture_default_str()
      ->excludes(whole);
  app.add_option("--stop-after", options.stop_after_events,
                 "Stop once there are so many events; 0: after the last year")
      ->capture_default_str()
      ->excludes(whole);
  CLI11_PARSE(app, argc, argv);
  if (events > 0) {
    const auto chosen = jejak::benchmark::GeneratorOptions::ForEvents(events);
    options.regencies = chosen.regencies;
    options.stop_after_events = chosen.stop_after_events;
  }
  const auto report = jejak::benchmark::Generate(data, options);
  if (!report.ok()) {
    std::fprintf(stderr, "%s\n", report.status().ToString().c_str());
    return 1;
  }
  std::printf("regencies %d, events %llu, commands %llu, seconds %.1f, events/s %.0f\n",
              options.regencies, static_cast<unsigned long long>(report->events),
              static_cast<unsigned long long>(report->commands), report->seconds,
              static_cast<double>(report->events) / report->seconds);
  PrintCounts("refused as planned,", report->planned_refusals);
  PrintCounts("refused, not planned,", report->unplanned_refusals);
  for (const auto& [reason, example] : report->examples) {
    std::printf("  %s: %s\n", reason.c_str(), example.c_str());
  }
  return report->unplanned_refusals.empty() ? 0 : 1;
}
