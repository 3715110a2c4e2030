// SPDX-License-Identifier: Apache-2.0
//
// File: handover.h
//
// A handover of documents and goods: prepared, then handed over or refused, then acknowledged by a
// signed receipt. A missing receipt is overdue after receipt_due_on (R24): that is not a state, and
// no event; who reads compares the date, e.g. in the filter of a list. Refusals: handover_errors.h.
// Takes no claims. Who acts is an office whose region holds the village of the lokus (R5).

#ifndef JEJAK_SERVER_DOMAIN_RECORD_HANDOVER_H_
#define JEJAK_SERVER_DOMAIN_RECORD_HANDOVER_H_

#include "server/domain/aggregate.h"

#include "jejak/event/v1/handover_events.pb.h"
#include "jejak/v1/handover.pb.h"
#include "jejak/v1/handover_service.pb.h"

#include "absl/status/statusor.h"

#include <string>
#include <vector>

namespace jejak::domain {

struct HandoverDecider {
  using State = v1::Handover;
  using Event = event::v1::HandoverEvent;
  static constexpr char kPattern[] = "programs/*/handovers/*";
  static Event* Mutable(event::v1::Envelope& envelope) { return envelope.mutable_handover(); }
  static const Event& Get(const event::v1::Envelope& envelope) { return envelope.handover(); }

  static void Evolve(const EventMeta& meta, const Event& event, State& state);
  static std::vector<ClaimKey> Claims(const EventMeta& meta, const State& before,
                                      const Event& event);
  static std::vector<std::string> Tags(const State& after, const Event& event);

  // R23. Personal data is handed over for a purpose, on a lawful basis, and it is known whose it
  // is: by the subjects of the document, or of the item if it is goods. A village government that
  // is to receive is that of the lokus.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::PrepareHandoverRequest& request);
  static std::string Stream(const v1::PrepareHandoverRequest& request);
  // R22: the giver is of the office that prepared the handover or one above it, in a capacity of an
  // office; for a village its head receives, or somebody for the head (CheckProxy).
  // R23: one DocumentHandedOver; then for each item with personal data one
  // PersonalDataDisclosed for every limits::kSubjectsPerDisclosureMax of its subjects.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::PerformHandoverRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::AcknowledgeHandoverRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::RefuseHandoverRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ReturnHandoverItemRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CorrectHandoverRequest& request);
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_RECORD_HANDOVER_H_
