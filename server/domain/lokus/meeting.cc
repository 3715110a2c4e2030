// SPDX-License-Identifier: Apache-2.0

#include "server/domain/lokus/meeting.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/checks.h"
#include "server/domain/common_errors.h"
#include "server/domain/correction.h"
#include "server/domain/dates.h"
#include "server/domain/lokus/meeting_errors.h"
#include "server/domain/program/policy.h"
#include "server/domain/refusal.h"

#include "google/protobuf/util/message_differencer.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

#include <cstdint>
#include <utility>

namespace jejak::domain {
namespace {

using google::protobuf::util::MessageDifferencer;

absl::Status CheckState(const v1::Meeting& meeting, v1::MeetingState state,
                        absl::string_view needed) {
  return meeting.state() == state ? absl::OkStatus() : MeetingInState(meeting, needed);
}

absl::Status CheckScheduled(const v1::Meeting& meeting) {
  return CheckState(meeting, v1::MEETING_STATE_SCHEDULED, "a meeting that is planned");
}

absl::Status CheckHeld(const v1::Meeting& meeting) {
  return CheckState(meeting, v1::MEETING_STATE_HELD, "record with HoldMeeting that it was held");
}

absl::Status CheckDates(absl::string_view from, absl::string_view to) {
  return DatesInOrder(from, to) ? absl::OkStatus() : DatesReversed(from, to);
}

// The program is open, and the meeting is up to the acting office.
absl::StatusOr<const v1::Program*> ActOn(const Context& context, const v1::Meeting& meeting) {
  JEJAK_RETURN_IF_ERROR(CheckActsFor(context, meeting.convened_by()));
  return ProgramOf(context.world, meeting.name());
}

// R27: how many members of the convening office are there, in person and by their signature. It has
// one chair.
std::uint32_t CountPresent(const v1::Meeting& meeting) {
  std::uint32_t commissioners = 0;
  bool chair = false;
  for (const v1::Attendance& attendance : meeting.attendance()) {
    const v1::Party& party = attendance.party();
    const bool counts = party.kind() == v1::PARTY_KIND_OFFICE &&
                        party.office() == meeting.convened_by() && attendance.signed_() &&
                        !party.has_proxy_for();
    if (!counts) continue;
    chair = chair || party.capacity() == v1::CAPACITY_CHAIR;
    if (party.capacity() == v1::CAPACITY_COMMISSIONER) ++commissioners;
  }
  return commissioners + (chair ? 1 : 0);
}

using AttendanceList = google::protobuf::RepeatedPtrField<v1::Attendance>;

const v1::Attendance* FindAttendance(const AttendanceList& list, absl::string_view id) {
  const auto found =
      absl::c_find_if(list, [&](const v1::Attendance& line) { return line.attendance_id() == id; });
  return found == list.end() ? nullptr : &*found;
}

bool IsSameLine(v1::Attendance a, v1::Attendance b) {
  for (v1::Attendance* line : {&a, &b}) *line->mutable_party() = WithoutPersons(line->party());
  return MessageDifferencer::Equals(a, b);
}

const v1::FollowUp* FindFollowUp(const v1::Meeting& meeting, absl::string_view follow_up_id) {
  for (const v1::FollowUp& follow_up : meeting.follow_ups()) {
    if (follow_up.follow_up_id() == follow_up_id) return &follow_up;
  }
  return nullptr;
}

}  // namespace

void MeetingDecider::Evolve(const EventMeta&, const Event& event, State& state) {
  switch (event.event_case()) {
    case Event::kMeetingScheduled: {
      const event::v1::MeetingScheduled& e = event.meeting_scheduled();
      state.set_state(v1::MEETING_STATE_SCHEDULED);
      state.set_kind(e.kind());
      state.set_subject(e.subject());
      state.set_place(e.place());
      state.set_planned_from(e.planned_from());
      state.set_planned_to(e.planned_to());
      *state.mutable_lokus() = e.lokus();
      state.set_convened_by(e.convened_by());
      *state.mutable_invitees() = e.invitees();
      state.set_follows(e.follows());
      break;
    }
    case Event::kMeetingRescheduled: {
      const event::v1::MeetingRescheduled& e = event.meeting_rescheduled();
      state.set_planned_from(e.planned_from());
      state.set_planned_to(e.planned_to());
      if (!e.place().empty()) state.set_place(e.place());
      state.set_reason(e.reason());
      break;
    }
    case Event::kMeetingCancelled:
      state.set_state(v1::MEETING_STATE_CANCELLED);
      state.set_reason(event.meeting_cancelled().reason());
      break;
    case Event::kMeetingHeld: {
      const event::v1::MeetingHeld& e = event.meeting_held();
      state.set_state(v1::MEETING_STATE_HELD);
      state.set_held_from(e.held_from());
      state.set_held_to(e.held_to());
      state.set_mode(e.mode());
      if (!e.place().empty()) state.set_place(e.place());
      break;
    }
    case Event::kAttendanceRecorded:
      state.mutable_attendance()->MergeFrom(event.attendance_recorded().attendance());
      break;
    case Event::kDecisionTaken:
      *state.add_decisions() = event.decision_taken().decision();
      break;
    case Event::kMinutesAttached:
      state.set_minutes_document(event.minutes_attached().document());
      break;
    case Event::kFollowUpAssigned:
      *state.add_follow_ups() = event.follow_up_assigned().follow_up();
      break;
    case Event::kFollowUpDone:
      for (v1::FollowUp& follow_up : *state.mutable_follow_ups()) {
        if (follow_up.follow_up_id() != event.follow_up_done().follow_up_id()) continue;
        follow_up.set_done_on(event.follow_up_done().done_on());
        follow_up.set_done_by(event.follow_up_done().done_by());
      }
      break;
    case Event::kFactCorrected:
      ApplyCorrection(event.fact_corrected(), state);
      break;
    case Event::EVENT_NOT_SET:
      break;
  }
}

std::vector<ClaimKey> MeetingDecider::Claims(const EventMeta&, const State&, const Event&) {
  return {};
}

std::vector<std::string> MeetingDecider::Tags(const State& after, const Event& event) {
  std::vector<std::string> tags;
  for (const std::string& lokus : after.lokus()) AddTag("lokus", lokus, tags);
  switch (event.event_case()) {
    case Event::kMeetingScheduled:
      AddTag("meeting", event.meeting_scheduled().follows(), tags);
      AddTag("office", event.meeting_scheduled().convened_by(), tags);
      break;
    case Event::kMinutesAttached:
      AddTag("document", event.minutes_attached().document(), tags);
      break;
    case Event::kFollowUpAssigned:
      AddTag("office", event.follow_up_assigned().follow_up().owner_office(), tags);
      break;
    case Event::kFollowUpDone:
      if (NameMatches(event.follow_up_done().done_by(), kPattern)) {
        AddTag("meeting", event.follow_up_done().done_by(), tags);
      }
      break;
    case Event::kMeetingRescheduled:
    case Event::kMeetingCancelled:
    case Event::kMeetingHeld:
    case Event::kAttendanceRecorded:
    case Event::kDecisionTaken:
    case Event::kFactCorrected:
    case Event::EVENT_NOT_SET:
      break;
  }
  return tags;
}

std::string MeetingDecider::Stream(const v1::ScheduleMeetingRequest& request) {
  return absl::StrCat(request.parent(), "/meetings/", request.meeting_id());
}

absl::StatusOr<Decision> MeetingDecider::Decide(const Context& context, const State& state,
                                                const v1::ScheduleMeetingRequest& request) {
  const std::string stream = Stream(request);
  if (!state.name().empty()) return ResourceExists("MEETING_EXISTS", stream);
  JEJAK_ASSIGN_OR_RETURN(const v1::Program* program, ActingInProgram(context, stream));
  JEJAK_RETURN_IF_ERROR(CheckDates(request.planned_from(), request.planned_to()));
  for (const std::string& lokus : request.lokus()) {
    JEJAK_RETURN_IF_ERROR(CheckLokusExists(context.world, lokus));
    if (NamePrefix(lokus, 2) != program->name()) return LokusUnknown(lokus);
  }
  JEJAK_RETURN_IF_ERROR(CheckMeetingExists(context.world, request.follows()));
  if (!request.follows().empty() && NamePrefix(request.follows(), 2) != program->name()) {
    return MeetingUnknown(request.follows());
  }

  Decision decision;
  event::v1::MeetingScheduled& scheduled =
      *decision.Add<MeetingDecider>(stream).mutable_meeting_scheduled();
  scheduled.set_kind(request.kind());
  scheduled.set_subject(request.subject());
  scheduled.set_place(request.place());
  scheduled.set_planned_from(request.planned_from());
  scheduled.set_planned_to(request.planned_to());
  for (const std::string& lokus : request.lokus()) {
    if (!absl::c_linear_search(scheduled.lokus(), lokus)) scheduled.add_lokus(lokus);
  }
  scheduled.set_convened_by(context.actor.office);
  *scheduled.mutable_invitees() = request.invitees();
  scheduled.set_follows(request.follows());
  return decision;
}

absl::StatusOr<Decision> MeetingDecider::Decide(const Context& context, const State& state,
                                                const v1::RescheduleMeetingRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActOn(context, state).status());
  JEJAK_RETURN_IF_ERROR(CheckScheduled(state));
  JEJAK_RETURN_IF_ERROR(CheckDates(request.planned_from(), request.planned_to()));
  if (state.planned_from() == request.planned_from() &&
      state.planned_to() == request.planned_to() &&
      (request.place().empty() || state.place() == request.place())) {
    return Decision();
  }
  Decision decision;
  event::v1::MeetingRescheduled& rescheduled =
      *decision.Add<MeetingDecider>(state.name()).mutable_meeting_rescheduled();
  rescheduled.set_planned_from(request.planned_from());
  rescheduled.set_planned_to(request.planned_to());
  rescheduled.set_place(request.place());
  rescheduled.set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> MeetingDecider::Decide(const Context& context, const State& state,
                                                const v1::CancelMeetingRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActOn(context, state).status());
  if (state.state() == v1::MEETING_STATE_CANCELLED && state.reason() == request.reason()) {
    return Decision();
  }
  JEJAK_RETURN_IF_ERROR(CheckScheduled(state));
  Decision decision;
  decision.Add<MeetingDecider>(state.name())
      .mutable_meeting_cancelled()
      ->set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> MeetingDecider::Decide(const Context& context, const State& state,
                                                const v1::HoldMeetingRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActOn(context, state).status());
  const std::string& place = request.place().empty() ? state.place() : request.place();
  if (state.state() == v1::MEETING_STATE_HELD && state.held_from() == request.held_from() &&
      state.held_to() == request.held_to() && state.mode() == request.mode() &&
      state.place() == place) {
    return Decision();
  }
  JEJAK_RETURN_IF_ERROR(CheckScheduled(state));
  JEJAK_RETURN_IF_ERROR(CheckDates(request.held_from(), request.held_to()));
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "held_to", request.held_to()));
  Decision decision;
  event::v1::MeetingHeld& held = *decision.Add<MeetingDecider>(state.name()).mutable_meeting_held();
  held.set_held_from(request.held_from());
  held.set_held_to(request.held_to());
  held.set_mode(request.mode());
  held.set_place(place);
  return decision;
}

absl::StatusOr<Decision> MeetingDecider::Decide(const Context& context, const State& state,
                                                const v1::RecordAttendanceRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActOn(context, state).status());
  JEJAK_RETURN_IF_ERROR(CheckHeld(state));
  AttendanceList added;
  for (const v1::Attendance& line : request.attendance()) {
    const v1::Attendance* known = FindAttendance(state.attendance(), line.attendance_id());
    if (known == nullptr) known = FindAttendance(added, line.attendance_id());
    if (known != nullptr) {
      if (IsSameLine(*known, line)) continue;
      return AttendanceExists(line.attendance_id());
    }
    const v1::Party& party = line.party();
    if (party.has_proxy_for() && party.proxy_for().capacity() == party.capacity()) {
      return ProxyCapacity(party.capacity());
    }
    *added.Add() = line;
  }
  if (added.empty()) return Decision();
  if (static_cast<std::size_t>(state.attendance_size() + added.size()) > limits::kAttendanceMax) {
    return MeetingFull("lines of attendance", limits::kAttendanceMax);
  }
  Decision decision;
  *decision.Add<MeetingDecider>(state.name()).mutable_attendance_recorded()->mutable_attendance() =
      std::move(added);
  return decision;
}

absl::StatusOr<Decision> MeetingDecider::Decide(const Context& context, const State& state,
                                                const v1::TakeDecisionRequest& request) {
  JEJAK_ASSIGN_OR_RETURN(const v1::Program* program, ActOn(context, state));
  JEJAK_RETURN_IF_ERROR(CheckHeld(state));
  for (const v1::MeetingDecision& taken : state.decisions()) {
    if (taken.number() != request.decision().number()) continue;
    if (MessageDifferencer::Equals(taken, request.decision())) return Decision();
    return DecisionExists(taken.number());
  }
  if (static_cast<std::size_t>(state.decisions_size()) >= limits::kMeetingDecisionsMax) {
    return MeetingFull("decisions", limits::kMeetingDecisionsMax);
  }
  const std::uint32_t present = CountPresent(state);
  const std::uint32_t quorum = Quorum(program->policy(), state.kind());
  if (present < quorum) return QuorumNotReached(state, present, quorum, program->policy());

  Decision decision;
  *decision.Add<MeetingDecider>(state.name()).mutable_decision_taken()->mutable_decision() =
      request.decision();
  return decision;
}

absl::StatusOr<Decision> MeetingDecider::Decide(const Context& context, const State& state,
                                                const v1::AttachMinutesRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActOn(context, state).status());
  JEJAK_RETURN_IF_ERROR(CheckHeld(state));
  JEJAK_RETURN_IF_ERROR(CheckDocumentExists(context.world, request.document()));
  if (state.minutes_document() == request.document()) return Decision();
  Decision decision;
  decision.Add<MeetingDecider>(state.name())
      .mutable_minutes_attached()
      ->set_document(request.document());
  return decision;
}

absl::StatusOr<Decision> MeetingDecider::Decide(const Context& context, const State& state,
                                                const v1::AssignFollowUpRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActOn(context, state).status());
  JEJAK_RETURN_IF_ERROR(CheckHeld(state));
  v1::FollowUp follow_up = request.follow_up();
  follow_up.clear_done_on();
  follow_up.clear_done_by();
  if (const v1::FollowUp* assigned = FindFollowUp(state, follow_up.follow_up_id());
      assigned != nullptr) {
    if (MessageDifferencer::Equals(*assigned, follow_up)) return Decision();
    return FollowUpExists(follow_up.follow_up_id());
  }
  JEJAK_RETURN_IF_ERROR(KnownOffice(context.world, follow_up.owner_office()).status());
  if (static_cast<std::size_t>(state.follow_ups_size()) >= limits::kMeetingFollowUpsMax) {
    return MeetingFull("tasks", limits::kMeetingFollowUpsMax);
  }
  Decision decision;
  *decision.Add<MeetingDecider>(state.name()).mutable_follow_up_assigned()->mutable_follow_up() =
      std::move(follow_up);
  return decision;
}

absl::StatusOr<Decision> MeetingDecider::Decide(const Context& context, const State& state,
                                                const v1::CompleteFollowUpRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActingInProgram(context, state.name()).status());
  const v1::FollowUp* follow_up = FindFollowUp(state, request.follow_up_id());
  // Who owns the task may say that it is done.
  if (follow_up == nullptr ||
      !IsOfficeOrAbove(context.world, context.actor.office, follow_up->owner_office())) {
    JEJAK_RETURN_IF_ERROR(CheckActsFor(context, state.convened_by()));
  }
  if (follow_up == nullptr) return FollowUpUnknown(request.follow_up_id());
  if (!follow_up->done_on().empty()) {
    if (follow_up->done_on() == request.done_on() && follow_up->done_by() == request.done_by()) {
      return Decision();
    }
    return FollowUpIsDone(*follow_up);
  }
  if (NameMatches(request.done_by(), kPattern)) {
    JEJAK_RETURN_IF_ERROR(CheckMeetingExists(context.world, request.done_by()));
  }
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "done_on", request.done_on()));
  Decision decision;
  event::v1::FollowUpDone& done =
      *decision.Add<MeetingDecider>(state.name()).mutable_follow_up_done();
  done.set_follow_up_id(request.follow_up_id());
  done.set_done_on(request.done_on());
  done.set_done_by(request.done_by());
  return decision;
}

absl::StatusOr<Decision> MeetingDecider::Decide(const Context& context, const State& state,
                                                const v1::CorrectMeetingRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActOn(context, state).status());
  JEJAK_ASSIGN_OR_RETURN(
      event::v1::FactCorrected corrected,
      DecideCorrection(context, state, state.name(), request.correction(),
                       {"subject", "place", "held_from", "held_to", "mode", "decisions[*].text"}));
  // What was never stated cannot be corrected.
  if (corrected.field() == "mode" && state.mode() == v1::MEETING_MODE_UNSPECIFIED) {
    return FieldNotCorrectable("mode");
  }
  State after = state;
  ApplyCorrection(corrected, after);
  JEJAK_RETURN_IF_ERROR(CheckDates(after.held_from(), after.held_to()));
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "held_to", after.held_to()));
  Decision decision;
  *decision.Add<MeetingDecider>(state.name()).mutable_fact_corrected() = std::move(corrected);
  return decision;
}

}  // namespace jejak::domain
