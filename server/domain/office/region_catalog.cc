// SPDX-License-Identifier: Apache-2.0

#include "server/domain/office/region_catalog.h"

#include "server/base/status_macros.h"
#include "server/domain/checks.h"
#include "server/domain/common_errors.h"
#include "server/domain/office/office_errors.h"

#include "google/protobuf/util/message_differencer.h"

#include "absl/container/flat_hash_set.h"

#include <array>
#include <cstdint>
#include <utility>

namespace jejak::domain {
namespace {

using google::protobuf::util::MessageDifferencer;

const v1::RegionCatalogVersion* FindVersion(const v1::RegionCatalog& catalog,
                                            absl::string_view version) {
  for (const auto& known : catalog.versions()) {
    if (known.version() == version) return &known;
  }
  return nullptr;
}

// The same version again: all that was given is as it was, whatever was counted.
bool SameImport(const v1::RegionCatalogVersion& known, v1::RegionCatalogVersion given) {
  if (known.files_size() != given.files_size()) return false;
  for (int i = 0; i < known.files_size(); ++i) {
    given.mutable_files(i)->set_count(known.files(i).count());
  }
  return MessageDifferencer::Equals(known, given);
}

// Calls `visit` with each code that `code` leads to in one step: to the new codes of an old one,
// or back.
template <typename Visit>
void ForEachStep(const v1::RegionCatalog& catalog, const std::string& code, bool back,
                 Visit visit) {
  for (const auto& succession : catalog.successions()) {
    for (const std::string& new_code : succession.new_codes()) {
      if (back && new_code == code) visit(succession.old_code());
      if (!back && succession.old_code() == code) visit(new_code);
    }
  }
}

// Adds to `codes` all that its first code leads to in one direction.
void Follow(const v1::RegionCatalog& catalog, bool back, std::vector<std::string>& codes) {
  std::vector<std::string> open = {codes.front()};
  absl::flat_hash_set<std::string> seen = {codes.front()};
  while (!open.empty()) {
    const std::string code = std::move(open.back());
    open.pop_back();
    ForEachStep(catalog, code, back, [&](const std::string& next) {
      if (!seen.insert(next).second) return;
      open.push_back(next);
      codes.push_back(next);
    });
  }
}

}  // namespace

std::vector<std::string> CodesOfSameRegion(const World& world, absl::string_view code) {
  std::vector<std::string> codes = {std::string(code)};
  const auto* catalog = world.Find<v1::RegionCatalog>(kRegionCatalog);
  if (catalog == nullptr) return codes;
  Follow(*catalog, /*back=*/true, codes);
  Follow(*catalog, /*back=*/false, codes);
  return codes;
}

void RegionCatalogDecider::Evolve(const EventMeta&, const Event& event, State& state) {
  switch (event.event_case()) {
    case Event::kRegionCatalogImported:
      *state.add_versions() = event.region_catalog_imported().version();
      return;
    case Event::kRegionCatalogActivated:
      state.set_active_version(event.region_catalog_activated().version());
      state.set_active_from(event.region_catalog_activated().effective_on());
      return;
    case Event::kRegionCodeSucceeded:
      *state.add_successions() = event.region_code_succeeded().succession();
      return;
    // No command corrects a catalog.
    case Event::kFactCorrected:
    case Event::EVENT_NOT_SET:
      return;
  }
}

std::vector<ClaimKey> RegionCatalogDecider::Claims(const EventMeta&, const State&, const Event&) {
  return {};
}

std::vector<std::string> RegionCatalogDecider::Tags(const State&, const Event&) { return {}; }

absl::StatusOr<Decision> RegionCatalogDecider::Decide(
    const Context& context, const State& state, const v1::ImportRegionCatalogRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckActsForNation(context));
  Decision decision;
  const std::string& version = request.version().version();
  if (const auto* known = FindVersion(state, version); known != nullptr) {
    if (SameImport(*known, request.version())) return decision;
    return CatalogVersionExists(version);
  }
  for (int i = 0; i < request.version().files_size(); ++i) {
    if (request.version().files(i).level() != i + 1) {
      return CatalogInvalid("the files are not in the order of their levels");
    }
  }
  if (request.version().files_size() != 4) return CatalogInvalid("there are not four files");
  const absl::StatusOr<std::array<std::uint32_t, 4>> counts =
      context.world.CheckRegionFiles(request.version());
  if (absl::IsNotFound(counts.status())) return CatalogFileUnknown(counts.status().message());
  if (absl::IsInvalidArgument(counts.status())) return CatalogInvalid(counts.status().message());
  JEJAK_RETURN_IF_ERROR(counts.status());
  auto& event =
      *decision.Add<RegionCatalogDecider>(request.name()).mutable_region_catalog_imported();
  event.set_scheme(std::string(LastSegment(request.name())));
  *event.mutable_version() = request.version();
  for (std::size_t i = 0; i < counts->size(); ++i) {
    event.mutable_version()->mutable_files(static_cast<int>(i))->set_count((*counts)[i]);
  }
  return decision;
}

absl::StatusOr<Decision> RegionCatalogDecider::Decide(
    const Context& context, const State& state, const v1::ActivateRegionCatalogRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckActsForNation(context));
  Decision decision;
  if (FindVersion(state, request.version()) == nullptr) {
    return CatalogVersionUnknown(request.version());
  }
  if (state.active_version() == request.version() &&
      state.active_from() == request.effective_on()) {
    return decision;
  }
  JEJAK_RETURN_IF_ERROR(CheckHappened(context, "effective_on", request.effective_on()));
  auto& event =
      *decision.Add<RegionCatalogDecider>(state.name()).mutable_region_catalog_activated();
  event.set_version(request.version());
  event.set_effective_on(request.effective_on());
  return decision;
}

absl::StatusOr<Decision> RegionCatalogDecider::Decide(
    const Context& context, const State& state, const v1::MapRegionSuccessionRequest& request) {
  JEJAK_RETURN_IF_ERROR(CheckActsForNation(context));
  Decision decision;
  const v1::RegionSuccession& succession = request.succession();
  for (const auto& known : state.successions()) {
    if (known.old_code() != succession.old_code()) continue;
    if (MessageDifferencer::Equals(known, succession)) return decision;
    return SuccessionExists(succession.old_code());
  }
  JEJAK_RETURN_IF_ERROR(
      CheckHappened(context, "succession.effective_on", succession.effective_on()));
  absl::flat_hash_set<std::string> seen = {succession.old_code()};
  for (const std::string& new_code : succession.new_codes()) {
    if (!seen.insert(new_code).second) return SuccessionInvalid(new_code);
    JEJAK_RETURN_IF_ERROR(KnownRegion(context.world, new_code).status());
    std::vector<std::string> later = {new_code};
    Follow(state, /*back=*/false, later);
    for (const std::string& code : later) {
      if (code == succession.old_code()) return SuccessionInvalid(new_code);
    }
  }
  *decision.Add<RegionCatalogDecider>(state.name())
       .mutable_region_code_succeeded()
       ->mutable_succession() = succession;
  return decision;
}

}  // namespace jejak::domain
