// SPDX-License-Identifier: Apache-2.0

#include "server/projection/view_builder.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/messages.h"
#include "server/projection/event_row.h"
#include "server/projection/fold.h"

#include "jejak/v1/office.pb.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace jejak::projection {
namespace {

using google::protobuf::Message;

// The office, and those above it as they are known so far.
absl::StatusOr<std::vector<std::string>> OfficesAbove(
    std::string office,
    const std::function<absl::StatusOr<Message*>(const domain::Aggregate&, const std::string&)>&
        load) {
  static const domain::Aggregate& aggregate = domain::AggregateFor(v1::Office::descriptor());
  std::vector<std::string> offices;
  while (domain::NameMatches(office, aggregate.pattern()) &&
         offices.size() < limits::kOfficeLevelsMax) {
    JEJAK_ASSIGN_OR_RETURN(const Message* state, load(aggregate, office));
    offices.push_back(office);
    office = static_cast<const v1::Office*>(state)->parent();
  }
  return offices;
}

}  // namespace

view::TableId TableOf(const domain::Aggregate& aggregate) {
  const auto& all = domain::AllAggregates();
  return static_cast<view::TableId>(std::find(all.begin(), all.end(), &aggregate) - all.begin());
}

absl::StatusOr<view::ViewChange> Project(
    const log::RecordedEvent& event,
    const std::function<absl::StatusOr<Message*>(const domain::Aggregate&, const std::string&)>&
        load) {
  JEJAK_ASSIGN_OR_RETURN(const event::v1::Envelope envelope, ParseEnvelope(event));
  const domain::Aggregate* aggregate = domain::FindAggregate(event.entry.stream);
  if (aggregate == nullptr) {
    return absl::DataLossError(absl::StrCat("no aggregate goes by ", event.entry.stream));
  }
  JEJAK_ASSIGN_OR_RETURN(Message * state, load(*aggregate, event.entry.stream));
  aggregate->EvolveState(MetaOf(event.entry, envelope), envelope, *state);
  JEJAK_ASSIGN_OR_RETURN(const std::vector<std::string> under,
                         OfficesAbove(envelope.office(), load));
  EventIndex index = IndexEvent(event.entry, envelope, under);
  view::ViewChange change;
  change.position = event.entry.position;
  change.table = TableOf(*aggregate);
  change.name = event.entry.stream;
  change.state = domain::SerializeDeterministically(*state);
  change.row = domain::SerializeDeterministically(index.row);
  change.covering = std::move(index.covering);
  change.bare = std::move(index.bare);
  return change;
}

ViewBuilder::ViewBuilder(const log::EventLog* log, std::shared_ptr<view::ViewStore> view)
    : log_(log), view_(std::move(view)) {}

ViewBuilder::Result ViewBuilder::Step(std::uint64_t to, std::uint64_t count) {
  const std::uint64_t from = view_->Size();
  to = std::min(to, from + count);
  if (from >= to) return {};
  Result result;
  std::vector<view::ViewChange> changes;
  result.log = log_->Scan(from, to, [&](const log::RecordedEvent& event) {
    absl::StatusOr<view::ViewChange> change =
        Project(event, [this](const domain::Aggregate& aggregate, const std::string& name) {
          return Load(aggregate, name);
        });
    if (!change.ok()) {
      result.view = absl::Status(
          change.status().code(),
          absl::StrCat("event ", event.entry.position, ": ", change.status().message()));
      return false;
    }
    changes.push_back(*std::move(change));
    return true;
  });
  if (result.ok()) result.view = view_->Apply(changes, to);
  if (!result.ok() || cache_.size() > limits::kStateCacheStreamsMax) cache_.clear();
  return result;
}

absl::StatusOr<Message*> ViewBuilder::Load(const domain::Aggregate& aggregate,
                                           const std::string& name) {
  std::unique_ptr<Message>& state = cache_[name];
  if (state == nullptr) {
    state = aggregate.NewState();
    JEJAK_ASSIGN_OR_RETURN(std::optional<std::string> bytes,
                           view_->Get(TableOf(aggregate), name, view_->Size()));
    if (bytes.has_value() && !state->ParseFromString(*bytes)) {
      return absl::DataLossError(absl::StrCat("the row of ", name, " cannot be read"));
    }
  }
  return state.get();
}

}  // namespace jejak::projection
