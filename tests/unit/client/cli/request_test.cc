// SPDX-License-Identifier: Apache-2.0

#include "client/cli/request.h"

#include "client/cli/failure.h"

#include "jejak/v1/agen_service.pb.h"
#include "jejak/v1/handover_service.pb.h"
#include "jejak/v1/history_service.pb.h"
#include "jejak/v1/lokus_service.pb.h"
#include "jejak/v1/meeting_service.pb.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace jejak::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::Not;

TEST(RequestTest, DottedFlagsReachNestedFields) {
  v1::PerformHandoverRequest request;
  ASSERT_TRUE(SetField(&request, "giver.capacity", "chair").ok());
  ASSERT_TRUE(SetField(&request, "receiver.proxy-for.capacity", "Village-Head").ok());
  ASSERT_TRUE(SetField(&request, "receiver.proxy-for.person.name", "Budi").ok());
  EXPECT_EQ(request.giver().capacity(), v1::CAPACITY_CHAIR);
  EXPECT_EQ(request.receiver().proxy_for().capacity(), v1::CAPACITY_VILLAGE_HEAD);
  EXPECT_EQ(request.receiver().proxy_for().person().name(), "Budi");
}

TEST(RequestTest, EnumsGoByShortAndByFullName) {
  v1::ProposeLokusRequest request;
  ASSERT_TRUE(SetField(&request, "categories", "low-turnout,HIGH_VIOLATION_RISK").ok());
  ASSERT_TRUE(SetField(&request, "categories", "LOKUS_CATEGORY_CONFLICT_OR_DISASTER_PRONE").ok());
  EXPECT_THAT(request.categories(), ElementsAre(1, 3, 2));
  const absl::Status status = SetField(&request, "categories", "pretty");
  EXPECT_EQ(ExitCodeOf(status), kUsage);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("low-turnout"));
}

TEST(RequestTest, AMessageTakesJson) {
  v1::PerformHandoverRequest request;
  ASSERT_TRUE(SetField(&request, "giver", R"({"capacity":"CAPACITY_CHAIR"})").ok());
  ASSERT_TRUE(
      SetField(&request, "witnesses", R"([{"organization":"A"},{"organization":"B"}])").ok());
  ASSERT_TRUE(SetField(&request, "witnesses", R"({"organization":"C"})").ok());
  EXPECT_EQ(request.giver().capacity(), v1::CAPACITY_CHAIR);
  EXPECT_EQ(request.witnesses_size(), 3);
  EXPECT_EQ(ExitCodeOf(SetField(&request, "giver", "{")), kUsage);
  EXPECT_EQ(ExitCodeOf(SetField(&request, "giver", R"({"color":"red"})")), kUsage);
}

TEST(RequestTest, DottedFlagsOfARepeatedMessageFillOneElementAfterTheOther) {
  v1::MapVillageRequest request;
  for (const char* votes : {"713", "604"}) {
    ASSERT_TRUE(SetField(&request, "indicators.kind", "turnout").ok());
    ASSERT_TRUE(SetField(&request, "indicators.numerator", votes).ok());
  }
  ASSERT_EQ(request.indicators_size(), 2);
  EXPECT_EQ(request.indicators(0).numerator(), 713);
  EXPECT_EQ(request.indicators(1).numerator(), 604);
}

TEST(RequestTest, MistakesAreUsageErrors) {
  v1::MapVillageRequest request;
  EXPECT_EQ(ExitCodeOf(SetField(&request, "color", "red")), kUsage);
  EXPECT_EQ(ExitCodeOf(SetField(&request, "indicators.numerator", "many")), kUsage);
  EXPECT_EQ(ExitCodeOf(SetField(&request, "region-code.x", "1")), kUsage);
}

TEST(RequestTest, FlagsLeaveOutWhatTheServerSetsAndWhatGlobalFlagsCover) {
  const std::vector<Flag> flags = FlagsOf(*v1::RegisterCandidateRequest::descriptor());
  EXPECT_THAT(flags, Contains(Field(&Flag::name, "person.national-id")));
  EXPECT_THAT(flags, Not(Contains(Field(&Flag::name, "person.sealed"))));
  EXPECT_THAT(flags, Not(Contains(Field(&Flag::name, "write"))));
}

TEST(RequestTest, GlobalFlagsBecomeOptions) {
  Arguments arguments;
  arguments.global = {
      {"occurred", "2021-06-10T09:00:00+07:00"}, {"etag", "3"}, {"dry-run", "true"}};
  v1::DesignateLokusRequest command;
  ASSERT_TRUE(ApplyOptions(arguments, &command).ok());
  EXPECT_EQ(command.write().occurred_time().time().seconds(), 1623290400);
  EXPECT_EQ(command.write().occurred_time().utc_offset_minutes(), 420);
  EXPECT_EQ(command.write().etag(), "3");
  EXPECT_TRUE(command.write().validate_only());
  v1::GetLokusRequest question;
  EXPECT_EQ(ExitCodeOf(ApplyOptions(arguments, &question)), kUsage);
}

TEST(RequestTest, ATimeHasAnOffsetThatCanBeReadInOneWayOnly) {
  v1::WriteOptions write;
  const auto offset = [&](const char* time) {
    EXPECT_TRUE(SetOccurred(&write, time).ok()) << time;
    return write.occurred_time().utc_offset_minutes();
  };
  EXPECT_EQ(offset("2021-06-10T09:00:00+07:00"), 420);
  EXPECT_EQ(write.occurred_time().time().seconds(), 1623290400);
  EXPECT_EQ(offset("2021-06-10T09:00:00.5-03:30"), -210);
  EXPECT_EQ(offset("2021-06-10T02:00:00Z"), 0);
  for (const char* time :
       {"2021-06-10T09:00:00+07", "2021-06-10T09:00:00+0700", "2021-06-10T09:00:00-07",
        "2021-06-10T09:00:00", "2021-06-10T09:00:00+07:00:00", "2021-06-10T09:00:00 07:00",
        "2021-06-10T09:00:00+7:00", "2021-06-10T09:00:00+24:00", "2021-06-10T09:00:00+ 7:00",
        "2021-06-10T09:00:00Z ", "2021-06-10T09:00:00z", "infinite-future", "Z", ""}) {
    EXPECT_EQ(ExitCodeOf(SetOccurred(&write, time)), kUsage) << time;
  }
}

TEST(RequestTest, TheDeepestFieldHasAFlag) {
  EXPECT_THAT(FlagsOf(*v1::RecordAttendanceRequest::descriptor()),
              Contains(Field(&Flag::name, "attendance.party.proxy-for.person.name")));
}

TEST(RequestTest, ADryRunIsOneOnlyIfItsFlagIsTrue) {
  Arguments arguments;
  v1::DesignateLokusRequest request;
  arguments.global = {{"dry-run", "false"}};
  ASSERT_TRUE(ApplyOptions(arguments, &request).ok());
  EXPECT_FALSE(IsDryRun(request));
  arguments.global = {{"dry-run", "false"}, {"validate-only", "true"}};
  ASSERT_TRUE(ApplyOptions(arguments, &request).ok());
  EXPECT_TRUE(IsDryRun(request));
  EXPECT_FALSE(IsDryRun(v1::GetLokusRequest()));
}

TEST(RequestTest, PersonalValuesCanBeTakenOut) {
  v1::PerformHandoverRequest request;
  request.set_name("programs/p/handovers/1");
  request.mutable_receiver()->set_capacity(v1::CAPACITY_VILLAGE_SECRETARY);
  request.mutable_receiver()->mutable_proxy_for()->mutable_person()->set_name("Budi");
  request.add_witnesses()->mutable_person()->set_name("Wati");
  RemovePersonalData(&request);
  EXPECT_EQ(request.name(), "programs/p/handovers/1");
  EXPECT_EQ(request.receiver().capacity(), v1::CAPACITY_VILLAGE_SECRETARY);
  EXPECT_THAT(request.DebugString(), Not(testing::HasSubstr("Budi")));
  EXPECT_THAT(request.DebugString(), Not(testing::HasSubstr("Wati")));
}

TEST(RequestTest, AMomentIsAPositionOrATime) {
  Arguments arguments;
  arguments.global = {{"as-of", "42"}};
  v1::GetLokusRequest request;
  ASSERT_TRUE(ApplyOptions(arguments, &request).ok());
  EXPECT_EQ(request.read().as_of_position(), 42);
  arguments.global = {{"as-of", "2021-06-10T00:00:00Z"}};
  ASSERT_TRUE(ApplyOptions(arguments, &request).ok());
  EXPECT_EQ(request.read().as_of_time().seconds(), 1623283200);
  arguments.global = {{"from", "7"}};
  EXPECT_FALSE(ApplyOptions(arguments, &request).ok()) << "nothing is compared here";
  v1::DiffRequest diff;
  arguments.global = {{"as-of-position", "43"}, {"valid", "2021-06-11T00:00:00Z"}};
  request.Clear();
  ASSERT_TRUE(ApplyOptions(arguments, &request).ok());
  EXPECT_EQ(request.read().as_of_position(), 43);
  EXPECT_EQ(request.read().valid_time().seconds(), 1623369600);
  arguments.global = {{"from", "7"}, {"as-of", "9"}};
  ASSERT_TRUE(ApplyOptions(arguments, &diff).ok());
  EXPECT_EQ(diff.from().as_of_position(), 7u);
  EXPECT_EQ(diff.read().as_of_position(), 9u);
}

TEST(RequestTest, AWrongMomentIsSaidWithTheFlagThatWasTyped) {
  const auto message = [](const char* flag, const char* value) {
    Arguments arguments;
    arguments.global = {{flag, value}};
    v1::DiffRequest diff;
    const absl::Status status = ApplyOptions(arguments, &diff);
    EXPECT_EQ(ExitCodeOf(status), kUsage) << flag << " " << value;
    return std::string(status.message());
  };
  for (const char* flag : {"as-of", "from"}) {
    for (const char* wrong : {"yesterday", "2021-12-31", "2021-12-31T23:59:59", "-5", "",
                              "99999999999999999999", "20000-01-01T00:00:00Z"}) {
      EXPECT_EQ(message(flag, wrong),
                absl::StrCat("--", flag, ": \"", wrong,
                             "\": expected a log position or a time with an offset, "
                             "e.g. 2021-12-31T23:59:59+07:00"));
    }
  }
  EXPECT_EQ(message("valid", "5"),
            "--valid: \"5\": expected a time with an offset, e.g. 2021-12-31T23:59:59+07:00");
  EXPECT_EQ(message("as-of-position", "2021-12-31T23:59:59Z"),
            "--as-of-position: \"2021-12-31T23:59:59Z\" is not a log position");
  v1::WriteOptions write;
  EXPECT_EQ(SetOccurred(&write, "noon").message(),
            "--occurred: \"noon\": expected a time with an offset, "
            "e.g. 2021-12-31T23:59:59+07:00");
}

TEST(RequestTest, TwoMomentsOfOneKindAreAMistake) {
  Arguments arguments;
  arguments.global = {{"as-of", "5"}, {"as-of-position", "5"}};
  v1::GetLokusRequest request;
  EXPECT_EQ(ExitCodeOf(ApplyOptions(arguments, &request)), kUsage);
}

}  // namespace
}  // namespace jejak::cli
