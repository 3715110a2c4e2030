// SPDX-License-Identifier: Apache-2.0
//
// File: agen.h
//
// An agen, from candidacy to the end of service. Refusals: agen_errors.h. Appointment, which is
// decided on the lokus, is in appointment.h.
//
//   CANDIDATE -> ELIGIBLE -> SELECTED <-> RESERVE        -> APPOINTED -> INAUGURATED
//   any of the first four -> INELIGIBLE; all but INELIGIBLE -> RESIGNED;
//   APPOINTED, INAUGURATED -> DISMISSED, REPLACED
//
// Claims, where HMACHEX is the HMAC of the national id in lower-case hex:
//   "candidacy/PROGRAM/LOKUS/HMACHEX"  one candidacy per person in a lokus: taken at
//       CandidateRegistered, released when the candidacy or the service ends.
//   "active-person/PROGRAM/HMACHEX"    active in one lokus of the program at most (R18): taken at
//       AgenAppointed, released when the service ends.
// PROGRAM and LOKUS are ids, e.g. "candidacy/dp3-2021/18.06.11.2016/9f...". A person without a
// national id takes no claims; registration refuses such a person.
//
// Who acts is an office whose region holds the village of the lokus (R5).

#ifndef JEJAK_SERVER_DOMAIN_LOKUS_AGEN_H_
#define JEJAK_SERVER_DOMAIN_LOKUS_AGEN_H_

#include "server/domain/aggregate.h"

#include "google/protobuf/repeated_field.h"
#include "jejak/event/v1/agen_events.pb.h"
#include "jejak/v1/agen.pb.h"
#include "jejak/v1/agen_service.pb.h"
#include "jejak/v1/lokus.pb.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <string>
#include <vector>

namespace jejak::domain {

struct AgenDecider {
  using State = v1::Agen;
  using Event = event::v1::AgenEvent;
  static constexpr char kPattern[] = "programs/*/lokus/*/agen/*";
  static Event* Mutable(event::v1::Envelope& envelope) { return envelope.mutable_agen(); }
  static const Event& Get(const event::v1::Envelope& envelope) { return envelope.agen(); }

  static void Evolve(const EventMeta& meta, const Event& event, State& state);
  static std::vector<ClaimKey> Claims(const EventMeta& meta, const State& before,
                                      const Event& event);
  static std::vector<std::string> Tags(const State& after, const Event& event);

  // R8, R11, R15, R21. Any lawful basis does for taking part; for data on a disability, and for a
  // minor, it is a consent (LAWFUL_BASIS_CONSENT).
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::RegisterCandidateRequest& request);
  static std::string Stream(const v1::RegisterCandidateRequest& request);
  // R11. As long as the candidacy or the service lasts.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::RecordConsentRequest& request);
  // R10, R13. As long as the candidacy or the service lasts: a doubt about an active agen is
  // checked again (R12, R19). Such a check that is not met is a notice ACTIVE_AGEN_UNQUALIFIED.
  // NOT_PARTY_MEMBER and NOT_ELECTION_OFFICIAL are verified under any policy, all others where it
  // lists them.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::VerifyRequirementRequest& request);
  // R10 to R14, R19: all that the policy lists is met, and nothing else was found unmet that is
  // verified under any policy.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::FindEligibleRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::FindIneligibleRequest& request);
  // Both refuse a candidate whose requirement was found not met since.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::SelectCandidateRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ReserveCandidateRequest& request);
  // A candidate withdraws, or an agen ends the service; only the latter concerns the lokus.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ResignAgenRequest& request);
  // A decree is not required; one that is given is signed.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::DismissAgenRequest& request);
  // R9, R18. The new one takes up service on effective_on, which is the last day of the old one.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ReplaceAgenRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CorrectAgenRequest& request);
};

// True for those in service: appointed or inaugurated, and not ended.
bool IsActive(const v1::Agen& agen);

// The claim that `agen` (a resource name) takes while in service; empty for a person without a
// national id.
std::string ActivePersonClaim(absl::string_view agen, const v1::Person& person);

// What an agen adds to the base counts of its lokus, or takes away.
google::protobuf::RepeatedPtrField<v1::BaseCount> CountBases(
    const std::vector<const v1::Agen*>& agen);

// The checks that an appointment to `lokus` and a replacement in it share, for each person who
// takes up service: known, of this lokus, SELECTED or RESERVE, no requirement found unmet, and not
// active elsewhere (R18). Returns the agen. Refusals: AGEN_UNKNOWN, AGEN_STATE,
// REQUIREMENT_NOT_MET, ACTIVE_ELSEWHERE.
absl::StatusOr<const v1::Agen*> FindAppointable(const Context& context, const v1::Lokus& lokus,
                                                absl::string_view agen);

// OK if agen can take up service in the lokus by this decree: it is designated or inaugurated
// (LOKUS_STATE), the village has accepted (VILLAGE_NOT_ACCEPTED, R9), and the decree is in force
// and signed (SignedDecree in checks.h).
absl::Status CheckAppointment(const Context& context, const v1::Lokus& lokus,
                              absl::string_view decree);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_LOKUS_AGEN_H_
