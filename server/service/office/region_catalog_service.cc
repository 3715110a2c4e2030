// SPDX-License-Identifier: Apache-2.0

#include "server/service/office/region_catalog_service.h"

#include "server/base/status_macros.h"
#include "server/domain/refusal.h"
#include "server/query/page_token.h"

#include "absl/strings/str_cat.h"

#include <memory>
#include <string>

namespace jejak::service {
namespace {

absl::Status CatalogVersionUnknown(absl::string_view catalog, absl::string_view version) {
  return domain::Refusal(absl::StatusCode::kNotFound, "CATALOG_VERSION_UNKNOWN",
                         version.empty()
                             ? absl::StrCat(catalog, " has no active version")
                             : absl::StrCat(catalog, " has no version \"", version, "\""))
      .Needed("import a version and activate it, or name one that was imported");
}

struct OpenCatalog {
  v1::RegionCatalog catalog;
  std::shared_ptr<const domain::RegionTable> table;
};

absl::StatusOr<OpenCatalog> Open(const query::Reader& reader, command::RegionStore& regions,
                                 const std::string& name, const std::string& version,
                                 const query::Moment& moment) {
  OpenCatalog open;
  JEJAK_ASSIGN_OR_RETURN(
      const auto found,
      reader.Get(domain::AggregateFor(v1::RegionCatalog::descriptor()), name, moment));
  open.catalog.CopyFrom(*found);
  const std::string& wanted = version.empty() ? open.catalog.active_version() : version;
  for (const v1::RegionCatalogVersion& one : open.catalog.versions()) {
    if (one.version() != wanted || wanted.empty()) continue;
    JEJAK_ASSIGN_OR_RETURN(open.table, regions.Load(one));
    return open;
  }
  return CatalogVersionUnknown(name, version);
}

void Fill(const OpenCatalog& open, const domain::RegionRow& row, v1::Region& region) {
  region.set_name(absl::StrCat(open.catalog.name(), "/regions/", std::string(row.code)));
  region.set_code(std::string(row.code));
  region.set_level(row.level);
  region.set_title(std::string(row.title));
  region.set_parent_code(std::string(row.parent_code));
  region.set_village_kind(row.village_kind);
  region.set_catalog_version(open.table->version());
  for (absl::string_view title : open.table->Path(row.code)) region.add_path(std::string(title));
}

void FillSuccession(const v1::RegionCatalog& catalog, v1::Region& region) {
  for (const v1::RegionSuccession& succession : catalog.successions()) {
    if (succession.old_code() != region.code()) continue;
    for (const std::string& code : succession.new_codes()) region.add_succeeded_by(code);
  }
}

}  // namespace

grpc::ServerUnaryReactor* RegionCatalogServiceImpl::ImportRegionCatalog(
    grpc::CallbackServerContext* context, const v1::ImportRegionCatalogRequest* request,
    v1::ImportRegionCatalogResponse* response) {
  return runner_.Command<domain::RegionCatalogDecider>(context, request, response, [this, request] {
    return regions_.Load(request->version()).status();
  });
}

grpc::ServerUnaryReactor* RegionCatalogServiceImpl::GetRegion(grpc::CallbackServerContext* context,
                                                              const v1::GetRegionRequest* request,
                                                              v1::Region* response) {
  return runner_.ReadAt(
      context, *request, request->read(),
      [this, request, response](const query::Moment& moment) -> absl::Status {
        if (!domain::NameMatches(request->name(), "regionCatalogs/*/regions/*")) {
          return domain::NameInvalid(request->name(), "regionCatalogs/*/regions/*");
        }
        JEJAK_ASSIGN_OR_RETURN(const OpenCatalog open, Open(runner_.reader(), regions_,
                                                            domain::NamePrefix(request->name(), 2),
                                                            request->version(), moment));
        const std::string code(domain::LastSegment(request->name()));
        if (const domain::RegionRow* row = open.table->Find(code); row != nullptr) {
          Fill(open, *row, *response);
        }
        response->set_code(code);
        FillSuccession(open.catalog, *response);
        // An old code is no longer in the catalog, and is still known by what succeeded it.
        if (response->title().empty() && response->succeeded_by().empty()) {
          response->Clear();
          return domain::ResourceNotFound(request->name());
        }
        response->set_name(request->name());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* RegionCatalogServiceImpl::ListRegions(
    grpc::CallbackServerContext* context, const v1::ListRegionsRequest* request,
    v1::ListRegionsResponse* response) {
  return runner_.ReadAt(
      context, *request, request->read(),
      [this, request, response](const query::Moment& moment) -> absl::Status {
        const query::Reader reader = runner_.reader();
        JEJAK_ASSIGN_OR_RETURN(const std::uint32_t page_size,
                               query::PageSize(request->page_size()));
        const std::string level = absl::StrCat(static_cast<int>(request->level()));
        const std::vector<absl::string_view> query = {
            "regions", request->parent(), request->below(), request->title(),
            level,     request->version()};
        JEJAK_ASSIGN_OR_RETURN(const query::PageToken token,
                               reader.StartPage(request->page_token(), query, moment));
        JEJAK_ASSIGN_OR_RETURN(const OpenCatalog open, Open(reader, regions_, request->parent(),
                                                            request->version(), token.moment));
        const domain::RegionTable::Filter filter{
            .below = request->below(), .title = request->title(), .level = request->level()};
        std::vector<const domain::RegionRow*> rows =
            open.table->List(filter, token.after, page_size + 1);
        const bool more = rows.size() > page_size;
        if (more) rows.pop_back();
        for (const domain::RegionRow* row : rows) {
          v1::Region& region = *response->add_regions();
          Fill(open, *row, region);
          FillSuccession(open.catalog, region);
        }
        if (more) {
          response->set_next_page_token(query::EncodePageToken(
              query::PageToken{token.moment, std::string(rows.back()->code)}, query));
        }
        response->set_log_size(token.moment.size);
        return absl::OkStatus();
      });
}

}  // namespace jejak::service
