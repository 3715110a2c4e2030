// SPDX-License-Identifier: Apache-2.0

#include "server/domain/program/policy.h"

#include "server/domain/dates.h"
#include "server/domain/program/program_errors.h"

#include "google/protobuf/repeated_field.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <string>

namespace jejak::domain {
namespace {

// A list of enums in which each stands once, and none is unspecified.
absl::Status CheckList(const google::protobuf::RepeatedField<int>& values, absl::string_view field,
                       bool may_be_empty = false) {
  if (values.empty() && !may_be_empty) return PolicyInvalid(field, "at least one");
  absl::flat_hash_set<int> seen;
  for (const int value : values) {
    if (value == 0) return PolicyInvalid(field, "no unspecified value");
    if (!seen.insert(value).second) return PolicyInvalid(field, "each value once");
  }
  return absl::OkStatus();
}

absl::Status CheckGuideline(const v1::Guideline& guideline) {
  if (guideline.number().empty()) return PolicyInvalid("guideline.number", "a number");
  absl::flat_hash_set<std::string> seen = {guideline.number()};
  for (const std::string& alias : guideline.aliases()) {
    if (alias.empty() || !seen.insert(alias).second) {
      return PolicyInvalid("guideline.aliases", "other spellings, each once");
    }
  }
  if (!guideline.issued_on().empty() && !ParseDate(guideline.issued_on()).has_value()) {
    return PolicyInvalid("guideline.issued_on", "a date, YYYY-MM-DD");
  }
  return absl::OkStatus();
}

absl::Status CheckNumbers(const v1::Policy& policy) {
  const v1::Quota& quota = policy.agen_quota();
  if (quota.max() == 0) return PolicyInvalid("agen_quota.max", "at least 1");
  if (quota.min() > quota.target() || quota.target() > quota.max()) {
    return PolicyInvalid("agen_quota", "min <= target <= max");
  }
  const v1::AgeRange& age = policy.age();
  if (age.max() == 0 || age.min() > age.max()) return PolicyInvalid("age", "min <= max");
  if (!ParseDate(age.reference_date()).has_value()) {
    return PolicyInvalid("age.reference_date", "a date, YYYY-MM-DD");
  }
  absl::flat_hash_set<int> kinds;
  for (const v1::MeetingQuorum& quorum : policy.quorums()) {
    if (quorum.kind() == v1::MEETING_KIND_UNSPECIFIED || quorum.commissioners() == 0 ||
        !kinds.insert(quorum.kind()).second) {
      return PolicyInvalid("quorums", "kinds of meetings, each once, with at least 1 commissioner");
    }
  }
  return absl::OkStatus();
}

template <typename List, typename Value>
bool Contains(const List& list, Value value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

bool IsDeviableRule(absl::string_view rule) {
  return rule == "R3" || rule == "R5" || rule == "R6" || rule == "R16";
}

absl::Status CheckPolicy(const v1::Policy& policy) {
  if (policy.title().empty()) return PolicyInvalid("title", "a title");
  absl::Status status;
  if (policy.has_guideline()) status.Update(CheckGuideline(policy.guideline()));
  status.Update(CheckNumbers(policy));
  status.Update(CheckList(policy.lokus_categories(), "lokus_categories"));
  status.Update(CheckList(policy.voter_bases(), "voter_bases"));
  status.Update(CheckList(policy.requirements(), "requirements"));
  status.Update(CheckList(policy.proposing_levels(), "proposing_levels", /*may_be_empty=*/true));
  status.Update(CheckList(policy.designating_levels(), "designating_levels"));
  return status;
}

const v1::PolicyDeviation* FindDeviation(const v1::Program& program, absl::string_view rule,
                                         absl::string_view office, absl::string_view lokus,
                                         absl::string_view today) {
  const auto& deviations = program.deviations();
  const auto found = std::find_if(
      deviations.rbegin(), deviations.rend(), [&](const v1::PolicyDeviation& deviation) {
        const bool covers = (deviation.office().empty() || deviation.office() == office) &&
                            (deviation.lokus().empty() || deviation.lokus() == lokus);
        return covers && deviation.rule() == rule && deviation.expires_on() >= today;
      });
  return found == deviations.rend() ? nullptr : &*found;
}

v1::Quota AgenQuota(const v1::Program& program, absl::string_view office, absl::string_view lokus,
                    absl::string_view today) {
  v1::Quota quota = program.policy().agen_quota();
  if (const auto* deviation = FindDeviation(program, "R16", office, lokus, today);
      deviation != nullptr) {
    quota.set_max(deviation->value());
    quota.set_target(std::min(quota.target(), quota.max()));
  }
  return quota;
}

std::optional<std::uint32_t> LokusLimit(const v1::Program& program, absl::string_view office,
                                        absl::string_view lokus, absl::string_view today) {
  if (const auto* deviation = FindDeviation(program, "R6", office, lokus, today);
      deviation != nullptr) {
    return deviation->value();
  }
  return LokusTarget(program, office);
}

std::optional<std::uint32_t> LokusTarget(const v1::Program& program, absl::string_view office) {
  for (const v1::ProgramTarget& target : program.targets()) {
    if (target.office() == office) return target.lokus();
  }
  if (program.policy().lokus_per_office() == 0) return std::nullopt;
  return program.policy().lokus_per_office();
}

bool MayPropose(const v1::Policy& policy, v1::OfficeLevel level) {
  return policy.proposing_levels().empty() || Contains(policy.proposing_levels(), level);
}

bool MayDesignate(const v1::Policy& policy, v1::OfficeLevel level) {
  return Contains(policy.designating_levels(), level);
}

bool HasCategory(const v1::Policy& policy, v1::LokusCategory category) {
  return Contains(policy.lokus_categories(), category);
}

bool HasVoterBase(const v1::Policy& policy, v1::VoterBase base) {
  return Contains(policy.voter_bases(), base);
}

bool HasRequirement(const v1::Policy& policy, v1::Requirement requirement) {
  return Contains(policy.requirements(), requirement);
}

std::uint32_t Quorum(const v1::Policy& policy, v1::MeetingKind kind) {
  for (const v1::MeetingQuorum& quorum : policy.quorums()) {
    if (quorum.kind() == kind) return quorum.commissioners();
  }
  return 0;
}

}  // namespace jejak::domain
