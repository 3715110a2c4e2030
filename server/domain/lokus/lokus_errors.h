// SPDX-License-Identifier: Apache-2.0
//
// File: lokus_errors.h
//
// The refusals of the aggregate Lokus.

#ifndef JEJAK_SERVER_DOMAIN_LOKUS_LOKUS_ERRORS_H_
#define JEJAK_SERVER_DOMAIN_LOKUS_LOKUS_ERRORS_H_

#include "jejak/v1/lokus.pb.h"
#include "jejak/v1/meeting.pb.h"
#include "jejak/v1/office.pb.h"
#include "jejak/v1/program.pb.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <cstdint>

namespace jejak::domain {

// FAILED_PRECONDITION, LOKUS_STATE: the state does not allow the command.
absl::Status LokusInState(const v1::Lokus& lokus, absl::string_view needed);
// INVALID_ARGUMENT, REGION_NOT_A_VILLAGE (R1).
absl::Status RegionNotAVillage(absl::string_view code);
// ALREADY_EXISTS, VILLAGE_ALREADY_MAPPED (R2); `lokus` holds the village, maybe under another code.
absl::Status VillageAlreadyMapped(absl::string_view code, absl::string_view lokus);
// INVALID_ARGUMENT, TURNOUT_INVALID (R32).
absl::Status TurnoutInvalid();
// INVALID_ARGUMENT, CATEGORY_MISSING (R3).
absl::Status CategoryMissing();
// INVALID_ARGUMENT, CATEGORY_NOT_IN_POLICY (R3).
absl::Status CategoryNotInPolicy(v1::LokusCategory category, const v1::Policy& policy);
// INVALID_ARGUMENT, EVIDENCE_MISSING (R4): nothing that is on record backs the category.
absl::Status EvidenceMissing(v1::LokusCategory category);
// PERMISSION_DENIED, OFFICE_NOT_ENTITLED (R5): `levels` are those that may.
absl::Status OfficeNotEntitled(const v1::Office& office, absl::string_view levels,
                               const v1::Policy& policy);
// FAILED_PRECONDITION, TARGET_REACHED (R6): `regency` is its code.
absl::Status TargetReached(absl::string_view regency, std::uint32_t limit,
                           const v1::Policy& policy);
// FAILED_PRECONDITION, PLENARY_MISSING (R7): no plenary meeting that was held and decided.
absl::Status PlenaryMissing(absl::string_view meeting, const v1::Policy& policy);
// FAILED_PRECONDITION, PLENARY_NOT_OF_OFFICE (R7): another office than `office` convened it.
absl::Status PlenaryNotOfOffice(const v1::Meeting& plenary, absl::string_view office,
                                const v1::Policy& policy);
// FAILED_PRECONDITION, PLENARY_NOT_OF_LOKUS (R7): the lokus is not among those it was about.
absl::Status PlenaryNotOfLokus(const v1::Meeting& plenary, const v1::Lokus& lokus,
                               const v1::Policy& policy);
// FAILED_PRECONDITION, MINUTES_NOT_SIGNED (R7): no minutes, or their latest version is not signed.
absl::Status MinutesNotSigned(const v1::Meeting& plenary, const v1::Policy& policy);
// FAILED_PRECONDITION, PROPOSER_IS_ENDORSER (R43).
absl::Status ProposerIsEndorser(const v1::Lokus& lokus);
// FAILED_PRECONDITION, PROPOSER_IS_APPROVER (R43).
absl::Status ProposerIsApprover(const v1::Lokus& lokus);
// INVALID_ARGUMENT, PARTY_NOT_OF_VILLAGE.
absl::Status PartyNotOfVillage(const v1::Lokus& lokus);
// INVALID_ARGUMENT, MEETING_NOT_OF_LOKUS: of another program, or not about the lokus.
absl::Status MeetingNotOfLokus(const v1::Meeting& meeting, const v1::Lokus& lokus);
// FAILED_PRECONDITION, VILLAGE_NOT_ACCEPTED (R9).
absl::Status VillageNotAccepted(const v1::Lokus& lokus);
// FAILED_PRECONDITION, QUOTA_NOT_REACHED (R16): fewer active agen than the quota's minimum.
absl::Status QuotaNotReached(const v1::Lokus& lokus, std::uint32_t min,
                             std::uint32_t policy_version);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_LOKUS_LOKUS_ERRORS_H_
