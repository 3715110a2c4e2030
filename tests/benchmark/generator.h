// SPDX-License-Identifier: Apache-2.0
//
// File: generator.h
//
// A synthetic program of some years in a data folder, for benchmarks and for tests that need a long
// history. The problem: a history that is worth asking has to keep every rule of the domain, and
// one that is long has to be made fast. So each command goes through the real path (validator,
// MakeCommand, sequencer, deciders, log, vault, content store), in process, and only the time is
// simulated: a clock that goes through the years as the commands are given.
//
//   GeneratorOptions options = GeneratorOptions::Small();
//   absl::StatusOr<GeneratorReport> report = Generate(folder, options);    // and jejakd --data F
//
// or, with the stores open and in steps:
//
//   auto generator = Generator::Open(folder, options);
//   (*generator)->RunUntil(1000);      // (*generator)->log() has that many events or a few more
//   (*generator)->Finish();
//
// What happens in it follows domain.md 2 and 7: in each year and regency a wave, in which villages
// are mapped, proposed, endorsed, decided in a plenary meeting and designated; in each lokus
// candidates, checks, an appointment, an inauguration, handovers, meetings, documents,
// replacements, the end. Some of it is entered late, corrected, superseded, or done under a
// deviation from the policy.
//
// The same options give the same history: at each position the same event type, stream, actor,
// times and tags, and the same payload but for the sealed persons. Random remain what the vault and
// the log draw: subjects of persons, ciphertexts, event ids, salts, and with them the hashes.

#ifndef JEJAK_TESTS_BENCHMARK_GENERATOR_H_
#define JEJAK_TESTS_BENCHMARK_GENERATOR_H_

#include "server/base/clock.h"
#include "server/command/region_store.h"
#include "server/content/content_store.h"
#include "server/log/event_log.h"
#include "server/vault/vault.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace jejak::benchmark {

struct GeneratorOptions {
  // Other seeds give other histories of the same shape.
  std::uint64_t seed = 1;
  // At most 99 in each of 38 provinces.
  int regencies = 10;
  // Designated in each regency and year, 1 to 20; about twice as many villages are mapped.
  int lokus_per_regency = 2;
  // Appointed in each lokus, 1 to 100; a third more are registered.
  int agen_per_lokus = 25;
  // One wave in each.
  int first_year = 2021;
  int years = 5;
  // Give no more commands once the log has so many events. 0: all years.
  std::uint64_t stop_after_events = 0;

  // About 3,000 events, in a second or two.
  static GeneratorOptions Small();
  // With the regencies it takes for at least `events`, and stopped there.
  static GeneratorOptions ForEvents(std::uint64_t events);
};

struct GeneratorReport {
  std::uint64_t events = 0;
  std::uint64_t commands = 0;
  double seconds = 0;
  // Commands that were to be refused, and were, by reason.
  std::map<std::string, std::uint64_t> planned_refusals;
  // Those that were not, by reason, with the first message of each. A sound history has none.
  std::map<std::string, std::uint64_t> unplanned_refusals;
  std::map<std::string, std::string> examples;
};

// Not thread-safe; the stores it shows are as thread-safe as they say.
class Generator {
 public:
  // Makes the stores in the folder, laid out as jejakd lays out its data folder, with the key file
  // beside them ("kek"); the view is not built. FAILED_PRECONDITION if there is a history already;
  // INVALID_ARGUMENT if an option is out of its range.
  static absl::StatusOr<std::unique_ptr<Generator>> Open(const std::string& folder,
                                                         const GeneratorOptions& options);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // Goes on until the log has at least `events`, or all is done. Commands are given in rounds, so
  // there may be some hundred more. All is durable on return.
  absl::Status RunUntil(std::uint64_t events);
  // Goes on to the end of the options.
  absl::Status Finish();

  // True if there is nothing more to come.
  bool done() const;
  const GeneratorReport& report() const;

  log::EventLog& log();
  vault::Vault& vault();
  const content::ContentStore& content();
  // The clock of the log: the simulated time.
  Clock& clock();

 private:
  struct Impl;
  explicit Generator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// All of it: a folder that jejakd can be started on.
absl::StatusOr<GeneratorReport> Generate(const std::string& folder,
                                         const GeneratorOptions& options);

}  // namespace jejak::benchmark

#endif  // JEJAK_TESTS_BENCHMARK_GENERATOR_H_
