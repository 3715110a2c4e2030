// SPDX-License-Identifier: Apache-2.0

#include "server/domain/lokus/meeting_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::domain {

using absl::StatusCode;

absl::Status MeetingInState(const v1::Meeting& meeting, absl::string_view needed) {
  const std::string& state = v1::MeetingState_Name(meeting.state());
  return Refusal(StatusCode::kFailedPrecondition, "MEETING_STATE",
                 absl::StrCat("the meeting is in state ", state))
      .Needed(needed)
      .Meta("meeting", meeting.name())
      .Meta("state", state);
}

absl::Status MeetingFull(absl::string_view what, std::size_t max) {
  return Refusal(StatusCode::kFailedPrecondition, "MEETING_FULL",
                 absl::StrCat("a meeting has at most ", max, " ", what))
      .Needed("record the rest in the minutes")
      .Meta("max", absl::StrCat(max));
}

absl::Status ProxyCapacity(v1::Capacity capacity) {
  const std::string& name = v1::Capacity_Name(capacity);
  return Refusal(StatusCode::kInvalidArgument, "PROXY_CAPACITY",
                 absl::StrCat("a party acts as ", name, " for somebody of the same capacity"))
      .Needed("the proxy's own capacity in capacity, the principal's in proxy_for.capacity")
      .Meta("capacity", name);
}

absl::Status AttendanceExists(absl::string_view attendance_id) {
  return Refusal(StatusCode::kAlreadyExists, "ATTENDANCE_EXISTS",
                 absl::StrCat("the attendance has another line ", attendance_id))
      .Needed("choose another id")
      .Meta("attendance_id", attendance_id);
}

absl::Status DecisionExists(absl::string_view number) {
  return Refusal(StatusCode::kAlreadyExists, "DECISION_EXISTS",
                 absl::StrCat("the meeting has a decision number ", number))
      .Needed("choose another number, or correct the text of the decision")
      .Meta("number", number);
}

absl::Status QuorumNotReached(const v1::Meeting& meeting, std::uint32_t present,
                              std::uint32_t quorum, const v1::Policy& policy) {
  return Refusal(StatusCode::kFailedPrecondition, "QUORUM_NOT_REACHED",
                 absl::StrCat(present, " commissioners of ", meeting.convened_by(),
                              " are on the attendance list"))
      .Rule("R27")
      .Article(policy.guideline().number())
      .Needed(absl::StrCat("at least ", quorum,
                           " commissioners present, chair included, each by a signed line that "
                           "names the office and has no proxy_for"))
      .PolicyVersion(policy.version())
      .Meta("meeting", meeting.name())
      .Meta("present", absl::StrCat(present))
      .Meta("quorum", absl::StrCat(quorum));
}

absl::Status FollowUpExists(absl::string_view follow_up_id) {
  return Refusal(StatusCode::kAlreadyExists, "FOLLOW_UP_EXISTS",
                 absl::StrCat("the meeting has a task ", follow_up_id))
      .Needed("choose another id")
      .Meta("follow_up_id", follow_up_id);
}

absl::Status FollowUpUnknown(absl::string_view follow_up_id) {
  return Refusal(StatusCode::kInvalidArgument, "FOLLOW_UP_UNKNOWN",
                 absl::StrCat("the meeting has no task ", follow_up_id))
      .Needed("the id of a task given with AssignFollowUp")
      .Meta("follow_up_id", follow_up_id);
}

absl::Status FollowUpIsDone(const v1::FollowUp& follow_up) {
  return Refusal(StatusCode::kFailedPrecondition, "FOLLOW_UP_DONE",
                 absl::StrCat("the task ", follow_up.follow_up_id(), " is done already"))
      .Needed("a task that is open; how it was done stays as recorded")
      .Meta("follow_up_id", follow_up.follow_up_id())
      .Meta("done_on", follow_up.done_on());
}

}  // namespace jejak::domain
