// SPDX-License-Identifier: Apache-2.0
//
// File: appointment.h
//
// Appointment of agen by one decree, all or none. It is decided on the lokus, whose quota it uses
// up, and appends AgenAppointed to the stream of each agen, then LokusAgenJoined to the lokus's.

#ifndef JEJAK_SERVER_DOMAIN_LOKUS_APPOINTMENT_H_
#define JEJAK_SERVER_DOMAIN_LOKUS_APPOINTMENT_H_

#include "server/domain/aggregate.h"

#include "jejak/event/v1/lokus_events.pb.h"
#include "jejak/v1/agen_service.pb.h"
#include "jejak/v1/lokus.pb.h"

#include "absl/status/statusor.h"

#include <string>

namespace jejak::domain {

// Not an aggregate of its own: the events are those of AgenDecider and LokusDecider.
struct AppointmentDecider {
  using State = v1::Lokus;
  using Event = event::v1::LokusEvent;

  // R9, R16, R18. A voter base of the policy that no active agen comes from is a notice
  // BASE_NOT_COVERED (R17). Empty if exactly these are in service by this decree already.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& lokus,
                                         const v1::AppointAgenRequest& request);
  static std::string Stream(const v1::AppointAgenRequest& request);
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_LOKUS_APPOINTMENT_H_
