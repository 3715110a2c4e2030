// SPDX-License-Identifier: Apache-2.0

#include "server/domain/lokus/lokus.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/checks.h"
#include "server/domain/common_errors.h"
#include "server/domain/correction.h"
#include "server/domain/dates.h"
#include "server/domain/lokus/agen.h"
#include "server/domain/lokus/agen_errors.h"
#include "server/domain/lokus/lokus_errors.h"
#include "server/domain/lokus/meeting_errors.h"
#include "server/domain/office/region_catalog.h"
#include "server/domain/program/policy.h"

#include "google/protobuf/util/message_differencer.h"
#include "jejak/v1/meeting.pb.h"

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace jejak::domain {
namespace {

// Who acts, in which program.
struct Acting {
  const v1::Office* office;
  const v1::Program* program;

  const v1::Policy& policy() const { return program->policy(); }
};

// The acting office and the program are fit, and the village lies under the office (R5).
absl::StatusOr<Acting> ActOn(const Context& context, absl::string_view stream,
                             absl::string_view region_code) {
  Acting acting{};
  JEJAK_ASSIGN_OR_RETURN(acting.office, ActingOffice(context));
  JEJAK_ASSIGN_OR_RETURN(acting.program, ProgramOf(context.world, stream));
  JEJAK_RETURN_IF_ERROR(CheckRegionUnderOffice(region_code, *acting.office));
  return acting;
}

absl::StatusOr<Acting> ActOn(const Context& context, const v1::Lokus& lokus) {
  return ActOn(context, lokus.name(), lokus.region_code());
}

// As ActOn, by the office of the lokus or one above it.
absl::StatusOr<Acting> Supervise(const Context& context, const v1::Lokus& lokus) {
  JEJAK_ASSIGN_OR_RETURN(Acting acting, ActOn(context, lokus));
  if (!IsOfficeOrAbove(context.world, acting.office->name(), lokus.office())) {
    return OfficeNotAbove(acting.office->name(), lokus.office());
  }
  return acting;
}

std::string VillageClaim(absl::string_view stream, absl::string_view code) {
  return absl::StrCat("lokus-village/", LastSegment(NamePrefix(stream, 2)), "/", code);
}

// The regency that holds a village: the first two parts of its code.
absl::string_view RegencyOf(absl::string_view village) {
  const std::size_t dot = village.find('.');
  return dot == absl::string_view::npos ? village : village.substr(0, village.find('.', dot + 1));
}

std::string SlotClaim(absl::string_view stream, absl::string_view village, std::uint32_t slot) {
  return absl::StrCat("lokus-slot/", LastSegment(NamePrefix(stream, 2)), "/", RegencyOf(village),
                      "/", slot);
}

// R32.
absl::Status CheckIndicators(const google::protobuf::RepeatedPtrField<v1::Indicator>& indicators) {
  for (const v1::Indicator& indicator : indicators) {
    if (indicator.kind() != v1::INDICATOR_KIND_TURNOUT) continue;
    if (indicator.denominator() == 0 || indicator.numerator() > indicator.denominator() ||
        indicator.basis() == v1::VOTER_LIST_BASIS_UNSPECIFIED) {
      return TurnoutInvalid();
    }
  }
  return absl::OkStatus();
}

// To be asked only where the rule does not allow it without one.
bool Deviates(const Context& context, const v1::Program& program, absl::string_view rule,
              absl::string_view office, const v1::Lokus& lokus) {
  const v1::PolicyDeviation* deviation =
      FindDeviation(program, rule, office, lokus.name(), Today(context.now));
  if (deviation != nullptr) context.NeedsDeviation(deviation->deviation_id());
  return deviation != nullptr;
}

// R3.
absl::Status CheckCategories(const Context& context, const v1::Program& program,
                             const v1::Lokus& lokus,
                             const google::protobuf::RepeatedField<int>& categories) {
  const auto deviates = [&] { return Deviates(context, program, "R3", lokus.office(), lokus); };
  if (categories.empty()) return deviates() ? absl::OkStatus() : CategoryMissing();
  absl::Status status;
  for (const int value : categories) {
    const auto category = static_cast<v1::LokusCategory>(value);
    if (category == v1::LOKUS_CATEGORY_UNSPECIFIED) {
      return CategoryNotInPolicy(category, program.policy());
    }
    if (status.ok() && !HasCategory(program.policy(), category)) {
      status = CategoryNotInPolicy(category, program.policy());
    }
  }
  return status.ok() || deviates() ? absl::OkStatus() : status;
}

// Whether what the indicator measures tells of the category.
bool Tells(v1::IndicatorKind kind, v1::LokusCategory category) {
  switch (kind) {
    case v1::INDICATOR_KIND_TURNOUT:
      return category == v1::LOKUS_CATEGORY_LOW_TURNOUT;
    case v1::INDICATOR_KIND_CONFLICTS:
    case v1::INDICATOR_KIND_DISASTERS:
      return category == v1::LOKUS_CATEGORY_CONFLICT_OR_DISASTER_PRONE;
    case v1::INDICATOR_KIND_VIOLATIONS:
    case v1::INDICATOR_KIND_RE_VOTES:
      return category == v1::LOKUS_CATEGORY_HIGH_VIOLATION_RISK;
    default:
      return false;
  }
}

// True if the evidence rests on something that is on record: a document, or an indicator that was
// mapped and tells of the category.
bool Backs(const World& world, const v1::Lokus& lokus, const v1::Evidence& evidence) {
  if (world.Find<v1::Document>(evidence.document()) != nullptr) return true;
  return Tells(evidence.indicator(), evidence.category()) &&
         absl::c_any_of(lokus.indicators(), [&](const v1::Indicator& indicator) {
           return indicator.kind() == evidence.indicator();
         });
}

// R4.
absl::Status CheckEvidence(const World& world, const v1::Lokus& lokus,
                           const v1::ProposeLokusRequest& request) {
  for (const int category : request.categories()) {
    const bool backed = std::any_of(
        request.evidence().begin(), request.evidence().end(), [&](const v1::Evidence& evidence) {
          return evidence.category() == category && Backs(world, lokus, evidence);
        });
    if (!backed) return EvidenceMissing(static_cast<v1::LokusCategory>(category));
  }
  for (const v1::Evidence& evidence : request.evidence()) {
    JEJAK_RETURN_IF_ERROR(CheckDocumentExists(world, evidence.document()));
  }
  return absl::OkStatus();
}

std::string LevelNames(const google::protobuf::RepeatedField<int>& levels) {
  return absl::StrJoin(levels, " or ", [](std::string* out, int level) {
    out->append(v1::OfficeLevel_Name(static_cast<v1::OfficeLevel>(level)));
  });
}

// R5: who may approve and designate.
absl::Status CheckEntitled(const Context& context, const Acting& acting, const v1::Lokus& lokus) {
  if (MayDesignate(acting.policy(), acting.office->level()) ||
      Deviates(context, *acting.program, "R5", acting.office->name(), lokus)) {
    return absl::OkStatus();
  }
  return OfficeNotEntitled(*acting.office, LevelNames(acting.policy().designating_levels()),
                           acting.policy());
}

bool IsAbout(const v1::Meeting& meeting, const v1::Lokus& lokus) {
  return NamePrefix(meeting.name(), 2) == NamePrefix(lokus.name(), 2) &&
         absl::c_linear_search(meeting.lokus(), lokus.name());
}

// R7: the plenary meeting of `office` decided on the lokus, and its minutes are signed. A meeting
// that is named is checked even where none is required.
absl::Status CheckPlenary(const World& world, const v1::Program& program, const v1::Lokus& lokus,
                          absl::string_view office, absl::string_view meeting) {
  if (meeting.empty() && !program.policy().plenary_required()) return absl::OkStatus();
  const auto* plenary = world.Find<v1::Meeting>(meeting);
  if (plenary == nullptr || NamePrefix(meeting, 2) != program.name() ||
      plenary->kind() != v1::MEETING_KIND_PLENARY || plenary->state() != v1::MEETING_STATE_HELD ||
      plenary->decisions().empty()) {
    return PlenaryMissing(meeting, program.policy());
  }
  if (plenary->convened_by() != office) {
    return PlenaryNotOfOffice(*plenary, office, program.policy());
  }
  if (!IsAbout(*plenary, lokus)) return PlenaryNotOfLokus(*plenary, lokus, program.policy());
  const auto* minutes = world.Find<v1::Document>(plenary->minutes_document());
  if (minutes == nullptr || !IsSigned(*minutes)) {
    return MinutesNotSigned(*plenary, program.policy());
  }
  return absl::OkStatus();
}

// The office whose target and deviations hold for a regency: the one that mapped the village, or
// above it; for a village that was mapped from higher up, one that a target or a deviation names.
// Empty if there is none.
std::string OfficeOfRegency(const World& world, const v1::Program& program,
                            const v1::Lokus& lokus) {
  const absl::string_view regency = RegencyOf(lokus.region_code());
  const auto is_it = [&](const v1::Office* office) {
    return office != nullptr && office->region_code() == regency;
  };
  for (const auto* at = world.Find<v1::Office>(lokus.office()); at != nullptr;
       at = world.Find<v1::Office>(at->parent())) {
    if (is_it(at)) return at->name();
  }
  for (const v1::ProgramTarget& target : program.targets()) {
    if (is_it(world.Find<v1::Office>(target.office()))) return target.office();
  }
  for (const v1::PolicyDeviation& deviation : program.deviations()) {
    if (is_it(world.Find<v1::Office>(deviation.office()))) return deviation.office();
  }
  return "";
}

// R6: a free place of the regency of the lokus whose lower neighbor is taken, found by doubling and
// halving, so that many lokus cost few reads. If the last place is taken, the lowest that a
// withdrawal has left; only that search is as long as the limit.
absl::StatusOr<std::uint32_t> FindSlot(const Context& context, const v1::Program& program,
                                       const v1::Lokus& lokus, const std::string& office) {
  const std::uint32_t limit = std::min(LokusLimit(program, office, lokus.name(), Today(context.now))
                                           .value_or(limits::kLokusPerOfficeMax),
                                       limits::kLokusPerOfficeMax);
  const auto is_free = [&](std::uint32_t slot) {
    return !context.world.ClaimHolder(SlotClaim(lokus.name(), lokus.region_code(), slot))
                .has_value();
  };
  std::uint32_t taken = 0;
  std::uint32_t next = std::min(1u, limit);
  while (next > taken && !is_free(next)) {
    taken = next;
    next = std::min(2 * taken, limit);
  }
  if (next > taken) {
    while (next - taken > 1) {
      const std::uint32_t middle = taken + (next - taken) / 2;
      (is_free(middle) ? next : taken) = middle;
    }
    return next;
  }
  for (std::uint32_t slot = 1; slot < limit; ++slot) {
    if (is_free(slot)) return slot;
  }
  return TargetReached(RegencyOf(lokus.region_code()), limit, program.policy());
}

absl::Status CheckInReview(const v1::Lokus& lokus) {
  if (lokus.state() == v1::LOKUS_STATE_PROPOSED || lokus.state() == v1::LOKUS_STATE_ENDORSED) {
    return absl::OkStatus();
  }
  return LokusInState(lokus, "a proposal that is under review");
}

absl::Status CheckDesignated(const v1::Lokus& lokus) {
  if (lokus.state() == v1::LOKUS_STATE_DESIGNATED || lokus.state() == v1::LOKUS_STATE_INAUGURATED) {
    return absl::OkStatus();
  }
  return LokusInState(lokus, "a lokus that is designated");
}

// True for states that can be suspended.
bool IsRunning(v1::LokusState state) {
  return state != v1::LOKUS_STATE_REJECTED && state != v1::LOKUS_STATE_SUSPENDED &&
         state != v1::LOKUS_STATE_WITHDRAWN && state != v1::LOKUS_STATE_CLOSED;
}

// R22: the party that answers for the village.
absl::Status CheckAnswer(const World& world, const v1::Lokus& lokus, const v1::Party& party,
                         absl::string_view meeting) {
  JEJAK_RETURN_IF_ERROR(CheckDesignated(lokus));
  const bool is_of_village =
      party.kind() == v1::PARTY_KIND_VILLAGE_GOVERNMENT &&
      (party.region_code().empty() || party.region_code() == lokus.region_code());
  if (!is_of_village) return PartyNotOfVillage(lokus);
  JEJAK_RETURN_IF_ERROR(CheckProxy(party));
  JEJAK_RETURN_IF_ERROR(CheckMeetingExists(world, meeting));
  const auto* found = world.Find<v1::Meeting>(meeting);
  if (found == nullptr) return absl::OkStatus();
  if (found->state() != v1::MEETING_STATE_HELD) {
    return MeetingInState(*found, "record with HoldMeeting that it was held");
  }
  return IsAbout(*found, lokus) ? absl::OkStatus() : MeetingNotOfLokus(*found, lokus);
}

// True if the answer is on record already, as far as it can be told: not who the persons are.
bool IsAnswer(const v1::Lokus& lokus, v1::VillageAnswer answer, const v1::Party& party,
              absl::string_view meeting) {
  return lokus.village_answer() == answer && lokus.answer_meeting() == meeting &&
         google::protobuf::util::MessageDifferencer::Equals(WithoutPersons(lokus.answered_by()),
                                                            WithoutPersons(party));
}

absl::Status CheckAppointed(const World& world, const v1::Lokus& lokus, const std::string& name) {
  const auto* agen = world.Find<v1::Agen>(name);
  if (agen == nullptr || NamePrefix(name, 4) != lokus.name()) return AgenUnknown(name);
  if (agen->state() != v1::AGEN_STATE_APPOINTED) return AgenInState(*agen, "an appointed agen");
  return absl::OkStatus();
}

// Adds to the counts, or takes away; they stay in the order of the bases, without zeros.
void CountBase(const v1::BaseCount& change, bool add,
               google::protobuf::RepeatedPtrField<v1::BaseCount>& counts) {
  int at = 0;
  while (at < counts.size() && counts[at].base() < change.base()) ++at;
  if (at == counts.size() || counts[at].base() != change.base()) {
    if (!add) return;
    counts.Add()->set_base(change.base());
    std::rotate(counts.pointer_begin() + at, counts.pointer_end() - 1, counts.pointer_end());
  }
  const std::uint32_t was = counts[at].count();
  counts[at].set_count(add ? was + change.count() : was - std::min(was, change.count()));
  if (counts[at].count() == 0) counts.DeleteSubrange(at, 1);
}

void EvolveReview(v1::LokusState state, v1::LokusReviewReason reason, const std::string& text,
                  v1::Lokus& lokus) {
  lokus.set_state(state);
  lokus.set_review_reason(reason);
  lokus.set_review_text(text);
}

}  // namespace

std::string LokusDecider::Stream(const v1::MapVillageRequest& request) {
  return absl::StrCat(request.parent(), "/lokus/", request.region_code());
}

void LokusDecider::Evolve(const EventMeta& meta, const Event& event, State& state) {
  switch (event.event_case()) {
    case Event::kVillageMapped: {
      const auto& mapped = event.village_mapped();
      state.set_state(v1::LOKUS_STATE_MAPPED);
      state.set_region_code(mapped.region_code());
      state.set_region_title(mapped.region_title());
      state.set_district_title(mapped.district_title());
      state.set_region_catalog_version(meta.region_catalog_version);
      state.set_office(meta.office);
      *state.mutable_indicators() = mapped.indicators();
      return;
    }
    case Event::kLokusProposed: {
      const auto& proposed = event.lokus_proposed();
      state.set_state(v1::LOKUS_STATE_PROPOSED);
      *state.mutable_categories() = proposed.categories();
      state.set_justification(proposed.justification());
      *state.mutable_evidence() = proposed.evidence();
      state.set_proposer(meta.actor);
      // A new proposal is a new review; why the last one was returned is in its event.
      state.clear_endorsed_by_office();
      state.clear_review_reason();
      state.clear_review_text();
      return;
    }
    case Event::kLokusProposalEndorsed:
      EvolveReview(v1::LOKUS_STATE_ENDORSED, v1::LOKUS_REVIEW_REASON_UNSPECIFIED,
                   event.lokus_proposal_endorsed().text(), state);
      state.set_endorsed_by_office(meta.office);
      return;
    case Event::kLokusProposalReturned:
      EvolveReview(v1::LOKUS_STATE_RETURNED, event.lokus_proposal_returned().reason(),
                   event.lokus_proposal_returned().text(), state);
      return;
    case Event::kLokusProposalRejected:
      EvolveReview(v1::LOKUS_STATE_REJECTED, event.lokus_proposal_rejected().reason(),
                   event.lokus_proposal_rejected().text(), state);
      return;
    case Event::kLokusApproved:
      state.set_state(v1::LOKUS_STATE_APPROVED);
      state.set_approved_by_office(meta.office);
      state.set_plenary_meeting(event.lokus_approved().plenary_meeting());
      state.set_slot(event.lokus_approved().slot());
      return;
    case Event::kLokusDesignated: {
      const auto& designated = event.lokus_designated();
      state.set_state(v1::LOKUS_STATE_DESIGNATED);
      state.set_designation_decree(designated.decree());
      state.set_designation_decree_number(designated.decree_number());
      state.set_designated_by_office(meta.office);
      state.set_designated_on(designated.effective_on());
      *state.mutable_categories() = designated.categories();
      *state.mutable_agen_quota() = designated.agen_quota();
      state.set_policy_version(meta.policy_version);
      return;
    }
    case Event::kVillageNotified:
      // A letter that comes after the answer does not undo it.
      if (state.village_answer() == v1::VILLAGE_ANSWER_UNSPECIFIED) {
        state.set_village_answer(v1::VILLAGE_ANSWER_NOTIFIED);
      }
      state.set_notification_letter(event.village_notified().letter());
      return;
    case Event::kVillageAccepted:
      state.set_village_answer(v1::VILLAGE_ANSWER_ACCEPTED);
      *state.mutable_answered_by() = event.village_accepted().accepted_by();
      state.set_answer_meeting(event.village_accepted().meeting());
      state.clear_decline_reason();
      return;
    case Event::kVillageDeclined:
      state.set_village_answer(v1::VILLAGE_ANSWER_DECLINED);
      *state.mutable_answered_by() = event.village_declined().declined_by();
      state.set_answer_meeting(event.village_declined().meeting());
      state.set_decline_reason(event.village_declined().reason());
      return;
    case Event::kLokusInaugurated:
      state.set_state(v1::LOKUS_STATE_INAUGURATED);
      state.set_inaugurated_at(event.lokus_inaugurated().place());
      state.set_inaugurated_on(event.lokus_inaugurated().held_on());
      return;
    case Event::kLokusSuspended:
      state.set_suspended_from(state.state());
      state.set_state(v1::LOKUS_STATE_SUSPENDED);
      state.set_end_reason(event.lokus_suspended().reason());
      return;
    case Event::kLokusResumed:
      state.set_state(state.suspended_from());
      state.clear_suspended_from();
      state.clear_end_reason();
      return;
    case Event::kLokusWithdrawn:
      state.set_state(v1::LOKUS_STATE_WITHDRAWN);
      state.clear_suspended_from();
      state.clear_slot();
      state.set_end_reason(event.lokus_withdrawn().reason());
      return;
    case Event::kLokusClosed:
      state.set_state(v1::LOKUS_STATE_CLOSED);
      state.set_end_reason(event.lokus_closed().outcome());
      return;
    case Event::kLokusAgenJoined: {
      const auto& joined = event.lokus_agen_joined();
      state.set_active_agen(state.active_agen() + static_cast<std::uint32_t>(joined.agen_size()));
      for (const auto& base : joined.bases()) CountBase(base, true, *state.mutable_base_counts());
      if (joined.has_agen_quota()) *state.mutable_agen_quota() = joined.agen_quota();
      return;
    }
    case Event::kLokusAgenLeft:
      state.set_active_agen(state.active_agen() - std::min(state.active_agen(), 1u));
      for (const auto& base : event.lokus_agen_left().bases()) {
        CountBase(base, false, *state.mutable_base_counts());
      }
      return;
    case Event::kFactCorrected:
      ApplyCorrection(event.fact_corrected(), state);
      return;
    case Event::EVENT_NOT_SET:
      return;
  }
}

std::vector<ClaimKey> LokusDecider::Claims(const EventMeta& meta, const State& before,
                                           const Event& event) {
  if (event.has_village_mapped()) {
    return {{.key = VillageClaim(meta.stream, event.village_mapped().region_code()), .take = true}};
  }
  if (event.has_lokus_approved()) {
    return {{.key = SlotClaim(meta.stream, before.region_code(), event.lokus_approved().slot()),
             .take = true}};
  }
  if (event.has_lokus_withdrawn() && before.slot() != 0) {
    return {{.key = SlotClaim(meta.stream, before.region_code(), before.slot()), .take = false}};
  }
  return {};
}

std::vector<std::string> LokusDecider::Tags(const State&, const Event& event) {
  std::vector<std::string> tags;
  for (const v1::Evidence& evidence : event.lokus_proposed().evidence()) {
    AddTag("document", evidence.document(), tags);
  }
  AddTag("meeting", event.lokus_approved().plenary_meeting(), tags);
  AddTag("document", event.lokus_designated().decree(), tags);
  AddTag("document", event.village_notified().letter(), tags);
  AddTag("meeting", event.village_accepted().meeting(), tags);
  AddTag("meeting", event.village_declined().meeting(), tags);
  AddTag("document", event.lokus_withdrawn().decree(), tags);
  AddTag("document", event.lokus_agen_joined().decree(), tags);
  // Agen are not tagged: there can be more of them than tags, and each has its own event.
  return tags;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::MapVillageRequest& request) {
  const std::string stream = Stream(request);
  const std::string& code = request.region_code();
  if (!state.name().empty()) return VillageAlreadyMapped(code, stream);
  if (!IsVillageCode(code)) return RegionNotAVillage(code);
  JEJAK_ASSIGN_OR_RETURN(const RegionRow* village, KnownRegion(context.world, code));
  JEJAK_RETURN_IF_ERROR(ActOn(context, stream, code).status());
  for (const std::string& other : CodesOfSameRegion(context.world, code)) {
    const auto holder = context.world.ClaimHolder(VillageClaim(stream, other));
    if (holder.has_value()) return VillageAlreadyMapped(code, *holder);
  }
  JEJAK_RETURN_IF_ERROR(CheckIndicators(request.indicators()));
  Decision decision;
  auto& event = *decision.Add<LokusDecider>(stream).mutable_village_mapped();
  event.set_region_code(code);
  event.set_region_title(std::string(village->title));
  JEJAK_ASSIGN_OR_RETURN(const RegionRow* district,
                         KnownRegion(context.world, village->parent_code));
  event.set_district_title(std::string(district->title));
  *event.mutable_indicators() = request.indicators();
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::ProposeLokusRequest& request) {
  JEJAK_ASSIGN_OR_RETURN(const Acting acting, ActOn(context, state));
  if (state.state() != v1::LOKUS_STATE_MAPPED && state.state() != v1::LOKUS_STATE_RETURNED) {
    return LokusInState(state, "a village that was mapped, or a proposal that was returned");
  }
  if (!MayPropose(acting.policy(), acting.office->level())) {
    return OfficeNotEntitled(*acting.office, LevelNames(acting.policy().proposing_levels()),
                             acting.policy());
  }
  JEJAK_RETURN_IF_ERROR(CheckCategories(context, *acting.program, state, request.categories()));
  JEJAK_RETURN_IF_ERROR(CheckEvidence(context.world, state, request));
  Decision decision;
  auto& event = *decision.Add<LokusDecider>(state.name()).mutable_lokus_proposed();
  absl::flat_hash_set<int> seen;
  for (const int category : request.categories()) {
    if (seen.insert(category).second) {
      event.add_categories(static_cast<v1::LokusCategory>(category));
    }
  }
  event.set_justification(request.justification());
  *event.mutable_evidence() = request.evidence();
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::EndorseLokusRequest& request) {
  JEJAK_RETURN_IF_ERROR(Supervise(context, state).status());
  if (state.state() != v1::LOKUS_STATE_PROPOSED) {
    return LokusInState(state, "a proposal that was not endorsed yet");
  }
  if (context.actor.name == state.proposer()) return ProposerIsEndorser(state);
  Decision decision;
  decision.Add<LokusDecider>(state.name())
      .mutable_lokus_proposal_endorsed()
      ->set_text(request.text());
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::ReturnLokusRequest& request) {
  JEJAK_RETURN_IF_ERROR(Supervise(context, state).status());
  JEJAK_RETURN_IF_ERROR(CheckInReview(state));
  Decision decision;
  auto& event = *decision.Add<LokusDecider>(state.name()).mutable_lokus_proposal_returned();
  event.set_reason(request.reason());
  event.set_text(request.text());
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::RejectLokusRequest& request) {
  JEJAK_RETURN_IF_ERROR(Supervise(context, state).status());
  JEJAK_RETURN_IF_ERROR(CheckInReview(state));
  Decision decision;
  auto& event = *decision.Add<LokusDecider>(state.name()).mutable_lokus_proposal_rejected();
  event.set_reason(request.reason());
  event.set_text(request.text());
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::ApproveLokusRequest& request) {
  JEJAK_ASSIGN_OR_RETURN(const Acting acting, ActOn(context, state));
  JEJAK_RETURN_IF_ERROR(CheckInReview(state));
  JEJAK_RETURN_IF_ERROR(CheckEntitled(context, acting, state));
  if (context.actor.name == state.proposer()) return ProposerIsApprover(state);
  JEJAK_RETURN_IF_ERROR(CheckPlenary(context.world, *acting.program, state, acting.office->name(),
                                     request.plenary_meeting()));
  const std::string office = OfficeOfRegency(context.world, *acting.program, state);
  JEJAK_ASSIGN_OR_RETURN(const std::uint32_t slot,
                         FindSlot(context, *acting.program, state, office));
  if (slot > LokusTarget(*acting.program, office).value_or(slot)) {
    Deviates(context, *acting.program, "R6", office, state);
  }
  Decision decision;
  auto& event = *decision.Add<LokusDecider>(state.name()).mutable_lokus_approved();
  event.set_plenary_meeting(request.plenary_meeting());
  event.set_slot(slot);
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::DesignateLokusRequest& request) {
  JEJAK_ASSIGN_OR_RETURN(const Acting acting, ActOn(context, state));
  if (state.state() != v1::LOKUS_STATE_APPROVED) {
    return LokusInState(state, "a village that was approved");
  }
  JEJAK_RETURN_IF_ERROR(CheckEntitled(context, acting, state));
  JEJAK_RETURN_IF_ERROR(KnownRegion(context.world, state.region_code()).status());
  JEJAK_RETURN_IF_ERROR(CheckCategories(context, *acting.program, state, state.categories()));
  // The policy may have come to require a plenary meeting since the approval, and the minutes may
  // have another version.
  JEJAK_RETURN_IF_ERROR(CheckPlenary(context.world, *acting.program, state,
                                     state.approved_by_office(), state.plenary_meeting()));
  JEJAK_ASSIGN_OR_RETURN(
      const v1::Document* decree,
      SignedDecreeOf(context.world, request.decree(), state.name(), acting.office->name()));
  Decision decision;
  auto& event = *decision.Add<LokusDecider>(state.name()).mutable_lokus_designated();
  event.set_decree(request.decree());
  event.set_decree_number(decree->number());
  *event.mutable_categories() = state.categories();
  event.set_effective_on(request.effective_on());
  *event.mutable_agen_quota() =
      AgenQuota(*acting.program, state.office(), state.name(), Today(context.now));
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::NotifyVillageRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActOn(context, state).status());
  JEJAK_RETURN_IF_ERROR(CheckDesignated(state));
  JEJAK_RETURN_IF_ERROR(CheckDocumentExists(context.world, request.letter()));
  Decision decision;
  if (state.village_answer() != v1::VILLAGE_ANSWER_UNSPECIFIED &&
      request.letter() == state.notification_letter()) {
    return decision;
  }
  decision.Add<LokusDecider>(state.name()).mutable_village_notified()->set_letter(request.letter());
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::AcceptLokusRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActOn(context, state).status());
  JEJAK_RETURN_IF_ERROR(
      CheckAnswer(context.world, state, request.accepted_by(), request.meeting()));
  Decision decision;
  if (IsAnswer(state, v1::VILLAGE_ANSWER_ACCEPTED, request.accepted_by(), request.meeting())) {
    return decision;
  }
  auto& event = *decision.Add<LokusDecider>(state.name()).mutable_village_accepted();
  *event.mutable_accepted_by() = request.accepted_by();
  event.set_meeting(request.meeting());
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::DeclineLokusRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActOn(context, state).status());
  JEJAK_RETURN_IF_ERROR(
      CheckAnswer(context.world, state, request.declined_by(), request.meeting()));
  Decision decision;
  if (IsAnswer(state, v1::VILLAGE_ANSWER_DECLINED, request.declined_by(), request.meeting()) &&
      request.reason() == state.decline_reason()) {
    return decision;
  }
  auto& event = *decision.Add<LokusDecider>(state.name()).mutable_village_declined();
  *event.mutable_declined_by() = request.declined_by();
  event.set_meeting(request.meeting());
  event.set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::InaugurateLokusRequest& request) {
  JEJAK_ASSIGN_OR_RETURN(const Acting acting, ActOn(context, state));
  JEJAK_RETURN_IF_ERROR(CheckDesignated(state));
  if (state.village_answer() != v1::VILLAGE_ANSWER_ACCEPTED) return VillageNotAccepted(state);
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "held_on", request.held_on()));
  std::vector<std::string> agen;
  absl::flat_hash_set<std::string> seen;
  for (const std::string& name : request.agen()) {
    JEJAK_RETURN_IF_ERROR(CheckAppointed(context.world, state, name));
    if (seen.insert(name).second) agen.push_back(name);
  }
  Decision decision;
  // A lokus is inaugurated once; agen who come later join it then.
  if (state.state() == v1::LOKUS_STATE_DESIGNATED) {
    const std::uint32_t min = acting.policy().agen_quota().min();
    if (state.active_agen() < min) return QuotaNotReached(state, min, acting.policy().version());
    auto& event = *decision.Add<LokusDecider>(state.name()).mutable_lokus_inaugurated();
    event.set_place(request.place());
    event.set_held_on(request.held_on());
    event.mutable_agen()->Assign(agen.begin(), agen.end());
  }
  for (const std::string& name : agen) {
    decision.Add<AgenDecider>(name).mutable_agen_inaugurated()->set_held_on(request.held_on());
  }
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::SuspendLokusRequest& request) {
  JEJAK_RETURN_IF_ERROR(Supervise(context, state).status());
  if (!IsRunning(state.state())) return LokusInState(state, "a lokus that is running");
  Decision decision;
  decision.Add<LokusDecider>(state.name()).mutable_lokus_suspended()->set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::ResumeLokusRequest& request) {
  JEJAK_RETURN_IF_ERROR(Supervise(context, state).status());
  if (state.state() != v1::LOKUS_STATE_SUSPENDED) {
    return LokusInState(state, "a lokus that is suspended");
  }
  Decision decision;
  decision.Add<LokusDecider>(state.name()).mutable_lokus_resumed()->set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::WithdrawLokusRequest& request) {
  const bool was_designated = !state.designated_by_office().empty();
  JEJAK_ASSIGN_OR_RETURN(const Acting acting,
                         was_designated ? ActOn(context, state) : Supervise(context, state));
  if (!IsRunning(state.state()) && state.state() != v1::LOKUS_STATE_SUSPENDED) {
    return LokusInState(state, "a lokus that has not ended");
  }
  if (was_designated) {
    JEJAK_RETURN_IF_ERROR(CheckEntitled(context, acting, state));
    JEJAK_RETURN_IF_ERROR(
        SignedDecreeOf(context.world, request.decree(), state.name(), acting.office->name())
            .status());
  } else if (!request.decree().empty()) {
    JEJAK_RETURN_IF_ERROR(SignedDecree(context.world, request.decree(), state.name()).status());
  }
  Decision decision;
  auto& event = *decision.Add<LokusDecider>(state.name()).mutable_lokus_withdrawn();
  event.set_reason(request.reason());
  event.set_decree(request.decree());
  if (state.active_agen() > 0) {
    v1::Notice& notice = decision.notices.emplace_back();
    notice.set_reason("AGEN_STILL_ACTIVE");
    notice.set_rule("R18");
    notice.set_message(absl::StrCat(state.active_agen(),
                                    " agen are still active; end their service with ResignAgen or "
                                    "DismissAgen"));
  }
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::CloseLokusRequest& request) {
  JEJAK_RETURN_IF_ERROR(Supervise(context, state).status());
  if (state.state() != v1::LOKUS_STATE_INAUGURATED) {
    return LokusInState(state, "a lokus that is inaugurated");
  }
  Decision decision;
  decision.Add<LokusDecider>(state.name()).mutable_lokus_closed()->set_outcome(request.outcome());
  return decision;
}

absl::StatusOr<Decision> LokusDecider::Decide(const Context& context, const State& state,
                                              const v1::CorrectLokusRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActOn(context, state).status());
  JEJAK_ASSIGN_OR_RETURN(
      event::v1::FactCorrected corrected,
      DecideCorrection(context, state, state.name(), request.correction(),
                       {"justification", "designated_on", "inaugurated_on", "inaugurated_at",
                        "indicators[*].numerator", "indicators[*].denominator",
                        "indicators[*].election?", "indicators[*].source"}));
  State after = state;
  ApplyCorrection(corrected, after);
  JEJAK_RETURN_IF_ERROR(CheckIndicators(after.indicators()));
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "inaugurated_on", after.inaugurated_on()));
  Decision decision;
  *decision.Add<LokusDecider>(state.name()).mutable_fact_corrected() = std::move(corrected);
  return decision;
}

}  // namespace jejak::domain
