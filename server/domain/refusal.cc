// SPDX-License-Identifier: Apache-2.0

#include "server/domain/refusal.h"

#include "google/rpc/error_details.pb.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

#include <utility>

namespace jejak::domain {
namespace {

constexpr char kRefusalUrl[] = "type.googleapis.com/jejak.v1.Refusal";
constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";

std::string Str(absl::string_view text) { return std::string(text); }

}  // namespace

Refusal::Refusal(absl::StatusCode code, absl::string_view reason, absl::string_view message)
    : code_(code), message_(message) {
  refusal_.set_reason(Str(reason));
}

Refusal&& Refusal::Rule(absl::string_view rule) && {
  refusal_.set_rule(Str(rule));
  return std::move(*this);
}

Refusal&& Refusal::Article(absl::string_view article) && {
  refusal_.set_article(Str(article));
  return std::move(*this);
}

Refusal&& Refusal::Needed(absl::string_view needed) && {
  refusal_.set_needed(Str(needed));
  return std::move(*this);
}

Refusal&& Refusal::PolicyVersion(std::uint32_t version) && {
  refusal_.set_policy_version(version);
  return std::move(*this);
}

Refusal&& Refusal::Meta(absl::string_view key, absl::string_view value) && {
  metadata_[Str(key)] = Str(value);
  return std::move(*this);
}

Refusal::operator absl::Status() && {
  google::rpc::ErrorInfo info;
  info.set_reason(refusal_.reason());
  info.set_domain("jejak");
  for (auto& [key, value] : metadata_) (*info.mutable_metadata())[key] = value;
  if (!refusal_.rule().empty()) (*info.mutable_metadata())["rule"] = refusal_.rule();
  absl::Status status(code_, message_);
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  status.SetPayload(kRefusalUrl, absl::Cord(refusal_.SerializeAsString()));
  return status;
}

std::optional<v1::Refusal> GetRefusal(const absl::Status& status) {
  const auto payload = status.GetPayload(kRefusalUrl);
  v1::Refusal refusal;
  if (!payload.has_value() || !refusal.ParseFromString(std::string(*payload))) return std::nullopt;
  return refusal;
}

std::string GetReason(const absl::Status& status) {
  const std::optional<v1::Refusal> refusal = GetRefusal(status);
  return refusal.has_value() ? refusal->reason() : "";
}

absl::Status ResourceNotFound(absl::string_view name) {
  return Refusal(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND",
                 absl::StrCat("there is no ", name))
      .Needed("the name of a resource that exists, as a list shows it")
      .Meta("resource", name);
}

absl::Status ResourceExists(absl::string_view reason, absl::string_view name) {
  return Refusal(absl::StatusCode::kAlreadyExists, reason, absl::StrCat(name, " exists already"))
      .Needed("choose another id, or use the resource that exists")
      .Meta("resource", name);
}

absl::Status NameInvalid(absl::string_view name, absl::string_view pattern) {
  return Refusal(absl::StatusCode::kInvalidArgument, "NAME_INVALID",
                 absl::StrCat("\"", name, "\" is not a name of the form ", pattern))
      .Needed(absl::StrCat("a name of the form ", pattern));
}

}  // namespace jejak::domain
