// SPDX-License-Identifier: Apache-2.0

#include "server/domain/office/office.h"

#include "server/base/status_macros.h"
#include "server/domain/checks.h"
#include "server/domain/common_errors.h"
#include "server/domain/correction.h"
#include "server/domain/office/office_errors.h"
#include "server/domain/office/region_table.h"
#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

#include <optional>

namespace jejak::domain {
namespace {

// The level of the regions that an office of a level serves; a polling station has that of its
// village.
v1::RegionLevel RegionLevelOf(v1::OfficeLevel level) {
  switch (level) {
    case v1::OFFICE_LEVEL_PROVINCE:
      return v1::REGION_LEVEL_PROVINCE;
    case v1::OFFICE_LEVEL_REGENCY:
      return v1::REGION_LEVEL_REGENCY;
    case v1::OFFICE_LEVEL_PPK:
      return v1::REGION_LEVEL_DISTRICT;
    case v1::OFFICE_LEVEL_PPS:
    case v1::OFFICE_LEVEL_KPPS:
      return v1::REGION_LEVEL_VILLAGE;
    default:
      return v1::REGION_LEVEL_UNSPECIFIED;
  }
}

absl::Status CheckTimeZone(absl::string_view time_zone) {
  if (time_zone == "Asia/Jakarta" || time_zone == "Asia/Makassar" || time_zone == "Asia/Jayapura") {
    return absl::OkStatus();
  }
  return TimeZoneUnknown(time_zone);
}

absl::Status CheckRegion(const World& world, v1::OfficeLevel level, absl::string_view code) {
  const std::optional<RegionCode> parsed = ParseRegionCode(code);
  const v1::RegionLevel actual = parsed.has_value() ? parsed->level : v1::REGION_LEVEL_UNSPECIFIED;
  if (actual != RegionLevelOf(level) || parsed.has_value() == code.empty()) {
    return OfficeRegionLevel(level, code);
  }
  if (code.empty() || world.Regions() == nullptr) return absl::OkStatus();
  return KnownRegion(world, code).status();
}

// The office of `level` for `code` may stand below `parent`.
absl::Status CheckParent(const World& world, v1::OfficeLevel level, absl::string_view code,
                         absl::string_view parent) {
  if (level == v1::OFFICE_LEVEL_NATIONAL) {
    return parent.empty() ? absl::OkStatus()
                          : OfficeLevelOrder(level, "no parent for the national office");
  }
  if (parent.empty()) return OfficeLevelOrder(level, "a parent of a higher level");
  const auto* above = world.Find<v1::Office>(parent);
  if (above == nullptr) return ParentOfficeUnknown(parent);
  if (above->state() != v1::OFFICE_STATE_OPEN) return OfficeClosed(parent);
  // The levels are numbered from the top.
  if (above->level() >= level) return OfficeLevelOrder(level, "a parent of a higher level");
  if (!above->region_code().empty() && !LiesWithin(code, above->region_code())) {
    return OfficeRegionOutsideParent(code, *above);
  }
  return absl::OkStatus();
}

absl::Status CheckOpen(const v1::Office& office) {
  return office.state() == v1::OFFICE_STATE_OPEN ? absl::OkStatus() : OfficeClosed(office.name());
}

// The office is open, and up to the acting one.
absl::Status CheckChange(const Context& context, const v1::Office& office) {
  JEJAK_RETURN_IF_ERROR(CheckOpen(office));
  return CheckActsFor(context, office.name());
}

}  // namespace

std::string OfficeDecider::Stream(const v1::RegisterOfficeRequest& request) {
  return absl::StrCat("offices/", request.office_id());
}

void OfficeDecider::Evolve(const EventMeta& meta, const Event& event, State& state) {
  switch (event.event_case()) {
    case Event::kOfficeRegistered: {
      const auto& registered = event.office_registered();
      state.set_state(v1::OFFICE_STATE_OPEN);
      state.set_level(registered.level());
      state.set_title(registered.title());
      state.set_local_title(registered.local_title());
      state.set_region_code(registered.region_code());
      state.set_region_catalog_version(meta.region_catalog_version);
      state.set_parent(registered.parent());
      state.set_time_zone(registered.time_zone());
      state.set_valid_from(registered.valid_from());
      return;
    }
    case Event::kOfficeRenamed:
      state.set_title(event.office_renamed().title());
      return;
    case Event::kOfficeReparented:
      state.set_parent(event.office_reparented().parent());
      return;
    case Event::kOfficeClosed:
      state.set_state(v1::OFFICE_STATE_CLOSED);
      state.set_valid_to(event.office_closed().valid_to());
      state.set_successor(event.office_closed().successor());
      return;
    case Event::kFactCorrected:
      ApplyCorrection(event.fact_corrected(), state);
      return;
    case Event::EVENT_NOT_SET:
      return;
  }
}

std::vector<ClaimKey> OfficeDecider::Claims(const EventMeta&, const State&, const Event& event) {
  if (event.office_registered().level() != v1::OFFICE_LEVEL_NATIONAL) return {};
  return {{.key = kNationalOfficeClaim, .take = true}};
}

std::vector<std::string> OfficeDecider::Tags(const State& after, const Event& event) {
  std::vector<std::string> tags;
  if (event.has_office_registered() || event.has_office_reparented()) {
    AddTag("office", after.parent(), tags);
  }
  AddTag("office", event.office_reparented().old_parent(), tags);
  if (event.has_office_closed()) AddTag("office", after.successor(), tags);
  return tags;
}

absl::StatusOr<Decision> OfficeDecider::Decide(const Context& context, const State& state,
                                               const v1::RegisterOfficeRequest& request) {
  const std::string stream = Stream(request);
  if (!state.name().empty()) return ResourceExists("OFFICE_EXISTS", stream);
  JEJAK_RETURN_IF_ERROR(CheckTimeZone(request.time_zone()));
  JEJAK_RETURN_IF_ERROR(CheckRegion(context.world, request.level(), request.region_code()));
  JEJAK_RETURN_IF_ERROR(
      CheckParent(context.world, request.level(), request.region_code(), request.parent()));
  if (request.level() != v1::OFFICE_LEVEL_NATIONAL) {
    JEJAK_RETURN_IF_ERROR(CheckActsFor(context, request.parent()));
  } else if (const auto holder = context.world.ClaimHolder(kNationalOfficeClaim);
             holder.has_value()) {
    return NationalOfficeExists(*holder);
  }
  Decision decision;
  auto& event = *decision.Add<OfficeDecider>(stream).mutable_office_registered();
  event.set_level(request.level());
  event.set_title(request.title());
  event.set_local_title(request.local_title());
  event.set_region_code(request.region_code());
  event.set_parent(request.parent());
  event.set_time_zone(request.time_zone());
  event.set_valid_from(request.valid_from());
  return decision;
}

absl::StatusOr<Decision> OfficeDecider::Decide(const Context& context, const State& state,
                                               const v1::RenameOfficeRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckChange(context, state));
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "effective_on", request.effective_on()));
  Decision decision;
  if (request.title() == state.title()) return decision;
  auto& event = *decision.Add<OfficeDecider>(state.name()).mutable_office_renamed();
  event.set_title(request.title());
  event.set_old_title(state.title());
  event.set_effective_on(request.effective_on());
  event.set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> OfficeDecider::Decide(const Context& context, const State& state,
                                               const v1::ReparentOfficeRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckChange(context, state));
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "effective_on", request.effective_on()));
  Decision decision;
  if (request.parent() == state.parent()) return decision;
  JEJAK_RETURN_IF_ERROR(
      CheckParent(context.world, state.level(), state.region_code(), request.parent()));
  auto& event = *decision.Add<OfficeDecider>(state.name()).mutable_office_reparented();
  event.set_parent(request.parent());
  event.set_old_parent(state.parent());
  event.set_effective_on(request.effective_on());
  event.set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> OfficeDecider::Decide(const Context& context, const State& state,
                                               const v1::CloseOfficeRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckChange(context, state));
  if (state.level() == v1::OFFICE_LEVEL_NATIONAL) return NationalOfficeStays(state.name());
  if (request.valid_to() < state.valid_from()) {
    return DatesReversed(state.valid_from(), request.valid_to());
  }
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "valid_to", request.valid_to()));
  if (request.successor() == state.name()) return OfficeSucceedsItself(request.successor());
  if (!request.successor().empty()) {
    JEJAK_ASSIGN_OR_RETURN(const v1::Office* successor,
                           KnownOffice(context.world, request.successor()));
    JEJAK_RETURN_IF_ERROR(CheckOpen(*successor));
  }
  Decision decision;
  auto& event = *decision.Add<OfficeDecider>(state.name()).mutable_office_closed();
  event.set_valid_to(request.valid_to());
  event.set_successor(request.successor());
  event.set_reason(request.reason());
  return decision;
}

absl::StatusOr<Decision> OfficeDecider::Decide(const Context& context, const State& state,
                                               const v1::CorrectOfficeRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckChange(context, state));
  JEJAK_ASSIGN_OR_RETURN(event::v1::FactCorrected corrected,
                         DecideCorrection(context, state, state.name(), request.correction(),
                                          {"title", "local_title?", "time_zone", "valid_from"}));
  if (corrected.field() == "time_zone") JEJAK_RETURN_IF_ERROR(CheckTimeZone(corrected.now()));
  Decision decision;
  *decision.Add<OfficeDecider>(state.name()).mutable_fact_corrected() = std::move(corrected);
  return decision;
}

}  // namespace jejak::domain
