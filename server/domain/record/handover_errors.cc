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

absl::Status GiverNotOffice() {
  return Refusal(StatusCode::kInvalidArgument, "GIVER_NOT_OFFICE",
                 "the giver is not of an election office")
      .Rule("R22")
      .Needed("a giver of kind PARTY_KIND_OFFICE");
}

absl::Status CapacityMissing(absl::string_view who) {
  return Refusal(StatusCode::kInvalidArgument, "CAPACITY_MISSING",
                 absl::StrCat("the ", who, " has no capacity"))
      .Rule("R22")
      .Needed(absl::StrCat("the capacity in which the ", who, " acts"))
      .Meta("who", who);
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
