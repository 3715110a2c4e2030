// SPDX-License-Identifier: Apache-2.0

#include "server/domain/checks.h"

#include "server/base/status_macros.h"
#include "server/domain/aggregate.h"
#include "server/domain/common_errors.h"
#include "server/domain/dates.h"
#include "server/domain/lokus/agen_errors.h"
#include "server/domain/office/office.h"
#include "server/domain/refusal.h"

#include "jejak/v1/agen.pb.h"
#include "jejak/v1/lokus.pb.h"
#include "jejak/v1/meeting.pb.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

#include <string>
#include <vector>

namespace jejak::domain {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status CheckPersonsIn(const Message& message, const std::string& path) {
  const Reflection* reflection = message.GetReflection();
  const bool is_party = message.GetDescriptor() == v1::Party::descriptor() ||
                        message.GetDescriptor() == v1::ProxyFor::descriptor();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const std::string at = absl::StrCat(path, path.empty() ? "" : ".", field->name());
    if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        JEJAK_RETURN_IF_ERROR(CheckPersonsIn(reflection->GetRepeatedMessage(message, field, i),
                                             absl::StrCat(at, "[", i, "]")));
      }
      continue;
    }
    const Message& inner = reflection->GetMessage(message, field);
    if (!is_party || field->message_type() != v1::Person::descriptor()) {
      JEJAK_RETURN_IF_ERROR(CheckPersonsIn(inner, at));
      continue;
    }
    std::vector<const FieldDescriptor*> given;
    inner.GetReflection()->ListFields(inner, &given);
    for (const FieldDescriptor* data : given) {
      if (data->number() != v1::Person::kNameFieldNumber) {
        return PartyPersonData(absl::StrCat(at, ".", data->name()));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<const v1::Office*> KnownOffice(const World& world, absl::string_view office) {
  const auto* found = world.Find<v1::Office>(office);
  if (found == nullptr) return OfficeUnknown(office);
  return found;
}

absl::StatusOr<const v1::Office*> ActingOffice(const Context& context) {
  JEJAK_ASSIGN_OR_RETURN(const v1::Office* office,
                         KnownOffice(context.world, context.actor.office));
  if (office->state() != v1::OFFICE_STATE_OPEN) return OfficeClosed(office->name());
  return office;
}

absl::StatusOr<const v1::Program*> ProgramOf(const World& world, absl::string_view name) {
  const std::string stream = NamePrefix(name, 2);
  const auto* program = world.Find<v1::Program>(stream);
  if (program == nullptr) return ResourceNotFound(stream);
  if (program->state() != v1::PROGRAM_STATE_OPEN) return ProgramNotOpen(*program);
  if (!program->has_policy()) return PolicyMissing(stream);
  return program;
}

absl::StatusOr<const v1::Program*> ActingInProgram(const Context& context, absl::string_view name) {
  JEJAK_RETURN_IF_ERROR(ActingOffice(context).status());
  return ProgramOf(context.world, name);
}

absl::StatusOr<const v1::Program*> ActingInLokus(const Context& context, absl::string_view lokus) {
  JEJAK_ASSIGN_OR_RETURN(const v1::Office* office, ActingOffice(context));
  JEJAK_ASSIGN_OR_RETURN(const v1::Program* program, ProgramOf(context.world, lokus));
  const auto* found = context.world.Find<v1::Lokus>(lokus);
  if (found == nullptr) return ResourceNotFound(lokus);
  JEJAK_RETURN_IF_ERROR(CheckRegionUnderOffice(found->region_code(), *office));
  return program;
}

absl::Status CheckActsFor(const Context& context, absl::string_view office) {
  JEJAK_ASSIGN_OR_RETURN(const v1::Office* acting, ActingOffice(context));
  if (IsOfficeOrAbove(context.world, acting->name(), office)) return absl::OkStatus();
  return OfficeNotAbove(acting->name(), office);
}

absl::Status CheckActsForNation(const Context& context) {
  if (!HasOffices(context.world)) return absl::OkStatus();
  JEJAK_ASSIGN_OR_RETURN(const v1::Office* acting, ActingOffice(context));
  if (acting->level() == v1::OFFICE_LEVEL_NATIONAL) return absl::OkStatus();
  return NationalOfficeNeeded(acting->name());
}

absl::Status CheckRegionUnderOffice(absl::string_view code, const v1::Office& office) {
  if (office.level() == v1::OFFICE_LEVEL_NATIONAL || LiesWithin(code, office.region_code())) {
    return absl::OkStatus();
  }
  return RegionOutsideOffice(code, office);
}

bool IsOfficeOrAbove(const World& world, absl::string_view above, absl::string_view office) {
  // Each parent is of a higher level than its child, so this ends.
  for (const auto* at = world.Find<v1::Office>(office); at != nullptr;
       at = world.Find<v1::Office>(at->parent())) {
    if (at->name() == above) return true;
  }
  return false;
}

bool HasOffices(const World& world) { return world.ClaimHolder(kNationalOfficeClaim).has_value(); }

absl::StatusOr<const RegionRow*> KnownRegion(const World& world, absl::string_view code) {
  if (world.Regions() == nullptr) return RegionCatalogMissing(code);
  const RegionRow* row = world.Regions()->Find(code);
  if (row == nullptr) return RegionUnknown(code);
  return row;
}

absl::Status CheckLokusExists(const World& world, absl::string_view lokus) {
  return world.Find<v1::Lokus>(lokus) == nullptr ? LokusUnknown(lokus) : absl::OkStatus();
}

absl::Status CheckMeetingExists(const World& world, absl::string_view meeting) {
  if (meeting.empty() || world.Find<v1::Meeting>(meeting) != nullptr) return absl::OkStatus();
  return MeetingUnknown(meeting);
}

absl::Status CheckDocumentExists(const World& world, absl::string_view document) {
  if (document.empty() || world.Find<v1::Document>(document) != nullptr) return absl::OkStatus();
  return DocumentUnknown(document);
}

bool IsSigned(const v1::Document& document) {
  return !document.versions().empty() && !document.versions().rbegin()->signatures().empty();
}

absl::StatusOr<const v1::Document*> SignedDecree(const World& world, absl::string_view document,
                                                 absl::string_view lokus) {
  const auto* decree = world.Find<v1::Document>(document);
  if (decree == nullptr || decree->type() != v1::DOCUMENT_TYPE_DECREE ||
      decree->state() != v1::DOCUMENT_STATE_REGISTERED) {
    return DecreeMissing(document);
  }
  if (!IsSigned(*decree)) return DecreeNotSigned(document);
  if (!decree->lokus().empty() && !absl::c_linear_search(decree->lokus(), lokus)) {
    return DecreeNotOfLokus(document, lokus);
  }
  return decree;
}

absl::StatusOr<const v1::Document*> SignedDecreeOf(const World& world, absl::string_view document,
                                                   absl::string_view lokus,
                                                   absl::string_view office) {
  JEJAK_ASSIGN_OR_RETURN(const v1::Document* decree, SignedDecree(world, document, lokus));
  if (NamePrefix(document, 2) != office) return DecreeNotOfOffice(document, office);
  return decree;
}

absl::Status CheckHappened(const Context& context, absl::string_view field,
                           absl::string_view date) {
  return IsInFuture(date, context.now) ? DateInFuture(field, date) : absl::OkStatus();
}

v1::Party WithoutPersons(const v1::Party& party) {
  v1::Party bare = party;
  bare.clear_person();
  if (bare.has_proxy_for()) bare.mutable_proxy_for()->clear_person();
  return bare;
}

absl::Status CheckProxy(const v1::Party& party) {
  if (party.kind() != v1::PARTY_KIND_VILLAGE_GOVERNMENT) return absl::OkStatus();
  const bool is_head = party.capacity() == v1::CAPACITY_VILLAGE_HEAD;
  if (!party.has_proxy_for()) return is_head ? absl::OkStatus() : ProxyMissing();
  const bool for_head = party.proxy_for().capacity() == v1::CAPACITY_VILLAGE_HEAD;
  return is_head || !for_head ? ProxyPrincipal(party.proxy_for().capacity()) : absl::OkStatus();
}

absl::Status CheckAgenExist(const World& world,
                            const google::protobuf::RepeatedPtrField<std::string>& names) {
  for (const std::string& name : names) {
    if (world.Find<v1::Agen>(name) == nullptr) return AgenUnknown(name);
  }
  return absl::OkStatus();
}

absl::Status CheckPartyPersons(const Message& request) { return CheckPersonsIn(request, ""); }

}  // namespace jejak::domain
