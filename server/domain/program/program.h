// SPDX-License-Identifier: Apache-2.0
//
// File: program.h
//
// The aggregate Program (A4, A5): one wave of a program, with the versions of its policy, the
// deviations granted from it, and the targets of its offices. Policy is data: no quota, age or
// category is a constant in the code (policy.h).
//
// Who acts is the lead office or one above it (R5); who approved a deviation does not grant it
// (R43).
//
// A deviation names an office or a lokus, and covers what all that it names covers; one from R5
// names the office that may act. The first target of an office takes the place of the policy's
// number; raising either needs a reason (R6).
//
// No claims: the id of a program is its name.

#ifndef JEJAK_SERVER_DOMAIN_PROGRAM_PROGRAM_H_
#define JEJAK_SERVER_DOMAIN_PROGRAM_PROGRAM_H_

#include "server/domain/aggregate.h"
#include "server/domain/world.h"

#include "jejak/event/v1/envelope.pb.h"
#include "jejak/v1/program.pb.h"
#include "jejak/v1/program_service.pb.h"

#include "absl/status/statusor.h"

#include <string>
#include <vector>

namespace jejak::domain {

struct ProgramDecider {
  using State = v1::Program;
  using Event = event::v1::ProgramEvent;
  static constexpr char kPattern[] = "programs/*";
  static Event* Mutable(event::v1::Envelope& envelope) { return envelope.mutable_program(); }
  static const Event& Get(const event::v1::Envelope& envelope) { return envelope.program(); }

  static void Evolve(const EventMeta& meta, const Event& event, State& state);
  static std::vector<ClaimKey> Claims(const EventMeta& meta, const State& before,
                                      const Event& event);
  static std::vector<std::string> Tags(const State& after, const Event& event);

  static std::string Stream(const v1::OpenProgramRequest& request);

  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::OpenProgramRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::PublishPolicyRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::GrantDeviationRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::SetTargetRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CloseProgramRequest& request);
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_PROGRAM_PROGRAM_H_
