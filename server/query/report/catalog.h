// SPDX-License-Identifier: Apache-2.0
//
// File: catalog.h
//
// The reports there are: the plans under server/query/report/plans, which the build puts into the
// program.

#ifndef JEJAK_SERVER_QUERY_REPORT_CATALOG_H_
#define JEJAK_SERVER_QUERY_REPORT_CATALOG_H_

#include "server/query/report/plan.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <vector>

namespace jejak::query::report {

// The plans in JSON, and how many.
extern const char* const kPlans[];
extern const std::size_t kPlanCount;

// Immutable, and so thread-safe.
class Catalog {
 public:
  // Reads and checks all plans. INVALID_ARGUMENT says which one is wrong, and where.
  static absl::StatusOr<Catalog> Load();

  // REPORT_UNKNOWN.
  absl::StatusOr<const Plan*> Find(absl::string_view name) const;
  // By the number of their question.
  const std::vector<Plan>& plans() const { return plans_; }

 private:
  std::vector<Plan> plans_;
};

}  // namespace jejak::query::report

#endif  // JEJAK_SERVER_QUERY_REPORT_CATALOG_H_
