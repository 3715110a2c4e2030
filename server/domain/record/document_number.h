// SPDX-License-Identifier: Apache-2.0
//
// File: document_number.h
//
// The numbers that KPU offices give to documents (domain.md 2.8). Two shapes are recognized:
//
//   027/PP.08.1-Pu/1218/KPU-Kab/I/2019
//   290/PP.06-Kpt/06/KPU/IV/2021
//
// running number / classification and type / region or unit / office / month in Roman / year. The
// third part may be missing.

#ifndef JEJAK_SERVER_DOMAIN_RECORD_DOCUMENT_NUMBER_H_
#define JEJAK_SERVER_DOMAIN_RECORD_DOCUMENT_NUMBER_H_

#include "jejak/v1/document.pb.h"

#include "absl/strings/string_view.h"

#include <optional>

namespace jejak::domain {

// The parts of `number`, or nothing if it has no recognized shape. Four digits in the third part
// are the code of a regency and become dotted ("1218" -> "12.18"); two are the number of a unit,
// or the code of a province, and stay as written. Nothing is trimmed or corrected.
std::optional<v1::DocumentNumber> ParseDocumentNumber(absl::string_view number);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_RECORD_DOCUMENT_NUMBER_H_
