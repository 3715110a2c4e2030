// SPDX-License-Identifier: Apache-2.0

#include "server/service/caller.h"

#include "server/base/limits.h"
#include "server/command/status_proto.h"
#include "server/domain/aggregate.h"
#include "server/domain/bounds.h"
#include "server/domain/refusal.h"

#include <spdlog/spdlog.h>

namespace jejak::service {

absl::StatusOr<Caller> GetCaller(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(kActorHeader);
  if (found == metadata.end() || metadata.count(kActorHeader) != 1) {
    return domain::Refusal(absl::StatusCode::kUnauthenticated, "ACTOR_MISSING",
                           "nobody is named as the actor of this call")
        .Needed("the header x-jejak-actor, once, e.g. officers/operator-1");
  }
  const absl::string_view actor(found->second.data(), found->second.size());
  if (actor.size() > limits::kActorBytesMax ||
      !domain::HasFormat(actor, v1::FORMAT_RESOURCE_NAME) ||
      !domain::NameMatches(actor, "officers/*")) {
    return domain::Refusal(absl::StatusCode::kUnauthenticated, "ACTOR_INVALID",
                           "the actor is not a name of the form officers/*")
        .Needed("the header x-jejak-actor, e.g. officers/operator-1");
  }
  return Caller{std::string(actor)};
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  absl::Status shown = status;
  if (domain::GetReason(status).empty()) {
    const bool bug =
        absl::IsInternal(status) || absl::IsUnknown(status) || absl::IsDataLoss(status);
    if (bug) spdlog::error("a call failed: {}", status.ToString());
    shown = domain::Refusal(
        status.code(), absl::StatusCodeToString(status.code()),
        bug ? "the server failed; its log says why" : absl::string_view(status.message()));
  }
  const google::rpc::Status proto = command::ToProto(shown);
  return grpc::Status(static_cast<grpc::StatusCode>(proto.code()), proto.message(),
                      proto.SerializeAsString());
}

}  // namespace jejak::service
