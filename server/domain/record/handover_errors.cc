// SPDX-License-Identifier: Apache-2.0

#include "server/domain/record/handover_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::domain {

using absl::StatusCode;

absl::Status HandoverInState(const v1::Handover& handover, absl::string_view needed) {
  const std::string& state = v1::HandoverState_Name(handover.state());
  return Refusal(StatusCode::kFailedPrecondition, "HANDOVER_STATE",
                 absl::StrCat("the handover is in state ", state))
      .Needed(needed)
      .Meta("handover", handover.name())
      .Meta("state", state);
}

absl::Status ItemEmpty(absl::string_view item_id) {
  return Refusal(StatusCode::kInvalidArgument, "ITEM_EMPTY",
                 absl::StrCat("the item ", item_id, " is neither a document nor goods"))
      .Needed("a document, or goods in words")
      .Meta("item_id", item_id);
}

absl::Status ItemAmbiguous(absl::string_view item_id) {
  return Refusal(StatusCode::kInvalidArgument, "ITEM_AMBIGUOUS",
                 absl::StrCat("the item ", item_id, " is both a document and goods"))
      .Needed("two items")
      .Meta("item_id", item_id);
}

absl::Status ItemRepeated(absl::string_view item_id) {
  return Refusal(StatusCode::kInvalidArgument, "ITEM_REPEATED",
                 absl::StrCat("there are two items ", item_id))
      .Needed("an id of its own for each item")
      .Meta("item_id", item_id);
}

absl::Status ItemUnknown(absl::string_view item_id) {
  return Refusal(StatusCode::kInvalidArgument, "ITEM_UNKNOWN",
                 absl::StrCat("the handover has no item ", item_id))
      .Needed("the id of an item of the handover")
      .Meta("item_id", item_id);
}

absl::Status ItemReturned(const v1::HandoverItem& item) {
  return Refusal(StatusCode::kFailedPrecondition, "ITEM_RETURNED",
                 absl::StrCat("the item ", item.item_id(), " came back already"))
      .Needed("an item that is still out; how it came back stays as recorded")
      .Meta("item_id", item.item_id())
      .Meta("returned_on", item.returned_on());
}

absl::Status PurposeMissing(absl::string_view item_id) {
  return Refusal(StatusCode::kInvalidArgument, "PURPOSE_MISSING",
                 absl::StrCat("the item ", item_id, " has personal data, and no purpose is given"))
      .Rule("R23")
      .Article("UU 27/2022 art. 31")
      .Needed("what the data is handed over for")
      .Meta("item_id", item_id);
}

absl::Status LawfulBasisMissing(absl::string_view item_id) {
  return Refusal(
             StatusCode::kInvalidArgument, "LAWFUL_BASIS_MISSING",
             absl::StrCat("the item ", item_id, " has personal data, and no lawful basis is given"))
      .Rule("R23")
      .Article("UU 27/2022 art. 20")
      .Needed("the lawful basis of the disclosure")
      .Meta("item_id", item_id);
}

absl::Status ItemDataOfDocument(absl::string_view item_id) {
  return Refusal(StatusCode::kInvalidArgument, "ITEM_DATA_OF_DOCUMENT",
                 absl::StrCat("the item ", item_id, " is a document, and states personal data"))
      .Rule("R23")
      .Needed("nothing in the item: what data a document has is stated where it is registered")
      .Meta("item_id", item_id);
}

absl::Status GiverNotOffice(const v1::Handover& handover) {
  return Refusal(StatusCode::kInvalidArgument, "GIVER_NOT_OFFICE",
                 "the giver is not of the office that hands over")
      .Rule("R22")
      .Needed(absl::StrCat("a giver of kind PARTY_KIND_OFFICE, of ", handover.office(),
                           " or an office above it"))
      .Meta("office", handover.office());
}

absl::Status GiverCapacity(v1::Capacity capacity) {
  const std::string& name = v1::Capacity_Name(capacity);
  return Refusal(StatusCode::kInvalidArgument, "GIVER_CAPACITY",
                 absl::StrCat("an election office does not give by ", name))
      .Rule("R22")
      .Needed("chair, commissioner, secretary or staff of the office")
      .Meta("capacity", name);
}

absl::Status CapacityMissing(absl::string_view who) {
  return Refusal(StatusCode::kInvalidArgument, "CAPACITY_MISSING",
                 absl::StrCat("the ", who, " has no capacity"))
      .Rule("R22")
      .Needed(absl::StrCat("the capacity in which the ", who, " acts"))
      .Meta("who", who);
}

absl::Status OfAnotherVillage(absl::string_view who, absl::string_view region_code) {
  return Refusal(StatusCode::kInvalidArgument, "PARTY_NOT_OF_VILLAGE",
                 absl::StrCat("the ", who, " is of another village than the lokus"))
      .Rule("R22")
      .Needed(absl::StrCat("the government of the village ", region_code))
      .Meta("who", who)
      .Meta("region_code", region_code);
}

absl::Status ReceiverNotRecipient(absl::string_view field) {
  return Refusal(StatusCode::kInvalidArgument, "RECEIVER_NOT_RECIPIENT",
                 absl::StrCat("personal data was prepared for another ", field))
      .Rule("R23")
      .Article("UU 27/2022 art. 31")
      .Needed("a receiver who is the recipient, or a new handover")
      .Meta("field", absl::StrCat("receiver.", field));
}

}  // namespace jejak::domain
