// SPDX-License-Identifier: Apache-2.0
//
// File: agen_errors.h
//
// The refusals of the aggregate Agen, appointment included.

#ifndef JEJAK_SERVER_DOMAIN_LOKUS_AGEN_ERRORS_H_
#define JEJAK_SERVER_DOMAIN_LOKUS_AGEN_ERRORS_H_

#include "jejak/v1/agen.pb.h"
#include "jejak/v1/lokus.pb.h"
#include "jejak/v1/program.pb.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>

namespace jejak::domain {

// FAILED_PRECONDITION, AGEN_STATE: the state does not allow the command.
absl::Status AgenInState(const v1::Agen& agen, absl::string_view needed);
// INVALID_ARGUMENT, AGEN_UNKNOWN: there is no such agen, or not where it has to be.
absl::Status AgenUnknown(absl::string_view agen);
// INVALID_ARGUMENT, AGEN_REPEATED: named twice in one command.
absl::Status AgenRepeated(absl::string_view agen);
// FAILED_PRECONDITION, AGEN_FULL: no more than `max` of `what` per agen.
absl::Status AgenFull(absl::string_view what, std::size_t max);

// --- Registration and consent.
// FAILED_PRECONDITION, LOKUS_NOT_DESIGNATED (R8).
absl::Status LokusNotDesignated(const v1::Lokus& lokus);
// INVALID_ARGUMENT, PERSON_INCOMPLETE: `fields` are those that are missing.
absl::Status PersonIncomplete(absl::string_view fields);
// INVALID_ARGUMENT, BASE_MISSING (R15).
absl::Status BaseMissing();
// INVALID_ARGUMENT, BASE_NOT_IN_POLICY (R15).
absl::Status BaseNotInPolicy(v1::VoterBase base, const v1::Policy& policy);
// FAILED_PRECONDITION, CONSENT_MISSING (R21).
absl::Status ConsentMissing();
// INVALID_ARGUMENT, CONSENT_IN_FUTURE (R21): `given_on` lies in the future.
absl::Status ConsentInFuture(absl::string_view given_on);
// FAILED_PRECONDITION, GUARDIAN_CONSENT_MISSING (R11).
absl::Status GuardianConsentMissing(const v1::Policy& policy);
// FAILED_PRECONDITION, DISABILITY_CONSENT_MISSING (R21).
absl::Status DisabilityConsentMissing();
// ALREADY_EXISTS, ALREADY_CANDIDATE: `holder` is the same person in the same lokus.
absl::Status AlreadyCandidate(absl::string_view holder);

// --- Requirements.
// INVALID_ARGUMENT, REQUIREMENT_NOT_IN_POLICY.
absl::Status RequirementNotInPolicy(v1::Requirement requirement, const v1::Policy& policy);
// FAILED_PRECONDITION, AGE_CONTRADICTED (R10): the birth date on record says otherwise. Tells
// nothing of the age.
absl::Status AgeContradicted(const v1::Policy& policy);
// INVALID_ARGUMENT, CHECK_SOURCE_RESERVED: only the server checks against the birth date on record.
absl::Status CheckSourceReserved();
// INVALID_ARGUMENT, CHECK_SOURCE_UNSUITED (R12): party membership is checked by statement or SIPOL.
absl::Status CheckSourceUnsuited(v1::CheckSource source);
// FAILED_PRECONDITION, DOMICILE_CONTRADICTED (R13): the result does not agree with the code given.
absl::Status DomicileContradicted(absl::string_view domicile, const v1::Lokus& lokus);
// FAILED_PRECONDITION, REQUIREMENT_NOT_VERIFIED (R10, R12 to R14, R19).
absl::Status RequirementNotVerified(v1::Requirement requirement, const v1::Policy& policy);
// FAILED_PRECONDITION, REQUIREMENT_NOT_MET (R10, R12 to R14, R19).
absl::Status RequirementNotMet(v1::Requirement requirement);
// FAILED_PRECONDITION, NO_REQUIREMENT_UNMET.
absl::Status NoRequirementUnmet();
// The rule behind a requirement, e.g. "R10"; empty if none.
absl::string_view RuleOf(v1::Requirement requirement);

// --- Appointment.
// FAILED_PRECONDITION, QUOTA_EXCEEDED (R16).
absl::Status QuotaExceeded(const v1::Lokus& lokus, std::size_t to_appoint, std::uint32_t max,
                           std::uint32_t policy_version);
// FAILED_PRECONDITION, ACTIVE_ELSEWHERE (R18): the person of `agen` is in service already. Where
// is not said: the lokus may be none of the caller's business.
absl::Status ActiveElsewhere(absl::string_view agen);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_LOKUS_AGEN_ERRORS_H_
