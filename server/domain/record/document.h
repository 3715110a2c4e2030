// SPDX-License-Identifier: Apache-2.0
//
// File: document.h
//
// A document of an office: its number, its versions by content hash, and the signatures on each
// version. The bytes are in the content store. Refusals: document_errors.h.
// Who acts is the office of the document or one above it (R5).
//
// Claims:
//   "document-number/OFFICE/TYPE/YEAR/NUMBER"  one document with this number per office, type and
//       year (R25): taken at DocumentRegistered, never released. OFFICE is the id of the office,
//       TYPE the name of the enum value without its prefix, YEAR that of issued_on, NUMBER the
//       number in upper case without spaces: "document-number/18.06/DECREE/2021/12/PP.06/...".
//       A document without a number takes none. A corrected issued_on stays in the year of the
//       claim.
//
// A document with personal data may be without subjects, as those of persons who are no agen, so
// that its bytes are protected all the same; but it cannot be handed over (handover.h).

#ifndef JEJAK_SERVER_DOMAIN_RECORD_DOCUMENT_H_
#define JEJAK_SERVER_DOMAIN_RECORD_DOCUMENT_H_

#include "server/domain/aggregate.h"

#include "jejak/event/v1/document_events.pb.h"
#include "jejak/v1/document.pb.h"
#include "jejak/v1/document_service.pb.h"

#include "absl/status/statusor.h"

#include <string>
#include <vector>

namespace jejak::domain {

struct DocumentDecider {
  using State = v1::Document;
  using Event = event::v1::DocumentEvent;
  static constexpr char kPattern[] = "offices/*/documents/*";
  static Event* Mutable(event::v1::Envelope& envelope) { return envelope.mutable_document(); }
  static const Event& Get(const event::v1::Envelope& envelope) { return envelope.document(); }

  static void Evolve(const EventMeta& meta, const Event& event, State& state);
  static std::vector<ClaimKey> Claims(const EventMeta& meta, const State& before,
                                      const Event& event);
  static std::vector<std::string> Tags(const State& after, const Event& event);

  // R25. In a number that is recognized (document_number.h), the year is that of issued_on, and the
  // code of a regency, or for an office of a province the code of a province, is that of the
  // office.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::RegisterDocumentRequest& request);
  static std::string Stream(const v1::RegisterDocumentRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::AddDocumentVersionRequest& request);
  // R26.
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::SignDocumentRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::SupersedeDocumentRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::CorrectDocumentRequest& request);
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_RECORD_DOCUMENT_H_
