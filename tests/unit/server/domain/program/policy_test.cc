// SPDX-License-Identifier: Apache-2.0

#include "server/domain/program/policy.h"

#include "server/domain/refusal.h"
#include "tests/support/domain_fixture.h"

#include "gtest/gtest.h"

#include <functional>

namespace jejak::domain {
namespace {

std::string ReasonWithout(const std::function<void(v1::Policy&)>& change) {
  v1::Policy policy = PolicyPreset("dp3-2021");
  change(policy);
  return GetReason(CheckPolicy(policy));
}

TEST(PolicyTest, ThePresetsMakeSense) {
  EXPECT_TRUE(CheckPolicy(PolicyPreset("dp3-2021")).ok());
  EXPECT_TRUE(CheckPolicy(PolicyPreset("relasi-2019")).ok());
}

TEST(PolicyTest, ThePresetOfThePilotIsThatOfTheDecree) {
  const v1::Policy policy = PolicyPreset("dp3-2021");
  EXPECT_EQ(policy.guideline().number(), "290/PP.06-Kpt/06/KPU/IV/2021");
  EXPECT_EQ(policy.agen_quota().target(), 25u);
  EXPECT_EQ(policy.age().min(), 17u);
  EXPECT_EQ(policy.age().max(), 50u);
  EXPECT_EQ(Quorum(policy, v1::MEETING_KIND_PLENARY), 3u);
  EXPECT_EQ(Quorum(policy, v1::MEETING_KIND_COORDINATION), 0u);
  EXPECT_TRUE(MayDesignate(policy, v1::OFFICE_LEVEL_PROVINCE));
  EXPECT_FALSE(MayDesignate(policy, v1::OFFICE_LEVEL_REGENCY));
  EXPECT_TRUE(MayPropose(policy, v1::OFFICE_LEVEL_REGENCY));
  EXPECT_FALSE(MayPropose(policy, v1::OFFICE_LEVEL_PPK));
  EXPECT_TRUE(HasCategory(policy, v1::LOKUS_CATEGORY_LOW_TURNOUT));
  EXPECT_TRUE(HasVoterBase(policy, v1::VOTER_BASE_WOMEN));
  EXPECT_FALSE(HasVoterBase(policy, v1::VOTER_BASE_NETIZEN));
  EXPECT_TRUE(HasRequirement(policy, v1::REQUIREMENT_LITERATE));
  EXPECT_FALSE(HasRequirement(policy, v1::REQUIREMENT_SECONDARY_EDUCATION));
}

TEST(PolicyTest, AnyLevelMayProposeIfNoneIsListed) {
  EXPECT_TRUE(MayPropose(v1::Policy(), v1::OFFICE_LEVEL_PPK));
  EXPECT_FALSE(MayDesignate(v1::Policy(), v1::OFFICE_LEVEL_PROVINCE));
}

TEST(PolicyTest, WhatMakesNoSenseIsInvalid) {
  const std::function<void(v1::Policy&)> changes[] = {
      [](v1::Policy& p) { p.clear_title(); },
      [](v1::Policy& p) { p.mutable_guideline()->clear_number(); },
      [](v1::Policy& p) { p.mutable_guideline()->add_aliases(p.guideline().number()); },
      [](v1::Policy& p) { p.mutable_guideline()->add_aliases(p.guideline().aliases(0)); },
      [](v1::Policy& p) { p.mutable_guideline()->set_issued_on("30-04-2021"); },
      [](v1::Policy& p) { p.mutable_agen_quota()->set_min(26); },
      [](v1::Policy& p) { p.mutable_agen_quota()->set_max(24); },
      [](v1::Policy& p) { p.clear_agen_quota(); },
      [](v1::Policy& p) { p.mutable_age()->set_min(51); },
      [](v1::Policy& p) { p.mutable_age()->clear_reference_date(); },
      [](v1::Policy& p) { p.clear_age(); },
      [](v1::Policy& p) { p.clear_lokus_categories(); },
      [](v1::Policy& p) { p.add_lokus_categories(v1::LOKUS_CATEGORY_LOW_TURNOUT); },
      [](v1::Policy& p) { p.clear_voter_bases(); },
      [](v1::Policy& p) { p.add_voter_bases(v1::VOTER_BASE_UNSPECIFIED); },
      [](v1::Policy& p) { p.clear_requirements(); },
      [](v1::Policy& p) { p.add_requirements(v1::REQUIREMENT_AGE); },
      [](v1::Policy& p) { p.add_proposing_levels(v1::OFFICE_LEVEL_REGENCY); },
      [](v1::Policy& p) { p.clear_designating_levels(); },
      [](v1::Policy& p) { *p.add_quorums() = p.quorums(0); },
      [](v1::Policy& p) { p.mutable_quorums(0)->clear_commissioners(); },
  };
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    EXPECT_EQ(ReasonWithout(changes[i]), "POLICY_INVALID") << "change " << i;
  }
  EXPECT_EQ(ReasonWithout([](v1::Policy& p) { p.clear_proposing_levels(); }), "");
  EXPECT_EQ(ReasonWithout([](v1::Policy& p) { p.clear_guideline(); }), "");
}

TEST(PolicyTest, ADeviationCoversItsLokusOrAllOfItsOffice) {
  const auto program = Parse<v1::Program>(
      R"pb(deviations { rule: "R16" office: "offices/a" value: 30 expires_on: "2021-06-30" }
           deviations {
             rule: "R16"
             office: "offices/a"
             lokus: "l1"
             value: 40
             expires_on: "2021-06-30"
           })pb");
  const auto value = [&](absl::string_view office, absl::string_view lokus,
                         absl::string_view today) -> std::uint32_t {
    const auto* found = FindDeviation(program, "R16", office, lokus, today);
    return found == nullptr ? 0 : found->value();
  };
  EXPECT_EQ(value("offices/a", "l1", "2021-06-30"), 40u);
  EXPECT_EQ(value("offices/a", "l2", "2021-06-30"), 30u);
  EXPECT_EQ(value("offices/a", "", "2021-06-30"), 30u);
  EXPECT_EQ(value("offices/b", "l2", "2021-06-30"), 0u);
  // Both are named, so both have to match.
  EXPECT_EQ(value("offices/b", "l1", "2021-06-30"), 0u);
  EXPECT_EQ(value("offices/a", "l1", "2021-07-01"), 0u);
  EXPECT_EQ(FindDeviation(program, "R6", "offices/a", "l1", "2021-06-01"), nullptr);
}

TEST(PolicyTest, ADeviationFromR16SetsTheMaximum) {
  auto program = Parse<v1::Program>(
      R"pb(policy { agen_quota { min: 20 target: 25 max: 25 } }
           deviations { rule: "R16" office: "offices/a" value: 30 expires_on: "2021-06-30" })pb");
  EXPECT_EQ(AgenQuota(program, "offices/a", "l", "2021-06-01").max(), 30u);
  EXPECT_EQ(AgenQuota(program, "offices/a", "l", "2021-06-01").target(), 25u);
  EXPECT_EQ(AgenQuota(program, "offices/b", "l", "2021-06-01").max(), 25u);
  program.mutable_deviations(0)->set_value(22);
  EXPECT_EQ(AgenQuota(program, "offices/a", "l", "2021-06-01").target(), 22u);
}

TEST(PolicyTest, ADeviationThatNamesOnlyALokusHoldsForAnyOffice) {
  const auto program =
      Parse<v1::Program>("deviations { rule: 'R3' lokus: 'l1' expires_on: '2021-06-30' }");
  EXPECT_NE(FindDeviation(program, "R3", "offices/a", "l1", "2021-06-01"), nullptr);
  EXPECT_EQ(FindDeviation(program, "R3", "offices/a", "l2", "2021-06-01"), nullptr);
}

TEST(PolicyTest, TheLimitOfLokusIsOfTheDeviationTheTargetOrThePolicy) {
  auto program = Parse<v1::Program>("policy { }");
  const auto limit = [&] { return LokusLimit(program, "offices/a", "l", "2021-06-01"); };
  EXPECT_EQ(limit(), std::nullopt);
  program.mutable_policy()->set_lokus_per_office(2);
  EXPECT_EQ(limit(), 2u);
  *program.add_targets() = Parse<v1::ProgramTarget>("office: 'offices/b' lokus: 9");
  EXPECT_EQ(limit(), 2u);
  *program.add_targets() = Parse<v1::ProgramTarget>("office: 'offices/a' lokus: 3");
  EXPECT_EQ(limit(), 3u);
  *program.add_deviations() = Parse<v1::PolicyDeviation>(
      "rule: 'R6' office: 'offices/a' value: 5 expires_on: '2021-06-30'");
  EXPECT_EQ(limit(), 5u);
}

}  // namespace
}  // namespace jejak::domain
