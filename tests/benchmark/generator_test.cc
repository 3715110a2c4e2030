// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/generator.h"

#include "server/app/app.h"
#include "server/domain/aggregate.h"
#include "server/log/event_log.h"
#include "server/projection/fold.h"
#include "tests/support/temp_folder.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace jejak::benchmark {
namespace {

// What two runs have in common.
std::vector<std::string> Common(const log::EventLog& log) {
  std::vector<std::string> common;
  const absl::Status scanned = log.Scan(0, log.DurableSize(), [&](const log::RecordedEvent& event) {
    const log::Entry& entry = event.entry;
    std::string line =
        absl::StrCat(entry.stream, "|", entry.revision, "|", entry.event_type, "|", entry.actor,
                     "|", entry.commit_time_us, "|", entry.effective_time_us);
    for (const std::string& tag : entry.tags) absl::StrAppend(&line, "|", tag);
    common.push_back(std::move(line));
    return true;
  });
  EXPECT_TRUE(scanned.ok()) << scanned;
  return common;
}

TEST(GeneratorTest, TheSameOptionsGiveTheSameHistoryAndNothingIsRefusedThatWasNotToBe) {
  std::vector<std::string> histories[2];
  for (std::vector<std::string>& history : histories) {
    const test::TempFolder folder;
    auto generator = Generator::Open(folder.path(), GeneratorOptions::Small());
    ASSERT_TRUE(generator.ok()) << generator.status();
    ASSERT_TRUE((*generator)->Finish().ok());
    EXPECT_TRUE((*generator)->done());
    for (const auto& [reason, example] : (*generator)->report().examples) {
      ADD_FAILURE() << reason << ": " << example;
    }
    EXPECT_FALSE((*generator)->report().planned_refusals.empty());
    history = Common((*generator)->log());
  }
  EXPECT_EQ(histories[0], histories[1]);
  EXPECT_GE(histories[0].size(), 2500u);
  EXPECT_LE(histories[0].size(), 4500u);
}

TEST(GeneratorTest, AnotherSeedGivesAnotherHistory) {
  std::vector<std::string> histories[2];
  for (std::uint64_t seed : {1u, 2u}) {
    const test::TempFolder folder;
    GeneratorOptions options = GeneratorOptions::Small();
    options.seed = seed;
    options.stop_after_events = 500;
    auto generator = Generator::Open(folder.path(), options);
    ASSERT_TRUE(generator.ok()) << generator.status();
    ASSERT_TRUE((*generator)->Finish().ok());
    histories[seed - 1] = Common((*generator)->log());
  }
  EXPECT_NE(histories[0], histories[1]);
}

TEST(GeneratorTest, AHistoryHasLateEntriesCorrectionsDeviationsAndReplacements) {
  const test::TempFolder folder;
  GeneratorOptions options = GeneratorOptions::Small();
  options.regencies = 20;
  auto generator = Generator::Open(folder.path(), options);
  ASSERT_TRUE(generator.ok()) << generator.status();
  ASSERT_TRUE((*generator)->Finish().ok());
  const log::EventLog& log = (*generator)->log();
  std::uint64_t late = 0;
  std::uint64_t corrections = 0;
  std::uint64_t deviating = 0;
  std::set<std::string> types;
  std::set<absl::CivilYear> years;
  ASSERT_TRUE(log.Scan(0, log.DurableSize(),
                       [&](const log::RecordedEvent& event) {
                         const log::Entry& entry = event.entry;
                         const auto envelope = projection::ParseEnvelope(event);
                         EXPECT_TRUE(envelope.ok()) << envelope.status();
                         if (!envelope.ok()) return false;
                         EXPECT_LE(entry.effective_time_us, entry.commit_time_us);
                         const absl::Duration lateness =
                             absl::Microseconds(entry.commit_time_us - entry.effective_time_us);
                         late += lateness > absl::Hours(30 * 24) ? 1u : 0u;
                         deviating += envelope->deviations().empty() ? 0u : 1u;
                         types.insert(entry.event_type);
                         years.insert(absl::ToCivilYear(absl::FromUnixMicros(entry.commit_time_us),
                                                        absl::UTCTimeZone()));
                         corrections += entry.event_type == "jejak.event.v1.FactCorrected";
                         return true;
                       })
                  .ok());
  const auto size = static_cast<double>(log.DurableSize());
  EXPECT_GT(static_cast<double>(late), 0.005 * size);
  EXPECT_LT(static_cast<double>(late), 0.2 * size);
  EXPECT_GT(corrections, 20u);
  EXPECT_GT(deviating, 5u);
  EXPECT_EQ(years.size(), 2u);
  for (const char* type : {"OfficeRenamed", "OfficeClosed", "AgenReplaced", "AgenResigned",
                           "DocumentSuperseded", "PersonalDataDisclosed", "ReceiptSigned",
                           "LokusProposalRejected", "CandidateFoundIneligible",
                           "PolicyDeviationGranted", "LokusClosed", "MeetingRescheduled"}) {
    EXPECT_TRUE(types.count(absl::StrCat("jejak.event.v1.", type)) == 1) << type;
  }
}

TEST(GeneratorTest, AServerStartsOnTheFolder) {
  const test::TempFolder folder;
  GeneratorOptions options = GeneratorOptions::Small();
  options.stop_after_events = 300;
  ASSERT_TRUE(Generate(folder.path(), options).ok());
  app::Config config;
  config.data = folder.path();
  config.dev = true;
  config.listen = absl::StrCat("unix:", folder / "socket");
  const auto app = app::App::Start(config, [](const absl::Status& status) { FAIL() << status; });
  EXPECT_TRUE(app.ok()) << app.status();
  EXPECT_EQ(Generate(folder.path(), options).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace jejak::benchmark
