// SPDX-License-Identifier: Apache-2.0
//
// File: aggregate.h
//
// What an aggregate is. Each is one class of static, pure functions, a decider D:
//
//   using State = v1::Lokus;                      the API resource
//   using Event = event::v1::LokusEvent;          a oneof of its stored events
//   static constexpr char kPattern[] = "programs/*/lokus/*";   the names of its streams
//   static Event* Mutable(event::v1::Envelope&);  where its event stands in the envelope
//   static const Event& Get(const event::v1::Envelope&);
//
//   static void Evolve(const EventMeta&, const Event&, State&);
//     Applies what has happened; never refuses. The only place where an event changes the resource:
//     the sequencer folds it to decide, the projector folds it to write the row. It need not set
//     name, etag, create_time and update_time: EvolveState does.
//   static std::vector<ClaimKey> Claims(const EventMeta&, const State& before, const Event&);
//     The claims the event takes or releases, derivable from the log alone.
//   static std::vector<std::string> Tags(const State& after, const Event&);
//     What else the event is about: "lokus:NAME", "document:NAME", "meeting:NAME", "agen:NAME",
//     "office:NAME". The stream itself, its program, its lokus, and the acting office are added by
//     the command stage. At most limits::kTagsMax in all. Never personal data.
//
//   static absl::StatusOr<Decision> Decide(const Context&, const State&, const v1::XRequest&);
//     One overload for each command. `State` is the state of the command's stream; name() is empty
//     if the stream does not exist. Requests with a `name` field are decided only if the stream
//     exists. Every other request needs an overload that says where it goes:
//   static std::string Stream(const v1::XRequest&);
//     A request with a `name` may nevertheless make its stream, where D says so:
//   static constexpr bool CreatesOnFirst(const v1::XRequest&);
//
// A decision that changes nothing is an empty Decision, and not an error, where the same command
// twice would mean the same thing.

#ifndef JEJAK_SERVER_DOMAIN_AGGREGATE_H_
#define JEJAK_SERVER_DOMAIN_AGGREGATE_H_

#include "server/domain/world.h"

#include "google/protobuf/message.h"
#include "jejak/event/v1/envelope.pb.h"
#include "jejak/v1/common.pb.h"

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jejak::domain {

// An event that a decision wants, and its stream.
struct DecidedEvent {
  std::string stream;
  // Only `event` is set here; the command stage fills in the circumstances.
  event::v1::Envelope envelope;
};

// What a command leads to: events in order, in one or several streams, all or nothing.
struct Decision {
  std::vector<DecidedEvent> events;
  // Warnings: the command is done, and something deserves attention.
  std::vector<v1::Notice> notices;
  // The deviations from the policy it needed. Set by the sequencer, from Context::deviations.
  std::vector<std::string> deviations;

  // Adds an event to a stream of decider D and returns it to be filled in.
  template <typename D>
  typename D::Event& Add(absl::string_view stream) {
    DecidedEvent& decided = events.emplace_back();
    decided.stream = std::string(stream);
    return *D::Mutable(decided.envelope);
  }
};

// The circumstances of a recorded event that Evolve may use.
struct EventMeta {
  std::string stream;
  std::uint64_t position = 0;
  std::uint64_t revision = 0;
  absl::Time commit_time;
  std::string actor;
  std::string office;
  std::uint32_t policy_version = 0;
  std::string region_catalog_version;
};

// A claim taken by the stream, or released.
struct ClaimKey {
  std::string key;
  bool take = true;
};

// True if the segments of `name` match those of `pattern`, where "*" stands for any one segment.
bool NameMatches(absl::string_view name, absl::string_view pattern);

// The first `segments` segments of a name: NamePrefix("programs/p/lokus/x/agen/1", 4) is
// "programs/p/lokus/x". Empty if the name has fewer.
std::string NamePrefix(absl::string_view name, int segments);

// The last segment of a name.
absl::string_view LastSegment(absl::string_view name);

// Adds the tag "KIND:NAME", unless the name is empty or the tag is there already.
void AddTag(absl::string_view kind, absl::string_view name, std::vector<std::string>& tags);

// A decider without its types, for the stages that treat all aggregates alike.
class Aggregate {
 public:
  virtual ~Aggregate() = default;
  virtual absl::string_view pattern() const = 0;
  // The empty state.
  virtual std::unique_ptr<google::protobuf::Message> NewState() const = 0;
  // Evolve, and the stamp of name, etag, create_time and update_time. `state` is of this
  // aggregate's type. Does nothing but the stamp if the envelope has another aggregate's event.
  virtual void EvolveState(const EventMeta& meta, const event::v1::Envelope& envelope,
                           google::protobuf::Message& state) const = 0;
  virtual std::vector<ClaimKey> Claims(const EventMeta& meta,
                                       const google::protobuf::Message& before,
                                       const event::v1::Envelope& envelope) const = 0;
  virtual std::vector<std::string> Tags(const google::protobuf::Message& after,
                                        const event::v1::Envelope& envelope) const = 0;
};

// The aggregate whose streams go by such names, or null. All are listed in registry.cc.
const Aggregate* FindAggregate(absl::string_view stream);
// The aggregate with this type of state; crashes if there is none.
const Aggregate& AggregateFor(const google::protobuf::Descriptor* state);
// All of them.
const std::vector<const Aggregate*>& AllAggregates();

// The event inside the envelope, e.g. the LokusDesignated; null if none is set.
const google::protobuf::Message* InnerEvent(const event::v1::Envelope& envelope);

// Sets name, etag, create_time and update_time.
void StampState(const EventMeta& meta, google::protobuf::Message& state);

template <typename D>
class AggregateOf final : public Aggregate {
 public:
  absl::string_view pattern() const override { return D::kPattern; }
  std::unique_ptr<google::protobuf::Message> NewState() const override {
    return std::make_unique<typename D::State>();
  }
  void EvolveState(const EventMeta& meta, const event::v1::Envelope& envelope,
                   google::protobuf::Message& state) const override {
    D::Evolve(meta, D::Get(envelope), static_cast<typename D::State&>(state));
    StampState(meta, state);
  }
  std::vector<ClaimKey> Claims(const EventMeta& meta, const google::protobuf::Message& before,
                               const event::v1::Envelope& envelope) const override {
    return D::Claims(meta, static_cast<const typename D::State&>(before), D::Get(envelope));
  }
  std::vector<std::string> Tags(const google::protobuf::Message& after,
                                const event::v1::Envelope& envelope) const override {
    return D::Tags(static_cast<const typename D::State&>(after), D::Get(envelope));
  }
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_AGGREGATE_H_
