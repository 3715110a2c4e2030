// SPDX-License-Identifier: Apache-2.0
//
// File: handover_errors.h
//
// The refusals of the aggregate Handover.

#ifndef JEJAK_SERVER_DOMAIN_RECORD_HANDOVER_ERRORS_H_
#define JEJAK_SERVER_DOMAIN_RECORD_HANDOVER_ERRORS_H_

#include "jejak/v1/handover.pb.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace jejak::domain {

// FAILED_PRECONDITION, HANDOVER_STATE: the state does not allow the command.
absl::Status HandoverInState(const v1::Handover& handover, absl::string_view needed);
// INVALID_ARGUMENT, ITEM_EMPTY: neither a document nor goods.
absl::Status ItemEmpty(absl::string_view item_id);
// INVALID_ARGUMENT, ITEM_AMBIGUOUS: both a document and goods.
absl::Status ItemAmbiguous(absl::string_view item_id);
// INVALID_ARGUMENT, ITEM_REPEATED: two items have this id.
absl::Status ItemRepeated(absl::string_view item_id);
// INVALID_ARGUMENT, ITEM_UNKNOWN.
absl::Status ItemUnknown(absl::string_view item_id);
// FAILED_PRECONDITION, ITEM_RETURNED: it came back already.
absl::Status ItemReturned(const v1::HandoverItem& item);
// INVALID_ARGUMENT, PURPOSE_MISSING (R23): the item has personal data.
absl::Status PurposeMissing(absl::string_view item_id);
// INVALID_ARGUMENT, LAWFUL_BASIS_MISSING (R23): the item has personal data.
absl::Status LawfulBasisMissing(absl::string_view item_id);
// INVALID_ARGUMENT, ITEM_DATA_OF_DOCUMENT (R23): what data a document has is not said here.
absl::Status ItemDataOfDocument(absl::string_view item_id);
// INVALID_ARGUMENT, GIVER_NOT_OFFICE (R22): it is the office of the handover, or one above, that
// gives.
absl::Status GiverNotOffice(const v1::Handover& handover);
// INVALID_ARGUMENT, GIVER_CAPACITY (R22): not a capacity of an election office.
absl::Status GiverCapacity(v1::Capacity capacity);
// INVALID_ARGUMENT, CAPACITY_MISSING (R22): `who` is "giver" or "receiver".
absl::Status CapacityMissing(absl::string_view who);
// INVALID_ARGUMENT, PARTY_NOT_OF_VILLAGE (R22): `who`, a village government, is of another village.
absl::Status OfAnotherVillage(absl::string_view who, absl::string_view region_code);
// INVALID_ARGUMENT, RECEIVER_NOT_RECIPIENT (R23): `field` of the receiver is not as prepared.
absl::Status ReceiverNotRecipient(absl::string_view field);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_RECORD_HANDOVER_ERRORS_H_
