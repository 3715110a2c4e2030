// SPDX-License-Identifier: Apache-2.0

#include "server/projection/fold.h"

#include "tests/unit/server/projection/office_log.h"

#include <gtest/gtest.h>

namespace jejak::projection {
namespace {

const v1::Office& AsOffice(const google::protobuf::Message& message) {
  return dynamic_cast<const v1::Office&>(message);
}

TEST(FoldTest, AStreamIsFoldedUpToTheRevisionAskedFor) {
  OfficeLog offices;
  offices.Register("offices/18", "one");
  offices.Register("offices/19", "other");
  offices.Rename("offices/18", "two");
  offices.Rename("offices/18", "three");

  const auto second = FoldStream(*offices.log, "offices/18", 2);
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_NE(*second, nullptr);
  EXPECT_EQ(AsOffice(**second).title(), "two");
  EXPECT_EQ(AsOffice(**second).etag(), "2");
  EXPECT_EQ(AsOffice(**second).name(), "offices/18");
  EXPECT_EQ(AsOffice(**second).create_time().seconds(), 1'622'505'600);
  EXPECT_EQ(AsOffice(**second).update_time().seconds(), 1'622'505'602);

  const auto all = FoldStream(*offices.log, "offices/18", 99);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(AsOffice(**all).title(), "three");
  EXPECT_EQ(AsOffice(**all).etag(), "3");
}

TEST(FoldTest, NoStreamAndNoKindGiveNothing) {
  OfficeLog offices;
  offices.AppendPayload("teapots/1", "");
  for (const char* stream : {"offices/18", "teapots/1", ""}) {
    const auto folded = FoldStream(*offices.log, stream, 1);
    ASSERT_TRUE(folded.ok()) << folded.status();
    EXPECT_EQ(*folded, nullptr) << stream;
  }
}

TEST(FoldTest, AnErasedPayloadIsNotAnEmptyEnvelope) {
  log::RecordedEvent event;
  EXPECT_TRUE(ParseEnvelope(event).ok());
  event.payload_erased = true;
  EXPECT_TRUE(absl::IsDataLoss(ParseEnvelope(event).status()));
}

TEST(FoldTest, APayloadThatIsNoEnvelopeIsDataLoss) {
  OfficeLog offices;
  offices.Register("offices/18", "one");
  offices.AppendPayload("offices/18", "\xff\xff\xff");
  EXPECT_TRUE(FoldStream(*offices.log, "offices/18", 1).ok());
  EXPECT_EQ(FoldStream(*offices.log, "offices/18", 2).status().code(), absl::StatusCode::kDataLoss);
}

TEST(FoldTest, TheMetaComesFromEntryAndEnvelope) {
  OfficeLog offices;
  event::v1::Envelope envelope;
  envelope.set_office("offices/18");
  envelope.set_policy_version(3);
  envelope.set_region_catalog_version("4.0.1");
  envelope.mutable_office_event()->mutable_office_renamed();
  offices.Append("offices/18", envelope);
  const auto event = offices.log->Read(0);
  ASSERT_TRUE(event.ok()) << event.status();
  const auto parsed = ParseEnvelope(*event);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const domain::EventMeta meta = MetaOf(event->entry, *parsed);
  EXPECT_EQ(meta.stream, "offices/18");
  EXPECT_EQ(meta.position, 0u);
  EXPECT_EQ(meta.revision, 1u);
  EXPECT_EQ(meta.actor, "officers/tester");
  EXPECT_EQ(meta.commit_time, absl::FromUnixSeconds(1'622'505'600));
  EXPECT_EQ(meta.office, "offices/18");
  EXPECT_EQ(meta.policy_version, 3u);
  EXPECT_EQ(meta.region_catalog_version, "4.0.1");
}

}  // namespace
}  // namespace jejak::projection
