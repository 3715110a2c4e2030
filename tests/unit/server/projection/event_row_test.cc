// SPDX-License-Identifier: Apache-2.0

#include "server/projection/event_row.h"

#include "server/base/limits.h"
#include "server/domain/messages.h"

#include "google/protobuf/text_format.h"

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace jejak::projection {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr std::int64_t kDay = 86'400'000'000;
constexpr std::int64_t kNoon = 1'623'326'400'000'000;  // 2021-06-10T12:00:00Z.

log::Entry Entry(const std::string& stream, const std::string& type) {
  log::Entry entry;
  entry.position = 7;
  entry.stream = stream;
  entry.revision = 3;
  entry.event_type = absl::StrCat("jejak.event.v1.", type);
  entry.actor = "officers/budi";
  entry.commit_time_us = kNoon;
  entry.effective_time_us = kNoon;
  return entry;
}

TEST(EventRowTest, ARowShowsTheEventAndItsDimensionsFindIt) {
  log::Entry entry = Entry("programs/p/lokus/18.06.11.2016/agen/01", "AgenDismissed");
  entry.tags = {"agen:programs/p/lokus/18.06.11.2016/agen/01", "document:offices/18/documents/sk",
                "lokus:programs/p/lokus/18.06.11.2016", "office:offices/18.06"};
  event::v1::Envelope envelope;
  envelope.set_office("offices/18.06");
  envelope.set_role(v1::ROLE_CHAIR);
  envelope.mutable_agen()->mutable_agen_dismissed()->set_reason("Pindah ke luar Pekon");
  const EventIndex index = IndexEvent(entry, envelope, {"offices/18.06", "offices/18"});
  EXPECT_EQ(index.row.position(), 7u);
  EXPECT_EQ(index.row.revision(), 3u);
  EXPECT_EQ(index.row.type(), "AgenDismissed");
  EXPECT_EQ(index.row.reason(), "Pindah ke luar Pekon");
  EXPECT_THAT(index.row.lokus(), ElementsAre("programs/p/lokus/18.06.11.2016"));
  EXPECT_THAT(index.row.document(), ElementsAre("offices/18/documents/sk"));
  EXPECT_THAT(index.row.agen(), ElementsAre(entry.stream));
  EXPECT_EQ(index.row.late_days(), 0);
  EXPECT_FALSE(index.row.correction());
  EXPECT_FALSE(index.row.deviation());
  EXPECT_THAT(
      index.covering,
      UnorderedElementsAre(kAllEvents, entry.tags[0], entry.tags[1], entry.tags[2], entry.tags[3],
                           "within:programs/p", "within:programs/p/lokus/18.06.11.2016",
                           absl::StrCat("within:", entry.stream), "under:offices/18.06",
                           "under:offices/18", "actor:officers/budi", "type:AgenDismissed"));
  EXPECT_THAT(index.bare, UnorderedElementsAre("role:ROLE_CHAIR", "month:2021-06", "text:pindah",
                                               "text:ke", "text:luar", "text:pekon"));
}

TEST(EventRowTest, LateCorrectingAndDeviatingEventsAreFoundAsSuch) {
  log::Entry entry = Entry("offices/18", "FactCorrected");
  entry.effective_time_us = kNoon - 5 * kDay - 1;
  event::v1::Envelope envelope;
  envelope.mutable_office_event()->mutable_fact_corrected()->set_corrected_position(2);
  envelope.add_deviations("dev-1");
  const EventIndex index = IndexEvent(entry, envelope, {});
  EXPECT_EQ(index.row.late_days(), 5);
  EXPECT_TRUE(index.row.correction());
  EXPECT_EQ(index.row.corrected_position(), 2u);
  EXPECT_TRUE(index.row.deviation());
  EXPECT_THAT(index.covering, IsSupersetOf({"correction:true", "deviation:true"}));
  EXPECT_THAT(index.covering, IsSupersetOf({"late_days:1", "late_days:2", "late_days:4"}));
  EXPECT_THAT(index.covering, Not(Contains("late_days:8")));
  EXPECT_TRUE(IndexEvent(Entry("programs/p", "PolicyDeviationGranted"), {}, {}).row.deviation());
}

TEST(EventRowTest, AResourceIsWhatItsOwnEventsAreAbout) {
  event::v1::Envelope envelope;
  envelope.set_utc_offset_minutes(420);
  const EventIndex index =
      IndexEvent(Entry("offices/18/documents/sk", "DocumentRegistered"), envelope, {});
  EXPECT_THAT(index.row.document(), ElementsAre("offices/18/documents/sk"));
  EXPECT_THAT(index.covering, Contains("document:offices/18/documents/sk"));
  EXPECT_EQ(index.row.utc_offset_minutes(), 420);
  EXPECT_FALSE(index.row.has_corrected_position());
}

TEST(EventRowTest, AnEventWithoutATimeHappenedWhenItWasRecordedAndAnyTimeIsATime) {
  log::Entry entry = Entry("offices/18", "OfficeRenamed");
  entry.effective_time_us = log::kNoEffectiveTime;
  EventIndex index = IndexEvent(entry, {}, {});
  EXPECT_EQ(domain::MicrosOf(index.row.occurred_time()), kNoon);
  EXPECT_EQ(index.row.late_days(), 0);
  EXPECT_THAT(index.bare, Contains("month:2021-06"));
  entry.effective_time_us = log::kNoEffectiveTime + 1;
  index = IndexEvent(entry, {}, {});
  EXPECT_GT(index.row.late_days(), 100'000'000);
}

TEST(EventRowTest, ALateDimensionHoldsWhoIsLater) {
  EXPECT_EQ(LateDimension(1), "late_days:1");
  EXPECT_EQ(LateDimension(3), "late_days:2");
  EXPECT_EQ(LateDimension(30), "late_days:16");
  EXPECT_EQ(LateDimension(32), "late_days:32");
  EXPECT_EQ(LateDimension(std::numeric_limits<std::int64_t>::max()),
            "late_days:4611686018427387904");
}

TEST(EventRowTest, WhyIsFoundWhereverTheEventSaysIt) {
  const auto words = [](const std::string& text) {
    event::v1::Envelope envelope;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &envelope)) << text;
    const EventIndex index = IndexEvent(log::Entry(), envelope, {"offices/18"});
    return std::make_pair(index.row.reason(), index.bare);
  };
  const auto [rejected, rejected_words] = words(R"pb(lokus {
                                                       lokus_proposal_rejected {
                                                         reason: LOKUS_REVIEW_REASON_BUDGET
                                                         text: "Anggaran hanya untuk dua"
                                                       }
                                                     }
                                                     remark: "Rapat kedua")pb");
  EXPECT_EQ(rejected, "Anggaran hanya untuk dua");
  EXPECT_THAT(rejected_words, IsSupersetOf({"text:anggaran", "text:dua", "text:kedua"}));
  const auto [granted, granted_words] = words(
      R"pb(program { policy_deviation_granted { deviation { reason: "Dusun terpencil" } } })pb");
  EXPECT_EQ(granted, "Dusun terpencil");
  EXPECT_THAT(granted_words, Contains("text:terpencil"));
}

TEST(EventRowTest, WordsAreLowerCaseInAnyScriptAndBounded) {
  EXPECT_THAT(WordsOf("Hujan, HUJAN lebat di PEKON-2! Ünïcode ДА"),
              ElementsAre("hujan", "lebat", "di", "pekon", "2", "ünïcode", "да"));
  EXPECT_THAT(WordsOf(" . \xff\xfe -"), IsEmpty());
  EXPECT_THAT(WordsOf(std::string(limits::kWordBytesMax + 1, 'x')),
              ElementsAre(std::string(limits::kWordBytesMax, 'x')));
  EXPECT_THAT(WordsOf(std::string(limits::kWordBytesMax - 1, 'x') + "да"),
              ElementsAre(std::string(limits::kWordBytesMax - 1, 'x')))
      << "no letter is cut through";
  std::string many;
  for (std::size_t i = 0; i < 2 * limits::kWordsPerTextMax; ++i)
    absl::StrAppend(&many, "w", i, " ");
  EXPECT_EQ(WordsOf(many).size(), limits::kWordsPerTextMax);
}

TEST(EventRowTest, AMonthIsThatOfUtc) {
  EXPECT_EQ(MonthDimension(kNoon), "month:2021-06");
  EXPECT_EQ(MonthDimension(0), "month:1970-01");
  EXPECT_EQ(MonthDimension(-1), "month:1969-12");
}

}  // namespace
}  // namespace jejak::projection
