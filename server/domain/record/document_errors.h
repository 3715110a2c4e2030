// SPDX-License-Identifier: Apache-2.0
//
// File: document_errors.h
//
// The refusals of the aggregate Document.

#ifndef JEJAK_SERVER_DOMAIN_RECORD_DOCUMENT_ERRORS_H_
#define JEJAK_SERVER_DOMAIN_RECORD_DOCUMENT_ERRORS_H_

#include "jejak/v1/document.pb.h"
#include "jejak/v1/office.pb.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>

namespace jejak::domain {

// FAILED_PRECONDITION, DOCUMENT_STATE: the state does not allow the command.
absl::Status DocumentInState(const v1::Document& document, absl::string_view needed);
// FAILED_PRECONDITION, DOCUMENT_FULL: no more than `max` of `what` per document.
absl::Status DocumentFull(absl::string_view what, std::size_t max);
// ALREADY_EXISTS, DOCUMENT_NUMBER_TAKEN (R25) by `holder`.
absl::Status DocumentNumberTaken(absl::string_view number, absl::string_view holder);
// INVALID_ARGUMENT, DOCUMENT_NUMBER_REGION (R25): the number names another region than the
// office's.
absl::Status DocumentNumberRegion(absl::string_view region_code, const v1::Office& office);
// INVALID_ARGUMENT, DOCUMENT_NUMBER_YEAR (R25): `issued_on` is not of the year of the number.
absl::Status DocumentNumberYear(absl::string_view number, absl::string_view issued_on);
// INVALID_ARGUMENT, SUBJECTS_MISSING (R23): `what`, e.g. "the item list", has personal data
// and names no agen.
absl::Status SubjectsMissing(absl::string_view what);
// INVALID_ARGUMENT, PERSONAL_DATA_UNSTATED (R23): by its type, its disclosure class or the subjects
// that are named there is personal data.
absl::Status PersonalDataUnstated();
// INVALID_ARGUMENT, DISCLOSURE_CLASS_CONFLICT: personal data is not public.
absl::Status DisclosureClassConflict();
// FAILED_PRECONDITION, CONTENT_UNKNOWN: nothing was uploaded with this hash.
absl::Status ContentUnknown(absl::string_view sha256);
// FAILED_PRECONDITION, CONTENT_UNCHANGED: the latest version has these bytes.
absl::Status ContentUnchanged(std::uint32_t version);
// FAILED_PRECONDITION, VERSION_MISSING: the document has no such version; 0 stands for the latest.
absl::Status VersionMissing(absl::string_view document, std::uint32_t version);
// FAILED_PRECONDITION, VERSION_NOT_LATEST (R26).
absl::Status VersionNotLatest(std::uint32_t version, std::uint32_t latest);
// INVALID_ARGUMENT, SUCCESSOR_INVALID: a document does not take its own place.
absl::Status DocumentSucceedsItself(absl::string_view document);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_RECORD_DOCUMENT_ERRORS_H_
