// SPDX-License-Identifier: Apache-2.0
//
// File: region_catalog_service.h
//
// The methods of RegionCatalogService (proto/jejak/v1/region_service.proto); what happens in each
// is in runner.h and in the decider.

#ifndef JEJAK_SERVER_SERVICE_OFFICE_REGION_CATALOG_SERVICE_H_
#define JEJAK_SERVER_SERVICE_OFFICE_REGION_CATALOG_SERVICE_H_

#include "server/command/region_store.h"
#include "server/domain/office/region_catalog.h"
#include "server/service/runner.h"

#include "jejak/v1/region_service.grpc.pb.h"

namespace jejak::service {

// Thread-safe. The references must outlive the service.
class RegionCatalogServiceImpl final : public v1::RegionCatalogService::CallbackService {
 public:
  RegionCatalogServiceImpl(Runner& runner, command::RegionStore& regions)
      : runner_(runner), regions_(regions) {}

  grpc::ServerUnaryReactor* GetRegionCatalog(grpc::CallbackServerContext* context,
                                             const v1::GetRegionCatalogRequest* request,
                                             v1::RegionCatalog* response) override {
    return runner_.Get<domain::RegionCatalogDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ListRegionCatalogs(grpc::CallbackServerContext* context,
                                               const v1::ListRegionCatalogsRequest* request,
                                               v1::ListRegionCatalogsResponse* response) override {
    return runner_.List<domain::RegionCatalogDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* ActivateRegionCatalog(
      grpc::CallbackServerContext* context, const v1::ActivateRegionCatalogRequest* request,
      v1::ActivateRegionCatalogResponse* response) override {
    return runner_.Command<domain::RegionCatalogDecider>(context, request, response);
  }
  grpc::ServerUnaryReactor* MapRegionSuccession(
      grpc::CallbackServerContext* context, const v1::MapRegionSuccessionRequest* request,
      v1::MapRegionSuccessionResponse* response) override {
    return runner_.Command<domain::RegionCatalogDecider>(context, request, response);
  }

  // Parses the files on the pool before the command is decided.
  grpc::ServerUnaryReactor* ImportRegionCatalog(grpc::CallbackServerContext* context,
                                                const v1::ImportRegionCatalogRequest* request,
                                                v1::ImportRegionCatalogResponse* response) override;
  grpc::ServerUnaryReactor* GetRegion(grpc::CallbackServerContext* context,
                                      const v1::GetRegionRequest* request,
                                      v1::Region* response) override;
  grpc::ServerUnaryReactor* ListRegions(grpc::CallbackServerContext* context,
                                        const v1::ListRegionsRequest* request,
                                        v1::ListRegionsResponse* response) override;

 private:
  Runner& runner_;
  command::RegionStore& regions_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_OFFICE_REGION_CATALOG_SERVICE_H_
