// SPDX-License-Identifier: Apache-2.0

#include "server/log/entry.h"

#include "server/base/limits.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace jejak::log {
namespace {

Entry GoldenEntry() {
  Entry entry;
  entry.kind = EntryKind::kEvent;
  entry.position = 0x0102030405060708;
  entry.commit_time_us = 1'700'000'000'000'001;
  entry.stream = "agen/a1";
  entry.revision = 3;
  entry.prev_position_plus_one = 0x10;
  entry.event_id = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  entry.event_type = "T";
  entry.content_type = "c/p";
  entry.actor = "officers/b";
  entry.effective_time_us = kNoEffectiveTime;
  entry.correlation_id = "x";
  entry.causation_id = "";
  entry.tags = {"a", "bc"};
  entry.payload_commitment.fill(0xEE);
  entry.payload_length = 258;
  return entry;
}

std::string GoldenHex() {
  return absl::StrCat("01",                                  // version
                      "01",                                  // kind
                      "0102030405060708",                    // position
                      "00060a24181e4001",                    // commit time
                      "0007", "6167656e2f6131",              // stream "agen/a1"
                      "0000000000000003",                    // revision
                      "0000000000000010",                    // previous position + 1
                      "000102030405060708090a0b0c0d0e0f",    // event id
                      "0001", "54",                          // event type "T"
                      "0003", "632f70",                      // content type "c/p"
                      "000a", "6f666669636572732f62",        // actor "officers/b"
                      "8000000000000000",                    // effective time: absent
                      "0001", "78",                          // correlation id "x"
                      "0000",                                // causation id ""
                      "0002", "0001", "61", "0002", "6263",  // tags "a", "bc"
                      std::string(64, 'e'),                  // payload commitment
                      "00000102");                           // payload length
}

rc::Gen<std::string> AsciiText() {
  return rc::gen::container<std::string>(rc::gen::inRange('\0', '\x7F'));
}

std::string GoldenBytes() { return *FromHex(GoldenHex()); }

TEST(EntryTest, TheBytesAreTheGoldenOnes) {
  const absl::StatusOr<std::string> bytes = EncodeEntry(GoldenEntry());
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(ToHex(*bytes), GoldenHex());
}

TEST(EntryTest, DecodingTheGoldenBytesGivesEveryField) {
  const absl::StatusOr<Entry> entry = DecodeEntry(GoldenBytes());
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(*entry, GoldenEntry());
}

TEST(EntryTest, EveryTruncationIsRefused) {
  const std::string bytes = GoldenBytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeEntry(bytes.substr(0, size)).status())) << size;
  }
}

TEST(EntryTest, EveryExtensionByOneByteIsRefused) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string longer = GoldenBytes() + static_cast<char>(byte);
    EXPECT_TRUE(absl::IsDataLoss(DecodeEntry(longer).status())) << byte;
  }
}

// Canonical: no two byte strings stand for the same entry.
TEST(EntryTest, AnyOneByteChangedIsRefusedOrAnotherEntryWithTheseVeryBytes) {
  for (std::size_t i = 0; i < GoldenBytes().size(); ++i) {
    for (int flip = 1; flip < 256; ++flip) {
      std::string bytes = GoldenBytes();
      bytes[i] = static_cast<char>(bytes[i] ^ flip);
      const absl::StatusOr<Entry> entry = DecodeEntry(bytes);
      if (!entry.ok()) {
        EXPECT_TRUE(absl::IsDataLoss(entry.status()));
        continue;
      }
      EXPECT_NE(*entry, GoldenEntry());
      EXPECT_EQ(*EncodeEntry(*entry), bytes);
    }
  }
}

TEST(EntryTest, UnknownVersionsAndKindsAreRefused) {
  for (char version : {'\x00', '\x02', '\xff'}) {
    std::string bytes = GoldenBytes();
    bytes[0] = version;
    EXPECT_TRUE(absl::IsDataLoss(DecodeEntry(bytes).status()));
  }
  for (char kind : {'\x00', '\x06', '\xff'}) {
    std::string bytes = GoldenBytes();
    bytes[1] = kind;
    EXPECT_TRUE(absl::IsDataLoss(DecodeEntry(bytes).status()));
  }
}

TEST(EntryTest, UnsortedOrRepeatedTagsAreRefused) {
  for (const std::vector<std::string>& tags :
       std::vector<std::vector<std::string>>{{"b", "a"}, {"a", "a"}}) {
    Entry entry = GoldenEntry();
    entry.tags = tags;
    EXPECT_TRUE(absl::IsInvalidArgument(EncodeEntry(entry).status()));
  }
  std::string hex = GoldenHex();
  const std::string sorted =
      "000161000262"
      "63";
  const std::size_t at = hex.find(sorted);
  ASSERT_NE(at, std::string::npos);
  hex.replace(at, sorted.size(),
              "000262"
              "63000161");
  EXPECT_TRUE(absl::IsDataLoss(DecodeEntry(*FromHex(hex)).status()));
}

TEST(EntryTest, EveryStringIsUtf8) {
  for (std::string Entry::*field : {&Entry::stream, &Entry::event_type, &Entry::content_type,
                                    &Entry::actor, &Entry::correlation_id, &Entry::causation_id}) {
    Entry entry = GoldenEntry();
    entry.*field = "\xC3\xA9";
    std::string bytes = *EncodeEntry(entry);
    EXPECT_EQ(*DecodeEntry(bytes), entry);
    bytes.replace(bytes.find("\xC3\xA9"), 2, "\xA9\xC3");
    EXPECT_TRUE(absl::IsDataLoss(DecodeEntry(bytes).status()));
    entry.*field = "\xA9\xC3";
    EXPECT_TRUE(absl::IsInvalidArgument(EncodeEntry(entry).status()));
  }
  Entry entry = GoldenEntry();
  entry.tags = {"a", "\xFF"};
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeEntry(entry).status()));
}

TEST(EntryTest, ThePreviousPositionIsBeforeThePosition) {
  Entry entry = GoldenEntry();
  entry.position = 7;
  entry.prev_position_plus_one = 7;
  std::string bytes = *EncodeEntry(entry);
  EXPECT_EQ(*DecodeEntry(bytes), entry);
  // The last byte of the position.
  bytes[9] = 6;
  EXPECT_TRUE(absl::IsDataLoss(DecodeEntry(bytes).status()));
  entry.prev_position_plus_one = 8;
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeEntry(entry).status()));
}

TEST(EntryTest, AnEntryAtTheLimitIsEncodedAndOneByteMoreIsRefused) {
  Entry entry = GoldenEntry();
  entry.causation_id.assign(limits::kEntryBytesMax - GoldenBytes().size(), 'z');
  const absl::StatusOr<std::string> bytes = EncodeEntry(entry);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(bytes->size(), limits::kEntryBytesMax);
  entry.causation_id += 'z';
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeEntry(entry).status()));
  entry.causation_id.assign(65'536, 'z');
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeEntry(entry).status()));
}

TEST(EntryTest, EveryEntrySurvivesTheRoundTrip) {
  EXPECT_TRUE(rc::check("decode(encode(entry)) == entry", [] {
    Entry entry;
    entry.kind = static_cast<EntryKind>(*rc::gen::inRange(1, 6));
    entry.position = *rc::gen::arbitrary<std::uint64_t>();
    entry.commit_time_us = *rc::gen::arbitrary<std::int64_t>();
    entry.stream = *AsciiText();
    entry.revision = *rc::gen::arbitrary<std::uint64_t>();
    entry.prev_position_plus_one = std::min(entry.position, *rc::gen::arbitrary<std::uint64_t>());
    entry.event_id = *rc::gen::arbitrary<EventId>();
    entry.event_type = *AsciiText();
    entry.content_type = *AsciiText();
    entry.actor = *AsciiText();
    entry.effective_time_us = *rc::gen::arbitrary<std::int64_t>();
    entry.correlation_id = *AsciiText();
    entry.causation_id = *AsciiText();
    entry.tags = *rc::gen::container<std::vector<std::string>>(5, AsciiText());
    std::sort(entry.tags.begin(), entry.tags.end());
    entry.tags.erase(std::unique(entry.tags.begin(), entry.tags.end()), entry.tags.end());
    entry.payload_commitment = *rc::gen::arbitrary<Hash>();
    entry.payload_length = *rc::gen::arbitrary<std::uint32_t>();
    const absl::StatusOr<std::string> bytes = EncodeEntry(entry);
    RC_ASSERT(bytes.ok());
    const absl::StatusOr<Entry> decoded = DecodeEntry(*bytes);
    RC_ASSERT(decoded.ok());
    RC_ASSERT((*decoded == entry));
  }));
}

TEST(EntryTest, TheHashesAreThoseOfRfc6962) {
  EXPECT_EQ(ToHex(AsBytes(LeafHash(""))),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(ToHex(AsBytes(LeafHash("L123456"))),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
}

TEST(EntryTest, TheCommitmentCoversSaltAndPayload) {
  Salt salt{};
  const Hash commitment = PayloadCommitment(salt, "payload");
  EXPECT_EQ(commitment, Sha256({absl::string_view("\x02", 1), std::string(32, '\0'), "payload"}));
  EXPECT_NE(PayloadCommitment(salt, "payloae"), commitment);
  salt[31] = 1;
  EXPECT_NE(PayloadCommitment(salt, "payload"), commitment);
}

}  // namespace
}  // namespace jejak::log
