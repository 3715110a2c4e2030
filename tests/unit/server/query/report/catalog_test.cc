// SPDX-License-Identifier: Apache-2.0

#include "server/query/report/catalog.h"

#include "server/domain/refusal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jejak::query::report {
namespace {

TEST(CatalogTest, EveryPlanIsSoundAndTheyComeByTheirQuestions) {
  const auto catalog = Catalog::Load();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  std::vector<std::string> questions;
  for (const Plan& plan : catalog->plans()) {
    questions.push_back(plan.Describe(v1::LANGUAGE_ENGLISH).question_id());
  }
  EXPECT_THAT(questions,
              testing::ElementsAre("Q1", "Q2", "Q3", "Q5", "Q6", "Q11", "Q12", "Q15", "Q25"));
}

TEST(CatalogTest, AReportIsFoundByItsName) {
  const auto catalog = Catalog::Load();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  const auto found = catalog->Find("reports/late-entries");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ((*found)->name(), "reports/late-entries");
  for (const char* name : {"", "late-entries", "reports/", "reports/nothing"}) {
    EXPECT_EQ(domain::GetReason(catalog->Find(name).status()), "REPORT_UNKNOWN") << name;
  }
}

}  // namespace
}  // namespace jejak::query::report
