// SPDX-License-Identifier: Apache-2.0
//
// File: meeting_errors.h
//
// The refusals of the aggregate Meeting.

#ifndef JEJAK_SERVER_DOMAIN_LOKUS_MEETING_ERRORS_H_
#define JEJAK_SERVER_DOMAIN_LOKUS_MEETING_ERRORS_H_

#include "jejak/v1/meeting.pb.h"
#include "jejak/v1/program.pb.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>

namespace jejak::domain {

// FAILED_PRECONDITION, MEETING_STATE: the state does not allow the command.
absl::Status MeetingInState(const v1::Meeting& meeting, absl::string_view needed);
// FAILED_PRECONDITION, MEETING_FULL: no more than `max` of `what` per meeting.
absl::Status MeetingFull(absl::string_view what, std::size_t max);
// INVALID_ARGUMENT, PROXY_CAPACITY: nobody acts for somebody in the same capacity.
absl::Status ProxyCapacity(v1::Capacity capacity);
// ALREADY_EXISTS, ATTENDANCE_EXISTS: the id is that of another line.
absl::Status AttendanceExists(absl::string_view attendance_id);
// ALREADY_EXISTS, DECISION_EXISTS: the number is taken.
absl::Status DecisionExists(absl::string_view number);
// FAILED_PRECONDITION, QUORUM_NOT_REACHED (R27).
absl::Status QuorumNotReached(const v1::Meeting& meeting, std::uint32_t present,
                              std::uint32_t quorum, const v1::Policy& policy);
// ALREADY_EXISTS, FOLLOW_UP_EXISTS: the id is taken.
absl::Status FollowUpExists(absl::string_view follow_up_id);
// INVALID_ARGUMENT, FOLLOW_UP_UNKNOWN.
absl::Status FollowUpUnknown(absl::string_view follow_up_id);
// FAILED_PRECONDITION, FOLLOW_UP_DONE: done already, on another day or by something else.
absl::Status FollowUpIsDone(const v1::FollowUp& follow_up);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_LOKUS_MEETING_ERRORS_H_
