// SPDX-License-Identifier: Apache-2.0
//
// File: policy.h
//
// Questions to the policy of a program and to the deviations from it.

#ifndef JEJAK_SERVER_DOMAIN_PROGRAM_POLICY_H_
#define JEJAK_SERVER_DOMAIN_PROGRAM_POLICY_H_

#include "jejak/v1/office.pb.h"
#include "jejak/v1/program.pb.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <optional>

namespace jejak::domain {

// True for the rules that a deviation can relax: R3, a category outside the policy; R5, an office
// of another level; R6, the number of lokus of an office; R16, the most agen of a lokus.
bool IsDeviableRule(absl::string_view rule);

// OK if the policy makes sense. POLICY_INVALID names the first field that does not.
absl::Status CheckPolicy(const v1::Policy& policy);

// The latest deviation from `rule` that still holds on the day `today` and covers both: the office
// it is granted to, if it names one, is `office`, and the lokus it is granted for, if it names one,
// is `lokus`. Null if there is none. Both may be empty.
const v1::PolicyDeviation* FindDeviation(const v1::Program& program, absl::string_view rule,
                                         absl::string_view office, absl::string_view lokus,
                                         absl::string_view today);

// The quota of a lokus (R16): that of the policy in force, with the `max` of a deviation.
v1::Quota AgenQuota(const v1::Program& program, absl::string_view office, absl::string_view lokus,
                    absl::string_view today);

// The most lokus a regency may have approved (R6), by its office: the value of a deviation, else
// the office's target, else the policy's; nothing if there is no limit.
std::optional<std::uint32_t> LokusLimit(const v1::Program& program, absl::string_view office,
                                        absl::string_view lokus, absl::string_view today);

// The same without deviations.
std::optional<std::uint32_t> LokusTarget(const v1::Program& program, absl::string_view office);

// Whether offices of the level may propose; any may if the policy lists none.
bool MayPropose(const v1::Policy& policy, v1::OfficeLevel level);
// Whether offices of the level may approve and designate (R5).
bool MayDesignate(const v1::Policy& policy, v1::OfficeLevel level);

// Whether the policy knows the category, or the voter base, or the requirement.
bool HasCategory(const v1::Policy& policy, v1::LokusCategory category);
bool HasVoterBase(const v1::Policy& policy, v1::VoterBase base);
bool HasRequirement(const v1::Policy& policy, v1::Requirement requirement);

// Fewest commissioners present for a decision of a meeting of the kind; 0 if none (R27).
std::uint32_t Quorum(const v1::Policy& policy, v1::MeetingKind kind);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_PROGRAM_POLICY_H_
