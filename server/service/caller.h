// SPDX-License-Identifier: Apache-2.0
//
// File: caller.h
//
// Who is calling. Until accounts exist, the actor is named by the header "x-jejak-actor" and not
// authenticated; that is accepted only with --dev or on a loopback listener, and each event says
// so.

#ifndef JEJAK_SERVER_SERVICE_CALLER_H_
#define JEJAK_SERVER_SERVICE_CALLER_H_

#include "absl/status/statusor.h"
#include <grpcpp/server_context.h>

#include <string>

namespace jejak::service {

struct Caller {
  // "officers/{officer}".
  std::string actor;
};

inline constexpr char kActorHeader[] = "x-jejak-actor";

// UNAUTHENTICATED, reason ACTOR_MISSING or ACTOR_INVALID.
absl::StatusOr<Caller> GetCaller(const grpc::CallbackServerContext& context);

// The status with its details, as it goes over the wire. Statuses without a reason of their own get
// a google.rpc.ErrorInfo with the name of the code; INTERNAL, UNKNOWN and DATA_LOSS are shown
// without their text, which goes to the server's log.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_CALLER_H_
