// SPDX-License-Identifier: Apache-2.0
//
// File: persons.h
//
// Personal data on its way through a command. A request arrives with plain v1::Person messages
// somewhere inside. Before the decision they are taken out: what is left has the subject's opaque
// id and marks for what was given (domain::kGiven). After the decision the persons in its events
// are replaced by their sealed form. So neither a decider nor the log ever sees a plain value.

#ifndef JEJAK_SERVER_COMMAND_PERSONS_H_
#define JEJAK_SERVER_COMMAND_PERSONS_H_

#include "server/log/entry.h"
#include "server/vault/vault.h"

#include "google/protobuf/message.h"
#include "jejak/v1/common.pb.h"

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <string>
#include <vector>

namespace jejak::command {

// The plain persons of one command, by subject.
using PlainPersons = absl::flat_hash_map<std::string, v1::Person>;

// Calls `visit` for every v1::Person inside `message`, in field order.
void ForEachPerson(google::protobuf::Message& message, absl::FunctionRef<void(v1::Person&)> visit);

// Takes the personal fields out of every person in `request` and returns them in visiting order.
// What stays behind: kGiven in each text that was given. A person without any personal text is
// nobody, also if a sex is given: it is left empty and not returned.
std::vector<v1::Person> TakePersons(google::protobuf::Message& request);

// Seals each person in `event` that names a subject of `plain` and is not sealed yet: only
// subject and sealed remain. Persons that are sealed already (copied from a state) stay.
// INTERNAL if a person names a subject that is not in `plain`.
absl::Status SealPersons(const PlainPersons& plain, absl::string_view stream,
                         const log::EventId& event_id, vault::Vault& vault,
                         google::protobuf::Message& event);

// For answers: removes the sealed form from every person and marks it masked; no value is shown.
void RedactPersons(google::protobuf::Message& message);

// For reads: unseals every person in `message` and shows it masked (vault/masking.h). A person
// whose key was destroyed, or that cannot be opened, is shown with its subject only.
void MaskPersons(vault::Vault& vault, google::protobuf::Message& message);

}  // namespace jejak::command

#endif  // JEJAK_SERVER_COMMAND_PERSONS_H_
