// SPDX-License-Identifier: Apache-2.0
//
// File: world.h
//
// A small world made through the API: the three offices of the story, the excerpt of the region
// catalog, a program with its policy. Each step has a fixed request id, so making it twice adds
// nothing.

#ifndef JEJAK_TESTS_SUPPORT_WORLD_H_
#define JEJAK_TESTS_SUPPORT_WORLD_H_

#include "client/cpp/client.h"
#include "client/cpp/error.h"
#include "server/base/check.h"
#include "tests/support/temp_folder.h"

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "jejak/v1/document_service.grpc.pb.h"
#include "jejak/v1/history_service.grpc.pb.h"
#include "jejak/v1/lokus_service.grpc.pb.h"
#include "jejak/v1/office_service.grpc.pb.h"
#include "jejak/v1/program_service.grpc.pb.h"
#include "jejak/v1/region_service.grpc.pb.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace jejak::test {

// A message from text format; stops the test program if the text is wrong.
template <typename M>
M Parse(const std::string& text) {
  M message;
  JEJAK_CHECK(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

inline client::Identity AdminIdentity() {
  return {.actor = "officers/admin", .office = "offices/ri", .role = v1::ROLE_ADMIN};
}

// A client that tries once.
inline std::unique_ptr<client::Client> NewClient(const std::string& address,
                                                 client::Identity identity = AdminIdentity()) {
  client::Options options;
  options.server = address;
  options.identity = std::move(identity);
  options.retry.max_attempts = 1;
  auto client = client::Client::Connect(std::move(options));
  JEJAK_CHECK(client.ok());
  return *std::move(client);
}

// The reason in an error; "" if there is none.
inline std::string ReasonOf(const absl::Status& status) {
  return client::GetDetails(status).reason;
}

inline v1::RegisterOfficeRequest Office(const std::string& id, v1::OfficeLevel level,
                                        const std::string& parent) {
  v1::RegisterOfficeRequest request;
  request.mutable_write()->set_request_id(absl::StrCat("world-office-", id));
  request.set_office_id(id);
  request.set_level(level);
  request.set_title(absl::StrCat("KPU ", id));
  if (level != v1::OFFICE_LEVEL_NATIONAL) request.set_region_code(id);
  request.set_parent(parent);
  request.set_time_zone("Asia/Jakarta");
  request.set_valid_from("2008-01-01");
  return request;
}

inline v1::RenameOfficeRequest Rename(const std::string& name, const std::string& title,
                                      const std::string& request_id = "") {
  v1::RenameOfficeRequest request;
  request.mutable_write()->set_request_id(request_id);
  request.set_name(name);
  request.set_title(title);
  request.set_effective_on("2021-06-01");
  return request;
}

inline v1::RegisterDocumentRequest Document(const std::string& id, const std::string& title,
                                            const std::string& request_id = "") {
  auto request = Parse<v1::RegisterDocumentRequest>(R"pb(
    parent: "offices/ri"
    type: DOCUMENT_TYPE_REPORT
    issued_on: "2021-06-10"
    disclosure: DISCLOSURE_CLASS_PUBLIC
  )pb");
  request.mutable_write()->set_request_id(request_id);
  request.set_document_id(id);
  request.set_title(title);
  return request;
}

// offices/ri alone: enough for documents and renames.
inline void MakeOffice(client::Client& client) {
  const auto made = client.Call(&v1::OfficeService::Stub::RegisterOffice,
                                Office("ri", v1::OFFICE_LEVEL_NATIONAL, ""));
  ASSERT_TRUE(made.ok()) << made.status();
}

// offices/ri, 18 and 18.06, the catalog, programs/dp3-2021 with its policy.
inline void MakeWorld(client::Client& client) {
  MakeOffice(client);
  auto import = Parse<v1::ImportRegionCatalogRequest>(R"pb(
    write { request_id: "world-import" }
    name: "regionCatalogs/kemendagri"
    version { version: "excerpt" license: "ODbL-1.0" }
  )pb");
  const std::vector<std::pair<v1::RegionLevel, std::string>> files = {
      {v1::REGION_LEVEL_PROVINCE, "provinces"},
      {v1::REGION_LEVEL_REGENCY, "regencies"},
      {v1::REGION_LEVEL_DISTRICT, "districts"},
      {v1::REGION_LEVEL_VILLAGE, "villages"}};
  for (const auto& [level, name] : files) {
    std::istringstream file(
        ReadFile(SourcePath(absl::StrCat("tests/support/data/regions/", name, ".csv"))));
    const auto sha256 = client.UploadContent(file);
    ASSERT_TRUE(sha256.ok()) << sha256.status();
    v1::RegionFile& added = *import.mutable_version()->add_files();
    added.set_level(level);
    added.set_sha256(*sha256);
  }
  const auto imported = client.Call(&v1::RegionCatalogService::Stub::ImportRegionCatalog, import);
  ASSERT_TRUE(imported.ok()) << imported.status();
  const auto activated = client.Call(&v1::RegionCatalogService::Stub::ActivateRegionCatalog,
                                     Parse<v1::ActivateRegionCatalogRequest>(R"pb(
                                       write { request_id: "world-activate" }
                                       name: "regionCatalogs/kemendagri"
                                       version: "excerpt"
                                       effective_on: "2021-04-01"
                                     )pb"));
  ASSERT_TRUE(activated.ok()) << activated.status();
  for (const auto& request : {Office("18", v1::OFFICE_LEVEL_PROVINCE, "offices/ri"),
                              Office("18.06", v1::OFFICE_LEVEL_REGENCY, "offices/18")}) {
    const auto made = client.Call(&v1::OfficeService::Stub::RegisterOffice, request);
    ASSERT_TRUE(made.ok()) << made.status();
  }
  const auto opened =
      client.Call(&v1::ProgramService::Stub::OpenProgram, Parse<v1::OpenProgramRequest>(R"pb(
        write { request_id: "world-program" }
        program_id: "dp3-2021"
        kind: "DP3"
        title: "Desa Peduli Pemilu dan Pemilihan 2021"
        year: 2021
        lead_office: "offices/ri"
      )pb"));
  ASSERT_TRUE(opened.ok()) << opened.status();
  v1::PublishPolicyRequest policy;
  policy.mutable_write()->set_request_id("world-policy");
  policy.set_name("programs/dp3-2021");
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(
                  ReadFile(SourcePath("deploy/policy/dp3-2021.json")), policy.mutable_policy())
                  .ok());
  const auto published = client.Call(&v1::ProgramService::Stub::PublishPolicy, policy);
  ASSERT_TRUE(published.ok()) << published.status();
}

// Every event, by pages; an error ends it.
inline absl::StatusOr<std::vector<v1::RecordedEvent>> AllEvents(client::Client& client) {
  std::vector<v1::RecordedEvent> events;
  v1::ListEventsRequest request;
  request.set_page_size(500);
  while (true) {
    auto page = client.Call(&v1::HistoryService::Stub::ListEvents, request);
    if (!page.ok()) return page.status();
    for (v1::RecordedEvent& event : *page->mutable_events()) events.push_back(std::move(event));
    if (page->next_position() >= page->log_size()) return events;
    request.set_from_position(page->next_position());
  }
}

inline std::uint64_t LogSize(client::Client& client) {
  const auto page = client.Call(&v1::HistoryService::Stub::ListEvents,
                                Parse<v1::ListEventsRequest>("page_size: 1"));
  EXPECT_TRUE(page.ok()) << page.status();
  return page.ok() ? page->log_size() : 0;
}

}  // namespace jejak::test

#endif  // JEJAK_TESTS_SUPPORT_WORLD_H_
