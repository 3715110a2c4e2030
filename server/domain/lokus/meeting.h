// SPDX-License-Identifier: Apache-2.0
//
// File: meeting.h
//
// A meeting: planned, then held or cancelled. Attendance, decisions, minutes and tasks belong to a
// meeting that was held. Refusals: meeting_errors.h. Takes no claims. Who acts is the convening
// office or one above it (R5); the owner of a task may say that it is done.

#ifndef JEJAK_SERVER_DOMAIN_LOKUS_MEETING_H_
#define JEJAK_SERVER_DOMAIN_LOKUS_MEETING_H_

#include "server/domain/aggregate.h"

#include "jejak/event/v1/meeting_events.pb.h"
#include "jejak/v1/meeting.pb.h"
#include "jejak/v1/meeting_service.pb.h"

#include "absl/status/statusor.h"

#include <string>
#include <vector>

namespace jejak::domain {

struct MeetingDecider {
  using State = v1::Meeting;
  using Event = event::v1::MeetingEvent;
  static constexpr char kPattern[] = "programs/*/meetings/*";
  static Event* Mutable(event::v1::Envelope& envelope) { return envelope.mutable_meeting(); }
  static const Event& Get(const event::v1::Envelope& envelope) { return envelope.meeting(); }

  static void Evolve(const EventMeta& meta, const Event& event, State& state);
  static std::vector<ClaimKey> Claims(const EventMeta& meta, const State& before,
                                      const Event& event);
  static std::vector<std::string> Tags(const State& after, const Event& event);

  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ScheduleMeetingRequest& request);
  static std::string Stream(const v1::ScheduleMeetingRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::RescheduleMeetingRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CancelMeetingRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::HoldMeetingRequest& request);
  // At most limits::kAttendanceMax lines in all. A line is the same as one on record if it has its
  // id, and differs in nothing but the names of persons, which are sealed.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::RecordAttendanceRequest& request);
  // R27: the chair, once, and the commissioners count, each by a line of the attendance that names
  // the convening office, is signed, and has no proxy_for. Which person is behind a line is not
  // known.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::TakeDecisionRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::AttachMinutesRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::AssignFollowUpRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CompleteFollowUpRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CorrectMeetingRequest& request);
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_LOKUS_MEETING_H_
