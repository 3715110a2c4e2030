// SPDX-License-Identifier: Apache-2.0

#include "server/command/persons.h"

#include "server/base/status_macros.h"
#include "server/domain/world.h"
#include "server/vault/masking.h"

#include "jejak/v1/field_bounds.pb.h"

#include "absl/strings/str_cat.h"

#include <utility>

namespace jejak::command {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Personal, and a text, so that kGiven can stand in its place.
bool CanBeMarked(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
         field->options().GetExtension(v1::bounds).personal();
}

}  // namespace

void ForEachPerson(Message& message, absl::FunctionRef<void(v1::Person&)> visit) {
  if (message.GetDescriptor() == v1::Person::descriptor()) {
    visit(static_cast<v1::Person&>(message));
    return;
  }
  const Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        ForEachPerson(*reflection->MutableRepeatedMessage(&message, field, i), visit);
      }
    } else {
      ForEachPerson(*reflection->MutableMessage(&message, field), visit);
    }
  }
}

std::vector<v1::Person> TakePersons(Message& request) {
  std::vector<v1::Person> taken;
  ForEachPerson(request, [&taken](v1::Person& person) {
    v1::Person rest;
    std::vector<const FieldDescriptor*> fields;
    person.GetReflection()->ListFields(person, &fields);
    for (const FieldDescriptor* field : fields) {
      if (CanBeMarked(field)) rest.GetReflection()->SetString(&rest, field, domain::kGiven);
    }
    // Who follows tells the persons that were taken by their marks: none is taken without.
    if (rest.ByteSizeLong() > 0) taken.push_back(std::move(person));
    person = std::move(rest);
  });
  return taken;
}

absl::Status SealPersons(const PlainPersons& plain, absl::string_view stream,
                         const log::EventId& event_id, vault::Vault& vault, Message& event) {
  const absl::string_view id(reinterpret_cast<const char*>(event_id.data()), event_id.size());
  absl::Status status;
  std::uint32_t ordinal = 0;
  ForEachPerson(event, [&](v1::Person& person) {
    if (!status.ok() || !person.sealed().ciphertext().empty()) return;
    if (person.subject().empty()) {
      person.Clear();
      return;
    }
    const auto found = plain.find(person.subject());
    if (found == plain.end()) {
      status = absl::InternalError("an event names a subject that its command did not bring");
      return;
    }
    absl::StatusOr<v1::SealedPerson> sealed =
        vault.Seal(person.subject(), found->second, stream, id, ordinal++);
    if (!sealed.ok()) {
      status = sealed.status();
      return;
    }
    sealed->set_national_id_hmac(person.sealed().national_id_hmac());
    v1::Person stored;
    stored.set_subject(person.subject());
    *stored.mutable_sealed() = *std::move(sealed);
    person = std::move(stored);
  });
  return status;
}

void RedactPersons(Message& message) {
  ForEachPerson(message, [](v1::Person& person) {
    v1::Person redacted;
    redacted.set_subject(person.subject());
    redacted.set_masked(true);
    person = std::move(redacted);
  });
}

void MaskPersons(vault::Vault& vault, Message& message) {
  ForEachPerson(message, [&vault](v1::Person& person) {
    v1::Person masked;
    if (!person.sealed().ciphertext().empty()) {
      if (const absl::StatusOr<v1::Person> plain = vault.Unseal(person.sealed()); plain.ok()) {
        vault::MaskPerson(*plain, &masked);
      }
    }
    masked.set_subject(person.subject());
    masked.set_masked(true);
    person = std::move(masked);
  });
}

}  // namespace jejak::command
