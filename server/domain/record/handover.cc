// SPDX-License-Identifier: Apache-2.0

#include "server/domain/record/handover.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/checks.h"
#include "server/domain/common_errors.h"
#include "server/domain/correction.h"
#include "server/domain/dates.h"
#include "server/domain/record/document_errors.h"
#include "server/domain/record/handover_errors.h"
#include "server/domain/refusal.h"

#include "jejak/v1/document.pb.h"
#include "jejak/v1/lokus.pb.h"

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace jejak::domain {
namespace {

absl::Status CheckPrepared(const v1::Handover& handover) {
  if (handover.state() == v1::HANDOVER_STATE_PREPARED) return absl::OkStatus();
  return HandoverInState(handover, "a handover that is prepared");
}

const v1::HandoverItem* FindItem(const v1::Handover& handover, absl::string_view item_id) {
  for (const v1::HandoverItem& item : handover.items()) {
    if (item.item_id() == item_id) return &item;
  }
  return nullptr;
}

// The item as recorded: what it points at is pinned down.
absl::StatusOr<v1::HandoverItem> PinItem(const World& world, const v1::HandoverItem& item) {
  const auto without_subjects = [&] {
    return SubjectsMissing(absl::StrCat("the item ", item.item_id()));
  };
  v1::HandoverItem pinned;
  pinned.set_item_id(item.item_id());
  pinned.set_quantity(item.quantity());
  if (item.document().empty()) {
    if (item.goods().empty()) return ItemEmpty(item.item_id());
    if (!item.contains_personal_data() && !item.subjects().empty()) return PersonalDataUnstated();
    if (item.contains_personal_data() && item.subjects().empty()) return without_subjects();
    JEJAK_RETURN_IF_ERROR(CheckAgenExist(world, item.subjects()));
    pinned.set_goods(item.goods());
    pinned.set_contains_personal_data(item.contains_personal_data());
    for (const std::string& subject : item.subjects()) {
      if (!absl::c_linear_search(pinned.subjects(), subject)) pinned.add_subjects(subject);
    }
    return pinned;
  }
  if (!item.goods().empty()) return ItemAmbiguous(item.item_id());
  if (item.contains_personal_data() || !item.subjects().empty()) {
    return ItemDataOfDocument(item.item_id());
  }
  const auto* document = world.Find<v1::Document>(item.document());
  if (document == nullptr) return DocumentUnknown(item.document());
  const auto latest = static_cast<std::uint32_t>(document->versions_size());
  const std::uint32_t version = item.document_version() == 0 ? latest : item.document_version();
  if (version == 0 || version > latest) {
    return VersionMissing(item.document(), item.document_version());
  }
  pinned.set_document(item.document());
  pinned.set_document_version(version);
  pinned.set_sha256(document->versions(static_cast<int>(version) - 1).sha256());
  pinned.set_contains_personal_data(document->contains_personal_data());
  if (document->contains_personal_data() && document->subjects().empty()) {
    return without_subjects();
  }
  return pinned;
}

bool IsOfficeCapacity(v1::Capacity capacity) {
  return capacity == v1::CAPACITY_CHAIR || capacity == v1::CAPACITY_COMMISSIONER ||
         capacity == v1::CAPACITY_OFFICE_SECRETARY || capacity == v1::CAPACITY_STAFF;
}

// R22.
absl::Status CheckGiver(const World& world, const v1::Handover& handover, const v1::Party& giver) {
  if (giver.kind() != v1::PARTY_KIND_OFFICE) return GiverNotOffice(handover);
  JEJAK_RETURN_IF_ERROR(KnownOffice(world, giver.office()).status());
  if (!IsOfficeOrAbove(world, giver.office(), handover.office())) return GiverNotOffice(handover);
  if (giver.capacity() == v1::CAPACITY_UNSPECIFIED) return CapacityMissing("giver");
  return IsOfficeCapacity(giver.capacity()) ? absl::OkStatus() : GiverCapacity(giver.capacity());
}

// R22: no village stands in for another. A party may leave its region open.
absl::Status CheckVillage(const World& world, absl::string_view lokus, absl::string_view who,
                          const v1::Party& party) {
  const std::string& village = world.Find<v1::Lokus>(lokus)->region_code();
  if (party.kind() != v1::PARTY_KIND_VILLAGE_GOVERNMENT || party.region_code().empty() ||
      party.region_code() == village) {
    return absl::OkStatus();
  }
  return OfAnotherVillage(who, village);
}

bool HasPersonalData(const v1::Handover& handover) {
  return absl::c_any_of(handover.items(),
                        [](const v1::HandoverItem& item) { return item.contains_personal_data(); });
}

// R23: personal data goes to whom it was prepared for. What the recipient leaves open is open.
absl::Status CheckReceiver(const v1::Party& recipient, const v1::Party& receiver) {
  const auto differs = [](const std::string& wanted, const std::string& given) {
    return !wanted.empty() && wanted != given;
  };
  if (receiver.kind() != recipient.kind()) return ReceiverNotRecipient("kind");
  if (differs(recipient.office(), receiver.office())) return ReceiverNotRecipient("office");
  if (differs(recipient.region_code(), receiver.region_code())) {
    return ReceiverNotRecipient("region_code");
  }
  if (differs(recipient.organization(), receiver.organization())) {
    return ReceiverNotRecipient("organization");
  }
  return absl::OkStatus();
}

// R23: who received whose data. Several events where the subjects are many, so that each can have
// its subjects as tags.
void Disclose(const World& world, const v1::Handover& state,
              const v1::PerformHandoverRequest& request, const v1::HandoverItem& item,
              Decision& decision) {
  const auto* document = world.Find<v1::Document>(item.document());
  const auto& whose = document == nullptr ? item.subjects() : document->subjects();
  const int subjects = whose.size();
  int next = 0;
  do {
    event::v1::PersonalDataDisclosed& disclosed =
        *decision.Add<HandoverDecider>(state.name()).mutable_personal_data_disclosed();
    disclosed.set_item_id(item.item_id());
    disclosed.set_document(item.document());
    disclosed.set_sha256(item.sha256());
    *disclosed.mutable_recipient() = WithoutPersons(request.receiver());
    disclosed.set_purpose(state.purpose());
    disclosed.set_lawful_basis(state.lawful_basis());
    disclosed.set_disclosed_on(request.handed_over_on());
    const int end = std::min(subjects, next + static_cast<int>(limits::kSubjectsPerDisclosureMax));
    for (; next < end; ++next) disclosed.add_subjects(whose[next]);
  } while (next < subjects);
}

// A corrected day of the handover moves the day the receipt is due.
void CorrectFact(const event::v1::FactCorrected& event, v1::Handover& state) {
  const std::optional<absl::CivilDay> was = ParseDate(state.handed_over_on());
  const std::optional<absl::CivilDay> due = ParseDate(state.receipt_due_on());
  ApplyCorrection(event, state);
  const std::optional<absl::CivilDay> now = ParseDate(state.handed_over_on());
  if (was.has_value() && due.has_value() && now.has_value()) {
    state.set_receipt_due_on(FormatDate(*now + (*due - *was)));
  }
}

}  // namespace

void HandoverDecider::Evolve(const EventMeta& meta, const Event& event, State& state) {
  switch (event.event_case()) {
    case Event::kHandoverPrepared: {
      const event::v1::HandoverPrepared& e = event.handover_prepared();
      state.set_state(v1::HANDOVER_STATE_PREPARED);
      state.set_lokus(e.lokus());
      state.set_office(meta.office);
      *state.mutable_items() = e.items();
      state.set_purpose(e.purpose());
      state.set_lawful_basis(e.lawful_basis());
      *state.mutable_recipient() = e.recipient();
      break;
    }
    case Event::kDocumentHandedOver: {
      const event::v1::DocumentHandedOver& e = event.document_handed_over();
      state.set_state(v1::HANDOVER_STATE_HANDED_OVER);
      *state.mutable_giver() = e.giver();
      *state.mutable_receiver() = e.receiver();
      state.set_place(e.place());
      state.set_handed_over_on(e.handed_over_on());
      *state.mutable_witnesses() = e.witnesses();
      state.set_receipt_due_on(e.receipt_due_on());
      break;
    }
    case Event::kPersonalDataDisclosed:
      state.set_personal_data_disclosed(true);
      break;
    case Event::kReceiptSigned:
      state.set_state(v1::HANDOVER_STATE_ACKNOWLEDGED);
      *state.mutable_receipt() = event.receipt_signed().receipt();
      break;
    case Event::kHandoverRefused:
      state.set_state(v1::HANDOVER_STATE_REFUSED);
      state.set_refusal_reason(event.handover_refused().reason());
      break;
    case Event::kHandoverItemReturned:
      for (v1::HandoverItem& item : *state.mutable_items()) {
        if (item.item_id() != event.handover_item_returned().item_id()) continue;
        item.set_returned_on(event.handover_item_returned().returned_on());
        item.set_return_reason(event.handover_item_returned().reason());
      }
      break;
    case Event::kFactCorrected:
      CorrectFact(event.fact_corrected(), state);
      break;
    case Event::EVENT_NOT_SET:
      break;
  }
}

std::vector<ClaimKey> HandoverDecider::Claims(const EventMeta&, const State&, const Event&) {
  return {};
}

std::vector<std::string> HandoverDecider::Tags(const State& after, const Event& event) {
  std::vector<std::string> tags;
  AddTag("lokus", after.lokus(), tags);
  switch (event.event_case()) {
    case Event::kHandoverPrepared:
    case Event::kDocumentHandedOver:
      for (const v1::HandoverItem& item : after.items()) AddTag("document", item.document(), tags);
      break;
    case Event::kPersonalDataDisclosed:
      AddTag("document", event.personal_data_disclosed().document(), tags);
      for (const std::string& subject : event.personal_data_disclosed().subjects()) {
        AddTag("agen", subject, tags);
      }
      break;
    case Event::kReceiptSigned:
      AddTag("document", event.receipt_signed().receipt().document(), tags);
      break;
    case Event::kHandoverItemReturned:
      if (const v1::HandoverItem* item = FindItem(after, event.handover_item_returned().item_id());
          item != nullptr) {
        AddTag("document", item->document(), tags);
      }
      break;
    case Event::kHandoverRefused:
    case Event::kFactCorrected:
    case Event::EVENT_NOT_SET:
      break;
  }
  return tags;
}

std::string HandoverDecider::Stream(const v1::PrepareHandoverRequest& request) {
  return absl::StrCat(request.parent(), "/handovers/", request.handover_id());
}

absl::StatusOr<Decision> HandoverDecider::Decide(const Context& context, const State& state,
                                                 const v1::PrepareHandoverRequest& request) {
  const std::string stream = Stream(request);
  if (!state.name().empty()) return ResourceExists("HANDOVER_EXISTS", stream);
  JEJAK_ASSIGN_OR_RETURN(const v1::Program* program, ActingInProgram(context, stream));
  JEJAK_RETURN_IF_ERROR(CheckLokusExists(context.world, request.lokus()));
  if (NamePrefix(request.lokus(), 2) != program->name()) return LokusUnknown(request.lokus());
  JEJAK_RETURN_IF_ERROR(ActingInLokus(context, request.lokus()).status());
  JEJAK_RETURN_IF_ERROR(
      CheckVillage(context.world, request.lokus(), "recipient", request.recipient()));

  Decision decision;
  event::v1::HandoverPrepared& prepared =
      *decision.Add<HandoverDecider>(stream).mutable_handover_prepared();
  absl::flat_hash_set<std::string> ids;
  for (const v1::HandoverItem& item : request.items()) {
    if (!ids.insert(item.item_id()).second) return ItemRepeated(item.item_id());
    JEJAK_ASSIGN_OR_RETURN(*prepared.add_items(), PinItem(context.world, item));
    if (!prepared.items().rbegin()->contains_personal_data()) continue;
    if (request.purpose().empty()) return PurposeMissing(item.item_id());
    if (request.lawful_basis() == v1::LAWFUL_BASIS_UNSPECIFIED) {
      return LawfulBasisMissing(item.item_id());
    }
  }
  prepared.set_lokus(request.lokus());
  prepared.set_purpose(request.purpose());
  prepared.set_lawful_basis(request.lawful_basis());
  *prepared.mutable_recipient() = request.recipient();
  return decision;
}

absl::StatusOr<Decision> HandoverDecider::Decide(const Context& context, const State& state,
                                                 const v1::PerformHandoverRequest& request) {
  JEJAK_ASSIGN_OR_RETURN(const v1::Program* program, ActingInLokus(context, state.lokus()));
  JEJAK_RETURN_IF_ERROR(CheckPrepared(state));
  JEJAK_RETURN_IF_ERROR(CheckGiver(context.world, state, request.giver()));
  if (request.receiver().capacity() == v1::CAPACITY_UNSPECIFIED) {
    return CapacityMissing("receiver");
  }
  JEJAK_RETURN_IF_ERROR(CheckVillage(context.world, state.lokus(), "receiver", request.receiver()));
  JEJAK_RETURN_IF_ERROR(CheckProxy(request.receiver()));
  if (HasPersonalData(state)) {
    JEJAK_RETURN_IF_ERROR(CheckReceiver(state.recipient(), request.receiver()));
  }
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "handed_over_on", request.handed_over_on()));

  Decision decision;
  event::v1::DocumentHandedOver& handed_over =
      *decision.Add<HandoverDecider>(state.name()).mutable_document_handed_over();
  *handed_over.mutable_giver() = request.giver();
  *handed_over.mutable_receiver() = request.receiver();
  handed_over.set_place(request.place());
  handed_over.set_handed_over_on(request.handed_over_on());
  *handed_over.mutable_witnesses() = request.witnesses();
  if (const std::optional<absl::CivilDay> day = ParseDate(request.handed_over_on());
      day.has_value()) {
    handed_over.set_receipt_due_on(
        FormatDate(*day + static_cast<int>(program->policy().receipt_days())));
  }
  for (const v1::HandoverItem& item : state.items()) {
    if (item.contains_personal_data()) Disclose(context.world, state, request, item, decision);
  }
  return decision;
}

absl::StatusOr<Decision> HandoverDecider::Decide(const Context& context, const State& state,
                                                 const v1::AcknowledgeHandoverRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActingInLokus(context, state.lokus()).status());
  if (state.state() != v1::HANDOVER_STATE_HANDED_OVER) {
    return HandoverInState(state, "a handover whose receipt is open");
  }
  if (!DatesInOrder(state.handed_over_on(), request.receipt().signed_on())) {
    return DatesReversed(state.handed_over_on(), request.receipt().signed_on());
  }
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "receipt.signed_on", request.receipt().signed_on()));
  JEJAK_RETURN_IF_ERROR(CheckDocumentExists(context.world, request.receipt().document()));
  Decision decision;
  *decision.Add<HandoverDecider>(state.name()).mutable_receipt_signed()->mutable_receipt() =
      request.receipt();
  return decision;
}

absl::StatusOr<Decision> HandoverDecider::Decide(const Context& context, const State& state,
                                                 const v1::RefuseHandoverRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActingInLokus(context, state.lokus()).status());
  if (state.state() == v1::HANDOVER_STATE_REFUSED && state.refusal_reason() == request.reason()) {
    return Decision();
  }
  JEJAK_RETURN_IF_ERROR(CheckPrepared(state));
  Decision decision;
  decision.Add<HandoverDecider>(state.name())
      .mutable_handover_refused()
      ->set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> HandoverDecider::Decide(const Context& context, const State& state,
                                                 const v1::ReturnHandoverItemRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActingInLokus(context, state.lokus()).status());
  if (state.state() != v1::HANDOVER_STATE_HANDED_OVER &&
      state.state() != v1::HANDOVER_STATE_ACKNOWLEDGED) {
    return HandoverInState(state, "a handover that was performed");
  }
  const v1::HandoverItem* item = FindItem(state, request.item_id());
  if (item == nullptr) return ItemUnknown(request.item_id());
  if (!item->returned_on().empty()) {
    if (item->returned_on() == request.returned_on() && item->return_reason() == request.reason()) {
      return Decision();
    }
    return ItemReturned(*item);
  }
  if (!DatesInOrder(state.handed_over_on(), request.returned_on())) {
    return DatesReversed(state.handed_over_on(), request.returned_on());
  }
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "returned_on", request.returned_on()));
  Decision decision;
  event::v1::HandoverItemReturned& returned =
      *decision.Add<HandoverDecider>(state.name()).mutable_handover_item_returned();
  returned.set_item_id(request.item_id());
  returned.set_returned_on(request.returned_on());
  returned.set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> HandoverDecider::Decide(const Context& context, const State& state,
                                                 const v1::CorrectHandoverRequest& request) {
  JEJAK_RETURN_IF_ERROR(ActingInLokus(context, state.lokus()).status());
  JEJAK_ASSIGN_OR_RETURN(event::v1::FactCorrected corrected,
                         DecideCorrection(context, state, state.name(), request.correction(),
                                          {"purpose?", "place", "handed_over_on"}));
  if (corrected.field() == "purpose" && corrected.now().empty() && HasPersonalData(state)) {
    return CorrectionValueInvalid("purpose", "a purpose, as there is personal data (R23)");
  }
  if (corrected.field() == "handed_over_on") {
    if (!DatesInOrder(corrected.now(), state.receipt().signed_on())) {
      return DatesReversed(corrected.now(), state.receipt().signed_on());
    }
    JEJAK_RETURN_IF_ERROR(CheckHappened(context, corrected.field(), corrected.now()));
  }
  Decision decision;
  *decision.Add<HandoverDecider>(state.name()).mutable_fact_corrected() = std::move(corrected);
  return decision;
}

}  // namespace jejak::domain
