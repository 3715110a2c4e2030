// SPDX-License-Identifier: Apache-2.0

#include "server/domain/lokus/agen_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::domain {

using absl::StatusCode;

absl::Status AgenInState(const v1::Agen& agen, absl::string_view needed) {
  const std::string& state = v1::AgenState_Name(agen.state());
  return Refusal(StatusCode::kFailedPrecondition, "AGEN_STATE",
                 absl::StrCat("the agen is in state ", state))
      .Needed(needed)
      .Meta("agen", agen.name())
      .Meta("state", state);
}

absl::Status AgenUnknown(absl::string_view agen) {
  return Refusal(StatusCode::kInvalidArgument, "AGEN_UNKNOWN",
                 absl::StrCat("there is no agen ", agen, " here"))
      .Needed("the resource name of an agen that is registered")
      .Meta("agen", agen);
}

absl::Status AgenRepeated(absl::string_view agen) {
  return Refusal(StatusCode::kInvalidArgument, "AGEN_REPEATED",
                 absl::StrCat("the agen ", agen, " is named more than once"))
      .Needed("name each agen once")
      .Meta("agen", agen);
}

absl::Status AgenFull(absl::string_view what, std::size_t max) {
  return Refusal(StatusCode::kFailedPrecondition, "AGEN_FULL",
                 absl::StrCat("an agen has at most ", max, " ", what))
      .Needed(absl::StrCat("make do with the ", what, " on record"))
      .Meta("max", absl::StrCat(max));
}

absl::Status LokusNotDesignated(const v1::Lokus& lokus) {
  const std::string& state = v1::LokusState_Name(lokus.state());
  return Refusal(StatusCode::kFailedPrecondition, "LOKUS_NOT_DESIGNATED",
                 absl::StrCat("the lokus is in state ", state))
      .Rule("R8")
      .Needed("a lokus that is designated and open; see DesignateLokus and ResumeLokus")
      .Meta("lokus", lokus.name())
      .Meta("state", state);
}

absl::Status PersonIncomplete(absl::string_view fields) {
  return Refusal(StatusCode::kInvalidArgument, "PERSON_INCOMPLETE",
                 absl::StrCat("of the person, this is missing: ", fields))
      .Needed("name, national_id and birth_date")
      .Meta("fields", fields);
}

absl::Status BaseMissing() {
  return Refusal(StatusCode::kInvalidArgument, "BASE_MISSING",
                 "a candidate comes from at least one voter base")
      .Rule("R15")
      .Needed("name a voter base of the policy");
}

absl::Status BaseNotInPolicy(v1::VoterBase base, const v1::Policy& policy) {
  const std::string& name = v1::VoterBase_Name(base);
  return Refusal(StatusCode::kInvalidArgument, "BASE_NOT_IN_POLICY",
                 absl::StrCat("the policy does not list ", name))
      .Rule("R15")
      .Article(policy.guideline().number())
      .Needed("name voter bases of the policy")
      .PolicyVersion(policy.version())
      .Meta("base", name);
}

absl::Status ConsentMissing() {
  return Refusal(StatusCode::kFailedPrecondition, "CONSENT_MISSING",
                 "there is no consent or other lawful basis for taking part")
      .Rule("R21")
      .Article("UU 27/2022 art. 20")
      .Needed("a consent with purpose CONSENT_PURPOSE_PARTICIPATION");
}

absl::Status ConsentInFuture(absl::string_view given_on) {
  return Refusal(StatusCode::kInvalidArgument, "CONSENT_IN_FUTURE",
                 "a consent is recorded once it was given")
      .Rule("R21")
      .Article("UU 27/2022 art. 20")
      .Needed("the day the consent was given on")
      .Meta("given_on", given_on);
}

absl::Status GuardianConsentMissing(const v1::Policy& policy) {
  return Refusal(StatusCode::kFailedPrecondition, "GUARDIAN_CONSENT_MISSING",
                 "the person was a minor when consent was given")
      .Rule("R11")
      .Article("UU 27/2022 art. 25")
      .Needed(
          "a consent of a parent or guardian with purpose CONSENT_PURPOSE_PARTICIPATION and basis "
          "LAWFUL_BASIS_CONSENT")
      .PolicyVersion(policy.version())
      .Meta("guardian_consent_below", absl::StrCat(policy.age().guardian_consent_below()));
}

absl::Status DisabilityConsentMissing() {
  return Refusal(StatusCode::kFailedPrecondition, "DISABILITY_CONSENT_MISSING",
                 "data on a disability needs a consent of its own")
      .Rule("R21")
      .Article("UU 27/2022 art. 26")
      .Needed(
          "a consent with purpose CONSENT_PURPOSE_DISABILITY_DATA and basis LAWFUL_BASIS_CONSENT");
}

absl::Status AlreadyCandidate(absl::string_view holder) {
  return Refusal(StatusCode::kAlreadyExists, "ALREADY_CANDIDATE",
                 "the person is a candidate or agen of this lokus already")
      .Needed("use the agen that exists")
      .Meta("agen", holder);
}

absl::Status RequirementNotInPolicy(v1::Requirement requirement, const v1::Policy& policy) {
  const std::string& name = v1::Requirement_Name(requirement);
  return Refusal(StatusCode::kInvalidArgument, "REQUIREMENT_NOT_IN_POLICY",
                 absl::StrCat("the policy does not list ", name))
      .Article(policy.guideline().number())
      .Needed("a requirement of the policy")
      .PolicyVersion(policy.version())
      .Meta("requirement", name);
}

absl::Status AgeContradicted(const v1::Policy& policy) {
  return Refusal(StatusCode::kFailedPrecondition, "AGE_CONTRADICTED",
                 "the result does not agree with the birth date on record")
      .Rule("R10")
      .Article(policy.guideline().number())
      .Needed("the result that the birth date on record gives")
      .PolicyVersion(policy.version())
      .Meta("reference_date", policy.age().reference_date());
}

absl::Status CheckSourceReserved() {
  return Refusal(StatusCode::kInvalidArgument, "CHECK_SOURCE_RESERVED",
                 "CHECK_SOURCE_BIRTH_DATE_ON_RECORD is set by the server, where it can read it")
      .Needed("the source that was looked at");
}

absl::Status CheckSourceUnsuited(v1::CheckSource source) {
  const std::string& name = v1::CheckSource_Name(source);
  return Refusal(StatusCode::kInvalidArgument, "CHECK_SOURCE_UNSUITED",
                 absl::StrCat(name, " tells nothing of party membership"))
      .Rule("R12")
      .Needed("CHECK_SOURCE_STATEMENT or CHECK_SOURCE_SIPOL")
      .Meta("source", name);
}

absl::Status DomicileContradicted(absl::string_view domicile, const v1::Lokus& lokus) {
  return Refusal(StatusCode::kFailedPrecondition, "DOMICILE_CONTRADICTED",
                 "the result does not agree with the code of the domicile")
      .Rule("R13")
      .Needed(absl::StrCat("met: ", lokus.region_code(),
                           ", or a code it succeeded or was succeeded by; not met: another code"))
      .Meta("domicile_code", domicile)
      .Meta("region_code", lokus.region_code());
}

absl::Status RequirementNotVerified(v1::Requirement requirement, const v1::Policy& policy) {
  const std::string& name = v1::Requirement_Name(requirement);
  return Refusal(StatusCode::kFailedPrecondition, "REQUIREMENT_NOT_VERIFIED",
                 absl::StrCat(name, " was not verified"))
      .Rule(RuleOf(requirement))
      .Article(policy.guideline().number())
      .Needed("record the check with VerifyRequirement first")
      .PolicyVersion(policy.version())
      .Meta("requirement", name);
}

absl::Status RequirementNotMet(v1::Requirement requirement) {
  const std::string& name = v1::Requirement_Name(requirement);
  return Refusal(StatusCode::kFailedPrecondition, "REQUIREMENT_NOT_MET",
                 absl::StrCat(name, " is not met"))
      .Rule(RuleOf(requirement))
      .Needed("a new check that finds it met, or FindIneligible")
      .Meta("requirement", name);
}

absl::Status NoRequirementUnmet() {
  return Refusal(StatusCode::kFailedPrecondition, "NO_REQUIREMENT_UNMET",
                 "no requirement was verified as not met")
      .Needed("record the check that is not met with VerifyRequirement first");
}

absl::string_view RuleOf(v1::Requirement requirement) {
  switch (requirement) {
    case v1::REQUIREMENT_AGE:
      return "R10";
    case v1::REQUIREMENT_DOMICILE:
      return "R13";
    case v1::REQUIREMENT_NOT_PARTY_MEMBER:
      return "R12";
    case v1::REQUIREMENT_LITERATE:
      return "R14";
    case v1::REQUIREMENT_NOT_ELECTION_OFFICIAL:
      return "R19";
    default:
      return "";
  }
}

absl::Status QuotaExceeded(const v1::Lokus& lokus, std::size_t to_appoint, std::uint32_t max,
                           std::uint32_t policy_version) {
  return Refusal(StatusCode::kFailedPrecondition, "QUOTA_EXCEEDED",
                 absl::StrCat(lokus.active_agen(), " agen are active, and ", to_appoint,
                              " more would exceed ", max))
      .Rule("R16")
      .Needed("appoint fewer, or have a deviation granted")
      .PolicyVersion(policy_version)
      .Meta("lokus", lokus.name())
      .Meta("active_agen", absl::StrCat(lokus.active_agen()))
      .Meta("quota_max", absl::StrCat(max));
}

absl::Status ActiveElsewhere(absl::string_view agen) {
  return Refusal(StatusCode::kFailedPrecondition, "ACTIVE_ELSEWHERE",
                 absl::StrCat("the person of ", agen, " is an active agen of the program already"))
      .Rule("R18")
      .Needed("the other service ends first")
      .Meta("agen", agen);
}

}  // namespace jejak::domain
