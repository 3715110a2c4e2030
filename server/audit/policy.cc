// SPDX-License-Identifier: Apache-2.0

#include "server/audit/policy.h"

#include "server/audit/encoding.h"
#include "server/audit/proof.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include <algorithm>
#include <utility>

namespace jejak::audit {

class PolicyParser {
 public:
  absl::StatusOr<Policy> Parse(absl::string_view text);

 private:
  using Items = std::vector<absl::string_view>;

  absl::Status ParseLine(absl::string_view line);
  absl::Status ParseLog(const Items& items);
  absl::Status ParseWitness(const Items& items);
  absl::Status ParseGroup(const Items& items);
  absl::Status ParseQuorum(const Items& items);
  absl::Status CheckNewName(absl::string_view name) const;
  absl::StatusOr<std::size_t> Find(absl::string_view name) const;

  Policy policy_;
  bool has_quorum_ = false;
};

namespace {

constexpr absl::string_view kNone = "none";

absl::Status Wrong(absl::string_view reason) { return absl::InvalidArgumentError(reason); }

absl::Status TooMany(absl::string_view what) {
  return Wrong(absl::StrCat("more than ", limits::kPolicyItemsMax, " ", what));
}

// True if `items` has a VerifierKey with this public key. Name and type do not make it another one.
template <typename T>
bool HasKey(const std::vector<T>& items, const PublicKey& key) {
  return std::any_of(items.begin(), items.end(),
                     [&](const T& item) { return item.key.public_key == key; });
}

}  // namespace

absl::StatusOr<Policy> PolicyParser::Parse(absl::string_view text) {
  if (text.size() > limits::kPolicyBytesMax) {
    return Wrong(absl::StrCat("policy: longer than ", limits::kPolicyBytesMax, " bytes"));
  }
  std::size_t number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::Status status = ParseLine(line);
    if (!status.ok()) {
      return Wrong(absl::StrCat("policy: line ", number, ": ", status.message()));
    }
  }
  if (!has_quorum_) return Wrong("policy: no quorum line");
  return std::move(policy_);
}

absl::Status PolicyParser::ParseLine(absl::string_view line) {
  const auto forbidden = std::find_if(line.begin(), line.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
  if (forbidden != line.end()) {
    return Wrong(absl::StrCat("a control byte at byte ", forbidden - line.begin()));
  }
  const Items items = absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (items.empty() || items[0][0] == '#') return absl::OkStatus();
  if (items[0] == "log") return ParseLog(items);
  if (items[0] == "witness") return ParseWitness(items);
  if (items[0] == "group") return ParseGroup(items);
  if (items[0] == "quorum") return ParseQuorum(items);
  return Wrong(absl::StrCat(Quoted(items[0]), " is none of log, witness, group, quorum"));
}

absl::Status PolicyParser::ParseLog(const Items& items) {
  if (items.size() < 2 || items.size() > 3) return Wrong("must be: log <vkey> [<url>]");
  if (policy_.logs_.size() == limits::kPolicyItemsMax) return TooMany("logs");
  PolicyLog log;
  JEJAK_ASSIGN_OR_RETURN(log.key, ParseVerifierKey(items[1]));
  if (items.size() == 3) log.url = std::string(items[2]);
  if (HasKey(policy_.logs_, log.key.public_key)) return Wrong("another log has the same key");
  policy_.logs_.push_back(std::move(log));
  return absl::OkStatus();
}

absl::Status PolicyParser::ParseWitness(const Items& items) {
  if (items.size() < 3 || items.size() > 4) return Wrong("must be: witness <name> <vkey> [<url>]");
  if (policy_.witnesses_.size() == limits::kPolicyItemsMax) return TooMany("witnesses");
  JEJAK_RETURN_IF_ERROR(CheckNewName(items[1]));
  PolicyWitness witness;
  witness.name = std::string(items[1]);
  JEJAK_ASSIGN_OR_RETURN(witness.key, ParseWitnessKey(items[2]));
  if (items.size() == 4) witness.url = std::string(items[3]);
  if (HasKey(policy_.witnesses_, witness.key.public_key)) {
    return Wrong("another witness has the same key");
  }
  Policy::Voter voter;
  voter.name = witness.name;
  voter.witness = policy_.witnesses_.size();
  policy_.voters_.push_back(std::move(voter));
  policy_.witnesses_.push_back(std::move(witness));
  return absl::OkStatus();
}

absl::Status PolicyParser::ParseGroup(const Items& items) {
  if (items.size() < 4) return Wrong("must be: group <name> all|any|<k> <member>...");
  if (policy_.voters_.size() - policy_.witnesses_.size() == limits::kPolicyItemsMax) {
    return TooMany("groups");
  }
  JEJAK_RETURN_IF_ERROR(CheckNewName(items[1]));
  Policy::Voter group;
  group.name = std::string(items[1]);
  for (std::size_t i = 3; i < items.size(); ++i) {
    JEJAK_ASSIGN_OR_RETURN(const std::size_t member, Find(items[i]));
    if (std::exchange(policy_.voters_[member].is_member, true)) {
      return Wrong(absl::StrCat(Quoted(items[i]), " is a member already"));
    }
    group.members.push_back(member);
  }
  if (items[2] == "all") {
    group.threshold = group.members.size();
  } else if (items[2] == "any") {
    group.threshold = 1;
  } else {
    const std::optional<std::uint64_t> k = ParseDecimal(items[2]);
    if (!k.has_value() || *k < 1 || *k > group.members.size()) {
      return Wrong(
          absl::StrCat(Quoted(items[2]), " is none of all, any, 1 to ", group.members.size()));
    }
    group.threshold = static_cast<std::size_t>(*k);
  }
  policy_.voters_.push_back(std::move(group));
  return absl::OkStatus();
}

absl::Status PolicyParser::ParseQuorum(const Items& items) {
  if (items.size() != 2) return Wrong("must be: quorum <name>|none");
  if (std::exchange(has_quorum_, true)) return Wrong("a second quorum line");
  if (items[1] == kNone) return absl::OkStatus();
  JEJAK_ASSIGN_OR_RETURN(policy_.quorum_, Find(items[1]));
  return absl::OkStatus();
}

absl::Status PolicyParser::CheckNewName(absl::string_view name) const {
  if (name == kNone) return Wrong("\"none\" has a meaning of its own");
  if (Find(name).ok()) return Wrong(absl::StrCat(Quoted(name), " is defined already"));
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> PolicyParser::Find(absl::string_view name) const {
  for (std::size_t i = 0; i < policy_.voters_.size(); ++i) {
    if (policy_.voters_[i].name == name) return i;
  }
  return Wrong(absl::StrCat(Quoted(name), " is not a witness or group of a line before"));
}

absl::StatusOr<Policy> Policy::Parse(absl::string_view text) { return PolicyParser().Parse(text); }

absl::StatusOr<PolicyVerdict> Policy::Evaluate(const SignedCheckpoint& checkpoint) const {
  std::vector<VerifierKey> keys;
  for (const PolicyLog& log : logs_) keys.push_back(log.key);
  for (const PolicyWitness& witness : witnesses_) keys.push_back(witness.key);
  JEJAK_ASSIGN_OR_RETURN(const std::vector<VerifiedSignature> verified,
                         VerifyNote(checkpoint.note, keys));

  std::optional<std::size_t> signed_by;
  std::vector<std::optional<std::uint64_t>> times(witnesses_.size());
  for (const VerifiedSignature& signature : verified) {
    if (signature.key >= logs_.size()) {
      std::optional<std::uint64_t>& time_s = times[signature.key - logs_.size()];
      time_s = std::max(time_s.value_or(0), signature.time_s);
    } else if (logs_[signature.key].key.name == checkpoint.checkpoint.origin) {
      signed_by = signature.key;
    }
  }
  if (!signed_by.has_value()) {
    return absl::PermissionDeniedError(absl::StrCat("policy: no trusted log signed for the origin ",
                                                    Quoted(checkpoint.checkpoint.origin)));
  }

  if (checkpoint.checkpoint.size == 0 && checkpoint.checkpoint.root != EmptyRoot()) {
    return absl::DataLossError("policy: the root of 0 leaves is not that of the empty tree");
  }

  PolicyVerdict verdict;
  verdict.log = logs_[*signed_by];
  for (std::size_t i = 0; i < witnesses_.size(); ++i) {
    if (times[i].has_value()) verdict.cosigned.push_back({witnesses_[i], *times[i]});
  }
  std::vector<bool> agrees;
  for (const Voter& voter : voters_) {
    const auto members = std::count_if(voter.members.begin(), voter.members.end(),
                                       [&](std::size_t member) { return agrees[member]; });
    agrees.push_back(voter.witness.has_value()
                         ? times[*voter.witness].has_value()
                         : static_cast<std::size_t>(members) >= voter.threshold);
  }
  verdict.quorum = quorum_.has_value() ? voters_[*quorum_].name : std::string(kNone);
  verdict.quorum_met = !quorum_.has_value() || agrees[*quorum_];
  return verdict;
}

absl::StatusOr<PolicyVerdict> Policy::Require(const SignedCheckpoint& checkpoint) const {
  JEJAK_ASSIGN_OR_RETURN(PolicyVerdict verdict, Evaluate(checkpoint));
  if (!verdict.quorum_met) {
    return absl::PermissionDeniedError(absl::StrCat("policy: the quorum ", Quoted(verdict.quorum),
                                                    " is not met by ", verdict.cosigned.size(),
                                                    " cosignatures of witnesses of the policy"));
  }
  return verdict;
}

}  // namespace jejak::audit
