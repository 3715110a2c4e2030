// SPDX-License-Identifier: Apache-2.0

#include "server/domain/lokus/agen.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/checks.h"
#include "server/domain/common_errors.h"
#include "server/domain/correction.h"
#include "server/domain/dates.h"
#include "server/domain/lokus/agen_errors.h"
#include "server/domain/lokus/lokus.h"
#include "server/domain/lokus/lokus_errors.h"
#include "server/domain/office/region_catalog.h"
#include "server/domain/program/policy.h"
#include "server/domain/refusal.h"

#include "google/protobuf/util/message_differencer.h"

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <map>
#include <optional>
#include <utility>

namespace jejak::domain {
namespace {

using google::protobuf::util::MessageDifferencer;

std::string LokusOf(absl::string_view agen) { return NamePrefix(agen, 4); }

std::string CandidacyClaim(absl::string_view agen, const v1::Person& person) {
  const std::string& hmac = person.sealed().national_id_hmac();
  if (hmac.empty()) return "";
  const std::string lokus = LokusOf(agen);
  const std::string program = NamePrefix(agen, 2);
  return absl::StrCat("candidacy/", LastSegment(program), "/", LastSegment(lokus), "/",
                      absl::BytesToHexString(hmac));
}

bool IsCandidate(const v1::Agen& agen) {
  return agen.state() == v1::AGEN_STATE_CANDIDATE || agen.state() == v1::AGEN_STATE_ELIGIBLE ||
         agen.state() == v1::AGEN_STATE_SELECTED || agen.state() == v1::AGEN_STATE_RESERVE;
}

bool IsOpen(const v1::Agen& agen) { return IsCandidate(agen) || IsActive(agen); }

absl::Status CheckOpen(const v1::Agen& agen) {
  if (IsOpen(agen)) return absl::OkStatus();
  return AgenInState(agen, "a candidacy or a service that has not ended");
}

const v1::RequirementCheck* FindCheck(const v1::Agen& agen, v1::Requirement requirement) {
  for (const v1::RequirementCheck& check : agen.requirements()) {
    if (check.requirement() == requirement) return &check;
  }
  return nullptr;
}

// Whether the age is within the policy's range; nothing if it is not known.
std::optional<bool> AgeFits(const World& world, const v1::Person& person,
                            const v1::AgeRange& range) {
  const std::optional<absl::CivilDay> day = ParseDate(range.reference_date());
  if (!day.has_value()) return std::nullopt;
  const std::optional<int> age = world.AgeOn(person, *day);
  if (!age.has_value()) return std::nullopt;
  return *age >= static_cast<int>(range.min()) && *age <= static_cast<int>(range.max());
}

// True if the person, or a guardian, consents to it; no other lawful basis stands in for that.
bool IsConsent(const v1::Consent& consent, v1::ConsentPurpose purpose) {
  return consent.purpose() == purpose && consent.basis() == v1::LAWFUL_BASIS_CONSENT;
}

// R11: who was a minor at a consent needs a guardian's for taking part.
template <typename Consents>
absl::Status CheckGuardian(const World& world, const v1::Person& person, const Consents& consents,
                           const v1::Policy& policy) {
  bool minor = false;
  for (const v1::Consent& consent : consents) {
    if (consent.guardian() && IsConsent(consent, v1::CONSENT_PURPOSE_PARTICIPATION)) {
      return absl::OkStatus();
    }
    const std::optional<absl::CivilDay> day = ParseDate(consent.given_on());
    if (!day.has_value()) continue;
    const std::optional<int> age = world.AgeOn(person, *day);
    if (age.has_value() && *age < static_cast<int>(policy.age().guardian_consent_below())) {
      minor = true;
    }
  }
  return minor ? GuardianConsentMissing(policy) : absl::OkStatus();
}

// R21. A later day would also make a minor of age (R11).
absl::Status CheckGiven(const Context& context, const v1::Consent& consent) {
  return IsInFuture(consent.given_on(), context.now) ? ConsentInFuture(consent.given_on())
                                                     : absl::OkStatus();
}

absl::Status CheckPersonComplete(const v1::Person& person) {
  std::vector<absl::string_view> missing;
  if (person.name().empty()) missing.push_back("name");
  if (person.national_id().empty()) missing.push_back("national_id");
  if (person.birth_date().empty()) missing.push_back("birth_date");
  return missing.empty() ? absl::OkStatus() : PersonIncomplete(absl::StrJoin(missing, ", "));
}

// R12, R19: what rules out an active agen is verified even if the policy does not ask for it.
bool IsAlwaysVerified(v1::Requirement requirement) {
  return requirement == v1::REQUIREMENT_NOT_PARTY_MEMBER ||
         requirement == v1::REQUIREMENT_NOT_ELECTION_OFFICIAL;
}

// A requirement may be found unmet after the candidate was found eligible.
absl::Status CheckNothingUnmet(const v1::Agen& agen) {
  for (const v1::RequirementCheck& check : agen.requirements()) {
    if (check.result() == v1::CHECK_RESULT_NOT_MET) return RequirementNotMet(check.requirement());
  }
  return absl::OkStatus();
}

// The lokus of an agen exists as long as the agen does.
absl::StatusOr<const v1::Lokus*> KnownLokus(const World& world, absl::string_view lokus) {
  const auto* found = world.Find<v1::Lokus>(lokus);
  if (found == nullptr) return ResourceNotFound(lokus);
  return found;
}

// The lokus counts only those who are in service.
void LeaveLokus(const v1::Agen& agen, Decision& decision) {
  if (!IsActive(agen)) return;
  event::v1::LokusAgenLeft& left =
      *decision.Add<LokusDecider>(LokusOf(agen.name())).mutable_lokus_agen_left();
  left.set_agen(agen.name());
  *left.mutable_bases() = CountBases({&agen});
}

absl::Status CheckEnd(const v1::Agen& agen, absl::string_view ended_on) {
  if (DatesInOrder(agen.appointed_from(), ended_on)) return absl::OkStatus();
  return DatesReversed(agen.appointed_from(), ended_on);
}

}  // namespace

bool IsActive(const v1::Agen& agen) {
  return agen.state() == v1::AGEN_STATE_APPOINTED || agen.state() == v1::AGEN_STATE_INAUGURATED;
}

std::string ActivePersonClaim(absl::string_view agen, const v1::Person& person) {
  const std::string& hmac = person.sealed().national_id_hmac();
  if (hmac.empty()) return "";
  const std::string program = NamePrefix(agen, 2);
  return absl::StrCat("active-person/", LastSegment(program), "/", absl::BytesToHexString(hmac));
}

google::protobuf::RepeatedPtrField<v1::BaseCount> CountBases(
    const std::vector<const v1::Agen*>& agen) {
  std::map<v1::VoterBase, std::uint32_t> counts;
  for (const v1::Agen* one : agen) {
    for (const int base : one->bases()) ++counts[static_cast<v1::VoterBase>(base)];
  }
  google::protobuf::RepeatedPtrField<v1::BaseCount> result;
  for (const auto& [base, count] : counts) {
    v1::BaseCount& added = *result.Add();
    added.set_base(base);
    added.set_count(count);
  }
  return result;
}

absl::StatusOr<const v1::Agen*> FindAppointable(const Context& context, const v1::Lokus& lokus,
                                                absl::string_view agen) {
  const auto* found = context.world.Find<v1::Agen>(agen);
  if (found == nullptr || LokusOf(agen) != lokus.name()) return AgenUnknown(agen);
  if (found->state() != v1::AGEN_STATE_SELECTED && found->state() != v1::AGEN_STATE_RESERVE) {
    return AgenInState(*found, "a candidate who was selected or is in reserve");
  }
  JEJAK_RETURN_IF_ERROR(CheckNothingUnmet(*found));
  if (context.world.ClaimHolder(ActivePersonClaim(agen, found->person())).has_value()) {
    return ActiveElsewhere(agen);
  }
  return found;
}

absl::Status CheckAppointment(const Context& context, const v1::Lokus& lokus,
                              absl::string_view decree) {
  if (lokus.state() != v1::LOKUS_STATE_DESIGNATED && lokus.state() != v1::LOKUS_STATE_INAUGURATED) {
    return LokusInState(lokus, "a lokus that is designated and open");
  }
  if (lokus.village_answer() != v1::VILLAGE_ANSWER_ACCEPTED) return VillageNotAccepted(lokus);
  return SignedDecree(context.world, decree, lokus.name()).status();
}

void AgenDecider::Evolve(const EventMeta& meta, const Event& event, State& state) {
  if (meta.policy_version != 0) state.set_policy_version(meta.policy_version);
  switch (event.event_case()) {
    case Event::kCandidateRegistered: {
      const event::v1::CandidateRegistered& e = event.candidate_registered();
      state.set_state(v1::AGEN_STATE_CANDIDATE);
      *state.mutable_person() = e.person();
      *state.mutable_consents() = e.consents();
      *state.mutable_bases() = e.bases();
      *state.mutable_community_roles() = e.community_roles();
      state.set_channel(e.channel());
      state.set_recruited_by(e.recruited_by());
      break;
    }
    case Event::kConsentGiven:
      *state.add_consents() = event.consent_given().consent();
      break;
    case Event::kRequirementVerified: {
      const v1::RequirementCheck& check = event.requirement_verified().check();
      auto* checks = state.mutable_requirements();
      const auto old = absl::c_find_if(*checks, [&](const v1::RequirementCheck& other) {
        return other.requirement() == check.requirement();
      });
      (old == checks->end() ? *checks->Add() : *old) = check;
      break;
    }
    case Event::kCandidateFoundEligible:
      state.set_state(v1::AGEN_STATE_ELIGIBLE);
      break;
    case Event::kCandidateFoundIneligible:
      state.set_state(v1::AGEN_STATE_INELIGIBLE);
      *state.mutable_unmet_requirements() = event.candidate_found_ineligible().requirements();
      state.set_end_reason(event.candidate_found_ineligible().reason());
      break;
    case Event::kCandidateSelected:
      state.set_state(v1::AGEN_STATE_SELECTED);
      state.set_rank(event.candidate_selected().rank());
      break;
    case Event::kCandidatePlacedInReserve:
      state.set_state(v1::AGEN_STATE_RESERVE);
      state.set_rank(event.candidate_placed_in_reserve().rank());
      break;
    case Event::kAgenAppointed: {
      const event::v1::AgenAppointed& e = event.agen_appointed();
      state.set_state(v1::AGEN_STATE_APPOINTED);
      state.set_appointment_decree(e.decree());
      state.set_appointed_from(e.appointed_from());
      state.set_appointed_to(e.appointed_to());
      state.set_replaces(e.replaces());
      break;
    }
    case Event::kAgenInaugurated:
      state.set_state(v1::AGEN_STATE_INAUGURATED);
      state.set_inaugurated_on(event.agen_inaugurated().held_on());
      break;
    case Event::kAgenResigned:
      state.set_state(v1::AGEN_STATE_RESIGNED);
      state.set_end_reason(event.agen_resigned().reason());
      state.set_ended_on(event.agen_resigned().ended_on());
      break;
    case Event::kAgenDismissed:
      state.set_state(v1::AGEN_STATE_DISMISSED);
      state.set_end_reason(event.agen_dismissed().reason());
      state.set_ended_on(event.agen_dismissed().ended_on());
      break;
    case Event::kAgenReplaced:
      state.set_state(v1::AGEN_STATE_REPLACED);
      state.set_replaced_by(event.agen_replaced().replaced_by());
      state.set_end_reason(event.agen_replaced().reason());
      state.set_ended_on(event.agen_replaced().ended_on());
      break;
    case Event::kFactCorrected:
      ApplyCorrection(event.fact_corrected(), state);
      break;
    case Event::EVENT_NOT_SET:
      break;
  }
}

std::vector<ClaimKey> AgenDecider::Claims(const EventMeta& meta, const State& before,
                                          const Event& event) {
  std::vector<ClaimKey> claims;
  const auto add = [&](std::string key, bool take) {
    if (!key.empty()) claims.push_back({std::move(key), take});
  };
  switch (event.event_case()) {
    case Event::kCandidateRegistered:
      add(CandidacyClaim(meta.stream, event.candidate_registered().person()), true);
      break;
    case Event::kAgenAppointed:
      add(ActivePersonClaim(meta.stream, before.person()), true);
      break;
    case Event::kCandidateFoundIneligible:
    case Event::kAgenResigned:
    case Event::kAgenDismissed:
    case Event::kAgenReplaced:
      add(CandidacyClaim(meta.stream, before.person()), false);
      if (IsActive(before)) add(ActivePersonClaim(meta.stream, before.person()), false);
      break;
    case Event::kConsentGiven:
    case Event::kRequirementVerified:
    case Event::kCandidateFoundEligible:
    case Event::kCandidateSelected:
    case Event::kCandidatePlacedInReserve:
    case Event::kAgenInaugurated:
    case Event::kFactCorrected:
    case Event::EVENT_NOT_SET:
      break;
  }
  return claims;
}

std::vector<std::string> AgenDecider::Tags(const State&, const Event& event) {
  std::vector<std::string> tags;
  switch (event.event_case()) {
    case Event::kCandidateRegistered:
      AddTag("agen", event.candidate_registered().recruited_by(), tags);
      break;
    case Event::kRequirementVerified:
      AddTag("document", event.requirement_verified().check().evidence_document(), tags);
      break;
    case Event::kAgenAppointed:
      AddTag("document", event.agen_appointed().decree(), tags);
      AddTag("agen", event.agen_appointed().replaces(), tags);
      break;
    case Event::kAgenDismissed:
      AddTag("document", event.agen_dismissed().decree(), tags);
      break;
    case Event::kAgenReplaced:
      AddTag("document", event.agen_replaced().decree(), tags);
      AddTag("agen", event.agen_replaced().replaced_by(), tags);
      break;
    case Event::kConsentGiven:
    case Event::kCandidateFoundEligible:
    case Event::kCandidateFoundIneligible:
    case Event::kCandidateSelected:
    case Event::kCandidatePlacedInReserve:
    case Event::kAgenInaugurated:
    case Event::kAgenResigned:
    case Event::kFactCorrected:
    case Event::EVENT_NOT_SET:
      break;
  }
  return tags;
}

std::string AgenDecider::Stream(const v1::RegisterCandidateRequest& request) {
  return absl::StrCat(request.parent(), "/agen/", request.agen_id());
}

absl::StatusOr<Decision> AgenDecider::Decide(const Context& context, const State& state,
                                             const v1::RegisterCandidateRequest& request) {
  const std::string stream = Stream(request);
  if (!state.name().empty()) return ResourceExists("AGEN_EXISTS", stream);
  JEJAK_ASSIGN_OR_RETURN(const v1::Program* program, ActingInLokus(context, request.parent()));
  JEJAK_ASSIGN_OR_RETURN(const v1::Lokus* lokus, KnownLokus(context.world, request.parent()));
  if (lokus->state() != v1::LOKUS_STATE_DESIGNATED &&
      lokus->state() != v1::LOKUS_STATE_INAUGURATED) {
    return LokusNotDesignated(*lokus);
  }
  JEJAK_RETURN_IF_ERROR(CheckPersonComplete(request.person()));
  if (request.bases().empty()) return BaseMissing();
  for (const int base : request.bases()) {
    if (!HasVoterBase(program->policy(), static_cast<v1::VoterBase>(base))) {
      return BaseNotInPolicy(static_cast<v1::VoterBase>(base), program->policy());
    }
  }
  for (const v1::Consent& consent : request.consents()) {
    JEJAK_RETURN_IF_ERROR(CheckGiven(context, consent));
  }
  if (absl::c_none_of(request.consents(), [](const v1::Consent& consent) {
        return consent.purpose() == v1::CONSENT_PURPOSE_PARTICIPATION;
      })) {
    return ConsentMissing();
  }
  if (absl::c_linear_search(request.bases(), v1::VOTER_BASE_DISABILITY) &&
      absl::c_none_of(request.consents(), [](const v1::Consent& consent) {
        return IsConsent(consent, v1::CONSENT_PURPOSE_DISABILITY_DATA);
      })) {
    return DisabilityConsentMissing();
  }
  JEJAK_RETURN_IF_ERROR(
      CheckGuardian(context.world, request.person(), request.consents(), program->policy()));
  if (!request.recruited_by().empty() &&
      (context.world.Find<v1::Agen>(request.recruited_by()) == nullptr ||
       NamePrefix(request.recruited_by(), 2) != program->name())) {
    return AgenUnknown(request.recruited_by());
  }
  if (const auto holder = context.world.ClaimHolder(CandidacyClaim(stream, request.person()));
      holder.has_value()) {
    return AlreadyCandidate(*holder);
  }

  Decision decision;
  event::v1::CandidateRegistered& registered =
      *decision.Add<AgenDecider>(stream).mutable_candidate_registered();
  *registered.mutable_person() = request.person();
  *registered.mutable_consents() = request.consents();
  for (const int base : request.bases()) {
    // Each base counts once.
    if (absl::c_linear_search(registered.bases(), base)) continue;
    registered.add_bases(static_cast<v1::VoterBase>(base));
  }
  *registered.mutable_community_roles() = request.community_roles();
  registered.set_channel(request.channel());
  registered.set_recruited_by(request.recruited_by());
  return decision;
}

absl::StatusOr<Decision> AgenDecider::Decide(const Context& context, const State& state,
                                             const v1::RecordConsentRequest& request) {
  JEJAK_ASSIGN_OR_RETURN(const v1::Program* program, ActingInLokus(context, LokusOf(state.name())));
  JEJAK_RETURN_IF_ERROR(CheckOpen(state));
  for (const v1::Consent& consent : state.consents()) {
    if (MessageDifferencer::Equals(consent, request.consent())) return Decision();
  }
  if (static_cast<std::size_t>(state.consents_size()) >= limits::kConsentsPerAgenMax) {
    return AgenFull("consents", limits::kConsentsPerAgenMax);
  }
  JEJAK_RETURN_IF_ERROR(CheckGiven(context, request.consent()));
  auto consents = state.consents();
  *consents.Add() = request.consent();
  JEJAK_RETURN_IF_ERROR(CheckGuardian(context.world, state.person(), consents, program->policy()));

  Decision decision;
  *decision.Add<AgenDecider>(state.name()).mutable_consent_given()->mutable_consent() =
      request.consent();
  return decision;
}

absl::StatusOr<Decision> AgenDecider::Decide(const Context& context, const State& state,
                                             const v1::VerifyRequirementRequest& request) {
  JEJAK_ASSIGN_OR_RETURN(const v1::Program* program, ActingInLokus(context, LokusOf(state.name())));
  const v1::Policy& policy = program->policy();
  v1::RequirementCheck check = request.check();
  const bool met = check.result() == v1::CHECK_RESULT_MET;
  JEJAK_RETURN_IF_ERROR(CheckOpen(state));
  if (!IsAlwaysVerified(check.requirement()) && !HasRequirement(policy, check.requirement())) {
    return RequirementNotInPolicy(check.requirement(), policy);
  }
  if (check.requirement() == v1::REQUIREMENT_NOT_PARTY_MEMBER &&
      check.source() != v1::CHECK_SOURCE_STATEMENT && check.source() != v1::CHECK_SOURCE_SIPOL) {
    return CheckSourceUnsuited(check.source());
  }
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "check.checked_on", check.checked_on()));
  JEJAK_RETURN_IF_ERROR(CheckDocumentExists(context.world, check.evidence_document()));

  check.clear_reference_date();
  check.set_checked_by(context.actor.name);
  std::optional<bool> age_fits;
  if (check.requirement() == v1::REQUIREMENT_AGE) {
    check.set_reference_date(policy.age().reference_date());
    age_fits = AgeFits(context.world, state.person(), policy.age());
  }
  if (age_fits.has_value()) {
    if (*age_fits != met) return AgeContradicted(policy);
    check.set_source(v1::CHECK_SOURCE_BIRTH_DATE_ON_RECORD);
  } else if (check.source() == v1::CHECK_SOURCE_BIRTH_DATE_ON_RECORD) {
    return CheckSourceReserved();
  }
  if (check.requirement() != v1::REQUIREMENT_DOMICILE) {
    check.clear_domicile_code();
  } else if (!check.domicile_code().empty()) {
    JEJAK_ASSIGN_OR_RETURN(const v1::Lokus* lokus,
                           KnownLokus(context.world, LokusOf(state.name())));
    const bool same = absl::c_linear_search(CodesOfSameRegion(context.world, check.domicile_code()),
                                            lokus->region_code());
    if (same != met) return DomicileContradicted(check.domicile_code(), *lokus);
  }
  if (const v1::RequirementCheck* old = FindCheck(state, check.requirement());
      old != nullptr && MessageDifferencer::Equals(*old, check)) {
    return Decision();
  }

  Decision decision;
  *decision.Add<AgenDecider>(state.name()).mutable_requirement_verified()->mutable_check() = check;
  if (!met && IsActive(state)) {
    v1::Notice& notice = decision.notices.emplace_back();
    notice.set_reason("ACTIVE_AGEN_UNQUALIFIED");
    notice.set_rule(std::string(RuleOf(check.requirement())));
    notice.set_message(absl::StrCat("an active agen does not meet ",
                                    v1::Requirement_Name(check.requirement()),
                                    "; decide whether the service ends"));
  }
  return decision;
}

absl::StatusOr<Decision> AgenDecider::Decide(const Context& context, const State& state,
                                             const v1::FindEligibleRequest&) {
  JEJAK_ASSIGN_OR_RETURN(const v1::Program* program, ActingInLokus(context, LokusOf(state.name())));
  const v1::Policy& policy = program->policy();
  if (state.state() == v1::AGEN_STATE_ELIGIBLE) return Decision();
  if (state.state() != v1::AGEN_STATE_CANDIDATE) {
    return AgenInState(state, "a candidate whose eligibility was not decided");
  }
  for (const int value : policy.requirements()) {
    const auto requirement = static_cast<v1::Requirement>(value);
    const v1::RequirementCheck* check = FindCheck(state, requirement);
    if (check == nullptr) return RequirementNotVerified(requirement, policy);
    bool met = check->result() == v1::CHECK_RESULT_MET;
    // The policy's range or its reference date may be another than at the check.
    if (requirement == v1::REQUIREMENT_AGE) {
      met = AgeFits(context.world, state.person(), policy.age()).value_or(met);
    }
    if (!met) return RequirementNotMet(requirement);
  }
  for (const v1::RequirementCheck& check : state.requirements()) {
    if (IsAlwaysVerified(check.requirement()) && check.result() == v1::CHECK_RESULT_NOT_MET) {
      return RequirementNotMet(check.requirement());
    }
  }
  JEJAK_RETURN_IF_ERROR(CheckGuardian(context.world, state.person(), state.consents(), policy));

  Decision decision;
  *decision.Add<AgenDecider>(state.name())
       .mutable_candidate_found_eligible()
       ->mutable_requirements() = policy.requirements();
  return decision;
}

absl::StatusOr<Decision> AgenDecider::Decide(const Context& context, const State& state,
                                             const v1::FindIneligibleRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActingInLokus(context, LokusOf(state.name())).status());
  if (!IsCandidate(state)) return AgenInState(state, "a candidate who was not appointed");
  Decision decision;
  event::v1::CandidateFoundIneligible& found =
      *decision.Add<AgenDecider>(state.name()).mutable_candidate_found_ineligible();
  found.set_reason(request.reason());
  for (const v1::RequirementCheck& check : state.requirements()) {
    if (check.result() == v1::CHECK_RESULT_NOT_MET) found.add_requirements(check.requirement());
  }
  if (found.requirements().empty()) return NoRequirementUnmet();
  return decision;
}

absl::StatusOr<Decision> AgenDecider::Decide(const Context& context, const State& state,
                                             const v1::SelectCandidateRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActingInLokus(context, LokusOf(state.name())).status());
  if (state.state() == v1::AGEN_STATE_SELECTED && state.rank() == request.rank()) {
    return Decision();
  }
  if (state.state() != v1::AGEN_STATE_ELIGIBLE && state.state() != v1::AGEN_STATE_RESERVE) {
    return AgenInState(state, "an eligible candidate, or one in reserve");
  }
  JEJAK_RETURN_IF_ERROR(CheckNothingUnmet(state));
  Decision decision;
  decision.Add<AgenDecider>(state.name()).mutable_candidate_selected()->set_rank(request.rank());
  return decision;
}

absl::StatusOr<Decision> AgenDecider::Decide(const Context& context, const State& state,
                                             const v1::ReserveCandidateRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActingInLokus(context, LokusOf(state.name())).status());
  if (state.state() == v1::AGEN_STATE_RESERVE && state.rank() == request.rank()) {
    return Decision();
  }
  if (state.state() != v1::AGEN_STATE_ELIGIBLE && state.state() != v1::AGEN_STATE_SELECTED) {
    return AgenInState(state, "an eligible candidate, or one who was selected");
  }
  JEJAK_RETURN_IF_ERROR(CheckNothingUnmet(state));
  Decision decision;
  decision.Add<AgenDecider>(state.name())
      .mutable_candidate_placed_in_reserve()
      ->set_rank(request.rank());
  return decision;
}

absl::StatusOr<Decision> AgenDecider::Decide(const Context& context, const State& state,
                                             const v1::ResignAgenRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActingInLokus(context, LokusOf(state.name())).status());
  JEJAK_RETURN_IF_ERROR(CheckOpen(state));
  JEJAK_RETURN_IF_ERROR(CheckEnd(state, request.ended_on()));
  Decision decision;
  event::v1::AgenResigned& resigned =
      *decision.Add<AgenDecider>(state.name()).mutable_agen_resigned();
  resigned.set_reason(request.reason());
  resigned.set_ended_on(request.ended_on());
  LeaveLokus(state, decision);
  return decision;
}

absl::StatusOr<Decision> AgenDecider::Decide(const Context& context, const State& state,
                                             const v1::DismissAgenRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActingInLokus(context, LokusOf(state.name())).status());
  if (!IsActive(state)) return AgenInState(state, "an agen in service");
  JEJAK_RETURN_IF_ERROR(CheckEnd(state, request.ended_on()));
  if (!request.decree().empty()) {
    JEJAK_RETURN_IF_ERROR(
        SignedDecree(context.world, request.decree(), LokusOf(state.name())).status());
  }
  Decision decision;
  event::v1::AgenDismissed& dismissed =
      *decision.Add<AgenDecider>(state.name()).mutable_agen_dismissed();
  dismissed.set_reason(request.reason());
  dismissed.set_decree(request.decree());
  dismissed.set_ended_on(request.ended_on());
  LeaveLokus(state, decision);
  return decision;
}

absl::StatusOr<Decision> AgenDecider::Decide(const Context& context, const State& state,
                                             const v1::ReplaceAgenRequest& request) {
  JEJAK_ASSIGN_OR_RETURN(const v1::Program* program, ActingInLokus(context, LokusOf(state.name())));
  if (!IsActive(state)) return AgenInState(state, "an agen in service");
  JEJAK_ASSIGN_OR_RETURN(const v1::Lokus* lokus, KnownLokus(context.world, LokusOf(state.name())));
  JEJAK_RETURN_IF_ERROR(CheckAppointment(context, *lokus, request.decree()));
  JEJAK_RETURN_IF_ERROR(CheckEnd(state, request.effective_on()));
  JEJAK_ASSIGN_OR_RETURN(const v1::Agen* replacement,
                         FindAppointable(context, *lokus, request.replacement()));

  Decision decision;
  event::v1::AgenReplaced& replaced =
      *decision.Add<AgenDecider>(state.name()).mutable_agen_replaced();
  replaced.set_replaced_by(request.replacement());
  replaced.set_from_reserve(replacement->state() == v1::AGEN_STATE_RESERVE);
  replaced.set_reason(request.reason());
  replaced.set_decree(request.decree());
  replaced.set_ended_on(request.effective_on());

  event::v1::AgenAppointed& appointed =
      *decision.Add<AgenDecider>(replacement->name()).mutable_agen_appointed();
  appointed.set_decree(request.decree());
  appointed.set_appointed_from(request.effective_on());
  // For the rest of the term.
  if (DatesInOrder(request.effective_on(), state.appointed_to())) {
    appointed.set_appointed_to(state.appointed_to());
  }
  appointed.set_replaces(state.name());

  LeaveLokus(state, decision);
  event::v1::LokusAgenJoined& joined =
      *decision.Add<LokusDecider>(lokus->name()).mutable_lokus_agen_joined();
  joined.add_agen(replacement->name());
  joined.set_decree(request.decree());
  *joined.mutable_bases() = CountBases({replacement});
  *joined.mutable_agen_quota() =
      AgenQuota(*program, lokus->office(), lokus->name(), Today(context.now));
  return decision;
}

absl::StatusOr<Decision> AgenDecider::Decide(const Context& context, const State& state,
                                             const v1::CorrectAgenRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActingInLokus(context, LokusOf(state.name())).status());
  JEJAK_ASSIGN_OR_RETURN(event::v1::FactCorrected corrected,
                         DecideCorrection(context, state, state.name(), request.correction(),
                                          {"channel?", "rank", "appointed_from", "appointed_to?",
                                           "inaugurated_on", "ended_on"}));
  State after = state;
  ApplyCorrection(corrected, after);
  // What was never stated cannot be corrected.
  if ((corrected.field() == "rank" && state.rank() == 0) ||
      (corrected.field() == "appointed_to" && state.appointed_from().empty())) {
    return FieldNotCorrectable(corrected.field());
  }
  if (corrected.field() == "rank" && after.rank() == 0) {
    return CorrectionValueInvalid("rank", "a rank from 1");
  }
  if (!DatesInOrder(after.appointed_from(), after.appointed_to())) {
    return DatesReversed(after.appointed_from(), after.appointed_to());
  }
  JEJAK_RETURN_IF_ERROR(CheckEnd(after, after.ended_on()));
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "inaugurated_on", after.inaugurated_on()));

  Decision decision;
  *decision.Add<AgenDecider>(state.name()).mutable_fact_corrected() = std::move(corrected);
  return decision;
}

}  // namespace jejak::domain
