// SPDX-License-Identifier: Apache-2.0

#include "server/domain/lokus/appointment.h"

#include "server/base/status_macros.h"
#include "server/domain/checks.h"
#include "server/domain/common_errors.h"
#include "server/domain/dates.h"
#include "server/domain/lokus/agen.h"
#include "server/domain/lokus/agen_errors.h"
#include "server/domain/lokus/lokus.h"
#include "server/domain/program/policy.h"
#include "server/domain/refusal.h"

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <string>
#include <vector>

namespace jejak::domain {
namespace {

// True if the command was carried out before.
bool AllInService(const World& world, const v1::AppointAgenRequest& request) {
  return absl::c_all_of(request.agen(), [&](const std::string& name) {
    const auto* agen = world.Find<v1::Agen>(name);
    return agen != nullptr && IsActive(*agen) && NamePrefix(name, 4) == request.parent() &&
           agen->appointment_decree() == request.decree() &&
           agen->appointed_from() == request.appointed_from() &&
           agen->appointed_to() == request.appointed_to();
  });
}

// R17: says which bases of the policy nobody comes from.
void NoticeBases(const v1::Policy& policy, const v1::Lokus& lokus,
                 const event::v1::LokusAgenJoined& joined, Decision& decision) {
  absl::flat_hash_set<int> covered;
  for (const v1::BaseCount& count : lokus.base_counts()) {
    if (count.count() > 0) covered.insert(count.base());
  }
  for (const v1::BaseCount& count : joined.bases()) covered.insert(count.base());
  std::vector<std::string> missing;
  for (const int base : policy.voter_bases()) {
    if (!covered.contains(base)) {
      missing.push_back(v1::VoterBase_Name(static_cast<v1::VoterBase>(base)));
    }
  }
  if (missing.empty()) return;
  v1::Notice& notice = decision.notices.emplace_back();
  notice.set_reason("BASE_NOT_COVERED");
  notice.set_rule("R17");
  notice.set_message(absl::StrCat("no active agen comes from: ", absl::StrJoin(missing, ", ")));
}

}  // namespace

std::string AppointmentDecider::Stream(const v1::AppointAgenRequest& request) {
  return request.parent();
}

absl::StatusOr<Decision> AppointmentDecider::Decide(const Context& context, const State& lokus,
                                                    const v1::AppointAgenRequest& request) {
  if (lokus.name().empty()) return ResourceNotFound(request.parent());
  JEJAK_ASSIGN_OR_RETURN(const v1::Program* program, ActingInLokus(context, lokus.name()));
  if (AllInService(context.world, request)) return Decision();
  JEJAK_RETURN_IF_ERROR(CheckAppointment(context, lokus, request.decree()));
  if (!DatesInOrder(request.appointed_from(), request.appointed_to())) {
    return DatesReversed(request.appointed_from(), request.appointed_to());
  }
  std::vector<const v1::Agen*> agen;
  absl::flat_hash_set<std::string> seen;
  for (const std::string& name : request.agen()) {
    if (!seen.insert(name).second) return AgenRepeated(name);
    JEJAK_ASSIGN_OR_RETURN(const v1::Agen* found, FindAppointable(context, lokus, name));
    // Within one command the claims are not taken yet.
    const std::string claim = ActivePersonClaim(name, found->person());
    if (!claim.empty() && !seen.insert(claim).second) return ActiveElsewhere(name);
    agen.push_back(found);
  }
  const v1::Quota quota = AgenQuota(*program, lokus.office(), lokus.name(), Today(context.now));
  if (lokus.active_agen() + agen.size() > quota.max()) {
    return QuotaExceeded(lokus, agen.size(), quota.max(), program->policy().version());
  }
  if (lokus.active_agen() + agen.size() > program->policy().agen_quota().max()) {
    context.NeedsDeviation(
        FindDeviation(*program, "R16", lokus.office(), lokus.name(), Today(context.now))
            ->deviation_id());
  }

  Decision decision;
  for (const v1::Agen* one : agen) {
    event::v1::AgenAppointed& appointed =
        *decision.Add<AgenDecider>(one->name()).mutable_agen_appointed();
    appointed.set_decree(request.decree());
    appointed.set_appointed_from(request.appointed_from());
    appointed.set_appointed_to(request.appointed_to());
  }
  event::v1::LokusAgenJoined& joined =
      *decision.Add<LokusDecider>(lokus.name()).mutable_lokus_agen_joined();
  *joined.mutable_agen() = request.agen();
  joined.set_decree(request.decree());
  *joined.mutable_bases() = CountBases(agen);
  *joined.mutable_agen_quota() = quota;
  NoticeBases(program->policy(), lokus, joined, decision);
  return decision;
}

}  // namespace jejak::domain
