// SPDX-License-Identifier: Apache-2.0
//
// File: office.h
//
// The aggregate Office (A2): election offices and their tree, from the national office down. A
// parent is of a higher level than its child, so the tree has no circles; its region, where both
// have one, holds the region of the child.
//
// An office is up to itself and the offices above it (R5). The first office is the national one, of
// which there is one, always open; nobody acts for an office before. A change of name or parent and
// a closing hold from the command on, so their dates have come.
//
// Claims: kNationalOfficeClaim. Otherwise the id of an office is its name.

#ifndef JEJAK_SERVER_DOMAIN_OFFICE_OFFICE_H_
#define JEJAK_SERVER_DOMAIN_OFFICE_OFFICE_H_

#include "server/domain/aggregate.h"
#include "server/domain/world.h"

#include "jejak/event/v1/envelope.pb.h"
#include "jejak/v1/office.pb.h"
#include "jejak/v1/office_service.pb.h"

#include "absl/status/statusor.h"

#include <string>
#include <vector>

namespace jejak::domain {

// Held by the national office, the first one. Never released.
inline constexpr char kNationalOfficeClaim[] = "national-office";

struct OfficeDecider {
  using State = v1::Office;
  using Event = event::v1::OfficeEvent;
  static constexpr char kPattern[] = "offices/*";
  static Event* Mutable(event::v1::Envelope& envelope) { return envelope.mutable_office_event(); }
  static const Event& Get(const event::v1::Envelope& envelope) { return envelope.office_event(); }

  static void Evolve(const EventMeta& meta, const Event& event, State& state);
  static std::vector<ClaimKey> Claims(const EventMeta& meta, const State& before,
                                      const Event& event);
  static std::vector<std::string> Tags(const State& after, const Event& event);

  static std::string Stream(const v1::RegisterOfficeRequest& request);

  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::RegisterOfficeRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::RenameOfficeRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ReparentOfficeRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CloseOfficeRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CorrectOfficeRequest& request);
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_OFFICE_OFFICE_H_
