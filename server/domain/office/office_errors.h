// SPDX-License-Identifier: Apache-2.0
//
// File: office_errors.h
//
// The refusals of the aggregates Office and RegionCatalog.

#ifndef JEJAK_SERVER_DOMAIN_OFFICE_OFFICE_ERRORS_H_
#define JEJAK_SERVER_DOMAIN_OFFICE_OFFICE_ERRORS_H_

#include "jejak/v1/office.pb.h"
#include "jejak/v1/region.pb.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace jejak::domain {

// ALREADY_EXISTS, NATIONAL_OFFICE_EXISTS: `holder` is the one.
absl::Status NationalOfficeExists(absl::string_view holder);
absl::Status NationalOfficeStays(absl::string_view office);
// INVALID_ARGUMENT, PARENT_OFFICE_UNKNOWN.
absl::Status ParentOfficeUnknown(absl::string_view parent);
// INVALID_ARGUMENT, OFFICE_LEVEL_ORDER: a parent is of a higher level; only the national office
// has none.
absl::Status OfficeLevelOrder(v1::OfficeLevel level, absl::string_view needed);
// INVALID_ARGUMENT, OFFICE_REGION_LEVEL: the region is not of the level the office serves.
absl::Status OfficeRegionLevel(v1::OfficeLevel level, absl::string_view code);
// INVALID_ARGUMENT, OFFICE_REGION_OUTSIDE_PARENT: the region does not lie in that of the parent.
absl::Status OfficeRegionOutsideParent(absl::string_view code, const v1::Office& parent);
// INVALID_ARGUMENT, TIME_ZONE_UNKNOWN.
absl::Status TimeZoneUnknown(absl::string_view time_zone);
// INVALID_ARGUMENT, SUCCESSOR_INVALID: an office does not succeed itself.
absl::Status OfficeSucceedsItself(absl::string_view successor);

// ALREADY_EXISTS, CATALOG_VERSION_EXISTS.
absl::Status CatalogVersionExists(absl::string_view version);
// FAILED_PRECONDITION, CATALOG_VERSION_UNKNOWN: the version was not imported.
absl::Status CatalogVersionUnknown(absl::string_view version);
// FAILED_PRECONDITION, CATALOG_FILE_UNKNOWN: `detail` names the file that is not in the content
// store.
absl::Status CatalogFileUnknown(absl::string_view detail);
// INVALID_ARGUMENT, CATALOG_INVALID: `detail` has the file and the line.
absl::Status CatalogInvalid(absl::string_view detail);
// INVALID_ARGUMENT, SUCCESSION_INVALID: a code would succeed itself, directly or in a circle, or
// be named twice.
absl::Status SuccessionInvalid(absl::string_view code);
// ALREADY_EXISTS, SUCCESSION_EXISTS: it was recorded what took the place of the code.
absl::Status SuccessionExists(absl::string_view old_code);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_OFFICE_OFFICE_ERRORS_H_
