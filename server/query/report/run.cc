// SPDX-License-Identifier: Apache-2.0

#include "server/query/report/run.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/messages.h"
#include "server/domain/refusal.h"
#include "server/projection/fold.h"
#include "server/query/filter.h"
#include "server/query/report/report_errors.h"
#include "server/query/search.h"

#include "jejak/v1/program.pb.h"
#include "jejak/v1/region.pb.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace jejak::query::report {
namespace {

using google::protobuf::Message;
using Source = config::v1::Section;

// What is looked at between two reports of the progress.
constexpr std::uint64_t kProgressEvery = 256;

// False ends the walk: the answer is complete as far as it goes.
using Visit = absl::FunctionRef<absl::StatusOr<bool>()>;
using VisitEvent = absl::FunctionRef<absl::StatusOr<bool>(const v1::EventRow&)>;

class Walk {
 public:
  Walk(const Reader& reader, const RunRequest& request, const Present& present, Sink sink,
       Progress progress)
      : reader_(reader),
        request_(request),
        sections_(request.plan->sections()),
        present_(present),
        sink_(sink),
        progress_(progress),
        queries_(sections_.size()),
        runs_(sections_.size()) {
    environment_.parameters = request.arguments;
    environment_.moment = request.moment;
    environment_.language = request.language;
    for (const auto& [name, value] : request.arguments) MeetProgram(value);
  }

  absl::StatusOr<v1::ReportHeader> Answer() {
    JEJAK_RETURN_IF_ERROR(CheckResources());
    for (const SectionPlan& section : sections_) {
      if (!section.columns.empty()) done_.set_sections(done_.sections() + 1);
    }
    std::vector<std::uint64_t> rows(sections_.size());
    bool more = true;
    for (std::size_t i = 0; i < sections_.size() && more; ++i) {
      const SectionPlan& section = sections_[i];
      if (section.columns.empty()) continue;
      counted_ = i;
      JEJAK_ASSIGN_OR_RETURN(more, Each(i, [&]() -> absl::StatusOr<bool> {
                               JEJAK_ASSIGN_OR_RETURN(const bool taken, Show(section));
                               if (taken) ++rows[i];
                               return taken;
                             }));
      if (more) done_.set_sections_done(done_.sections_done() + 1);
    }
    if (!progress_(done_)) return ReportCancelled();
    v1::ReportHeader header;
    header.set_truncated(!more || truncated_);
    header.set_rows(done_.rows());
    header.set_masked_cells(masked_cells_);
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      if (sections_[i].columns.empty()) continue;
      v1::ReportSectionResult& result = *header.add_sections();
      *result.mutable_section() = request_.plan->DescribeSection(i, request_.language);
      result.set_query(QueryOf(i));
      result.set_runs(runs_[i]);
      result.set_rows(rows[i]);
    }
    JEJAK_RETURN_IF_ERROR(AddCircumstances(header));
    return header;
  }

 private:
  // The resources that parameters name have to be there: no row would look like a good answer.
  absl::Status CheckResources() const {
    for (const ResourceParameter& resource : request_.plan->resources()) {
      const auto value = request_.arguments.find(resource.name);
      if (value == request_.arguments.end() || value->second.empty()) continue;
      const domain::Aggregate* aggregate = domain::FindAggregate(value->second);
      if (aggregate == nullptr) {
        return ArgumentInvalid(resource.name, "the name of a resource, e.g. offices/18.06");
      }
      JEJAK_RETURN_IF_ERROR(reader_.Get(*aggregate, value->second, request_.size).status());
    }
    return absl::OkStatus();
  }

  // What a section asked, the conditions on its rows, and the section it is inside of.
  std::string QueryOf(std::size_t index) const {
    const std::string conditions = request_.plan->Conditions(index);
    std::string query = queries_[index];
    if (!conditions.empty()) {
      absl::StrAppend(&query, query.empty() ? "" : ", ", "where ", conditions);
    }
    if (const auto outer = sections_[index].for_each; outer.has_value()) {
      absl::StrAppend(&query, query.empty() ? "" : "; ", "for each of: ", QueryOf(*outer));
    }
    return query;
  }

  // What an expression or template gives, unless it takes too much.
  template <typename F>
  absl::StatusOr<std::invoke_result_t<F>> Bounded(const SectionPlan& section, F evaluate) {
    environment_.steps = 0;
    auto value = evaluate();
    if (environment_.steps > limits::kReportStepsMax) return ReportTooComplex(section.id);
    return value;
  }

  // The name or the parent; empty if there is none.
  absl::StatusOr<std::string> NameOf(const SectionPlan& section) {
    if (!section.name.has_value()) return std::string();
    return Bounded(section, [&] { return section.name->Fill(environment_); });
  }

  // Of one outer row there is too much to answer: the report goes on without it, and says so.
  bool IsLeftOut(const SectionPlan& section, const absl::Status& status) {
    const std::string reason = domain::GetReason(status);
    if (!section.for_each.has_value() ||
        (reason != "LIST_TOO_LARGE" && reason != "DIFF_TOO_LARGE")) {
      return false;
    }
    truncated_ = true;
    return true;
  }

  // Calls `visit` for each row of a section, with the row in the environment.
  absl::StatusOr<bool> Each(std::size_t index, Visit visit) {
    const SectionPlan& section = sections_[index];
    if (!section.for_each.has_value()) return Ask(index, visit);
    return Each(*section.for_each, [&] { return Ask(index, visit); });
  }

  absl::StatusOr<bool> Ask(std::size_t index, Visit visit) {
    const SectionPlan& section = sections_[index];
    if (index == counted_) ++runs_[index];
    switch (section.source) {
      case Source::kGet:
        return AskGet(index, visit);
      case Source::kList:
        return AskList(index, visit);
      case Source::kSearch: {
        JEJAK_ASSIGN_OR_RETURN(const std::optional<std::string> filter, FilterOf(section));
        if (!filter.has_value()) return true;
        JEJAK_RETURN_IF_ERROR(NoteSearch(index, "events", *filter));
        return Search(*filter, [&](const v1::EventRow& row) { return Meet(section, row, visit); });
      }
      case Source::kElements: {
        Note(index, "elements of a field");
        JEJAK_ASSIGN_OR_RETURN(const std::vector<const Message*> elements, Bounded(section, [&] {
                                 return section.elements->Messages(environment_);
                               }));
        for (const Message* element : elements) {
          JEJAK_ASSIGN_OR_RETURN(const bool more, Meet(section, *element, visit));
          if (!more) return false;
        }
        return true;
      }
      case Source::kDifferences:
        return AskDifferences(index, visit);
      case Source::kStreams:
        return AskStreams(index, visit);
      case Source::SOURCE_NOT_SET:
        break;
    }
    return true;
  }

  absl::StatusOr<bool> AskGet(std::size_t index, Visit visit) {
    const SectionPlan& section = sections_[index];
    JEJAK_ASSIGN_OR_RETURN(const std::string name, NameOf(section));
    if (name.empty()) return true;
    JEJAK_ASSIGN_OR_RETURN(const Asked asked, MomentOf(section, section.moment));
    Note(index, absl::StrCat("the resource ", name, asked.text));
    absl::StatusOr<std::unique_ptr<Message>> found =
        reader_.Get(*section.aggregate, name, asked.moment);
    if (absl::IsNotFound(found.status()) && section.or_empty) {
      return Meet(section, *section.aggregate->NewState(), visit);
    }
    if (absl::IsNotFound(found.status()) && section.for_each.has_value()) return true;
    JEJAK_RETURN_IF_ERROR(found.status());
    present_(**found);
    return Meet(section, **found, visit);
  }

  absl::StatusOr<bool> AskList(std::size_t index, Visit visit) {
    const SectionPlan& section = sections_[index];
    JEJAK_ASSIGN_OR_RETURN(const Asked asked, MomentOf(section, section.moment));
    ListRequest list;
    list.aggregate = section.aggregate;
    JEJAK_ASSIGN_OR_RETURN(list.parent, NameOf(section));
    JEJAK_ASSIGN_OR_RETURN(std::optional<std::string> filter, FilterOf(section));
    if (!filter.has_value()) return true;
    list.filter = *std::move(filter);
    list.order_by = section.order_by;
    list.page_size = limits::kPageSizeMax;
    do {
      const absl::StatusOr<ListPage> found = reader_.List(list, asked.moment);
      if (IsLeftOut(section, found.status())) return true;
      JEJAK_RETURN_IF_ERROR(found.status());
      const ListPage& page = *found;
      Note(index, absl::StrCat(section.aggregate->pattern(),
                               list.parent.empty() ? "" : absl::StrCat(" below ", list.parent),
                               page.filter.empty() ? "" : ": ", page.filter, asked.text));
      for (const std::unique_ptr<Message>& resource : page.resources) {
        present_(*resource);
        JEJAK_ASSIGN_OR_RETURN(const bool more, Meet(section, *resource, visit));
        if (!more) return false;
      }
      list.page_token = page.next_page_token;
    } while (!list.page_token.empty());
    return true;
  }

  absl::StatusOr<bool> AskDifferences(std::size_t index, Visit visit) {
    const SectionPlan& section = sections_[index];
    v1::DiffRequest diff;
    JEJAK_ASSIGN_OR_RETURN(*diff.mutable_name(), NameOf(section));
    if (diff.name().empty()) return true;
    JEJAK_ASSIGN_OR_RETURN(const Asked from, MomentOf(section, section.from));
    JEJAK_ASSIGN_OR_RETURN(const Asked to, MomentOf(section, section.to));
    Note(index, absl::StrCat("differences of ", diff.name(),
                             " and all below it, before:", from.text.empty() ? " now" : from.text,
                             ", after:", to.text.empty() ? " now" : to.text));
    const absl::StatusOr<v1::DiffResponse> found =
        reader_.Diff(diff, from.moment, to.moment, present_);
    if (IsLeftOut(section, found.status())) return true;
    JEJAK_RETURN_IF_ERROR(found.status());
    for (auto at = found->changes().begin(); at != found->changes().end();) {
      v1::FieldChange change = *at++;
      for (std::string* value : {change.mutable_before(), change.mutable_after()}) {
        if (absl::EndsWith(*value, "_UNSPECIFIED")) value->clear();
      }
      if (change.created()) {
        change.clear_field();
        change.clear_before();
        change.clear_after();
        for (; at != found->changes().end() && at->resource() == change.resource(); ++at) {
          if (at->event().position() < change.event().position()) {
            *change.mutable_event() = at->event();
          }
        }
      }
      JEJAK_ASSIGN_OR_RETURN(const bool more, Meet(section, change, visit));
      if (!more) return false;
    }
    return true;
  }

  absl::StatusOr<bool> AskStreams(std::size_t index, Visit visit) {
    const SectionPlan& section = sections_[index];
    JEJAK_ASSIGN_OR_RETURN(const std::optional<std::string> filter, FilterOf(section));
    if (!filter.has_value()) return true;
    JEJAK_RETURN_IF_ERROR(NoteSearch(index, "streams of events", *filter));
    std::map<std::string, std::uint64_t> found;
    JEJAK_RETURN_IF_ERROR(Search(*filter, [&](const v1::EventRow& row) -> absl::StatusOr<bool> {
                            if (found.size() == limits::kReportStreamsMax &&
                                found.count(row.stream()) == 0) {
                              truncated_ = true;
                              return true;
                            }
                            ++found[row.stream()];
                            return LookAtOne();
                          }).status());
    for (const auto& [stream, events] : found) {
      config::v1::StreamCheck check;
      check.set_stream(stream);
      check.set_events(events);
      JEJAK_RETURN_IF_ERROR(Search(absl::StrCat("stream = \"", stream, "\""),
                                   [&](const v1::EventRow& row) -> absl::StatusOr<bool> {
                                     const std::uint64_t expected = check.last_revision() + 1;
                                     check.set_revisions(check.revisions() + 1);
                                     if (row.revision() > expected) {
                                       check.set_gaps(check.gaps() + row.revision() - expected);
                                     }
                                     check.set_last_revision(row.revision());
                                     return LookAtOne();
                                   })
                                .status());
      JEJAK_ASSIGN_OR_RETURN(const bool more, Meet(section, check, visit));
      if (!more) return false;
    }
    return true;
  }

  // A row: puts it into the environment, and visits it if it counts.
  absl::StatusOr<bool> Meet(const SectionPlan& section, const Message& message, Visit visit) {
    JEJAK_ASSIGN_OR_RETURN(const bool more, LookAtOne());
    if (!more) return false;
    Row row;
    row.message = &message;
    event::v1::Envelope envelope;
    if (section.needs_events) {
      const auto& event = dynamic_cast<const v1::EventRow&>(message);
      JEJAK_ASSIGN_OR_RETURN(const log::RecordedEvent recorded,
                             reader_.log().Read(event.position()));
      JEJAK_ASSIGN_OR_RETURN(envelope, projection::ParseEnvelope(recorded));
      present_(envelope);
      row.event = &envelope;
      row.payload = domain::InnerEvent(envelope);
    }
    environment_.rows[section.id] = row;
    MeetMessage(message);
    absl::StatusOr<bool> result = Bounded(section, [&] {
      return std::all_of(
          section.where.begin(), section.where.end(),
          [this](const Expression& condition) { return condition.Evaluate(environment_).Holds(); });
    });
    if (result.ok()) result = *result ? visit() : true;
    environment_.rows.erase(section.id);
    return result;
  }

  // False once more was looked at than an answer may take.
  absl::StatusOr<bool> LookAtOne() {
    done_.set_looked_at(done_.looked_at() + 1);
    if (done_.looked_at() % kProgressEvery == 0 && !progress_(done_)) return ReportCancelled();
    truncated_ = truncated_ || done_.looked_at() > limits::kReportLookedAtMax;
    return done_.looked_at() <= limits::kReportLookedAtMax;
  }

  absl::StatusOr<bool> Show(const SectionPlan& section) {
    v1::ReportRow row;
    row.set_section_id(section.id);
    for (const ColumnPlan& column : section.columns) {
      environment_.masked = false;
      JEJAK_ASSIGN_OR_RETURN(*row.add_cells(),
                             Bounded(section, [&] { return column.value.Fill(environment_); }));
      if (environment_.masked) ++masked_cells_;
    }
    JEJAK_ASSIGN_OR_RETURN(const bool taken, sink_(row));
    if (taken) done_.set_rows(done_.rows() + 1);
    return taken;
  }

  absl::StatusOr<bool> Search(const std::string& filter, VisitEvent visit) {
    SearchRequest search;
    search.filter = filter;
    search.page_size = limits::kPageSizeMax;
    SearchPage page;
    do {
      JEJAK_ASSIGN_OR_RETURN(page,
                             query::Search(reader_.log(), reader_.view(), search, request_.size));
      for (const v1::EventRow& row : page.rows) {
        JEJAK_ASSIGN_OR_RETURN(const bool more, visit(row));
        if (!more) return false;
      }
      // A page may be empty, and not the last.
      if (!progress_(done_)) return ReportCancelled();
      search.has_after = true;
      search.after = page.last;
    } while (page.more);
    return true;
  }

  // Nothing if no row can be found by it.
  absl::StatusOr<std::optional<std::string>> FilterOf(const SectionPlan& section) {
    std::vector<std::string> conditions;
    for (const Template& condition : section.filter) {
      JEJAK_ASSIGN_OR_RETURN(std::optional<std::string> filled,
                             Bounded(section, [&] { return condition.FillFilter(environment_); }));
      if (!filled.has_value()) return std::optional<std::string>();
      if (!filled->empty()) conditions.push_back(*std::move(filled));
    }
    return std::optional<std::string>(absl::StrJoin(conditions, " AND "));
  }

  // A moment that a section looks at, also in words for the header.
  struct Asked {
    Moment moment;
    std::string text;
  };

  absl::StatusOr<Asked> MomentOf(const SectionPlan& section, const MomentPlan& plan) {
    Asked asked;
    asked.moment.size = request_.size;
    const auto fill = [&](const std::optional<Template>& part) -> absl::StatusOr<std::string> {
      if (!part.has_value()) return std::string();
      return Bounded(section, [&] { return part->Fill(environment_); });
    };
    JEJAK_ASSIGN_OR_RETURN(const std::string as_of_position, fill(plan.as_of_position));
    JEJAK_ASSIGN_OR_RETURN(const std::string as_of_time, fill(plan.as_of_time));
    JEJAK_ASSIGN_OR_RETURN(const std::string valid_time, fill(plan.valid_time));
    if (!as_of_position.empty()) {
      std::uint64_t position = 0;
      if (!absl::SimpleAtoi(as_of_position, &position) || position >= request_.size) {
        return MomentInFuture(as_of_position);
      }
      asked.moment.size = position + 1;
      absl::StrAppend(&asked.text, " known at position ", as_of_position);
    }
    if (!as_of_time.empty()) {
      JEJAK_ASSIGN_OR_RETURN(const absl::Time time, TimeOf(as_of_time));
      JEJAK_ASSIGN_OR_RETURN(const std::uint64_t size, reader_.log().SizeAt(time));
      asked.moment.size = std::min(size, request_.size);
      absl::StrAppend(&asked.text, " known at ", as_of_time);
    }
    if (!valid_time.empty()) {
      JEJAK_ASSIGN_OR_RETURN(const absl::Time time, TimeOf(valid_time));
      asked.moment.valid_us = absl::ToUnixMicros(time);
      absl::StrAppend(&asked.text, " valid at ", valid_time);
    }
    return asked;
  }

  absl::StatusOr<absl::Time> TimeOf(const std::string& text) const {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error) || time > request_.moment) {
      return MomentInFuture(text);
    }
    return time;
  }

  // Keeps what a section asked the first time.
  void Note(std::size_t index, const std::string& query) {
    if (queries_[index].empty()) queries_[index] = query;
  }

  absl::Status NoteSearch(std::size_t index, absl::string_view what, const std::string& filter) {
    if (!queries_[index].empty()) return absl::OkStatus();
    JEJAK_ASSIGN_OR_RETURN(const std::string normalized, NormalizedSearch(filter));
    queries_[index] = absl::StrCat(what, ": ", normalized.empty() ? "all" : normalized);
    return absl::OkStatus();
  }

  void MeetProgram(absl::string_view name) {
    if (!absl::StartsWith(name, "programs/") || programs_.size() >= limits::kReportProgramsMax) {
      return;
    }
    programs_.insert(domain::NamePrefix(name, 2));
  }

  void MeetMessage(const Message& message) {
    for (const char* field : {"name", "stream", "resource"}) {
      const auto* found = message.GetDescriptor()->FindFieldByName(field);
      if (found == nullptr || found->is_repeated() ||
          found->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
        continue;
      }
      std::string scratch;
      MeetProgram(message.GetReflection()->GetStringReference(message, found, &scratch));
    }
  }

  // The position, the policies and the catalogs.
  absl::Status AddCircumstances(v1::ReportHeader& header) const {
    header.set_log_size(request_.size);
    if (request_.size > 0) {
      JEJAK_ASSIGN_OR_RETURN(const log::RecordedEvent last, reader_.log().Read(request_.size - 1));
      header.set_last_leaf_hash(ToHex(AsBytes(last.leaf_hash)));
    }
    const v1::Report report = request_.plan->Describe(request_.language);
    header.set_report(report.name());
    header.set_question_id(report.question_id());
    header.set_question(report.question());
    *header.mutable_notes() = report.notes();
    header.set_language(request_.language);
    domain::SetMicros(absl::ToUnixMicros(request_.moment), *header.mutable_as_of_time());
    for (const auto& [name, value] : request_.arguments) {
      if (value.empty()) continue;
      v1::ReportArgument& argument = *header.add_arguments();
      argument.set_name(name);
      argument.set_value(value);
    }
    for (const std::string& name : programs_) {
      const auto found =
          reader_.Get(domain::AggregateFor(v1::Program::descriptor()), name, request_.size);
      if (!found.ok()) continue;
      const auto& program = dynamic_cast<const v1::Program&>(**found);
      v1::ReportPolicy& policy = *header.add_policies();
      policy.set_program(name);
      policy.set_policy_version(program.policy().version());
      policy.set_title(program.policy().title());
      policy.set_guideline(program.policy().guideline().number());
    }
    ListRequest catalogs;
    catalogs.aggregate = &domain::AggregateFor(v1::RegionCatalog::descriptor());
    JEJAK_ASSIGN_OR_RETURN(const ListPage page, reader_.List(catalogs, request_.size));
    for (const std::unique_ptr<Message>& resource : page.resources) {
      const auto& catalog = dynamic_cast<const v1::RegionCatalog&>(*resource);
      v1::ReportCatalog& added = *header.add_catalogs();
      added.set_catalog(catalog.name());
      added.set_version(catalog.active_version());
    }
    return absl::OkStatus();
  }

  const Reader& reader_;
  const RunRequest& request_;
  const std::vector<SectionPlan>& sections_;
  const Present& present_;
  const Sink sink_;
  const Progress progress_;
  Environment environment_;
  v1::OperationProgress done_;
  bool truncated_ = false;
  std::uint64_t masked_cells_ = 0;
  std::set<std::string> programs_;
  std::vector<std::string> queries_;
  std::vector<std::uint64_t> runs_;
  // The section whose runs are counted: the others are walked for it.
  std::size_t counted_ = 0;
};

}  // namespace

absl::StatusOr<v1::ReportHeader> Run(const Reader& reader, const RunRequest& request,
                                     const Present& present, Sink sink, Progress progress) {
  return Walk(reader, request, present, sink, progress).Answer();
}

}  // namespace jejak::query::report
