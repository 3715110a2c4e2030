// SPDX-License-Identifier: Apache-2.0
//
// File: scenario.h
//
// Given / when / then for deciders, without a log: a World that folds the events of accepted
// commands. No I/O, no clock but the one that is set.
//
//   Scenario s;
//   s.actor = {"officers/budi", "offices/18.06", v1::ROLE_OPERATOR};
//   s.Given<OfficeDecider>("offices/18.06", Parse<event::v1::OfficeEvent>(R"pb(...)pb"));
//   EXPECT_EQ(s.When<LokusDecider>(request), "");               // accepted, and recorded
//   EXPECT_EQ(s.When<LokusDecider>(request), "LOKUS_STATE");    // the reason of the refusal
//   EXPECT_EQ(s.last.events.size(), 1u);                        // then: the events
//   EXPECT_EQ(s.Find<v1::Lokus>(name)->state(), ...);           // and the folded state

#ifndef JEJAK_TESTS_SUPPORT_SCENARIO_H_
#define JEJAK_TESTS_SUPPORT_SCENARIO_H_

#include "server/base/check.h"
#include "server/domain/aggregate.h"
#include "server/domain/refusal.h"

#include "google/protobuf/text_format.h"
#include "jejak/v1/program.pb.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jejak::domain {

// A message from text format; stops the test program if the text is wrong.
template <typename M>
M Parse(const std::string& text) {
  M message;
  JEJAK_CHECK(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

class Scenario final : public World {
 public:
  Actor actor{"officers/operator", "offices/18.06", v1::ROLE_OPERATOR};
  absl::Time now = absl::FromUnixSeconds(1622505600);  // 2021-06-01T00:00:00Z
  // When it happened, as far as the command says so.
  std::optional<absl::Time> occurred;
  // The decision and the status of the last When.
  Decision last;
  absl::Status last_status;
  // The deviations it needed.
  std::vector<std::string> deviations;
  // What the findings say. By subject; by hash; by file list.
  std::map<std::string, int> ages;
  std::map<std::string, std::uint64_t> contents;
  absl::StatusOr<std::array<std::uint32_t, 4>> region_files = absl::NotFoundError("no files");
  std::shared_ptr<const RegionTable> regions;

  // Records an event as if it had been decided earlier.
  template <typename D>
  void Given(absl::string_view stream, const typename D::Event& event) {
    DecidedEvent decided;
    decided.stream = std::string(stream);
    *D::Mutable(decided.envelope) = event;
    Record(decided);
  }

  // Decides a command. Accepted: records its events and returns "". Refused: returns the reason.
  template <typename D, typename Request>
  std::string When(const Request& request) {
    const std::string stream = StreamOf<D>(request);
    const auto* state = Find<typename D::State>(stream);
    bool creates = true;
    if constexpr (requires { D::CreatesOnFirst(request); }) {
      creates = D::CreatesOnFirst(request);
    } else if constexpr (requires { request.name(); }) {
      creates = false;
    }
    if (state == nullptr && !creates) return Remember(ResourceNotFound(stream));
    const typename D::State before = state == nullptr ? typename D::State() : *state;
    deviations.clear();
    absl::StatusOr<Decision> decision = D::Decide(Context{.world = *this,
                                                          .actor = actor,
                                                          .now = now,
                                                          .occurred = occurred,
                                                          .deviations = &deviations},
                                                  before, request);
    if (!decision.ok()) return Remember(decision.status());
    last_status = absl::OkStatus();
    last = *std::move(decision);
    for (const DecidedEvent& event : last.events) Record(event);
    return "";
  }

  // How often a claim was looked up.
  mutable std::size_t claims_asked = 0;

  std::optional<std::string> ClaimHolder(absl::string_view key) const override {
    ++claims_asked;
    const auto found = claims_.find(std::string(key));
    if (found == claims_.end()) return std::nullopt;
    return found->second;
  }
  const RegionTable* Regions() const override { return regions.get(); }
  absl::StatusOr<std::array<std::uint32_t, 4>> CheckRegionFiles(
      const v1::RegionCatalogVersion&) const override {
    return region_files;
  }
  std::optional<int> AgeOn(const v1::Person& person, absl::CivilDay) const override {
    const auto found = ages.find(person.subject());
    if (found == ages.end()) return std::nullopt;
    return found->second;
  }
  std::optional<std::uint64_t> ContentSize(absl::string_view sha256) const override {
    const auto found = contents.find(std::string(sha256));
    if (found == contents.end()) return std::nullopt;
    return found->second;
  }
  bool IsEventOf(std::uint64_t position, absl::string_view stream) const override {
    return position < streams_.size() && streams_[position] == stream;
  }

 protected:
  const google::protobuf::Message* FindState(absl::string_view name) const override {
    const auto found = states_.find(std::string(name));
    return found == states_.end() ? nullptr : found->second.get();
  }

 private:
  template <typename D, typename Request>
  static std::string StreamOf(const Request& request) {
    if constexpr (requires { request.name(); }) {
      return request.name();
    } else {
      return D::Stream(request);
    }
  }

  std::string Remember(absl::Status status) {
    last_status = std::move(status);
    last = Decision();
    const std::string reason = GetReason(last_status);
    return reason.empty() ? last_status.ToString() : reason;
  }

  void Record(const DecidedEvent& event) {
    const Aggregate* aggregate = FindAggregate(event.stream);
    JEJAK_CHECK(aggregate != nullptr);
    JEJAK_CHECK(InnerEvent(event.envelope) != nullptr);
    std::unique_ptr<google::protobuf::Message>& state = states_[event.stream];
    if (state == nullptr) state = aggregate->NewState();
    EventMeta meta;
    meta.stream = event.stream;
    meta.position = streams_.size();
    meta.revision = ++revisions_[event.stream];
    meta.commit_time = now + absl::Microseconds(meta.position);
    meta.actor = actor.name;
    meta.office = actor.office;
    if (regions != nullptr) meta.region_catalog_version = regions->version();
    if (const auto* program = Find<v1::Program>(NamePrefix(event.stream, 2)); program != nullptr) {
      meta.policy_version = program->policy().version();
    }
    for (const ClaimKey& claim : aggregate->Claims(meta, *state, event.envelope)) {
      if (claim.take) {
        JEJAK_CHECK(claims_.emplace(claim.key, event.stream).second);
      } else {
        claims_.erase(claim.key);
      }
    }
    aggregate->EvolveState(meta, event.envelope, *state);
    streams_.push_back(event.stream);
  }

  std::map<std::string, std::unique_ptr<google::protobuf::Message>> states_;
  std::map<std::string, std::uint64_t> revisions_;
  std::map<std::string, std::string> claims_;
  std::vector<std::string> streams_;
};

}  // namespace jejak::domain

#endif  // JEJAK_TESTS_SUPPORT_SCENARIO_H_
