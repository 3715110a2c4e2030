// SPDX-License-Identifier: Apache-2.0
//
// File: world.h
//
// What a decision may look at: the other aggregates, the claims, the regions, and findings about
// persons, all as they are at the tail of the log where the decision will stand. A decision is
// made at exactly the tail it is appended to, so rules across streams are exact.
//
// Deciders never see personal data. In a command, each personal field of a v1::Person is replaced
// by kGiven where it was given; Person.subject and, if there is a national id,
// Person.sealed.national_id_hmac are set. After the decision the persons in its events are sealed.

#ifndef JEJAK_SERVER_DOMAIN_WORLD_H_
#define JEJAK_SERVER_DOMAIN_WORLD_H_

#include "server/domain/office/region_table.h"

#include "jejak/v1/common.pb.h"
#include "jejak/v1/region.pb.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jejak::domain {

// Stands in a command's Person for a personal field that was given.
inline constexpr char kGiven[] = "\xE2\x80\xA2";

class World {
 public:
  virtual ~World() = default;

  // The state of a resource, or null if there is none. Valid until the decision is made. `R` is
  // the resource that goes by such a name, e.g. Find<v1::Office>("offices/18").
  template <typename R>
  const R* Find(absl::string_view name) const {
    return dynamic_cast<const R*>(FindState(name));
  }

  // Who holds a claim, or nothing.
  virtual std::optional<std::string> ClaimHolder(absl::string_view key) const = 0;

  // The active catalog's regions; null before the first activation.
  virtual const RegionTable* Regions() const = 0;

  // The number of regions in each file of a catalog version, in the order of `version.files`, if
  // the files are in the content store and form a valid catalog. NOT_FOUND names a missing file,
  // INVALID_ARGUMENT says file and line.
  virtual absl::StatusOr<std::array<std::uint32_t, 4>> CheckRegionFiles(
      const v1::RegionCatalogVersion& version) const = 0;

  // Completed years of a person on a day, or nothing if the birth date is not on record or can no
  // longer be read. `person` comes from the command or from a state.
  virtual std::optional<int> AgeOn(const v1::Person& person, absl::CivilDay day) const = 0;

  // The size of stored content, or nothing if there is none with this hash.
  virtual std::optional<std::uint64_t> ContentSize(absl::string_view sha256) const = 0;

  // True if the event at `position` belongs to `stream`.
  virtual bool IsEventOf(std::uint64_t position, absl::string_view stream) const = 0;

 protected:
  virtual const google::protobuf::Message* FindState(absl::string_view name) const = 0;
};

// Who gives the command.
struct Actor {
  std::string name;    // "officers/{officer}"
  std::string office;  // "offices/{office}"; may be empty
  v1::Role role = v1::ROLE_UNSPECIFIED;
};

// Everything about a decision that is neither the command nor the aggregate's own state.
struct Context {
  const World& world;
  Actor actor;
  // The server's time.
  absl::Time now;
  // When it happened, as far as the actor says so (WriteOptions.occurred_time).
  std::optional<absl::Time> occurred = std::nullopt;
  // Where a decider notes the deviation from the policy that the decision needs, by its id, so that
  // it is recorded with the events; null if nobody asks.
  std::vector<std::string>* deviations = nullptr;

  void NeedsDeviation(absl::string_view deviation_id) const {
    if (deviations == nullptr) return;
    if (std::find(deviations->begin(), deviations->end(), deviation_id) != deviations->end())
      return;
    deviations->emplace_back(deviation_id);
  }
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_WORLD_H_
