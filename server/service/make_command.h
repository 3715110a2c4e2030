// SPDX-License-Identifier: Apache-2.0
//
// File: make_command.h
//
// From a request to the command that the sequencer takes. The services come here through the
// runner; a program that gives commands in process comes here directly.

#ifndef JEJAK_SERVER_SERVICE_MAKE_COMMAND_H_
#define JEJAK_SERVER_SERVICE_MAKE_COMMAND_H_

#include "server/command/sequencer.h"
#include "server/domain/aggregate.h"
#include "server/vault/vault.h"

#include "google/protobuf/message.h"

#include "absl/status/statusor.h"

#include <functional>
#include <string>

namespace jejak::service {

// Which decider a request goes to, without its types.
struct CommandSpec {
  std::string stream;
  bool must_exist = true;
  const domain::Aggregate* aggregate = nullptr;
  std::function<absl::StatusOr<domain::Decision>(
      const domain::Context&, const google::protobuf::Message*, const google::protobuf::Message&)>
      decide;
};

// The request goes to decider D.
template <typename D, typename Request>
CommandSpec SpecFor(const Request& request) {
  CommandSpec spec;
  if constexpr (requires { request.name(); }) {
    spec.stream = request.name();
    spec.must_exist = true;
    if constexpr (requires { D::CreatesOnFirst(request); }) {
      spec.must_exist = !D::CreatesOnFirst(request);
    }
  } else {
    spec.stream = D::Stream(request);
    spec.must_exist = false;
  }
  spec.aggregate = &domain::AggregateFor(D::State::descriptor());
  spec.decide = [](const domain::Context& context, const google::protobuf::Message* state,
                   const google::protobuf::Message& command) {
    static const typename D::State kNone;
    return D::Decide(context,
                     state == nullptr ? kNone : static_cast<const typename D::State&>(*state),
                     static_cast<const Request&>(command));
  };
  return spec;
}

// The command of `actor`, "officers/{officer}", whom nobody has authenticated: checked, its persons
// taken out, its digest taken; all but Command::done is set. Without a request id it is given one.
// INVALID_ARGUMENT: REQUEST_INVALID, PARTY_PERSON_DATA, NAME_INVALID, TOO_MANY_PERSONS.
absl::StatusOr<command::Command> MakeCommand(const google::protobuf::Message& request,
                                             const std::string& actor, CommandSpec spec,
                                             const vault::Vault& vault);

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_MAKE_COMMAND_H_
