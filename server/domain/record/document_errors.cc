// SPDX-License-Identifier: Apache-2.0

#include "server/domain/record/document_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::domain {

using absl::StatusCode;

absl::Status DocumentInState(const v1::Document& document, absl::string_view needed) {
  const std::string& state = v1::DocumentState_Name(document.state());
  return Refusal(StatusCode::kFailedPrecondition, "DOCUMENT_STATE",
                 absl::StrCat(document.name(), " is in state ", state))
      .Needed(needed)
      .Meta("document", document.name())
      .Meta("state", state);
}

absl::Status DocumentFull(absl::string_view what, std::size_t max) {
  return Refusal(StatusCode::kFailedPrecondition, "DOCUMENT_FULL",
                 absl::StrCat("there are at most ", max, " ", what))
      .Needed("register another document")
      .Meta("max", absl::StrCat(max));
}

absl::Status DocumentNumberTaken(absl::string_view number, absl::string_view holder) {
  return Refusal(StatusCode::kAlreadyExists, "DOCUMENT_NUMBER_TAKEN",
                 absl::StrCat("the number ", number, " is that of ", holder))
      .Rule("R25")
      .Needed("a number that the office gave to no other document of the type and year")
      .Meta("number", number)
      .Meta("document", holder);
}

absl::Status DocumentNumberRegion(absl::string_view region_code, const v1::Office& office) {
  return Refusal(
             StatusCode::kInvalidArgument, "DOCUMENT_NUMBER_REGION",
             absl::StrCat("the number names region ", region_code, ", not that of ", office.name()))
      .Rule("R25")
      .Needed("the number as the office gave it, or the office that gave it")
      .Meta("region_code", region_code)
      .Meta("office_region_code", office.region_code());
}

absl::Status DocumentNumberYear(absl::string_view number, absl::string_view issued_on) {
  return Refusal(StatusCode::kInvalidArgument, "DOCUMENT_NUMBER_YEAR",
                 absl::StrCat("the number ", number, " is not of the year of ", issued_on))
      .Rule("R25")
      .Needed(
          "a date in the year of the number; a document of another year is registered anew, and "
          "supersedes this one")
      .Meta("number", number)
      .Meta("issued_on", issued_on);
}

absl::Status SubjectsMissing(absl::string_view what) {
  return Refusal(StatusCode::kInvalidArgument, "SUBJECTS_MISSING",
                 absl::StrCat(what, " has personal data and does not say whose"))
      .Rule("R23")
      .Article("UU 27/2022 art. 31")
      .Needed(
          "the agen by resource name in subjects: of goods in the item, of a document where it is "
          "registered");
}

absl::Status PersonalDataUnstated() {
  return Refusal(StatusCode::kInvalidArgument, "PERSONAL_DATA_UNSTATED",
                 "a document on persons is said to have no personal data")
      .Rule("R23")
      .Needed("contains_personal_data; else no list of agen, no personal class and no subjects");
}

absl::Status DisclosureClassConflict() {
  return Refusal(StatusCode::kInvalidArgument, "DISCLOSURE_CLASS_CONFLICT",
                 "a document with personal data is not public")
      .Article("UU 14/2008 art. 17")
      .Needed("another disclosure class, e.g. DISCLOSURE_CLASS_PERSONAL");
}

absl::Status ContentUnknown(absl::string_view sha256) {
  return Refusal(StatusCode::kFailedPrecondition, "CONTENT_UNKNOWN",
                 "no content with this hash is stored")
      .Needed("upload it with UploadContent first")
      .Meta("sha256", sha256);
}

absl::Status ContentUnchanged(std::uint32_t version) {
  return Refusal(StatusCode::kFailedPrecondition, "CONTENT_UNCHANGED",
                 absl::StrCat("version ", version, ", the latest, has the same bytes"))
      .Needed("other bytes")
      .Meta("version", absl::StrCat(version));
}

absl::Status VersionMissing(absl::string_view document, std::uint32_t version) {
  return Refusal(StatusCode::kFailedPrecondition, "VERSION_MISSING",
                 version == 0 ? absl::StrCat(document, " has no version yet")
                              : absl::StrCat(document, " has no version ", version))
      .Needed("add the version with AddDocumentVersion first")
      .Meta("document", document)
      .Meta("version", absl::StrCat(version));
}

absl::Status VersionNotLatest(std::uint32_t version, std::uint32_t latest) {
  return Refusal(StatusCode::kFailedPrecondition, "VERSION_NOT_LATEST",
                 absl::StrCat("version ", version, " was followed by version ", latest))
      .Rule("R26")
      .Needed("a signature on the latest version")
      .Meta("version", absl::StrCat(version))
      .Meta("latest", absl::StrCat(latest));
}

absl::Status DocumentSucceedsItself(absl::string_view document) {
  return Refusal(StatusCode::kInvalidArgument, "SUCCESSOR_INVALID",
                 absl::StrCat(document, " cannot take its own place"))
      .Needed("another document")
      .Meta("document", document);
}

}  // namespace jejak::domain
