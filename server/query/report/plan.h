// SPDX-License-Identifier: Apache-2.0
//
// File: plan.h
//
// A report's plan, read and checked: what was JSON is sections with parsed expressions whose names
// and types are known to be right. So a report that is started fails for what it is told, never for
// how it is written.

#ifndef JEJAK_SERVER_QUERY_REPORT_PLAN_H_
#define JEJAK_SERVER_QUERY_REPORT_PLAN_H_

#include "server/domain/aggregate.h"
#include "server/query/report/expression.h"

#include "google/protobuf/repeated_ptr_field.h"
#include "jejak/config/v1/report_plan.pb.h"
#include "jejak/v1/report.pb.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jejak::query::report {

// The value of each parameter; empty where none was given.
using Arguments = std::map<std::string, std::string>;

// Templates for the parts of a moment; what is absent or empty is as for the report.
struct MomentPlan {
  std::optional<Template> as_of_time;
  std::optional<Template> as_of_position;
  std::optional<Template> valid_time;
};

struct ColumnPlan {
  std::string id;
  Template value;
};

struct SectionPlan {
  std::string id;
  // Index of the section whose rows it is asked for; nothing if it is asked once.
  std::optional<std::size_t> for_each;
  config::v1::Section::SourceCase source = config::v1::Section::SOURCE_NOT_SET;
  // Of get and list.
  const domain::Aggregate* aggregate = nullptr;
  bool or_empty = false;
  // Name or parent.
  std::optional<Template> name;
  std::vector<Template> filter;
  std::string order_by;
  std::optional<Expression> elements;
  MomentPlan moment;
  MomentPlan from;
  MomentPlan to;
  std::vector<Expression> where;
  // None: its rows are there for other sections only.
  std::vector<ColumnPlan> columns;
  // True if some expression needs the events behind the rows.
  bool needs_events = false;
};

// A parameter that names a resource.
struct ResourceParameter {
  std::string name;
  // The type it has to be of; null if any will do.
  const domain::Aggregate* aggregate = nullptr;
};

class Plan {
 public:
  // A plan in JSON (jejak.config.v1.ReportPlan). INVALID_ARGUMENT says where it is wrong.
  static absl::StatusOr<Plan> Parse(absl::string_view json);
  static absl::StatusOr<Plan> Make(config::v1::ReportPlan proto);

  // "reports/late-entries".
  std::string name() const;
  const std::vector<SectionPlan>& sections() const { return sections_; }
  // The parameters of the kind RESOURCE.
  const std::vector<ResourceParameter>& resources() const { return resources_; }

  // Checks what was given and adds the defaults. REPORT_ARGUMENT_UNKNOWN, REPORT_ARGUMENT_MISSING,
  // REPORT_ARGUMENT_INVALID, which a name that no resource of the right type can have is too.
  absl::StatusOr<Arguments> Check(
      const google::protobuf::RepeatedPtrField<v1::ReportArgument>& given) const;

  // As the API shows it.
  v1::Report Describe(v1::Language language) const;
  v1::ReportSection DescribeSection(std::size_t section, v1::Language language) const;
  // The conditions of a section as they are written, joined by "and".
  std::string Conditions(std::size_t section) const;

 private:
  config::v1::ReportPlan proto_;
  std::vector<SectionPlan> sections_;
  std::vector<ResourceParameter> resources_;
};

// A text in a language.
const std::string& In(v1::Language language, const config::v1::Wording& wording);

}  // namespace jejak::query::report

#endif  // JEJAK_SERVER_QUERY_REPORT_PLAN_H_
