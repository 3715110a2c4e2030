// SPDX-License-Identifier: Apache-2.0

#include "server/domain/record/document.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/checks.h"
#include "server/domain/common_errors.h"
#include "server/domain/correction.h"
#include "server/domain/office/region_table.h"
#include "server/domain/record/document_errors.h"
#include "server/domain/record/document_number.h"
#include "server/domain/refusal.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include <optional>
#include <utility>

namespace jejak::domain {
namespace {

// "12 / pp.06" and "12/PP.06" are one number.
std::string Normalized(absl::string_view number) {
  std::string result;
  for (const char c : number) {
    if (!absl::ascii_isspace(static_cast<unsigned char>(c))) {
      result += absl::ascii_toupper(static_cast<unsigned char>(c));
    }
  }
  return result;
}

absl::string_view YearOf(absl::string_view date) { return date.substr(0, 4); }

// Empty if there is no number.
std::string NumberClaim(absl::string_view office, v1::DocumentType type,
                        absl::string_view issued_on, absl::string_view number) {
  const std::string normalized = Normalized(number);
  if (normalized.empty()) return "";
  const absl::string_view type_name = v1::DocumentType_Name(type);
  return absl::StrCat("document-number/", LastSegment(office), "/",
                      absl::StripPrefix(type_name, "DOCUMENT_TYPE_"), "/", YearOf(issued_on), "/",
                      normalized);
}

// R25. A third part that is no code of a region is the number of a unit: two digits are the code of
// a province only where the office is of one.
absl::Status CheckNumberRegion(const World& world, const v1::DocumentNumber& number,
                               const v1::Office& office) {
  const std::optional<RegionCode> code = ParseRegionCode(number.region_code());
  const bool is_region =
      code.has_value() &&
      (code->level == v1::REGION_LEVEL_REGENCY || office.level() == v1::OFFICE_LEVEL_PROVINCE) &&
      (world.Regions() == nullptr || world.Regions()->Find(number.region_code()) != nullptr);
  if (!is_region || number.region_code() == office.region_code()) return absl::OkStatus();
  return DocumentNumberRegion(number.region_code(), office);
}

absl::Status CheckPersonalData(const World& world, const v1::RegisterDocumentRequest& request) {
  if (request.contains_personal_data()) {
    if (request.type() == v1::DOCUMENT_TYPE_AGEN_LIST && request.subjects().empty()) {
      return SubjectsMissing("the list of agen");
    }
    if (request.disclosure() == v1::DISCLOSURE_CLASS_PUBLIC) return DisclosureClassConflict();
  } else if (request.type() == v1::DOCUMENT_TYPE_AGEN_LIST ||
             request.disclosure() == v1::DISCLOSURE_CLASS_PERSONAL ||
             request.disclosure() == v1::DISCLOSURE_CLASS_PERSONAL_SPECIFIC ||
             !request.subjects().empty()) {
    return PersonalDataUnstated();
  }
  return CheckAgenExist(world, request.subjects());
}

absl::Status CheckRegistered(const v1::Document& document) {
  if (document.state() == v1::DOCUMENT_STATE_REGISTERED) return absl::OkStatus();
  return DocumentInState(document, "a document in force");
}

template <typename Names>
void CopyOnce(const Names& from, Names& to) {
  for (const std::string& name : from) {
    if (!absl::c_linear_search(to, name)) *to.Add() = name;
  }
}

}  // namespace

void DocumentDecider::Evolve(const EventMeta&, const Event& event, State& state) {
  switch (event.event_case()) {
    case Event::kDocumentRegistered: {
      const event::v1::DocumentRegistered& e = event.document_registered();
      state.set_state(v1::DOCUMENT_STATE_REGISTERED);
      state.set_type(e.type());
      state.set_number(e.number());
      if (e.has_parsed_number()) *state.mutable_parsed_number() = e.parsed_number();
      state.set_title(e.title());
      state.set_issued_on(e.issued_on());
      state.set_classification(e.classification());
      state.set_disclosure(e.disclosure());
      state.set_retention_class(e.retention_class());
      *state.mutable_lokus() = e.lokus();
      state.set_contains_personal_data(e.contains_personal_data());
      *state.mutable_subjects() = e.subjects();
      break;
    }
    case Event::kDocumentVersionAdded: {
      const event::v1::DocumentVersionAdded& e = event.document_version_added();
      v1::DocumentVersion& version = *state.add_versions();
      version.set_version(e.version());
      version.set_sha256(e.sha256());
      version.set_size(e.size());
      version.set_media_type(e.media_type());
      version.set_reason(e.reason());
      break;
    }
    case Event::kDocumentSigned:
      for (v1::DocumentVersion& version : *state.mutable_versions()) {
        if (version.version() == event.document_signed().version()) {
          *version.add_signatures() = event.document_signed().signature();
        }
      }
      break;
    case Event::kDocumentSuperseded:
      state.set_state(v1::DOCUMENT_STATE_SUPERSEDED);
      state.set_superseded_by(event.document_superseded().successor());
      break;
    case Event::kFactCorrected:
      ApplyCorrection(event.fact_corrected(), state);
      break;
    case Event::EVENT_NOT_SET:
      break;
  }
}

std::vector<ClaimKey> DocumentDecider::Claims(const EventMeta& meta, const State&,
                                              const Event& event) {
  if (!event.has_document_registered()) return {};
  const event::v1::DocumentRegistered& e = event.document_registered();
  std::string key = NumberClaim(NamePrefix(meta.stream, 2), e.type(), e.issued_on(), e.number());
  if (key.empty()) return {};
  return {{std::move(key), true}};
}

std::vector<std::string> DocumentDecider::Tags(const State& after, const Event& event) {
  std::vector<std::string> tags;
  for (const std::string& lokus : after.lokus()) AddTag("lokus", lokus, tags);
  // So that a download finds the documents its bytes belong to.
  AddTag("content", event.document_version_added().sha256(), tags);
  AddTag("document", event.document_superseded().successor(), tags);
  return tags;
}

std::string DocumentDecider::Stream(const v1::RegisterDocumentRequest& request) {
  return absl::StrCat(request.parent(), "/documents/", request.document_id());
}

absl::StatusOr<Decision> DocumentDecider::Decide(const Context& context, const State& state,
                                                 const v1::RegisterDocumentRequest& request) {
  const std::string stream = Stream(request);
  if (!state.name().empty()) return ResourceExists("DOCUMENT_EXISTS", stream);
  JEJAK_ASSIGN_OR_RETURN(const v1::Office* office, KnownOffice(context.world, request.parent()));
  JEJAK_RETURN_IF_ERROR(CheckActsFor(context, office->name()));
  for (const std::string& lokus : request.lokus()) {
    JEJAK_RETURN_IF_ERROR(CheckLokusExists(context.world, lokus));
  }
  JEJAK_RETURN_IF_ERROR(CheckPersonalData(context.world, request));
  const std::optional<v1::DocumentNumber> parsed = ParseDocumentNumber(request.number());
  if (parsed.has_value()) {
    JEJAK_RETURN_IF_ERROR(CheckNumberRegion(context.world, *parsed, *office));
    if (absl::StrCat(parsed->year()) != YearOf(request.issued_on())) {
      return DocumentNumberYear(request.number(), request.issued_on());
    }
  }
  if (const auto holder = context.world.ClaimHolder(
          NumberClaim(request.parent(), request.type(), request.issued_on(), request.number()));
      holder.has_value()) {
    return DocumentNumberTaken(request.number(), *holder);
  }

  Decision decision;
  event::v1::DocumentRegistered& registered =
      *decision.Add<DocumentDecider>(stream).mutable_document_registered();
  registered.set_type(request.type());
  registered.set_number(request.number());
  if (parsed.has_value()) *registered.mutable_parsed_number() = *parsed;
  registered.set_title(request.title());
  registered.set_issued_on(request.issued_on());
  registered.set_classification(request.classification());
  registered.set_disclosure(request.disclosure());
  registered.set_retention_class(request.retention_class());
  CopyOnce(request.lokus(), *registered.mutable_lokus());
  registered.set_contains_personal_data(request.contains_personal_data());
  CopyOnce(request.subjects(), *registered.mutable_subjects());
  return decision;
}

absl::StatusOr<Decision> DocumentDecider::Decide(const Context& context, const State& state,
                                                 const v1::AddDocumentVersionRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckActsFor(context, NamePrefix(state.name(), 2)));
  JEJAK_RETURN_IF_ERROR(CheckRegistered(state));
  const auto latest = static_cast<std::uint32_t>(state.versions_size());
  if (latest > 0 && state.versions().rbegin()->sha256() == request.sha256()) {
    return ContentUnchanged(latest);
  }
  if (latest >= limits::kDocumentVersionsMax) {
    return DocumentFull("versions", limits::kDocumentVersionsMax);
  }
  const std::optional<std::uint64_t> size = context.world.ContentSize(request.sha256());
  if (!size.has_value()) return ContentUnknown(request.sha256());

  Decision decision;
  event::v1::DocumentVersionAdded& added =
      *decision.Add<DocumentDecider>(state.name()).mutable_document_version_added();
  added.set_version(latest + 1);
  added.set_sha256(request.sha256());
  added.set_size(*size);
  added.set_media_type(request.media_type());
  added.set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> DocumentDecider::Decide(const Context& context, const State& state,
                                                 const v1::SignDocumentRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckActsFor(context, NamePrefix(state.name(), 2)));
  JEJAK_RETURN_IF_ERROR(CheckRegistered(state));
  const auto latest = static_cast<std::uint32_t>(state.versions_size());
  const std::uint32_t version = request.version() == 0 ? latest : request.version();
  if (latest == 0 || version > latest) return VersionMissing(state.name(), request.version());
  if (version < latest) return VersionNotLatest(version, latest);
  if (static_cast<std::size_t>(state.versions().rbegin()->signatures_size()) >=
      limits::kSignaturesPerVersionMax) {
    return DocumentFull("signatures", limits::kSignaturesPerVersionMax);
  }
  JEJAK_RETURN_IF_ERROR(
      CheckHappened(context, "signature.signed_on", request.signature().signed_on()));
  Decision decision;
  event::v1::DocumentSigned& added =
      *decision.Add<DocumentDecider>(state.name()).mutable_document_signed();
  added.set_version(version);
  *added.mutable_signature() = request.signature();
  return decision;
}

absl::StatusOr<Decision> DocumentDecider::Decide(const Context& context, const State& state,
                                                 const v1::SupersedeDocumentRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckActsFor(context, NamePrefix(state.name(), 2)));
  if (state.superseded_by() == request.successor()) return Decision();
  JEJAK_RETURN_IF_ERROR(CheckRegistered(state));
  if (request.successor() == state.name()) return DocumentSucceedsItself(state.name());
  const auto* successor = context.world.Find<v1::Document>(request.successor());
  if (successor == nullptr) return DocumentUnknown(request.successor());
  JEJAK_RETURN_IF_ERROR(CheckRegistered(*successor));

  Decision decision;
  event::v1::DocumentSuperseded& superseded =
      *decision.Add<DocumentDecider>(state.name()).mutable_document_superseded();
  superseded.set_successor(request.successor());
  superseded.set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> DocumentDecider::Decide(const Context& context, const State& state,
                                                 const v1::CorrectDocumentRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckActsFor(context, NamePrefix(state.name(), 2)));
  JEJAK_ASSIGN_OR_RETURN(
      event::v1::FactCorrected corrected,
      DecideCorrection(context, state, state.name(), request.correction(),
                       {"title", "issued_on", "classification?", "retention_class?"}));
  // R25: the number was given once in the year that its claim names.
  if (corrected.field() == "issued_on" && !Normalized(state.number()).empty() &&
      YearOf(corrected.now()) != YearOf(corrected.was())) {
    return DocumentNumberYear(state.number(), corrected.now());
  }
  Decision decision;
  *decision.Add<DocumentDecider>(state.name()).mutable_fact_corrected() = std::move(corrected);
  return decision;
}

}  // namespace jejak::domain
