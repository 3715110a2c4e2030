// SPDX-License-Identifier: Apache-2.0

#include "server/domain/program/program.h"
#include "tests/support/domain_fixture.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace jejak::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() {
    GivenWorld(s_);
    s_.actor = {"officers/ri", kRi, v1::ROLE_COMMISSIONER};
  }

  template <typename Request>
  std::string When(const std::string& text) {
    return s_.When<ProgramDecider>(Parse<Request>(text));
  }

  std::string Publish(const v1::Policy& policy) {
    v1::PublishPolicyRequest request;
    request.set_name(kProgram);
    *request.mutable_policy() = policy;
    return s_.When<ProgramDecider>(request);
  }

  std::string Grant(const std::string& text) {
    auto request = Parse<v1::GrantDeviationRequest>(
        R"pb(name: "programs/dp3-2021"
             deviation {
               deviation_id: "d1"
               rule: "R16"
               office: "offices/18.06"
               value: 30
               reason: "large village"
               approver: "officers/chair"
               expires_on: "2021-12-31"
             })pb");
    request.mutable_deviation()->MergeFrom(Parse<v1::PolicyDeviation>(text));
    return s_.When<ProgramDecider>(request);
  }

  const v1::Program& program() { return *s_.Find<v1::Program>(kProgram); }
  std::vector<std::string> Tags() {
    return ProgramDecider::Tags(program(), s_.last.events.at(0).envelope.program());
  }

  Scenario s_;
};

TEST_F(ProgramTest, OpeningSetsEveryField) {
  const char kOpen[] = R"pb(program_id: "dp3-2022"
                            kind: "DP3"
                            title: "DP3 2022"
                            year: 2022
                            phase_goal: "care"
                            lead_office: "offices/ri")pb";
  EXPECT_EQ(When<v1::OpenProgramRequest>(kOpen), "");
  const auto& opened = *s_.Find<v1::Program>("programs/dp3-2022");
  EXPECT_EQ(opened.state(), v1::PROGRAM_STATE_OPEN);
  EXPECT_EQ(opened.kind(), "DP3");
  EXPECT_EQ(opened.title(), "DP3 2022");
  EXPECT_EQ(opened.year(), 2022u);
  EXPECT_EQ(opened.phase_goal(), "care");
  EXPECT_EQ(opened.lead_office(), kRi);
  EXPECT_FALSE(opened.has_policy());
  EXPECT_THAT(Tags(), ElementsAre("office:offices/ri"));
  EXPECT_EQ(When<v1::OpenProgramRequest>(kOpen), "PROGRAM_EXISTS");
}

TEST_F(ProgramTest, OpeningNeedsAnActingAndALeadingOffice) {
  EXPECT_EQ(When<v1::OpenProgramRequest>("program_id: 'x' lead_office: 'offices/77'"),
            "OFFICE_UNKNOWN");
  s_.actor.office = "offices/77";
  EXPECT_EQ(When<v1::OpenProgramRequest>("program_id: 'x' lead_office: 'offices/ri'"),
            "OFFICE_UNKNOWN");
  EXPECT_EQ(s_.last_status.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ProgramTest, AProgramIsUpToItsLeadOfficeAndThoseAbove) {
  s_.actor.office = kLampung;
  EXPECT_EQ(When<v1::OpenProgramRequest>("program_id: 'x' lead_office: 'offices/ri'"),
            "OFFICE_NOT_ABOVE");
  EXPECT_EQ(GetRefusal(s_.last_status)->rule(), "R5");
  EXPECT_EQ(Publish(PolicyPreset("relasi-2019")), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(Grant(""), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(When<v1::SetTargetRequest>(
                "name: 'programs/dp3-2021' target { office: 'offices/18.06' lokus: 9 }"),
            "OFFICE_NOT_ABOVE");
  EXPECT_EQ(When<v1::CloseProgramRequest>("name: 'programs/dp3-2021'"), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(When<v1::OpenProgramRequest>("program_id: 'x' lead_office: 'offices/18.06'"), "");
}

TEST_F(ProgramTest, ADeviationThatHasExpiredSinceCanBeEnteredLate) {
  EXPECT_EQ(Grant("expires_on: '2021-05-20'"), "DEVIATION_INVALID");
  s_.occurred = s_.now - absl::Hours(30 * 24);
  EXPECT_EQ(Grant("expires_on: '2021-05-20'"), "");
  EXPECT_EQ(Grant("deviation_id: 'd2' expires_on: '2021-04-30'"), "DEVIATION_INVALID");
}

TEST_F(ProgramTest, NobodyApprovesADeviationAndGrantsIt) {
  EXPECT_EQ(Grant("approver: 'officers/ri'"), "APPROVER_IS_ACTOR");
  EXPECT_EQ(GetRefusal(s_.last_status)->rule(), "R43");
}

TEST_F(ProgramTest, BothPresetsArePublished) {
  EXPECT_EQ(Publish(PolicyPreset("relasi-2019")), "");
  EXPECT_EQ(program().policy().version(), 2u);
  EXPECT_EQ(program().policy().title(), "RELASI-2019");
  EXPECT_EQ(Publish(PolicyPreset("dp3-2021")), "");
  EXPECT_EQ(program().policy().version(), 3u);
  ASSERT_EQ(program().policies_size(), 3);
  EXPECT_EQ(program().policies(1).title(), "RELASI-2019");
}

TEST_F(ProgramTest, TheFirstPolicyIsVersionOne) {
  s_.Given<ProgramDecider>("programs/new", Parse<event::v1::ProgramEvent>(
                                               "program_opened { lead_office: 'offices/ri' }"));
  v1::PublishPolicyRequest request;
  request.set_name("programs/new");
  *request.mutable_policy() = PolicyPreset("dp3-2021");
  request.mutable_policy()->set_version(7);  // Output only: not taken from the caller.
  EXPECT_EQ(s_.When<ProgramDecider>(request), "");
  EXPECT_EQ(s_.Find<v1::Program>("programs/new")->policy().version(), 1u);
}

TEST_F(ProgramTest, PublishingThePolicyInForceChangesNothing) {
  EXPECT_EQ(Publish(PolicyPreset("dp3-2021")), "");
  EXPECT_THAT(s_.last.events, IsEmpty());
}

TEST_F(ProgramTest, APolicyMakesSense) {
  v1::Policy policy = PolicyPreset("dp3-2021");
  policy.mutable_agen_quota()->set_max(1);
  EXPECT_EQ(Publish(policy), "POLICY_INVALID");
  EXPECT_THAT(std::string(s_.last_status.message()), ::testing::HasSubstr("policy.agen_quota"));
}

TEST_F(ProgramTest, ADeviationIsGrantedOnce) {
  EXPECT_EQ(Grant(""), "");
  ASSERT_EQ(program().deviations_size(), 1);
  EXPECT_EQ(program().deviations(0).value(), 30u);
  EXPECT_THAT(Tags(), ElementsAre("office:offices/18.06"));
  EXPECT_EQ(Grant(""), "");
  EXPECT_THAT(s_.last.events, IsEmpty());
  EXPECT_EQ(Grant("value: 31"), "DEVIATION_EXISTS");
  EXPECT_EQ(Grant("deviation_id: 'd2' value: 31"), "");
}

TEST_F(ProgramTest, OnlyFourRulesAreDeviable) {
  int n = 0;
  for (const char* rule : {"R3", "R5", "R6", "R16"}) {
    EXPECT_EQ(Grant(absl::StrCat("deviation_id: 'n", ++n, "' rule: '", rule, "'")), "") << rule;
  }
  for (const char* rule : {"R1", "R7", "R10", "R43", "r3", "R", "R160"}) {
    EXPECT_EQ(Grant(absl::StrCat("deviation_id: 'n", ++n, "' rule: '", rule, "'")),
              "RULE_NOT_DEVIABLE")
        << rule;
  }
}

TEST_F(ProgramTest, ADeviationHasAnEndThatIsNotPast) {
  EXPECT_EQ(Grant("expires_on: '2021-05-31'"), "DEVIATION_INVALID");
  EXPECT_EQ(Grant("expires_on: '2021-06-01'"), "");
}

TEST_F(ProgramTest, ADeviationNamesWhomItIsFor) {
  EXPECT_EQ(Grant("office: 'offices/77'"), "OFFICE_UNKNOWN");
  EXPECT_EQ(Grant("lokus: 'programs/dp3-2021/lokus/18.06.11.2016'"), "LOKUS_UNKNOWN");
  EXPECT_EQ(Grant("lokus: 'programs/dp3-2020/lokus/18.06.11.2016'"), "DEVIATION_INVALID");
  GivenDesignatedLokus(s_);
  EXPECT_EQ(Grant("lokus: 'programs/dp3-2021/lokus/18.06.11.2016'"), "");
  EXPECT_THAT(Tags(),
              ElementsAre("office:offices/18.06", "lokus:programs/dp3-2021/lokus/18.06.11.2016"));
  EXPECT_EQ(When<v1::GrantDeviationRequest>(
                R"pb(name: "programs/dp3-2021"
                     deviation { deviation_id: "d9" rule: "R3" expires_on: "2021-12-31" })pb"),
            "DEVIATION_INVALID");
}

TEST_F(ProgramTest, ADeviationFromR5NamesTheOfficeThatMayAct) {
  GivenDesignatedLokus(s_);
  const auto grant = [this](const std::string& rule) {
    return When<v1::GrantDeviationRequest>(
        absl::StrCat("name: 'programs/dp3-2021' deviation { deviation_id: '", rule, "' rule: '",
                     rule, "' lokus: '", kLokus, "' expires_on: '2021-12-31' }"));
  };
  EXPECT_EQ(grant("R5"), "DEVIATION_INVALID");
  EXPECT_EQ(grant("R3"), "");
}

TEST_F(ProgramTest, TheFirstTargetAboveThePolicysNumberNeedsAReason) {
  const std::string set = "name: 'programs/dp3-2021' target { office: 'offices/18.06' ";
  EXPECT_EQ(When<v1::SetTargetRequest>(set + "lokus: 50 }"), "TARGET_REASON_MISSING");
  EXPECT_EQ(GetRefusal(s_.last_status)->rule(), "R6");
  // A deviation that ends is no number to start from.
  GivenDeviation(s_, "rule: 'R6' office: 'offices/18.06' value: 60 expires_on: '2021-06-30'");
  EXPECT_EQ(When<v1::SetTargetRequest>(set + "lokus: 50 }"), "TARGET_REASON_MISSING");
  EXPECT_EQ(When<v1::SetTargetRequest>(set + "lokus: 50 reason: 'grant' }"), "");
  // Nothing is raised where there was no limit.
  v1::Policy policy = PolicyPreset("dp3-2021");
  policy.set_lokus_per_office(0);
  GivenPolicy(s_, policy);
  EXPECT_EQ(When<v1::SetTargetRequest>(
                "name: 'programs/dp3-2021' target { office: 'offices/18.09' lokus: 50 }"),
            "");
}

TEST_F(ProgramTest, ADeviationFromANumberHasANumber) {
  const char kNone[] = R"pb(name: "programs/dp3-2021"
                            deviation {
                              deviation_id: "d9"
                              rule: "R6"
                              office: "offices/18.06"
                              expires_on: "2021-12-31"
                            })pb";
  EXPECT_EQ(When<v1::GrantDeviationRequest>(kNone), "DEVIATION_INVALID");
  EXPECT_EQ(Grant("value: 19"), "DEVIATION_INVALID");
  EXPECT_EQ(Grant("value: 20"), "");
}

TEST_F(ProgramTest, AnOfficeHasOneTarget) {
  const std::string set = "name: 'programs/dp3-2021' target { office: 'offices/18.06' ";
  EXPECT_EQ(When<v1::SetTargetRequest>(set + "lokus: 2 agen: 50 }"), "");
  EXPECT_THAT(Tags(), ElementsAre("office:offices/18.06"));
  EXPECT_EQ(When<v1::SetTargetRequest>(set + "lokus: 2 agen: 50 }"), "");
  EXPECT_THAT(s_.last.events, IsEmpty());
  EXPECT_EQ(When<v1::SetTargetRequest>(set + "lokus: 3 }"), "TARGET_REASON_MISSING");
  EXPECT_EQ(When<v1::SetTargetRequest>(set + "lokus: 3 reason: 'grant' }"), "");
  EXPECT_EQ(When<v1::SetTargetRequest>(set + "lokus: 1 }"), "");
  ASSERT_EQ(program().targets_size(), 1);
  EXPECT_EQ(program().targets(0).lokus(), 1u);
  EXPECT_EQ(When<v1::SetTargetRequest>(
                "name: 'programs/dp3-2021' target { office: 'offices/77' lokus: 1 }"),
            "OFFICE_UNKNOWN");
}

TEST_F(ProgramTest, AClosedProgramTakesNoChanges) {
  EXPECT_EQ(When<v1::CloseProgramRequest>("name: 'programs/dp3-2021' summary: 'done'"), "");
  EXPECT_EQ(program().state(), v1::PROGRAM_STATE_CLOSED);
  EXPECT_EQ(When<v1::CloseProgramRequest>("name: 'programs/dp3-2021'"), "PROGRAM_NOT_OPEN");
  EXPECT_EQ(Publish(PolicyPreset("relasi-2019")), "PROGRAM_NOT_OPEN");
  EXPECT_EQ(Grant(""), "PROGRAM_NOT_OPEN");
  EXPECT_EQ(When<v1::SetTargetRequest>("name: 'programs/dp3-2021'"), "PROGRAM_NOT_OPEN");
}

TEST_F(ProgramTest, EveryCommandNeedsAnActingOffice) {
  s_.actor.office = "";
  EXPECT_EQ(Publish(PolicyPreset("relasi-2019")), "OFFICE_UNKNOWN");
  EXPECT_EQ(Grant(""), "OFFICE_UNKNOWN");
  EXPECT_EQ(When<v1::SetTargetRequest>("name: 'programs/dp3-2021'"), "OFFICE_UNKNOWN");
  EXPECT_EQ(When<v1::CloseProgramRequest>("name: 'programs/dp3-2021'"), "OFFICE_UNKNOWN");
}

}  // namespace
}  // namespace jejak::domain
