// SPDX-License-Identifier: Apache-2.0

#include "server/domain/office/office_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::domain {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kExists = absl::StatusCode::kAlreadyExists;

}  // namespace

absl::Status NationalOfficeExists(absl::string_view holder) {
  return Refusal(kExists, "NATIONAL_OFFICE_EXISTS", absl::StrCat("the national office is ", holder))
      .Needed("an office of a lower level, below it")
      .Meta("office", holder);
}

absl::Status ParentOfficeUnknown(absl::string_view parent) {
  return Refusal(kInvalid, "PARENT_OFFICE_UNKNOWN", absl::StrCat("there is no office ", parent))
      .Needed("register the parent with RegisterOffice first")
      .Meta("parent", parent);
}

absl::Status OfficeLevelOrder(v1::OfficeLevel level, absl::string_view needed) {
  return Refusal(kInvalid, "OFFICE_LEVEL_ORDER",
                 "an office stands below one of a higher level, and only the national one alone")
      .Needed(needed)
      .Meta("level", v1::OfficeLevel_Name(level));
}

absl::Status OfficeRegionLevel(v1::OfficeLevel level, absl::string_view code) {
  return Refusal(kInvalid, "OFFICE_REGION_LEVEL",
                 absl::StrCat("\"", code, "\" is not a region that such an office serves"))
      .Needed("a code of the level of the office; none for the national office")
      .Meta("level", v1::OfficeLevel_Name(level))
      .Meta("region_code", code);
}

absl::Status OfficeRegionOutsideParent(absl::string_view code, const v1::Office& parent) {
  return Refusal(kInvalid, "OFFICE_REGION_OUTSIDE_PARENT",
                 absl::StrCat("region ", code, " does not lie in that of ", parent.name()))
      .Needed("a parent whose region holds that of the office")
      .Meta("region_code", code)
      .Meta("parent", parent.name())
      .Meta("parent_region_code", parent.region_code());
}

absl::Status TimeZoneUnknown(absl::string_view time_zone) {
  return Refusal(kInvalid, "TIME_ZONE_UNKNOWN",
                 absl::StrCat("\"", time_zone, "\" is not a time zone of Indonesia"))
      .Needed("Asia/Jakarta, Asia/Makassar or Asia/Jayapura")
      .Meta("time_zone", time_zone);
}

absl::Status OfficeSucceedsItself(absl::string_view successor) {
  return Refusal(kInvalid, "SUCCESSOR_INVALID", "an office does not succeed itself")
      .Needed("another office that is open, or none")
      .Meta("successor", successor);
}

absl::Status NationalOfficeStays(absl::string_view office) {
  return Refusal(kPrecondition, "NATIONAL_OFFICE_STAYS",
                 absl::StrCat("nobody could act for the nation after ", office, " is closed"))
      .Rule("R42")
      .Needed("leave it open; another name is given with RenameOffice")
      .Meta("office", office);
}

absl::Status CatalogVersionExists(absl::string_view version) {
  return Refusal(kExists, "CATALOG_VERSION_EXISTS",
                 absl::StrCat("version ", version, " was imported with other content"))
      .Needed("another version id")
      .Meta("version", version);
}

absl::Status CatalogVersionUnknown(absl::string_view version) {
  return Refusal(kPrecondition, "CATALOG_VERSION_UNKNOWN",
                 absl::StrCat("version ", version, " was not imported"))
      .Needed("import it with ImportRegionCatalog first")
      .Meta("version", version);
}

absl::Status CatalogFileUnknown(absl::string_view detail) {
  return Refusal(kPrecondition, "CATALOG_FILE_UNKNOWN",
                 absl::StrCat("a file of the catalog is not stored: ", detail))
      .Needed("upload the files with UploadContent first");
}

absl::Status CatalogInvalid(absl::string_view detail) {
  return Refusal(kInvalid, "CATALOG_INVALID", absl::StrCat("the files are not a catalog: ", detail))
      .Needed("four files, from provinces to villages, each code with its parent");
}

absl::Status SuccessionInvalid(absl::string_view code) {
  return Refusal(kInvalid, "SUCCESSION_INVALID",
                 absl::StrCat("region ", code, " would succeed itself, or is named twice"))
      .Needed("new codes that differ, none of which leads to the old one")
      .Meta("region_code", code);
}

absl::Status SuccessionExists(absl::string_view old_code) {
  return Refusal(kExists, "SUCCESSION_EXISTS",
                 absl::StrCat("what took the place of ", old_code, " was recorded otherwise"))
      .Needed("an old code without a succession")
      .Meta("region_code", old_code);
}

}  // namespace jejak::domain
