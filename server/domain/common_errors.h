// SPDX-License-Identifier: Apache-2.0
//
// File: common_errors.h
//
// Refusals that more than one aggregate makes.

#ifndef JEJAK_SERVER_DOMAIN_COMMON_ERRORS_H_
#define JEJAK_SERVER_DOMAIN_COMMON_ERRORS_H_

#include "jejak/v1/common.pb.h"
#include "jejak/v1/office.pb.h"
#include "jejak/v1/program.pb.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace jejak::domain {

// INVALID_ARGUMENT, OFFICE_UNKNOWN: the acting office, or one that is named, is not registered.
absl::Status OfficeUnknown(absl::string_view office);
// FAILED_PRECONDITION, OFFICE_CLOSED.
absl::Status OfficeClosed(absl::string_view office);
// FAILED_PRECONDITION, PROGRAM_NOT_OPEN.
absl::Status ProgramNotOpen(const v1::Program& program);
// FAILED_PRECONDITION, POLICY_MISSING: nothing can be decided before a policy is published.
absl::Status PolicyMissing(absl::string_view program);
// INVALID_ARGUMENT, REGION_UNKNOWN (R1): the code is not in the active catalog.
absl::Status RegionUnknown(absl::string_view code);
// FAILED_PRECONDITION, REGION_UNKNOWN (R1): there is no active catalog to look the code up in.
absl::Status RegionCatalogMissing(absl::string_view code);
// PERMISSION_DENIED, REGION_OUTSIDE_OFFICE (R5).
absl::Status RegionOutsideOffice(absl::string_view code, const v1::Office& office);
// PERMISSION_DENIED, OFFICE_NOT_ABOVE (R5): `acting` is neither `office` nor above it.
absl::Status OfficeNotAbove(absl::string_view acting, absl::string_view office);
// PERMISSION_DENIED, NATIONAL_OFFICE_NEEDED (R42).
absl::Status NationalOfficeNeeded(absl::string_view acting);
// INVALID_ARGUMENT, LOKUS_UNKNOWN.
absl::Status LokusUnknown(absl::string_view lokus);
// INVALID_ARGUMENT, MEETING_UNKNOWN.
absl::Status MeetingUnknown(absl::string_view meeting);
// INVALID_ARGUMENT, DOCUMENT_UNKNOWN.
absl::Status DocumentUnknown(absl::string_view document);
// FAILED_PRECONDITION, DECREE_MISSING (R7): no such document, not a decree, or superseded.
absl::Status DecreeMissing(absl::string_view document);
// FAILED_PRECONDITION, DECREE_NOT_SIGNED (R7): the decree's latest version has no signature.
absl::Status DecreeNotSigned(absl::string_view document);
// FAILED_PRECONDITION, DECREE_NOT_OF_OFFICE (R7): another office than `office` issued it.
absl::Status DecreeNotOfOffice(absl::string_view document, absl::string_view office);
// FAILED_PRECONDITION, DECREE_NOT_OF_LOKUS (R7): it lists lokus, and not this one.
absl::Status DecreeNotOfLokus(absl::string_view document, absl::string_view lokus);
// INVALID_ARGUMENT, PROXY_MISSING (R22): who is not the head must say for whom they act.
absl::Status ProxyMissing();
// INVALID_ARGUMENT, PROXY_PRINCIPAL (R22): for a village government only its head is acted for.
absl::Status ProxyPrincipal(v1::Capacity capacity);
// INVALID_ARGUMENT, PARTY_PERSON_DATA (R21): `field`, a path, is more than the name of a person.
absl::Status PartyPersonData(absl::string_view field);
// INVALID_ARGUMENT, DATES_REVERSED: `to` lies before `from`.
absl::Status DatesReversed(absl::string_view from, absl::string_view to);

// INVALID_ARGUMENT, DATE_IN_FUTURE: what is recorded has happened.
absl::Status DateInFuture(absl::string_view field, absl::string_view date);

// --- Corrections (R43, R45).
// INVALID_ARGUMENT, FIELD_NOT_CORRECTABLE.
absl::Status FieldNotCorrectable(absl::string_view field);
// FAILED_PRECONDITION, CORRECTOR_IS_APPROVER (R43).
absl::Status CorrectorIsApprover();
// INVALID_ARGUMENT, CORRECTED_EVENT_UNKNOWN: the position is not of an event of the stream.
absl::Status CorrectedEventUnknown(absl::string_view stream);
// INVALID_ARGUMENT, CORRECTION_VALUE_INVALID: `expected` says what would do, e.g. "a date".
absl::Status CorrectionValueInvalid(absl::string_view field, absl::string_view expected);
// INVALID_ARGUMENT, CORRECTION_WITHOUT_EFFECT: the field has this value already.
absl::Status CorrectionWithoutEffect(absl::string_view field);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_COMMON_ERRORS_H_
