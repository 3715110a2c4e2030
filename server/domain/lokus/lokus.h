// SPDX-License-Identifier: Apache-2.0
//
// File: lokus.h
//
// The aggregate Lokus (A6): a village in a program wave, from mapping to closing.
//
//   MAPPED -> PROPOSED [-> ENDORSED] -> APPROVED -> DESIGNATED -> INAUGURATED -> CLOSED
//   PROPOSED or ENDORSED -> RETURNED (-> PROPOSED again) or REJECTED, which is final
//   any open state -> SUSPENDED -> where it was; any open state -> WITHDRAWN, which is final
//
// From its designation on, a village is told, accepts or declines; it may change its mind (R8, R9).
// What happens to agen is decided in agen.h; LokusAgenJoined and LokusAgenLeft keep the counts
// here.
//
// Claims:
//   lokus-village/{program}/{region code}    taken by VillageMapped for good (R2). The decision
//                                            looks at all codes of the village (region_catalog.h).
//   lokus-slot/{program}/{regency}/{number}  taken by LokusApproved, a free number from 1 to the
//                                            limit, with or without a limit set; given back by
//                                            LokusWithdrawn (R6). The regency is the one that holds
//                                            the village ("18.06"), whichever office mapped it.
//                                            Numbers above a limit that is set later stay taken,
//                                            and do not count.
// {program} is an id, without "programs/".

#ifndef JEJAK_SERVER_DOMAIN_LOKUS_LOKUS_H_
#define JEJAK_SERVER_DOMAIN_LOKUS_LOKUS_H_

#include "server/domain/aggregate.h"
#include "server/domain/world.h"

#include "jejak/event/v1/envelope.pb.h"
#include "jejak/v1/lokus.pb.h"
#include "jejak/v1/lokus_service.pb.h"

#include "absl/status/statusor.h"

#include <string>
#include <vector>

namespace jejak::domain {

struct LokusDecider {
  using State = v1::Lokus;
  using Event = event::v1::LokusEvent;
  static constexpr char kPattern[] = "programs/*/lokus/*";
  static Event* Mutable(event::v1::Envelope& envelope) { return envelope.mutable_lokus(); }
  static const Event& Get(const event::v1::Envelope& envelope) { return envelope.lokus(); }

  static void Evolve(const EventMeta& meta, const Event& event, State& state);
  static std::vector<ClaimKey> Claims(const EventMeta& meta, const State& before,
                                      const Event& event);
  static std::vector<std::string> Tags(const State& after, const Event& event);

  static std::string Stream(const v1::MapVillageRequest& request);

  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::MapVillageRequest& request);
  // R3 to R5. An indicator backs the category it tells of: a turnout LOW_TURNOUT; conflicts and
  // disasters CONFLICT_OR_DISASTER_PRONE; violations and re-votes HIGH_VIOLATION_RISK. A document
  // backs any.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ProposeLokusRequest& request);
  // R5, R43: not by who proposed.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::EndorseLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ReturnLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::RejectLokusRequest& request);
  // R5 to R7, R43. The plenary meeting is one that the acting office convened, about the lokus
  // among others, and its minutes are signed.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ApproveLokusRequest& request);
  // R1, R3, R5, R7. The plenary meeting is that of the office that approved; the decree is of the
  // acting office, signed, and about the lokus where it lists lokus.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::DesignateLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::NotifyVillageRequest& request);
  // R9, R22. Empty if the answer is on record already: the same party in the same meeting. Another
  // party is recorded, and is the answer from then on. A meeting that is named was held, and is
  // about the lokus.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::AcceptLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::DeclineLokusRequest& request);
  // R9, R16. A lokus is inaugurated once. Agen who were appointed or absent then are inaugurated
  // later, whatever their number, without an event of the lokus.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::InaugurateLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::SuspendLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ResumeLokusRequest& request);
  // From its designation on by an office that may designate, and by its signed decree (R5, R7);
  // before, by the office of the lokus or one above it. Agen who are in service stay so: a notice
  // AGEN_STILL_ACTIVE.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::WithdrawLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CloseLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CorrectLokusRequest& request);
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_LOKUS_LOKUS_H_
