// SPDX-License-Identifier: Apache-2.0

#include "server/query/report/plan.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/dates.h"
#include "server/query/filter.h"
#include "server/query/report/report_errors.h"
#include "server/query/search.h"

#include "google/protobuf/util/json_util.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <algorithm>
#include <set>
#include <utility>

namespace jejak::query::report {
namespace {

using google::protobuf::Descriptor;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

absl::Status Wrong(absl::string_view where, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", what));
}

// Names and ids: letters, digits and one other sign, in lower case.
bool IsWord(absl::string_view text, char sign) {
  return !text.empty() && absl::ascii_islower(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), [sign](char c) {
           const auto u = static_cast<unsigned char>(c);
           return absl::ascii_islower(u) || absl::ascii_isdigit(u) || c == sign;
         });
}

bool IsReserved(absl::string_view name) {
  static const std::set<std::string> kReserved = {"and", "or", "not", "today", "moment", "report"};
  return kReserved.count(std::string(name)) > 0;
}

absl::Status CheckWording(absl::string_view where, const config::v1::Wording& wording) {
  if (wording.en().empty() || wording.id().empty()) {
    return Wrong(where, "a text is needed in both languages");
  }
  return absl::OkStatus();
}

// What a value of a kind looks like.
std::string Shape(v1::ReportParameterKind kind) {
  switch (kind) {
    case v1::REPORT_PARAMETER_KIND_RESOURCE:
      return "the name of a resource, e.g. offices/18.06";
    case v1::REPORT_PARAMETER_KIND_DATE:
      return "a date, YYYY-MM-DD";
    case v1::REPORT_PARAMETER_KIND_TIME:
      return "a time with its offset, e.g. 2021-12-31T23:59:59+07:00";
    case v1::REPORT_PARAMETER_KIND_INTEGER:
      return "a whole number, 0 or more";
    default:
      return "a text of one line";
  }
}

bool IsOfKind(v1::ReportParameterKind kind, const std::string& value) {
  if (value.size() > limits::kReportArgumentBytesMax) return false;
  switch (kind) {
    case v1::REPORT_PARAMETER_KIND_RESOURCE:
      return value.size() <= limits::kResourceNameBytesMax &&
             std::all_of(value.begin(), value.end(), [](char c) {
               return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                      absl::string_view("._/-").find(c) != absl::string_view::npos;
             });
    case v1::REPORT_PARAMETER_KIND_DATE:
      return domain::ParseDate(value).has_value();
    case v1::REPORT_PARAMETER_KIND_TIME: {
      absl::Time time;
      std::string error;
      return absl::ParseTime(absl::RFC3339_full, value, &time, &error) &&
             time != absl::InfinitePast() && time != absl::InfiniteFuture();
    }
    case v1::REPORT_PARAMETER_KIND_INTEGER: {
      std::int32_t number = 0;
      return absl::SimpleAtoi(value, &number) && number >= 0;
    }
    default:
      return std::none_of(value.begin(), value.end(), [](char c) {
        return absl::ascii_iscntrl(static_cast<unsigned char>(c));
      });
  }
}

const domain::Aggregate* AggregateCalled(absl::string_view resource) {
  for (const domain::Aggregate* aggregate : domain::AllAggregates()) {
    if (aggregate->NewState()->GetDescriptor()->name() == resource) return aggregate;
  }
  return nullptr;
}

// Makes the sections of one plan.
class SectionMaker {
 public:
  SectionMaker(const config::v1::ReportPlan& plan, std::vector<SectionPlan>* sections)
      : plan_(plan), sections_(sections) {}

  absl::Status Make() {
    for (const config::v1::Parameter& parameter : plan_.parameters()) {
      parameters_[parameter.name()] = parameter.kind();
      names_.insert(parameter.name());
    }
    for (const config::v1::Section& section : plan_.sections()) {
      if (absl::Status made = MakeSection(section); !made.ok()) {
        return Wrong(absl::StrCat(plan_.name(), ", section ", section.section_id()),
                     made.message());
      }
    }
    for (const std::string& id : event_sections_) sections_->at(index_.at(id)).needs_events = true;
    return absl::OkStatus();
  }

 private:
  absl::Status MakeSection(const config::v1::Section& proto) {
    if (!IsWord(proto.section_id(), '_') || IsReserved(proto.section_id()) ||
        !names_.insert(proto.section_id()).second) {
      return Wrong("section_id", "a word that is not taken is needed");
    }
    SectionPlan section;
    section.id = proto.section_id();
    // What the source may name: the parameters, and the rows the section is inside of.
    Scope scope;
    scope.parameters = parameters_;
    if (!proto.for_each().empty()) {
      const auto outer = index_.find(proto.for_each());
      if (outer == index_.end()) return Wrong("for_each", "no earlier section goes by this name");
      section.for_each = outer->second;
      for (std::optional<std::size_t> at = section.for_each; at.has_value();
           at = sections_->at(*at).for_each) {
        scope.rows[sections_->at(*at).id] = rows_[*at];
      }
    }
    const Descriptor* row = nullptr;
    JEJAK_RETURN_IF_ERROR(MakeSource(proto, scope, section, row));
    if (proto.has_moment()) {
      if (!proto.has_get() && !proto.has_list()) {
        return Wrong("moment", "it goes with get and list");
      }
      JEJAK_RETURN_IF_ERROR(MakeMoment("moment", proto.moment(), scope, section.moment));
    }
    scope.rows[section.id] = row;
    for (int i = 0; i < proto.where_size(); ++i) {
      absl::StatusOr<Expression> where = Expression::Parse(proto.where(i), scope);
      if (!where.ok()) return Wrong(absl::StrCat("where[", i, "]"), where.status().message());
      if (where->type() != Type::kBool) {
        return Wrong(absl::StrCat("where[", i, "]"), "it is no condition");
      }
      event_sections_.insert(where->events().begin(), where->events().end());
      section.where.push_back(*std::move(where));
    }
    JEJAK_RETURN_IF_ERROR(MakeColumns(proto, scope, section));
    index_[section.id] = sections_->size();
    rows_.push_back(row);
    sections_->push_back(std::move(section));
    return absl::OkStatus();
  }

  absl::Status MakeColumns(const config::v1::Section& proto, const Scope& scope,
                           SectionPlan& section) {
    if (proto.has_title() != (proto.columns_size() > 0)) {
      return Wrong("columns", "a title and columns go together");
    }
    if (proto.has_title()) JEJAK_RETURN_IF_ERROR(CheckWording("title", proto.title()));
    if (static_cast<std::size_t>(proto.columns_size()) > limits::kReportColumnsMax) {
      return Wrong("columns", "there are too many");
    }
    std::set<std::string> ids;
    for (const config::v1::Column& column : proto.columns()) {
      const std::string where = absl::StrCat("column ", column.column_id());
      if (!IsWord(column.column_id(), '_') || !ids.insert(column.column_id()).second) {
        return Wrong(where, "a word that is not taken is needed");
      }
      JEJAK_RETURN_IF_ERROR(CheckWording(where, column.title()));
      std::optional<Template> value;
      JEJAK_RETURN_IF_ERROR(MakeTemplate(where, column.value(), scope, value));
      section.columns.push_back({column.column_id(), value.value_or(Template())});
    }
    return absl::OkStatus();
  }

  absl::Status MakeSource(const config::v1::Section& proto, const Scope& scope,
                          SectionPlan& section, const Descriptor*& row) {
    section.source = proto.source_case();
    switch (proto.source_case()) {
      case config::v1::Section::kGet:
        JEJAK_RETURN_IF_ERROR(MakeResource(proto.get().resource(), section, row));
        section.or_empty = proto.get().or_empty();
        return MakeTemplate("get.name", proto.get().name(), scope, section.name);
      case config::v1::Section::kList:
        JEJAK_RETURN_IF_ERROR(MakeResource(proto.list().resource(), section, row));
        JEJAK_RETURN_IF_ERROR(
            MakeTemplate("list.parent", proto.list().parent(), scope, section.name));
        section.order_by = proto.list().order_by();
        JEJAK_RETURN_IF_ERROR(Order::Parse(section.order_by, row).status());
        return MakeFilter(proto.list().filter(), scope, row, section.filter);
      case config::v1::Section::kSearch:
        row = v1::EventRow::descriptor();
        return MakeFilter(proto.search().filter(), scope, row, section.filter);
      case config::v1::Section::kStreams:
        row = config::v1::StreamCheck::descriptor();
        return MakeFilter(proto.streams().filter(), scope, v1::EventRow::descriptor(),
                          section.filter);
      case config::v1::Section::kElements: {
        absl::StatusOr<Expression> path = Expression::Parse(proto.elements().path(), scope);
        if (!path.ok()) return Wrong("elements.path", path.status().message());
        if (path->MessageType() == nullptr) {
          return Wrong("elements.path", "it does not lead to a repeated message");
        }
        row = path->MessageType();
        event_sections_.insert(path->events().begin(), path->events().end());
        section.elements = *std::move(path);
        return absl::OkStatus();
      }
      case config::v1::Section::kDifferences:
        row = v1::FieldChange::descriptor();
        JEJAK_RETURN_IF_ERROR(
            MakeMoment("differences.from", proto.differences().from(), scope, section.from));
        JEJAK_RETURN_IF_ERROR(
            MakeMoment("differences.to", proto.differences().to(), scope, section.to));
        return MakeTemplate("differences.name", proto.differences().name(), scope, section.name);
      case config::v1::Section::SOURCE_NOT_SET:
        break;
    }
    return Wrong("source", "there is none");
  }

  static absl::Status MakeResource(const std::string& resource, SectionPlan& section,
                                   const Descriptor*& row) {
    section.aggregate = AggregateCalled(resource);
    if (section.aggregate == nullptr) {
      return Wrong("resource", absl::StrCat("there is no resource \"", resource, "\""));
    }
    row = section.aggregate->NewState()->GetDescriptor();
    return absl::OkStatus();
  }

  // Nothing for an empty text.
  absl::Status MakeTemplate(absl::string_view where, const std::string& text, const Scope& scope,
                            std::optional<Template>& made) {
    if (text.empty()) return absl::OkStatus();
    absl::StatusOr<Template> parsed = Template::Parse(text, scope);
    if (!parsed.ok()) return Wrong(where, parsed.status().message());
    event_sections_.insert(parsed->events().begin(), parsed->events().end());
    made = *std::move(parsed);
    return absl::OkStatus();
  }

  absl::Status MakeMoment(absl::string_view where, const config::v1::Moment& proto,
                          const Scope& scope, MomentPlan& moment) {
    JEJAK_RETURN_IF_ERROR(MakeTemplate(where, proto.as_of_time(), scope, moment.as_of_time));
    JEJAK_RETURN_IF_ERROR(
        MakeTemplate(where, proto.as_of_position(), scope, moment.as_of_position));
    if (!proto.as_of_time().empty() && !proto.as_of_position().empty()) {
      return Wrong(where, "it is known by a time or by a position");
    }
    return MakeTemplate(where, proto.valid_time(), scope, moment.valid_time);
  }

  // Each condition is checked with literals of the right types in the places of its expressions.
  absl::Status MakeFilter(const Texts& proto, const Scope& scope, const Descriptor* row,
                          std::vector<Template>& filter) {
    for (const std::string& text : proto) {
      std::optional<Template> made;
      JEJAK_RETURN_IF_ERROR(MakeTemplate("filter", text, scope, made));
      if (!made.has_value()) return Wrong("filter", "a condition is empty");
      const std::string sample = made->SampleFilter();
      const absl::Status parsed = row == v1::EventRow::descriptor()
                                      ? NormalizedSearch(sample).status()
                                      : Filter::Parse(sample, row).status();
      if (!parsed.ok()) return Wrong(absl::StrCat("filter ", sample), parsed.message());
      filter.push_back(*std::move(made));
    }
    return absl::OkStatus();
  }

  const config::v1::ReportPlan& plan_;
  std::vector<SectionPlan>* const sections_;
  std::map<std::string, v1::ReportParameterKind> parameters_;
  // Of parameters and sections.
  std::set<std::string> names_;
  std::map<std::string, std::size_t> index_;
  std::vector<const Descriptor*> rows_;
  std::set<std::string> event_sections_;
};

absl::Status CheckParameters(const config::v1::ReportPlan& plan) {
  if (static_cast<std::size_t>(plan.parameters_size()) > limits::kReportParametersMax) {
    return Wrong(plan.name(), "there are too many parameters");
  }
  std::set<std::string> names;
  for (const config::v1::Parameter& parameter : plan.parameters()) {
    const std::string where = absl::StrCat(plan.name(), ", parameter ", parameter.name());
    if (!IsWord(parameter.name(), '_') || IsReserved(parameter.name()) ||
        !names.insert(parameter.name()).second) {
      return Wrong(where, "a word that is not taken is needed");
    }
    if (parameter.kind() == v1::REPORT_PARAMETER_KIND_UNSPECIFIED) {
      return Wrong(where, "the kind is missing");
    }
    const std::string& value = parameter.default_value();
    if (!value.empty() && (parameter.required() || !IsOfKind(parameter.kind(), value))) {
      return Wrong(where, "the default is not of its kind, or it is required");
    }
    if (!parameter.resource().empty() && (parameter.kind() != v1::REPORT_PARAMETER_KIND_RESOURCE ||
                                          AggregateCalled(parameter.resource()) == nullptr)) {
      return Wrong(where, absl::StrCat("there is no resource \"", parameter.resource(), "\""));
    }
    JEJAK_RETURN_IF_ERROR(CheckWording(where, parameter.description()));
  }
  return absl::OkStatus();
}

}  // namespace

const std::string& In(v1::Language language, const config::v1::Wording& wording) {
  return language == v1::LANGUAGE_INDONESIAN ? wording.id() : wording.en();
}

absl::StatusOr<Plan> Plan::Parse(absl::string_view json) {
  config::v1::ReportPlan proto;
  const auto read = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &proto);
  if (!read.ok()) return absl::InvalidArgumentError(read.ToString());
  return Make(std::move(proto));
}

absl::StatusOr<Plan> Plan::Make(config::v1::ReportPlan proto) {
  if (!IsWord(proto.name(), '-')) return Wrong(proto.name(), "the name is no word with hyphens");
  if (proto.question_id().empty()) return Wrong(proto.name(), "question_id is missing");
  JEJAK_RETURN_IF_ERROR(CheckWording(absl::StrCat(proto.name(), ", question"), proto.question()));
  JEJAK_RETURN_IF_ERROR(CheckWording(absl::StrCat(proto.name(), ", asked_by"), proto.asked_by()));
  for (const config::v1::Wording& note : proto.notes()) {
    JEJAK_RETURN_IF_ERROR(CheckWording(absl::StrCat(proto.name(), ", notes"), note));
  }
  JEJAK_RETURN_IF_ERROR(CheckParameters(proto));
  if (proto.sections().empty() ||
      static_cast<std::size_t>(proto.sections_size()) > limits::kReportSectionsMax) {
    return Wrong(proto.name(), "there are no sections, or too many");
  }
  Plan plan;
  plan.proto_ = std::move(proto);
  for (const config::v1::Parameter& parameter : plan.proto_.parameters()) {
    if (parameter.kind() != v1::REPORT_PARAMETER_KIND_RESOURCE) continue;
    plan.resources_.push_back({parameter.name(), AggregateCalled(parameter.resource())});
  }
  JEJAK_RETURN_IF_ERROR(SectionMaker(plan.proto_, &plan.sections_).Make());
  return plan;
}

std::string Plan::name() const { return absl::StrCat("reports/", proto_.name()); }

absl::StatusOr<Arguments> Plan::Check(
    const google::protobuf::RepeatedPtrField<v1::ReportArgument>& given) const {
  std::map<std::string, std::string> values;
  for (const v1::ReportArgument& argument : given) {
    const bool known = std::any_of(
        proto_.parameters().begin(), proto_.parameters().end(),
        [&argument](const config::v1::Parameter& one) { return one.name() == argument.name(); });
    if (!known || !values.emplace(argument.name(), argument.value()).second) {
      return ArgumentUnknown(argument.name());
    }
  }
  Arguments arguments;
  for (const config::v1::Parameter& parameter : proto_.parameters()) {
    std::string& value = arguments[parameter.name()];
    value = values[parameter.name()];
    if (value.empty()) value = parameter.default_value();
    if (value.empty() && parameter.required()) {
      return ArgumentMissing(parameter.name(), Shape(parameter.kind()));
    }
    if (!value.empty() && !IsOfKind(parameter.kind(), value)) {
      return ArgumentInvalid(parameter.name(), Shape(parameter.kind()));
    }
  }
  for (const ResourceParameter& resource : resources_) {
    const std::string& value = arguments[resource.name];
    if (value.empty()) continue;
    const domain::Aggregate* aggregate = domain::FindAggregate(value);
    if (aggregate == nullptr) {
      return ArgumentInvalid(resource.name, Shape(v1::REPORT_PARAMETER_KIND_RESOURCE));
    }
    if (resource.aggregate != nullptr && aggregate != resource.aggregate) {
      return ArgumentInvalid(resource.name,
                             absl::StrCat("a name of the form ", resource.aggregate->pattern()));
    }
  }
  return arguments;
}

v1::ReportSection Plan::DescribeSection(std::size_t section, v1::Language language) const {
  const config::v1::Section& proto = proto_.sections(static_cast<int>(section));
  v1::ReportSection described;
  described.set_section_id(proto.section_id());
  described.set_title(In(language, proto.title()));
  for (const config::v1::Column& column : proto.columns()) {
    v1::ReportColumn& added = *described.add_columns();
    added.set_column_id(column.column_id());
    added.set_title(In(language, column.title()));
  }
  return described;
}

std::string Plan::Conditions(std::size_t section) const {
  return absl::StrJoin(proto_.sections(static_cast<int>(section)).where(), " and ");
}

v1::Report Plan::Describe(v1::Language language) const {
  v1::Report report;
  report.set_name(name());
  report.set_question_id(proto_.question_id());
  report.set_question(In(language, proto_.question()));
  report.set_asked_by(In(language, proto_.asked_by()));
  for (const config::v1::Parameter& parameter : proto_.parameters()) {
    v1::ReportParameter& added = *report.add_parameters();
    added.set_name(parameter.name());
    added.set_kind(parameter.kind());
    added.set_required(parameter.required());
    added.set_default_value(parameter.default_value());
    added.set_description(In(language, parameter.description()));
  }
  for (std::size_t i = 0; i < sections_.size(); ++i) {
    if (!sections_[i].columns.empty()) *report.add_sections() = DescribeSection(i, language);
  }
  for (const config::v1::Wording& note : proto_.notes()) report.add_notes(In(language, note));
  return report;
}

}  // namespace jejak::query::report
