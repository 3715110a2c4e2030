// SPDX-License-Identifier: Apache-2.0

#include "server/domain/common_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::domain {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

}  // namespace

absl::Status OfficeUnknown(absl::string_view office) {
  return Refusal(kInvalid, "OFFICE_UNKNOWN",
                 office.empty() ? std::string("no office is named")
                                : absl::StrCat("there is no office ", office))
      .Needed("an office registered with RegisterOffice")
      .Meta("office", office);
}

absl::Status OfficeClosed(absl::string_view office) {
  return Refusal(kPrecondition, "OFFICE_CLOSED", absl::StrCat(office, " is closed"))
      .Needed("an office that is open, e.g. its successor")
      .Meta("office", office);
}

absl::Status ProgramNotOpen(const v1::Program& program) {
  return Refusal(kPrecondition, "PROGRAM_NOT_OPEN", absl::StrCat(program.name(), " is not open"))
      .Needed("a program that is open")
      .PolicyVersion(program.policy().version())
      .Meta("program", program.name())
      .Meta("state", v1::ProgramState_Name(program.state()));
}

absl::Status PolicyMissing(absl::string_view program) {
  return Refusal(kPrecondition, "POLICY_MISSING", absl::StrCat(program, " has no policy yet"))
      .Needed("publish a policy with PublishPolicy first")
      .Meta("program", program);
}

absl::Status RegionUnknown(absl::string_view code) {
  return Refusal(kInvalid, "REGION_UNKNOWN",
                 absl::StrCat("the active catalog has no region ", code))
      .Rule("R1")
      .Needed("a code of the active region catalog")
      .Meta("region_code", code);
}

absl::Status RegionCatalogMissing(absl::string_view code) {
  return Refusal(kPrecondition, "REGION_UNKNOWN",
                 absl::StrCat("no region catalog is active to look up ", code, " in"))
      .Rule("R1")
      .Needed("import and activate a region catalog first")
      .Meta("region_code", code);
}

absl::Status RegionOutsideOffice(absl::string_view code, const v1::Office& office) {
  return Refusal(absl::StatusCode::kPermissionDenied, "REGION_OUTSIDE_OFFICE",
                 absl::StrCat("region ", code, " does not lie under ", office.name()))
      .Rule("R5")
      .Needed("act for an office whose region holds it")
      .Meta("region_code", code)
      .Meta("office", office.name())
      .Meta("office_region_code", office.region_code());
}

absl::Status OfficeNotAbove(absl::string_view acting, absl::string_view office) {
  return Refusal(absl::StatusCode::kPermissionDenied, "OFFICE_NOT_ABOVE",
                 absl::StrCat(acting, " is neither ", office, " nor above it"))
      .Rule("R5")
      .Needed(absl::StrCat("act for ", office, " or an office above it"))
      .Meta("office", acting)
      .Meta("needed_office", office);
}

absl::Status NationalOfficeNeeded(absl::string_view acting) {
  return Refusal(absl::StatusCode::kPermissionDenied, "NATIONAL_OFFICE_NEEDED",
                 absl::StrCat(acting, " is not the national office"))
      .Rule("R42")
      .Needed("act for the national office")
      .Meta("office", acting);
}

absl::Status LokusUnknown(absl::string_view lokus) {
  return Refusal(kInvalid, "LOKUS_UNKNOWN", absl::StrCat("there is no lokus ", lokus))
      .Needed("a village mapped with MapVillage")
      .Meta("lokus", lokus);
}

absl::Status MeetingUnknown(absl::string_view meeting) {
  return Refusal(kInvalid, "MEETING_UNKNOWN", absl::StrCat("there is no meeting ", meeting))
      .Needed("a meeting scheduled with ScheduleMeeting")
      .Meta("meeting", meeting);
}

absl::Status DocumentUnknown(absl::string_view document) {
  return Refusal(kInvalid, "DOCUMENT_UNKNOWN", absl::StrCat("there is no document ", document))
      .Needed("a document registered with RegisterDocument")
      .Meta("document", document);
}

absl::Status DecreeMissing(absl::string_view document) {
  return Refusal(kPrecondition, "DECREE_MISSING",
                 absl::StrCat("\"", document, "\" is not a decree in force"))
      .Rule("R7")
      .Needed("register the decree with RegisterDocument, type DOCUMENT_TYPE_DECREE")
      .Meta("decree", document);
}

absl::Status DecreeNotSigned(absl::string_view document) {
  return Refusal(kPrecondition, "DECREE_NOT_SIGNED",
                 absl::StrCat("the latest version of ", document, " is not signed"))
      .Rule("R7")
      .Needed("add a version and record its signature with SignDocument")
      .Meta("decree", document);
}

absl::Status DecreeNotOfOffice(absl::string_view document, absl::string_view office) {
  return Refusal(kPrecondition, "DECREE_NOT_OF_OFFICE",
                 absl::StrCat(document, " is not a decree of ", office))
      .Rule("R7")
      .Needed("a decree of the office that decides")
      .Meta("decree", document)
      .Meta("office", office);
}

absl::Status DecreeNotOfLokus(absl::string_view document, absl::string_view lokus) {
  return Refusal(kPrecondition, "DECREE_NOT_OF_LOKUS",
                 absl::StrCat(document, " is about other lokus"))
      .Rule("R7")
      .Needed("a decree that lists the lokus, or lists none")
      .Meta("decree", document)
      .Meta("lokus", lokus);
}

absl::Status ProxyMissing() {
  return Refusal(kInvalid, "PROXY_MISSING",
                 "who acts for a village without being its head acts for somebody")
      .Rule("R22")
      .Needed("name the principal in proxy_for");
}

absl::Status ProxyPrincipal(v1::Capacity capacity) {
  const std::string& name = v1::Capacity_Name(capacity);
  return Refusal(kInvalid, "PROXY_PRINCIPAL",
                 "who acts for a village acts for its head, and the head for nobody")
      .Rule("R22")
      .Needed("CAPACITY_VILLAGE_HEAD in proxy_for.capacity; no proxy_for if it is the head")
      .Meta("capacity", name);
}

absl::Status PartyPersonData(absl::string_view field) {
  return Refusal(
             kInvalid, "PARTY_PERSON_DATA",
             absl::StrCat(field, " is personal data of a party, which has no lawful basis here"))
      .Rule("R21")
      .Article("UU 27/2022 art. 20")
      .Needed("of the person of a party the name alone")
      .Meta("field", field);
}

absl::Status DatesReversed(absl::string_view from, absl::string_view to) {
  return Refusal(kInvalid, "DATES_REVERSED", absl::StrCat(to, " lies before ", from))
      .Needed("a last day that is not before the first")
      .Meta("from", from)
      .Meta("to", to);
}

absl::Status DateInFuture(absl::string_view field, absl::string_view date) {
  return Refusal(kInvalid, "DATE_IN_FUTURE", absl::StrCat(field, " lies in the future"))
      .Needed("the day it happened on; what is to come is recorded when it has")
      .Meta("field", field)
      .Meta("date", date);
}

absl::Status FieldNotCorrectable(absl::string_view field) {
  return Refusal(kInvalid, "FIELD_NOT_CORRECTABLE",
                 absl::StrCat("\"", field, "\" is not a field that can be corrected"))
      .Rule("R45")
      .Needed("a field that the request lists, and an element that is there")
      .Meta("field", field);
}

absl::Status CorrectorIsApprover() {
  return Refusal(kPrecondition, "CORRECTOR_IS_APPROVER",
                 "a correction is approved by somebody else than who makes it")
      .Rule("R43")
      .Needed("the approval of another officer");
}

absl::Status CorrectedEventUnknown(absl::string_view stream) {
  return Refusal(kInvalid, "CORRECTED_EVENT_UNKNOWN",
                 absl::StrCat("the corrected position is not of an event of ", stream))
      .Rule("R45")
      .Needed("the position of the event that stated the fact")
      .Meta("stream", stream);
}

absl::Status CorrectionValueInvalid(absl::string_view field, absl::string_view expected) {
  return Refusal(kInvalid, "CORRECTION_VALUE_INVALID",
                 absl::StrCat("the value does not fit ", field))
      .Rule("R45")
      .Needed(expected)
      .Meta("field", field);
}

absl::Status CorrectionWithoutEffect(absl::string_view field) {
  return Refusal(kInvalid, "CORRECTION_WITHOUT_EFFECT",
                 absl::StrCat(field, " has this value already"))
      .Rule("R45")
      .Needed("a value that differs")
      .Meta("field", field);
}

}  // namespace jejak::domain
