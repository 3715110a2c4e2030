// SPDX-License-Identifier: Apache-2.0

#include "server/domain/program/program.h"

#include "server/base/status_macros.h"
#include "server/domain/checks.h"
#include "server/domain/common_errors.h"
#include "server/domain/correction.h"
#include "server/domain/dates.h"
#include "server/domain/program/policy.h"
#include "server/domain/program/program_errors.h"
#include "server/domain/refusal.h"

#include "google/protobuf/util/message_differencer.h"

#include "absl/strings/str_cat.h"

#include <cstdint>

namespace jejak::domain {
namespace {

using google::protobuf::util::MessageDifferencer;

v1::ProgramTarget* FindTarget(v1::Program& program, absl::string_view office) {
  for (v1::ProgramTarget& target : *program.mutable_targets()) {
    if (target.office() == office) return &target;
  }
  return nullptr;
}

absl::Status CheckOpen(const Context& context, const v1::Program& program) {
  JEJAK_RETURN_IF_ERROR(CheckActsFor(context, program.lead_office()));
  return program.state() == v1::PROGRAM_STATE_OPEN ? absl::OkStatus() : ProgramNotOpen(program);
}

absl::Status CheckScope(const World& world, const v1::Program& program,
                        const v1::PolicyDeviation& deviation) {
  if (deviation.office().empty() && deviation.rule() == "R5") {
    return DeviationInvalid("office", "the office that may act");
  }
  if (deviation.office().empty() && deviation.lokus().empty()) {
    return DeviationInvalid("office", "an office or a lokus that it is granted to");
  }
  if (!deviation.office().empty()) {
    JEJAK_RETURN_IF_ERROR(KnownOffice(world, deviation.office()).status());
  }
  if (deviation.lokus().empty()) return absl::OkStatus();
  if (NamePrefix(deviation.lokus(), 2) != program.name()) {
    return DeviationInvalid("lokus", "a lokus of the program");
  }
  return CheckLokusExists(world, deviation.lokus());
}

absl::Status CheckDeviation(const Context& context, const v1::Program& program,
                            const v1::PolicyDeviation& deviation) {
  if (!IsDeviableRule(deviation.rule())) return RuleNotDeviable(deviation.rule());
  // One of last year may be entered this year: it held when it was granted.
  if (deviation.expires_on() < Today(context.occurred.value_or(context.now))) {
    return DeviationInvalid("expires_on", "a last day that is not past");
  }
  const bool has_value = deviation.rule() == "R6" || deviation.rule() == "R16";
  if (has_value && deviation.value() == 0) {
    return DeviationInvalid("value", "the number that holds instead");
  }
  if (deviation.rule() == "R16" && deviation.value() < program.policy().agen_quota().min()) {
    return DeviationInvalid("value", "no fewer than the least that a lokus has");
  }
  return CheckScope(context.world, program, deviation);
}

}  // namespace

std::string ProgramDecider::Stream(const v1::OpenProgramRequest& request) {
  return absl::StrCat("programs/", request.program_id());
}

void ProgramDecider::Evolve(const EventMeta&, const Event& event, State& state) {
  switch (event.event_case()) {
    case Event::kProgramOpened: {
      const auto& opened = event.program_opened();
      state.set_state(v1::PROGRAM_STATE_OPEN);
      state.set_kind(opened.kind());
      state.set_title(opened.title());
      state.set_year(opened.year());
      state.set_phase_goal(opened.phase_goal());
      state.set_lead_office(opened.lead_office());
      return;
    }
    case Event::kProgramPolicyPublished:
      *state.mutable_policy() = event.program_policy_published().policy();
      *state.add_policies() = event.program_policy_published().policy();
      return;
    case Event::kPolicyDeviationGranted:
      *state.add_deviations() = event.policy_deviation_granted().deviation();
      return;
    case Event::kProgramTargetSet: {
      const v1::ProgramTarget& target = event.program_target_set().target();
      v1::ProgramTarget* known = FindTarget(state, target.office());
      *(known == nullptr ? state.add_targets() : known) = target;
      return;
    }
    case Event::kProgramClosed:
      state.set_state(v1::PROGRAM_STATE_CLOSED);
      return;
    case Event::kFactCorrected:
      ApplyCorrection(event.fact_corrected(), state);
      return;
    case Event::EVENT_NOT_SET:
      return;
  }
}

std::vector<ClaimKey> ProgramDecider::Claims(const EventMeta&, const State&, const Event&) {
  return {};
}

std::vector<std::string> ProgramDecider::Tags(const State&, const Event& event) {
  std::vector<std::string> tags;
  AddTag("office", event.program_opened().lead_office(), tags);
  AddTag("office", event.program_target_set().target().office(), tags);
  AddTag("office", event.policy_deviation_granted().deviation().office(), tags);
  AddTag("lokus", event.policy_deviation_granted().deviation().lokus(), tags);
  return tags;
}

absl::StatusOr<Decision> ProgramDecider::Decide(const Context& context, const State& state,
                                                const v1::OpenProgramRequest& request) {
  const std::string stream = Stream(request);
  if (!state.name().empty()) return ResourceExists("PROGRAM_EXISTS", stream);
  JEJAK_ASSIGN_OR_RETURN(const v1::Office* lead, KnownOffice(context.world, request.lead_office()));
  if (lead->state() != v1::OFFICE_STATE_OPEN) return OfficeClosed(lead->name());
  JEJAK_RETURN_IF_ERROR(CheckActsFor(context, lead->name()));
  Decision decision;
  auto& event = *decision.Add<ProgramDecider>(stream).mutable_program_opened();
  event.set_kind(request.kind());
  event.set_title(request.title());
  event.set_year(request.year());
  event.set_phase_goal(request.phase_goal());
  event.set_lead_office(request.lead_office());
  return decision;
}

absl::StatusOr<Decision> ProgramDecider::Decide(const Context& context, const State& state,
                                                const v1::PublishPolicyRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckOpen(context, state));
  JEJAK_RETURN_IF_ERROR(CheckPolicy(request.policy()));
  Decision decision;
  v1::Policy policy = request.policy();
  policy.set_version(state.policy().version());
  if (state.has_policy() && MessageDifferencer::Equals(policy, state.policy())) return decision;
  policy.set_version(state.policy().version() + 1);
  *decision.Add<ProgramDecider>(state.name()).mutable_program_policy_published()->mutable_policy() =
      policy;
  return decision;
}

absl::StatusOr<Decision> ProgramDecider::Decide(const Context& context, const State& state,
                                                const v1::GrantDeviationRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckOpen(context, state));
  Decision decision;
  const v1::PolicyDeviation& deviation = request.deviation();
  for (const v1::PolicyDeviation& known : state.deviations()) {
    if (known.deviation_id() != deviation.deviation_id()) continue;
    if (MessageDifferencer::Equals(known, deviation)) return decision;
    return DeviationExists(deviation.deviation_id());
  }
  JEJAK_RETURN_IF_ERROR(CheckDeviation(context, state, deviation));
  if (deviation.approver() == context.actor.name) return ApproverIsActor();
  *decision.Add<ProgramDecider>(state.name())
       .mutable_policy_deviation_granted()
       ->mutable_deviation() = deviation;
  return decision;
}

absl::StatusOr<Decision> ProgramDecider::Decide(const Context& context, const State& state,
                                                const v1::SetTargetRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckOpen(context, state));
  const v1::ProgramTarget& target = request.target();
  JEJAK_RETURN_IF_ERROR(KnownOffice(context.world, target.office()).status());
  Decision decision;
  // What holds without a target; 0 is no limit.
  std::uint32_t limit = state.policy().lokus_per_office();
  bool is_limited = limit != 0;
  for (const v1::ProgramTarget& known : state.targets()) {
    if (known.office() != target.office()) continue;
    if (known.lokus() == target.lokus() && known.agen() == target.agen()) return decision;
    limit = known.lokus();
    is_limited = true;
  }
  if (is_limited && limit < target.lokus() && target.reason().empty()) {
    return TargetReasonMissing(target.office());
  }
  *decision.Add<ProgramDecider>(state.name()).mutable_program_target_set()->mutable_target() =
      target;
  return decision;
}

absl::StatusOr<Decision> ProgramDecider::Decide(const Context& context, const State& state,
                                                const v1::CloseProgramRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckOpen(context, state));
  Decision decision;
  decision.Add<ProgramDecider>(state.name())
      .mutable_program_closed()
      ->set_summary(request.summary());
  return decision;
}

}  // namespace jejak::domain
