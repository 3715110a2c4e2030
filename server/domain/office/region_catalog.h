// SPDX-License-Identifier: Apache-2.0
//
// File: region_catalog.h
//
// The aggregate RegionCatalog (A1): all versions of one scheme of region codes, which one is in
// force, and which codes took the place of old ones. The regions themselves are in the files of a
// version, in the content store (region_table.h).
//
// Rules: a version is imported once, from files that form a valid catalog; an imported version is
// put in force; a succession leads to codes of the version in force (R1). Both hold from the
// command on, so their dates have come.
//
// Who acts is the national office, once there are offices (R42).
//
// No claims.

#ifndef JEJAK_SERVER_DOMAIN_OFFICE_REGION_CATALOG_H_
#define JEJAK_SERVER_DOMAIN_OFFICE_REGION_CATALOG_H_

#include "server/domain/aggregate.h"
#include "server/domain/world.h"

#include "jejak/event/v1/envelope.pb.h"
#include "jejak/v1/region.pb.h"
#include "jejak/v1/region_service.pb.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <string>
#include <vector>

namespace jejak::domain {

// The catalog that the codes in offices and lokus belong to.
inline constexpr char kRegionCatalog[] = "regionCatalogs/kemendagri";

// `code`, and every code that it took the place of or that took its place, through any number of
// successions recorded in kRegionCatalog. A village is the same village under all of them. The
// parts of a split are not one another's.
std::vector<std::string> CodesOfSameRegion(const World& world, absl::string_view code);

struct RegionCatalogDecider {
  using State = v1::RegionCatalog;
  using Event = event::v1::RegionCatalogEvent;
  static constexpr char kPattern[] = "regionCatalogs/*";
  static Event* Mutable(event::v1::Envelope& envelope) { return envelope.mutable_region_catalog(); }
  static const Event& Get(const event::v1::Envelope& envelope) { return envelope.region_catalog(); }

  static void Evolve(const EventMeta& meta, const Event& event, State& state);
  static std::vector<ClaimKey> Claims(const EventMeta& meta, const State& before,
                                      const Event& event);
  static std::vector<std::string> Tags(const State& after, const Event& event);

  // The first import makes the catalog.
  static constexpr bool CreatesOnFirst(const v1::ImportRegionCatalogRequest&) { return true; }

  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ImportRegionCatalogRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::ActivateRegionCatalogRequest& request);
  static absl::StatusOr<Decision> Decide(const Context& context, const State& state,
                                         const v1::MapRegionSuccessionRequest& request);
};

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_OFFICE_REGION_CATALOG_H_
