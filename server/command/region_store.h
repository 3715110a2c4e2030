// SPDX-License-Identifier: Apache-2.0
//
// File: region_store.h
//
// Parsed region catalogs. The bytes lie in the content store; parsed, the catalogs that were used
// last are kept in memory (about 90,000 regions each).

#ifndef JEJAK_SERVER_COMMAND_REGION_STORE_H_
#define JEJAK_SERVER_COMMAND_REGION_STORE_H_

#include "server/base/mutex.h"
#include "server/content/content_store.h"
#include "server/domain/office/region_table.h"

#include "jejak/v1/region.pb.h"

#include "absl/status/statusor.h"

#include <array>
#include <list>
#include <memory>
#include <string>

namespace jejak::command {

// Thread-safe.
class RegionStore {
 public:
  // `content` is not owned and must outlive the store.
  explicit RegionStore(const content::ContentStore* content) : content_(content) {}

  // The catalog that consists of these files. Reads and parses it unless it is one of the
  // limits::kRegionTablesCachedMax that were used last, which takes some hundred milliseconds:
  // never on a gRPC thread. NOT_FOUND (reason CATALOG_FILE_UNKNOWN) if a file is not in the content
  // store; INVALID_ARGUMENT (reason CATALOG_INVALID) says file and line.
  absl::StatusOr<std::shared_ptr<const domain::RegionTable>> Load(
      const v1::RegionCatalogVersion& version);

 private:
  const content::ContentStore* content_;
  Mutex mutex_;
  struct Cached {
    // The version, and the hashes of the files in the order of their levels.
    std::string key;
    std::shared_ptr<const domain::RegionTable> table;
  };
  // Most recently used first.
  std::list<Cached> tables_ ABSL_GUARDED_BY(mutex_);
};

// The version of a catalog that is active, or null.
const v1::RegionCatalogVersion* ActiveVersion(const v1::RegionCatalog& catalog);

// Counts of regions in the order of version.files.
std::array<std::uint32_t, 4> CountFiles(const domain::RegionTable& table,
                                        const v1::RegionCatalogVersion& version);

}  // namespace jejak::command

#endif  // JEJAK_SERVER_COMMAND_REGION_STORE_H_
