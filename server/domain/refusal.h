// SPDX-License-Identifier: Apache-2.0
//
// File: refusal.h
//
// A refusal that a user can see: a status with a stable reason, the rule behind it, and what would
// be needed. Clients branch on the reason, never on the text. Every refusal is made by a named
// function in an errors file of its aggregate, e.g. lokus_errors.h:
//
//   absl::Status VillageNotAccepted(const v1::Lokus& lokus) {
//     return Refusal(absl::StatusCode::kFailedPrecondition, "VILLAGE_NOT_ACCEPTED",
//                    "the village has not accepted the program")
//         .Rule("R9")
//         .Needed("record the acceptance with AcceptLokus first")
//         .Meta("lokus", lokus.name());
//   }
//
// Codes: never right -> kInvalidArgument; not now -> kFailedPrecondition; someone was faster ->
// kAborted; no such thing -> kNotFound; exists -> kAlreadyExists; not allowed -> kPermissionDenied.
// Texts never contain personal data.

#ifndef JEJAK_SERVER_DOMAIN_REFUSAL_H_
#define JEJAK_SERVER_DOMAIN_REFUSAL_H_

#include "jejak/v1/common.pb.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <map>
#include <optional>
#include <string>

namespace jejak::domain {

// Builds a status with two payloads, each a detail of the google.rpc.Status that is sent:
// google.rpc.ErrorInfo (reason, domain "jejak", metadata) and jejak.v1.Refusal.
class Refusal {
 public:
  Refusal(absl::StatusCode code, absl::string_view reason, absl::string_view message);
  // The rule id of domain.md section 6.3, e.g. "R16".
  Refusal&& Rule(absl::string_view rule) &&;
  // The law, decree or policy.
  Refusal&& Article(absl::string_view article) &&;
  // What would be needed.
  Refusal&& Needed(absl::string_view needed) &&;
  // The policy version it was decided under.
  Refusal&& PolicyVersion(std::uint32_t version) &&;
  // A value for programs, e.g. {"quota_max", "25"}.
  Refusal&& Meta(absl::string_view key, absl::string_view value) &&;

  operator absl::Status() &&;  // NOLINT(google-explicit-constructor): reads as `return
                               // Refusal(...)`.

 private:
  absl::StatusCode code_;
  std::string message_;
  v1::Refusal refusal_;
  std::map<std::string, std::string> metadata_;
};

// The refusal in a status; nothing if it has none.
std::optional<v1::Refusal> GetRefusal(const absl::Status& status);
// Its reason; empty if it has none.
std::string GetReason(const absl::Status& status);

// --- Refusals of every aggregate.
// NOT_FOUND, reason RESOURCE_NOT_FOUND.
absl::Status ResourceNotFound(absl::string_view name);
// ALREADY_EXISTS, with the reason of the kind of resource, e.g. "MEETING_EXISTS".
absl::Status ResourceExists(absl::string_view reason, absl::string_view name);
// INVALID_ARGUMENT, reason NAME_INVALID: not a name of the kind of resource that is asked for.
absl::Status NameInvalid(absl::string_view name, absl::string_view pattern);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_REFUSAL_H_
