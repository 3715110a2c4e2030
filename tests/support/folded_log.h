// SPDX-License-Identifier: Apache-2.0
//
// File: folded_log.h
//
// The whole log of a data folder, event by event, and states folded from it: what an answer of the
// server is checked against without its views, its reader and its searches.

#ifndef JEJAK_TESTS_SUPPORT_FOLDED_LOG_H_
#define JEJAK_TESTS_SUPPORT_FOLDED_LOG_H_

#include "server/base/check.h"
#include "server/domain/aggregate.h"
#include "server/log/open_log.h"
#include "server/projection/fold.h"

#include "jejak/event/v1/envelope.pb.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace jejak::test {

struct FoldedEvent {
  log::Entry entry;
  event::v1::Envelope envelope;

  // The event inside.
  const google::protobuf::Message& inner() const { return *domain::InnerEvent(envelope); }
  // "LokusDesignated".
  std::string type() const { return inner().GetDescriptor()->name(); }
  std::int64_t occurred_us() const {
    return entry.effective_time_us == log::kNoEffectiveTime ? entry.commit_time_us
                                                            : entry.effective_time_us;
  }
  bool tagged(const std::string& tag) const {
    return std::find(entry.tags.begin(), entry.tags.end(), tag) != entry.tags.end();
  }
  // True if it is of the resource, or of one below it.
  bool within(absl::string_view name) const {
    return entry.stream == name || absl::StartsWith(entry.stream, absl::StrCat(name, "/"));
  }
};

class FoldedLog {
 public:
  // Reads all of it; nobody else may have the folder open.
  explicit FoldedLog(const std::string& data) {
    log::EventLog::Options options;
    options.anchor_path = data + "/anchor";
    auto opened = log::OpenLog(data + "/log", options);
    JEJAK_CHECK(opened.ok());
    const absl::Status read =
        (*opened)->Scan(0, (*opened)->DurableSize(), [this](const log::RecordedEvent& event) {
          auto envelope = projection::ParseEnvelope(event);
          JEJAK_CHECK(envelope.ok());
          events_.push_back({event.entry, *std::move(envelope)});
          return true;
        });
    JEJAK_CHECK(read.ok());
  }

  // By position.
  const std::vector<FoldedEvent>& events() const { return events_; }

  // The number of events committed by a time.
  std::size_t SizeAt(std::int64_t time_us) const {
    std::size_t size = 0;
    while (size < events_.size() && events_[size].entry.commit_time_us <= time_us) ++size;
    return size;
  }

  using Messages = std::map<std::string, std::unique_ptr<google::protobuf::Message>>;
  using Counts = std::function<bool(const FoldedEvent& event)>;

  // Applies an event to the states, unless it is of a resource whose first event was not applied.
  static void Apply(const FoldedEvent& event, Messages& states) {
    const domain::Aggregate* aggregate = domain::FindAggregate(event.entry.stream);
    JEJAK_CHECK(aggregate != nullptr);
    auto& state = states[event.entry.stream];
    if (state == nullptr && event.entry.revision > 1) return;
    if (state == nullptr) state = aggregate->NewState();
    aggregate->EvolveState(projection::MetaOf(event.entry, event.envelope), event.envelope, *state);
  }

  // The states of all resources after the first `size` events, of which only some count.
  Messages States(std::size_t size, const Counts& counts = nullptr) const {
    Messages states;
    for (std::size_t i = 0; i < size; ++i) {
      if (!counts || counts(events_[i])) Apply(events_[i], states);
    }
    std::erase_if(states, [](const auto& one) { return one.second == nullptr; });
    return states;
  }

  // The resources of one type, by name.
  template <typename R>
  static std::map<std::string, R> All(const Messages& states) {
    std::map<std::string, R> found;
    for (const auto& [name, state] : states) {
      if (const auto* one = dynamic_cast<const R*>(state.get()); one != nullptr) found[name] = *one;
    }
    return found;
  }

  // True for the events that count at a time by what is known of it later: what was recorded or
  // happened by then, and corrections of it.
  Counts ValidAt(std::int64_t time_us) const {
    auto counted = std::make_shared<std::set<std::uint64_t>>();
    for (const FoldedEvent& event : events_) {
      const auto* corrected = event.inner().GetDescriptor()->FindFieldByName("corrected_position");
      const bool counts =
          event.entry.commit_time_us <= time_us ||
          (corrected == nullptr ? event.occurred_us() <= time_us
                                : counted->count(event.inner().GetReflection()->GetUInt64(
                                      event.inner(), corrected)) > 0);
      if (counts) counted->insert(event.entry.position);
    }
    return [counted](const FoldedEvent& event) { return counted->count(event.entry.position) > 0; };
  }

 private:
  std::vector<FoldedEvent> events_;
};

}  // namespace jejak::test

#endif  // JEJAK_TESTS_SUPPORT_FOLDED_LOG_H_
