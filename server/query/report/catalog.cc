// SPDX-License-Identifier: Apache-2.0

#include "server/query/report/catalog.h"

#include "server/base/status_macros.h"
#include "server/query/report/report_errors.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace jejak::query::report {
namespace {

// Q2 comes before Q11.
int NumberOf(const Plan& plan) {
  int number = 0;
  const std::string id = plan.Describe(v1::LANGUAGE_ENGLISH).question_id();
  return absl::SimpleAtoi(absl::string_view(id).substr(1), &number) ? number : 0;
}

}  // namespace

absl::StatusOr<Catalog> Catalog::Load() {
  Catalog catalog;
  std::set<std::string> names;
  for (std::size_t i = 0; i < kPlanCount; ++i) {
    JEJAK_ASSIGN_OR_RETURN(Plan plan, Plan::Parse(kPlans[i]));
    if (!names.insert(plan.name()).second) {
      return absl::InvalidArgumentError(absl::StrCat("there are two of ", plan.name()));
    }
    catalog.plans_.push_back(std::move(plan));
  }
  std::stable_sort(catalog.plans_.begin(), catalog.plans_.end(),
                   [](const Plan& a, const Plan& b) { return NumberOf(a) < NumberOf(b); });
  return catalog;
}

absl::StatusOr<const Plan*> Catalog::Find(absl::string_view name) const {
  for (const Plan& plan : plans_) {
    if (plan.name() == name) return &plan;
  }
  return ReportUnknown(name);
}

}  // namespace jejak::query::report
