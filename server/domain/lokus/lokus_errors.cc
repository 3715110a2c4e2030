// SPDX-License-Identifier: Apache-2.0

#include "server/domain/lokus/lokus_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::domain {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kDenied = absl::StatusCode::kPermissionDenied;

}  // namespace

absl::Status LokusInState(const v1::Lokus& lokus, absl::string_view needed) {
  return Refusal(kPrecondition, "LOKUS_STATE",
                 absl::StrCat("the lokus is in state ", v1::LokusState_Name(lokus.state())))
      .Needed(needed)
      .PolicyVersion(lokus.policy_version())
      .Meta("lokus", lokus.name())
      .Meta("state", v1::LokusState_Name(lokus.state()));
}

absl::Status RegionNotAVillage(absl::string_view code) {
  return Refusal(kInvalid, "REGION_NOT_A_VILLAGE", absl::StrCat("region ", code, " is no village"))
      .Rule("R1")
      .Needed("the code of a village, of four parts")
      .Meta("region_code", code);
}

absl::Status VillageAlreadyMapped(absl::string_view code, absl::string_view lokus) {
  return Refusal(absl::StatusCode::kAlreadyExists, "VILLAGE_ALREADY_MAPPED",
                 absl::StrCat("village ", code, " is in the program already as ", lokus))
      .Rule("R2")
      .Needed("use the lokus that exists, or map another village")
      .Meta("region_code", code)
      .Meta("lokus", lokus);
}

absl::Status TurnoutInvalid() {
  return Refusal(kInvalid, "TURNOUT_INVALID",
                 "a turnout is a count of voters out of a voter list, never more than it")
      .Rule("R32")
      .Needed("numerator <= denominator, denominator above 0, and the basis of the voter list");
}

absl::Status CategoryMissing() {
  return Refusal(kInvalid, "CATEGORY_MISSING", "no category says what the village is chosen for")
      .Rule("R3")
      .Needed("a category of the policy, or a deviation from R3");
}

absl::Status CategoryNotInPolicy(v1::LokusCategory category, const v1::Policy& policy) {
  return Refusal(kInvalid, "CATEGORY_NOT_IN_POLICY",
                 absl::StrCat(v1::LokusCategory_Name(category), " is not in the policy"))
      .Rule("R3")
      .Article(policy.guideline().number())
      .Needed("a category of the policy, or a deviation from R3")
      .PolicyVersion(policy.version())
      .Meta("category", v1::LokusCategory_Name(category));
}

absl::Status EvidenceMissing(v1::LokusCategory category) {
  return Refusal(kInvalid, "EVIDENCE_MISSING",
                 absl::StrCat("nothing on record backs ", v1::LokusCategory_Name(category)))
      .Rule("R4")
      .Needed(
          "evidence by an indicator that was mapped and tells of the category, or by a document "
          "that is registered")
      .Meta("category", v1::LokusCategory_Name(category));
}

absl::Status OfficeNotEntitled(const v1::Office& office, absl::string_view levels,
                               const v1::Policy& policy) {
  return Refusal(kDenied, "OFFICE_NOT_ENTITLED",
                 absl::StrCat("the policy does not entitle ", office.name()))
      .Rule("R5")
      .Article(policy.guideline().number())
      .Needed(absl::StrCat("an office of level ", levels))
      .PolicyVersion(policy.version())
      .Meta("office", office.name())
      .Meta("level", v1::OfficeLevel_Name(office.level()));
}

absl::Status TargetReached(absl::string_view regency, std::uint32_t limit,
                           const v1::Policy& policy) {
  return Refusal(kPrecondition, "TARGET_REACHED",
                 absl::StrCat("regency ", regency, " has as many approved lokus as it is to have"))
      .Rule("R6")
      .Article(policy.guideline().number())
      .Needed(
          "a higher target of its office set with SetTarget, a deviation from R6, or a withdrawal")
      .PolicyVersion(policy.version())
      .Meta("regency", regency)
      .Meta("limit", absl::StrCat(limit));
}

absl::Status PlenaryMissing(absl::string_view meeting, const v1::Policy& policy) {
  return Refusal(kPrecondition, "PLENARY_MISSING",
                 absl::StrCat("\"", meeting, "\" is not a plenary meeting that decided"))
      .Rule("R7")
      .Article(policy.guideline().number())
      .Needed("a plenary meeting of the program that was held, with a decision on record")
      .PolicyVersion(policy.version())
      .Meta("meeting", meeting);
}

absl::Status PlenaryNotOfOffice(const v1::Meeting& plenary, absl::string_view office,
                                const v1::Policy& policy) {
  return Refusal(kPrecondition, "PLENARY_NOT_OF_OFFICE",
                 absl::StrCat(plenary.name(), " was convened by ", plenary.convened_by()))
      .Rule("R7")
      .Article(policy.guideline().number())
      .Needed(absl::StrCat("a plenary meeting that ", office, " convened"))
      .PolicyVersion(policy.version())
      .Meta("meeting", plenary.name())
      .Meta("convened_by", plenary.convened_by())
      .Meta("office", office);
}

absl::Status PlenaryNotOfLokus(const v1::Meeting& plenary, const v1::Lokus& lokus,
                               const v1::Policy& policy) {
  return Refusal(kPrecondition, "PLENARY_NOT_OF_LOKUS",
                 absl::StrCat(plenary.name(), " was not about the lokus"))
      .Rule("R7")
      .Article(policy.guideline().number())
      .Needed("a plenary meeting that names the lokus")
      .PolicyVersion(policy.version())
      .Meta("meeting", plenary.name())
      .Meta("lokus", lokus.name());
}

absl::Status MinutesNotSigned(const v1::Meeting& plenary, const v1::Policy& policy) {
  return Refusal(kPrecondition, "MINUTES_NOT_SIGNED",
                 absl::StrCat("the minutes of ", plenary.name(), " are missing or not signed"))
      .Rule("R7")
      .Article(policy.guideline().number())
      .Needed("attach minutes with AttachMinutes and record their signature with SignDocument")
      .PolicyVersion(policy.version())
      .Meta("meeting", plenary.name())
      .Meta("minutes_document", plenary.minutes_document());
}

absl::Status ProposerIsEndorser(const v1::Lokus& lokus) {
  return Refusal(kPrecondition, "PROPOSER_IS_ENDORSER",
                 "who proposed a village does not endorse it")
      .Rule("R43")
      .Needed("the endorsement of another officer")
      .Meta("lokus", lokus.name());
}

absl::Status ProposerIsApprover(const v1::Lokus& lokus) {
  return Refusal(kPrecondition, "PROPOSER_IS_APPROVER",
                 "who proposed a village does not approve it")
      .Rule("R43")
      .Needed("the approval of another officer")
      .Meta("lokus", lokus.name());
}

absl::Status PartyNotOfVillage(const v1::Lokus& lokus) {
  return Refusal(kInvalid, "PARTY_NOT_OF_VILLAGE",
                 "the answer is given by the government of the village")
      .Needed(absl::StrCat("a party of kind PARTY_KIND_VILLAGE_GOVERNMENT of region ",
                           lokus.region_code()))
      .Meta("lokus", lokus.name())
      .Meta("region_code", lokus.region_code());
}

absl::Status MeetingNotOfLokus(const v1::Meeting& meeting, const v1::Lokus& lokus) {
  return Refusal(kInvalid, "MEETING_NOT_OF_LOKUS",
                 absl::StrCat(meeting.name(), " was not about the lokus"))
      .Needed("a meeting of the program that names the lokus, or none")
      .Meta("meeting", meeting.name())
      .Meta("lokus", lokus.name());
}

absl::Status VillageNotAccepted(const v1::Lokus& lokus) {
  return Refusal(kPrecondition, "VILLAGE_NOT_ACCEPTED", "the village has not accepted the program")
      .Rule("R9")
      .Needed("record the acceptance with AcceptLokus first")
      .PolicyVersion(lokus.policy_version())
      .Meta("lokus", lokus.name());
}

absl::Status QuotaNotReached(const v1::Lokus& lokus, std::uint32_t min,
                             std::uint32_t policy_version) {
  return Refusal(kPrecondition, "QUOTA_NOT_REACHED",
                 absl::StrCat("the lokus has ", lokus.active_agen(), " of at least ", min, " agen"))
      .Rule("R16")
      .Needed("appoint more agen with AppointAgen first")
      .PolicyVersion(policy_version)
      .Meta("lokus", lokus.name())
      .Meta("active_agen", absl::StrCat(lokus.active_agen()))
      .Meta("quota_min", absl::StrCat(min));
}

}  // namespace jejak::domain
