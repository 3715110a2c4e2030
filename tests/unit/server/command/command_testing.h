// SPDX-License-Identifier: Apache-2.0
//
// File: command_testing.h
//
// What the tests of the command stage share: a vault and a content store in a folder that goes
// away, and an event log in memory.

#ifndef JEJAK_TESTS_UNIT_SERVER_COMMAND_COMMAND_TESTING_H_
#define JEJAK_TESTS_UNIT_SERVER_COMMAND_COMMAND_TESTING_H_

#include "server/base/aead.h"
#include "server/base/check.h"
#include "server/command/region_store.h"
#include "server/content/content_store.h"
#include "server/vault/vault.h"
#include "tests/unit/server/log/log_testing.h"
#include "tests/unit/server/projection/office_log.h"

#include "jejak/v1/common.pb.h"

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace jejak::command {

inline std::unique_ptr<vault::Vault> OpenVault(const log::TempFolder& folder) {
  vault::Vault::Options options;
  options.path = folder / "vault";
  options.may_create = true;
  options.kek_path = folder / "kek";
  options.create_kek = true;
  options.pool_keys = 16;
  auto vault = vault::Vault::Open(options);
  JEJAK_CHECK(vault.ok());
  return *std::move(vault);
}

inline std::unique_ptr<content::ContentStore> OpenContent(const log::TempFolder& folder) {
  auto content =
      content::ContentStore::Open(folder / "content", Key(std::string(Key::kBytes, 'k')));
  JEJAK_CHECK(content.ok());
  return *std::move(content);
}

// Stores the bytes and returns their hash.
inline std::string StoreContent(content::ContentStore& content, absl::string_view bytes) {
  auto writer = content.NewWriter();
  JEJAK_CHECK(writer.ok());
  JEJAK_CHECK((*writer)->Add(bytes).ok());
  auto info = (*writer)->Finish("");
  JEJAK_CHECK(info.ok());
  return info->sha256;
}

inline constexpr std::array<absl::string_view, 4> kRegionFiles = {
    "code,name\n18,Lampung\n",
    "code,province_code,name\n18.06,18,Kabupaten Tanggamus\n18.09,18,Kabupaten Pesawaran\n",
    "code,regency_code,name\n18.06.11,18.06,Pugung\n",
    "code,district_code,name\n18.06.11.2016,18.06.11,Gunung Kasih\n"};

// A catalog version whose files are stored.
inline v1::RegionCatalogVersion StoreRegions(content::ContentStore& content) {
  v1::RegionCatalogVersion version;
  version.set_version("4.0.1");
  for (std::size_t i = 0; i < kRegionFiles.size(); ++i) {
    v1::RegionFile& file = *version.add_files();
    file.set_level(static_cast<v1::RegionLevel>(i + 1));
    file.set_sha256(StoreContent(content, kRegionFiles[i]));
  }
  return version;
}

// An invented person.
inline v1::Person Siti() {
  v1::Person person;
  person.set_name("Siti Aminah");
  person.set_national_id("1806110101900007");
  person.set_birth_date("1990-01-31");
  person.set_sex(v1::SEX_FEMALE);
  return person;
}

}  // namespace jejak::command

#endif  // JEJAK_TESTS_UNIT_SERVER_COMMAND_COMMAND_TESTING_H_
