// SPDX-License-Identifier: Apache-2.0
//
// File: masking.h
//
// What a reader sees of a person by default.

#ifndef JEJAK_SERVER_VAULT_MASKING_H_
#define JEJAK_SERVER_VAULT_MASKING_H_

#include "jejak/v1/common.pb.h"

namespace jejak::vault {

// Makes *masked the masked form of `plain`:
//   name         first letter of each word, then three bullets: "Siti Aminah" -> "S••• A•••"
//   national_id  first 2 and last 4 characters around ten bullets: "32••••••••••0007";
//                only bullets if it is not 16 digits
//   birth_date, address, phone  three bullets if present
//   sex          unspecified
// masked is set, subject kept, everything else left out. The result is valid UTF-8 if the name
// is, and says nothing of how long a value was. `masked` may point to `plain`.
void MaskPerson(const v1::Person& plain, v1::Person* masked);

}  // namespace jejak::vault

#endif  // JEJAK_SERVER_VAULT_MASKING_H_
