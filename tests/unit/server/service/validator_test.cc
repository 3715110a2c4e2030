// SPDX-License-Identifier: Apache-2.0

#include "server/service/validator.h"

#include "server/base/limits.h"
#include "server/domain/refusal.h"

#include "google/protobuf/text_format.h"
#include "google/protobuf/unknown_field_set.h"
#include "google/rpc/error_details.pb.h"
#include "jejak/v1/agen_service.pb.h"
#include "jejak/v1/lokus_service.pb.h"
#include "jejak/v1/office_service.pb.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <map>

namespace jejak::service {
namespace {

v1::RegisterCandidateRequest Good() {
  v1::RegisterCandidateRequest request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        write {
          request_id: "r1"
          occurred_time {
            time { seconds: 1622505600 nanos: 1000 }
            utc_offset_minutes: 420
          }
        }
        parent: "programs/dp3-2021/lokus/18.06.11.2016"
        agen_id: "01"
        person { name: "Siti Aminah" national_id: "1806110101900007" birth_date: "1990-01-31" }
        consents {
          purpose: CONSENT_PURPOSE_PARTICIPATION
          basis: LAWFUL_BASIS_CONSENT
          text_version: "1"
          given_on: "2021-06-01"
        }
        bases: VOTER_BASE_WOMEN
      )pb",
      &request));
  return request;
}

// What is wrong, by field.
std::map<std::string, std::string> Violations(const google::protobuf::Message& request) {
  std::map<std::string, std::string> found;
  const absl::Status status = Validate(request);
  if (status.ok()) return found;
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(domain::GetReason(status), "REQUEST_INVALID");
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  google::rpc::BadRequest bad;
  EXPECT_TRUE(payload.has_value() && bad.ParseFromString(std::string(*payload)));
  for (const auto& one : bad.field_violations()) found[one.field()] = one.description();
  return found;
}

// The one field that is wrong after a change to a good request.
template <typename Change>
std::string WrongAfter(Change change) {
  v1::RegisterCandidateRequest request = Good();
  change(request);
  const auto found = Violations(request);
  if (found.empty()) return "";
  EXPECT_EQ(found.size(), 1u);
  return found.begin()->first;
}

TEST(ValidatorTest, AGoodRequestPasses) {
  EXPECT_TRUE(Validate(Good()).ok()) << Validate(Good());
  EXPECT_TRUE(Validate(v1::ListOfficesRequest()).ok());
}

TEST(ValidatorTest, EachMistakeIsNamedByItsPath) {
  using R = v1::RegisterCandidateRequest;
  EXPECT_EQ(WrongAfter([](R& r) { r.clear_parent(); }), "parent");
  EXPECT_EQ(WrongAfter([](R& r) { r.clear_person(); }), "person");
  EXPECT_EQ(WrongAfter([](R& r) { r.clear_bases(); }), "bases");
  EXPECT_EQ(WrongAfter([](R& r) { r.set_agen_id("siti"); }), "agen_id");
  EXPECT_EQ(WrongAfter([](R& r) { r.mutable_person()->set_national_id("123"); }),
            "person.national_id");
  EXPECT_EQ(WrongAfter([](R& r) { r.mutable_consents(0)->clear_purpose(); }),
            "consents[0].purpose");
  EXPECT_EQ(WrongAfter([](R& r) {
              *r.add_consents() = r.consents(0);
              r.mutable_consents(1)->set_given_on("2021-02-30");
            }),
            "consents[1].given_on");
  EXPECT_EQ(WrongAfter([](R& r) { r.add_bases(v1::VOTER_BASE_UNSPECIFIED); }), "bases[1]");
  EXPECT_EQ(WrongAfter([](R& r) { r.add_bases(static_cast<v1::VoterBase>(999)); }), "bases[1]");
  EXPECT_EQ(WrongAfter([](R& r) { r.mutable_write()->set_role(static_cast<v1::Role>(999)); }),
            "write.role");
}

TEST(ValidatorTest, WhatTheServerSetsIsNotTaken) {
  using R = v1::RegisterCandidateRequest;
  EXPECT_EQ(WrongAfter([](R& r) { r.mutable_person()->set_subject("s1"); }), "person.subject");
  EXPECT_EQ(WrongAfter([](R& r) { r.mutable_person()->set_masked(true); }), "person.masked");
  EXPECT_EQ(WrongAfter([](R& r) { r.mutable_person()->mutable_sealed(); }), "person.sealed");
}

TEST(ValidatorTest, LengthsAndCountsAndRangesHaveBounds) {
  using R = v1::RegisterCandidateRequest;
  EXPECT_EQ(WrongAfter([](R& r) { r.set_channel(std::string(200, 'x')); }), "");
  EXPECT_EQ(WrongAfter([](R& r) { r.set_channel(std::string(201, 'x')); }), "channel");
  const auto consents = [](int count) {
    return WrongAfter([count](R& r) {
      while (r.consents_size() < count) *r.add_consents() = r.consents(0);
    });
  };
  EXPECT_EQ(consents(8), "");
  EXPECT_EQ(consents(9), "consents");
  const auto offset = [](int minutes) {
    return WrongAfter([minutes](R& r) {
      r.mutable_write()->mutable_occurred_time()->set_utc_offset_minutes(minutes);
    });
  };
  EXPECT_EQ(offset(-720), "");
  EXPECT_EQ(offset(840), "");
  EXPECT_EQ(offset(-721), "write.occurred_time.utc_offset_minutes");
  EXPECT_EQ(offset(841), "write.occurred_time.utc_offset_minutes");
  v1::SelectCandidateRequest select;
  select.set_name("programs/p/lokus/l/agen/01");
  select.set_rank(10000);
  EXPECT_TRUE(Validate(select).ok());
  select.set_rank(10001);
  EXPECT_EQ(Violations(select).count("rank"), 1u);
  select.set_rank(0);
  EXPECT_EQ(Violations(select)["rank"], "is required");
}

TEST(ValidatorTest, AFieldWithoutBoundsHasTheDefaults) {
  v1::SealedPerson sealed;  // Its fields state none.
  sealed.set_stream(std::string(limits::kStringBytesDefault, 'x'));
  EXPECT_TRUE(Validate(sealed).ok());
  sealed.set_stream(std::string(limits::kStringBytesDefault + 1, 'x'));
  EXPECT_EQ(Violations(sealed).count("stream"), 1u);
  sealed.clear_stream();
  sealed.set_ciphertext(std::string(limits::kStringBytesDefault, '\xff'));
  EXPECT_TRUE(Validate(sealed).ok()) << "bytes need not be text";
  sealed.set_ciphertext(std::string(limits::kStringBytesDefault + 1, '\xff'));
  EXPECT_EQ(Violations(sealed).count("ciphertext"), 1u);
  v1::CommitInfo commit;
  for (std::size_t i = 0; i < limits::kItemsDefault; ++i) commit.add_notices();
  EXPECT_TRUE(Validate(commit).ok());
  commit.add_notices();
  EXPECT_EQ(Violations(commit).count("notices"), 1u);
}

TEST(ValidatorTest, TimesAreTimesAndNoFinerThanTheLog) {
  const auto with_time = [](std::int64_t seconds, std::int32_t nanos) {
    return WrongAfter([&](v1::RegisterCandidateRequest& r) {
      auto& time = *r.mutable_write()->mutable_occurred_time()->mutable_time();
      time.set_seconds(seconds);
      time.set_nanos(nanos);
    });
  };
  EXPECT_EQ(with_time(0, 0), "");
  EXPECT_EQ(with_time(-62'135'596'800, 0), "");
  EXPECT_EQ(with_time(253'402'300'799, 999'999'000), "");
  EXPECT_EQ(with_time(0, 1), "write.occurred_time.time");
  EXPECT_EQ(with_time(0, -1000), "write.occurred_time.time");
  EXPECT_EQ(with_time(0, 1'000'000'000), "write.occurred_time.time");
  EXPECT_EQ(with_time(-62'135'596'801, 0), "write.occurred_time.time");
  EXPECT_EQ(with_time(253'402'300'800, 0), "write.occurred_time.time");
  EXPECT_EQ(with_time(std::numeric_limits<std::int64_t>::max(), 0), "write.occurred_time.time");
  v1::GetOfficeRequest get;
  get.set_name("offices/18");
  get.mutable_read()->mutable_as_of_time()->set_nanos(1);
  EXPECT_TRUE(Validate(get).ok()) << "a read may ask for any moment";
  get.mutable_read()->mutable_as_of_time()->set_seconds(std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Violations(get).count("read.as_of_time"), 1u);
}

TEST(ValidatorTest, FieldsThisServerDoesNotKnowAreRefusedHoweverDeep) {
  v1::RegisterCandidateRequest request = Good();
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(9999, 1);
  EXPECT_EQ(Violations(request).count("(request)"), 1u);
  request = Good();
  v1::Consent& consent = *request.mutable_consents(0);
  consent.GetReflection()->MutableUnknownFields(&consent)->AddVarint(9999, 1);
  EXPECT_EQ(Violations(request).count("consents[0]"), 1u);
}

TEST(ValidatorTest, NoValueIsRepeated) {
  v1::RegisterCandidateRequest request = Good();
  request.mutable_person()->set_name("Siti\x01SECRET");
  request.mutable_person()->set_national_id("SECRET");
  request.mutable_person()->set_birth_date("SECRET");
  request.mutable_person()->set_phone("SECRET");
  request.set_agen_id("SECRET");
  request.set_channel(absl::StrCat("SECRET", std::string(2000, 'x')));
  const absl::Status status = Validate(request);
  EXPECT_EQ(Violations(request).size(), 6u);
  EXPECT_FALSE(absl::StrContains(status.ToString(), "SECRET")) << status;
}

TEST(ValidatorTest, OnlySoManyViolationsAreListed) {
  v1::RegisterCandidateRequest request = Good();
  v1::AppointAgenRequest appoint;
  for (int i = 0; i < 100; ++i) appoint.add_agen("not a name");
  EXPECT_EQ(Violations(appoint).size(), limits::kViolationsMax);
}

TEST(ValidatorTest, AnEmptyItemOfAListIsRefused) {
  v1::AppointAgenRequest appoint;
  appoint.add_agen("");
  EXPECT_EQ(Violations(appoint).count("agen[0]"), 1u);
}

}  // namespace
}  // namespace jejak::service
