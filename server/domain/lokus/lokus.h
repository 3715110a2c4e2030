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
//   lokus-slot/{program}/{office}/{number}   taken by LokusApproved, a free number from 1 to the
//                                            limit, with or without a limit set; given back by
//                                            LokusWithdrawn (R6). The office is the one that mapped
//                                            the village. Numbers above a limit that is set later
//                                            stay taken, and do not count.
// {program} and {office} are ids, without "programs/" and "offices/".

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
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ProposeLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::EndorseLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ReturnLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::RejectLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ApproveLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::DesignateLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::NotifyVillageRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::AcceptLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::DeclineLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::InaugurateLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::SuspendLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ResumeLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::WithdrawLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CloseLokusRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CorrectLokusRequest& request);
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_LOKUS_LOKUS_H_
