// SPDX-License-Identifier: Apache-2.0

#include "server/service/make_command.h"

#include "server/base/hash.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/command/persons.h"
#include "server/domain/checks.h"
#include "server/domain/common_errors.h"
#include "server/domain/messages.h"
#include "server/domain/refusal.h"
#include "server/service/validator.h"

#include "absl/strings/str_cat.h"

#include <utility>

namespace jejak::service {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

v1::WriteOptions& WriteOf(Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("write");
  return static_cast<v1::WriteOptions&>(*request.GetReflection()->MutableMessage(&request, field));
}

}  // namespace

absl::StatusOr<command::Command> MakeCommand(const Message& request, const std::string& actor,
                                             CommandSpec spec, const vault::Vault& vault) {
  JEJAK_RETURN_IF_ERROR(Validate(request));
  // While the persons are there to be looked at.
  JEJAK_RETURN_IF_ERROR(domain::CheckPartyPersons(request));
  if (domain::FindAggregate(spec.stream) != spec.aggregate) {
    return domain::NameInvalid(spec.stream, spec.aggregate->pattern());
  }
  command::Command command;
  command.request.reset(request.New());
  command.request->CopyFrom(request);
  v1::WriteOptions& write = WriteOf(*command.request);
  std::string request_id = write.request_id();
  if (request_id.empty()) request_id = absl::StrCat("server-", ToHex(RandomBytes(12)));
  // The id names the request; it is not part of what is asked.
  write.clear_request_id();
  command.digest =
      vault.DigestKeyed(absl::StrCat(request.GetDescriptor()->full_name(), "\n",
                                     domain::SerializeDeterministically(*command.request)));
  write.set_request_id(request_id);
  command.write = write;
  command.actor = domain::Actor{actor, write.office(), write.role()};
  command.actor_unauthenticated = true;
  command.stream = std::move(spec.stream);
  command.must_exist = spec.must_exist;
  command.persons = command::TakePersons(*command.request);
  if (command.persons.size() > limits::kPersonsPerRequestMax) {
    return domain::Refusal(absl::StatusCode::kInvalidArgument, "TOO_MANY_PERSONS",
                           "too many persons in one request")
        .Needed("several requests");
  }
  command.decide = std::move(spec.decide);
  return command;
}

}  // namespace jejak::service
