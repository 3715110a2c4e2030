// SPDX-License-Identifier: Apache-2.0
//
// The main job: the story of Tanggamus 2021, run by the command line against jejakd with the whole
// region catalog. Then the end state through the API, the trail, the second run, and the search for
// personal values in everything the server wrote.

#include "client/cli/program.h"
#include "client/cli/story.h"
#include "server/log/open_log.h"
#include "server/log/rocksdb_log_device.h"
#include "server/view/view_folder.h"
#include "tests/support/server_process.h"
#include "tests/support/world.h"

#include "jejak/v1/agen_service.grpc.pb.h"
#include "jejak/v1/handover_service.grpc.pb.h"
#include "jejak/v1/meeting_service.grpc.pb.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace jejak::test {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

constexpr char kProgram[] = "programs/dp3-2021";
constexpr char kGunungKasih[] = "programs/dp3-2021/lokus/18.06.11.2016";
constexpr char kSukabanjar[] = "programs/dp3-2021/lokus/18.06.21.2005";
constexpr char kOtherSukabanjar[] = "programs/dp3-2021/lokus/18.06.19.2006";

struct StoryRun {
  int exit_code = -1;
  std::string out;
  std::string err;
};

StoryRun RunStory(const std::string& address) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  StoryRun run;
  run.exit_code =
      cli::Run({"--server", address, "story", "run", SourcePath("deploy/story/tanggamus-2021.json"),
                "--var", absl::StrCat("regions=", SourcePath("build/regions"))},
               {in, out, err, [](const std::string& name) -> std::optional<std::string> {
                  if (name == "JEJAK_ACTOR") return "officers/story";
                  if (name == "HOME") return "/nonexistent";
                  return std::nullopt;
                }});
  run.out = out.str();
  run.err = err.str();
  return run;
}

// The names in {"person": {"name": ...}} anywhere below.
void AddPersonNames(const nlohmann::json& json, std::set<std::string>& names) {
  if (json.is_object() && json.contains("person") && json["person"].contains("name")) {
    names.insert(json["person"]["name"].get<std::string>());
  }
  if (json.is_structured()) {
    for (const auto& child : json) AddPersonNames(child, names);
  }
}

// Every personal value that the story sends.
std::set<std::string> PersonalValues() {
  std::set<std::string> values;
  AddPersonNames(nlohmann::json::parse(ReadFile(SourcePath("deploy/story/tanggamus-2021.json"))),
                 values);
  values.erase("${name}");
  const auto rows = cli::ParseCsv(ReadFile(SourcePath("deploy/story/agen.csv")));
  JEJAK_CHECK(rows.ok());
  for (const cli::Row& row : *rows) {
    for (const char* column : {"name", "national_id", "birth_date", "address", "phone"}) {
      values.insert(row.at(column));
    }
  }
  return values;
}

// Looks for each value in many texts, in one pass over each text.
class Search {
 public:
  explicit Search(const std::set<std::string>& values) {
    for (const std::string& value : values) by_start_[value.substr(0, kStart)].push_back(value);
  }
  // The values that occur, with `where` before.
  void In(absl::string_view text, const std::string& where, std::vector<std::string>& found) const {
    searched_ += text.size();
    for (std::size_t i = 0; i + kStart <= text.size(); ++i) {
      if (!firsts_[static_cast<unsigned char>(text[i])]) continue;
      const auto at = by_start_.find(std::string(text.substr(i, kStart)));
      if (at == by_start_.end()) continue;
      for (const std::string& value : at->second) {
        if (absl::StartsWith(text.substr(i), value)) {
          found.push_back(absl::StrCat(where, ": ", value));
        }
      }
    }
  }
  std::size_t searched() const { return searched_; }

 private:
  static constexpr std::size_t kStart = 5;
  std::map<std::string, std::vector<std::string>> by_start_;
  std::array<bool, 256> firsts_ = [] {
    std::array<bool, 256> firsts{};
    firsts.fill(false);
    for (int c = '0'; c <= 'z'; ++c) firsts[static_cast<std::size_t>(c)] = true;
    firsts['+'] = true;
    return firsts;
  }();
  mutable std::size_t searched_ = 0;
};

// The bytes of every file below log/, view/ and of the anchor.
std::vector<std::string> FindInFiles(const std::string& data, const Search& search) {
  std::vector<std::string> found;
  search.In(ReadFile(data + "/anchor"), "anchor", found);
  for (const char* folder : {"/log", "/view"}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(data + folder)) {
      if (file.is_regular_file()) {
        search.In(ReadFile(file.path().string()), file.path().string(), found);
      }
    }
  }
  return found;
}

// What the files say once they are decompressed: every key and value of the log and the view.
std::vector<std::string> FindInTables(const std::string& data, const Search& search) {
  std::vector<std::string> found;
  auto device = log::RocksDbLogDevice::OpenReadOnly(data + "/log");
  EXPECT_TRUE(device.ok()) << device.status();
  if (!device.ok()) return found;
  for (int i = 0; i < log::kTableCount; ++i) {
    const auto cursor = (*device)->NewCursor(static_cast<log::Table>(i));
    for (cursor->Seek(""); cursor->Valid(); cursor->Next()) {
      search.In(cursor->key(), absl::StrCat("key of table ", i), found);
      search.In(cursor->value(), absl::StrCat("value of table ", i), found);
    }
    EXPECT_TRUE(cursor->status().ok());
  }
  device->reset();
  log::EventLog::Options options;
  options.anchor_path = data + "/anchor";
  auto event_log = log::OpenLog(data + "/log", options);
  EXPECT_TRUE(event_log.ok()) << event_log.status();
  if (!event_log.ok()) return found;
  auto views =
      view::ViewFolder::Open(data + "/view", (*event_log)->log_id(), (*event_log)->DurableSize());
  EXPECT_TRUE(views.ok()) << views.status();
  if (!views.ok()) return found;
  const std::shared_ptr<view::ViewStore> view = (*views)->Current();
  EXPECT_EQ(view->Size(), (*event_log)->DurableSize());
  const auto cursor = view->NewRawCursor();
  for (; cursor->Valid(); cursor->Next()) {
    search.In(cursor->key(), "key of the view", found);
    search.In(cursor->value(), "value of the view", found);
  }
  EXPECT_TRUE(cursor->status().ok()) << cursor->status();
  return found;
}

template <typename M>
M Named(const std::string& name) {
  M request;
  request.set_name(name);
  return request;
}

class MainJobTest : public testing::Test {
 protected:
  std::string data() const { return folder_ / "data"; }

  v1::Lokus GetLokus(const std::string& name) {
    const auto lokus =
        client_->Call(&v1::LokusService::Stub::GetLokus, Named<v1::GetLokusRequest>(name));
    EXPECT_TRUE(lokus.ok()) << lokus.status();
    return lokus.value_or(v1::Lokus());
  }
  v1::Handover GetHandover(const std::string& id) {
    const auto handover =
        client_->Call(&v1::HandoverService::Stub::GetHandover,
                      Named<v1::GetHandoverRequest>(absl::StrCat(kProgram, "/handovers/", id)));
    EXPECT_TRUE(handover.ok()) << handover.status();
    return handover.value_or(v1::Handover());
  }
  std::vector<v1::Agen> ListAgen(const std::string& lokus, const std::string& filter) {
    v1::ListAgenRequest request;
    request.set_parent(lokus);
    request.set_filter(filter);
    request.set_page_size(100);
    const auto page = client_->Call(&v1::AgenService::Stub::ListAgen, request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return {};
    return {page->agen().begin(), page->agen().end()};
  }

  void ExpectDesignatedWith25(const std::string& name, const std::string& village);
  void ExpectRosterMasked();
  void ExpectHandovers();
  void ExpectTrailOfGunungKasih();
  void ExpectTwentySixthRefused();

  TempFolder folder_;
  std::unique_ptr<client::Client> client_;
};

void MainJobTest::ExpectDesignatedWith25(const std::string& name, const std::string& village) {
  SCOPED_TRACE(name);
  const v1::Lokus lokus = GetLokus(name);
  EXPECT_EQ(lokus.region_title(), village);
  EXPECT_EQ(lokus.state(), v1::LOKUS_STATE_DESIGNATED);
  EXPECT_EQ(lokus.village_answer(), v1::VILLAGE_ANSWER_ACCEPTED);
  EXPECT_EQ(lokus.active_agen(), 25u);
  EXPECT_EQ(lokus.agen_quota().max(), 25u);
  EXPECT_EQ(lokus.agen_quota().min(), 20u);
  EXPECT_EQ(lokus.designated_by_office(), "offices/18");
  EXPECT_EQ(lokus.designation_decree(), "offices/18/documents/penetapan-lokus-2021");
  ASSERT_FALSE(lokus.indicators().empty());
  EXPECT_GT(lokus.indicators(0).numerator(), 0u);
  EXPECT_GT(lokus.indicators(0).denominator(), lokus.indicators(0).numerator());
  EXPECT_THAT(ListAgen(name, "state = AGEN_STATE_APPOINTED"), SizeIs(25));
}

void MainJobTest::ExpectRosterMasked() {
  const auto rows = cli::ParseCsv(ReadFile(SourcePath("deploy/story/agen.csv")));
  ASSERT_TRUE(rows.ok());
  for (const cli::Row& row : *rows) {
    const std::string name =
        absl::StrCat(kProgram, "/lokus/", row.at("lokus"), "/agen/", row.at("id"));
    const auto agen =
        client_->Call(&v1::AgenService::Stub::GetAgen, Named<v1::GetAgenRequest>(name));
    ASSERT_TRUE(agen.ok()) << agen.status();
    std::string masked;
    for (const absl::string_view word : absl::StrSplit(row.at("name"), ' ')) {
      absl::StrAppend(&masked, masked.empty() ? "" : " ", word.substr(0, 1), "•••");
    }
    EXPECT_EQ(agen->person().name(), masked);
    EXPECT_TRUE(agen->person().masked());
    EXPECT_EQ(agen->person().national_id(),
              absl::StrCat(row.at("national_id").substr(0, 2), "••••••••••",
                           row.at("national_id").substr(12)));
    EXPECT_EQ(agen->person().birth_date(), "•••");
    EXPECT_EQ(agen->person().address(), "•••");
    EXPECT_EQ(agen->person().phone(), "•••");
    EXPECT_EQ(agen->person().sex(), v1::SEX_UNSPECIFIED);
    EXPECT_FALSE(agen->person().has_sealed());
  }
  const std::vector<v1::Agen> too_old = ListAgen(kGunungKasih, "state = AGEN_STATE_INELIGIBLE");
  ASSERT_THAT(too_old, SizeIs(1));
  EXPECT_THAT(too_old[0].unmet_requirements(), testing::ElementsAre(v1::REQUIREMENT_AGE));
  const std::vector<v1::Agen> in_party = ListAgen(kSukabanjar, "state = AGEN_STATE_INELIGIBLE");
  ASSERT_THAT(in_party, SizeIs(1));
  EXPECT_THAT(in_party[0].unmet_requirements(),
              testing::ElementsAre(v1::REQUIREMENT_NOT_PARTY_MEMBER));
  // The one of seventeen has a guardian's consent.
  const auto minor =
      client_->Call(&v1::AgenService::Stub::GetAgen,
                    Named<v1::GetAgenRequest>(absl::StrCat(kGunungKasih, "/agen/17")));
  ASSERT_TRUE(minor.ok()) << minor.status();
  EXPECT_THAT(minor->consents(),
              Contains(testing::Property("guardian", &v1::Consent::guardian, true)));
}

void MainJobTest::ExpectHandovers() {
  const v1::Handover by_proxy = GetHandover("gunung-kasih-2021-06-10");
  EXPECT_EQ(by_proxy.state(), v1::HANDOVER_STATE_ACKNOWLEDGED);
  EXPECT_EQ(by_proxy.handed_over_on(), "2021-06-10");
  EXPECT_EQ(by_proxy.giver().capacity(), v1::CAPACITY_CHAIR);
  EXPECT_EQ(by_proxy.receiver().capacity(), v1::CAPACITY_VILLAGE_SECRETARY);
  EXPECT_EQ(by_proxy.receiver().proxy_for().capacity(), v1::CAPACITY_VILLAGE_HEAD);
  EXPECT_EQ(by_proxy.receiver().person().name(), "S••• W•••");
  EXPECT_EQ(by_proxy.receiver().proxy_for().person().name(), "M••• K•••");
  EXPECT_TRUE(by_proxy.has_receipt());
  EXPECT_TRUE(by_proxy.personal_data_disclosed());

  const v1::Handover to_head = GetHandover("sukabanjar-2021-06-10");
  EXPECT_EQ(to_head.state(), v1::HANDOVER_STATE_HANDED_OVER);
  EXPECT_EQ(to_head.receiver().capacity(), v1::CAPACITY_VILLAGE_HEAD);
  EXPECT_FALSE(to_head.receiver().has_proxy_for());
  EXPECT_FALSE(to_head.has_receipt());
  EXPECT_EQ(to_head.receipt_due_on(), "2021-06-24");
}

void MainJobTest::ExpectTrailOfGunungKasih() {
  std::vector<v1::RecordedEvent> trail;
  auto request = Named<v1::ListLokusHistoryRequest>(kGunungKasih);
  request.set_page_size(50);
  do {
    auto page = client_->Call(&v1::HistoryService::Stub::ListLokusHistory, request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::RecordedEvent& event : page->events()) trail.push_back(event);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());

  std::set<std::string> types;
  for (std::size_t i = 0; i < trail.size(); ++i) {
    const v1::RecordedEvent& event = trail[i];
    types.insert(event.type());
    EXPECT_THAT(event.tags(), Contains(absl::StrCat("lokus:", kGunungKasih)));
    EXPECT_TRUE(event.has_commit_time());
    EXPECT_TRUE(event.has_occurred_time());
    EXPECT_LT(event.occurred_time().seconds(), event.commit_time().seconds());
    EXPECT_EQ(event.utc_offset_minutes(), 420);
    EXPECT_TRUE(absl::StartsWith(event.actor(), "officers/")) << event.actor();
    EXPECT_TRUE(event.has_event());
    EXPECT_TRUE(event.actor_unauthenticated());
    if (i == 0) continue;
    EXPECT_GT(event.position(), trail[i - 1].position());
    EXPECT_GT(
        std::make_pair(event.commit_time().seconds(), event.commit_time().nanos()),
        std::make_pair(trail[i - 1].commit_time().seconds(), trail[i - 1].commit_time().nanos()));
  }
  for (const char* type : {"VillageMapped",
                           "LokusProposed",
                           "LokusProposalEndorsed",
                           "MeetingScheduled",
                           "MeetingHeld",
                           "AttendanceRecorded",
                           "DecisionTaken",
                           "MinutesAttached",
                           "LokusApproved",
                           "DocumentRegistered",
                           "DocumentVersionAdded",
                           "DocumentSigned",
                           "LokusDesignated",
                           "VillageNotified",
                           "CandidateRegistered",
                           "RequirementVerified",
                           "CandidateFoundEligible",
                           "CandidateFoundIneligible",
                           "CandidateSelected",
                           "FollowUpAssigned",
                           "VillageAccepted",
                           "FollowUpDone",
                           "AgenAppointed",
                           "LokusAgenJoined",
                           "HandoverPrepared",
                           "DocumentHandedOver",
                           "PersonalDataDisclosed",
                           "ReceiptSigned"}) {
    EXPECT_THAT(types, Contains(absl::StrCat("jejak.event.v1.", type)));
  }

  // Complete: it is what the log has about the lokus, no more and no less.
  const auto all = AllEvents(*client_);
  ASSERT_TRUE(all.ok()) << all.status();
  std::vector<std::uint64_t> expected;
  for (const v1::RecordedEvent& event : *all) {
    for (const std::string& tag : event.tags()) {
      if (tag == absl::StrCat("lokus:", kGunungKasih)) expected.push_back(event.position());
    }
  }
  std::vector<std::uint64_t> positions;
  for (const v1::RecordedEvent& event : trail) positions.push_back(event.position());
  EXPECT_EQ(positions, expected);
}

void MainJobTest::ExpectTwentySixthRefused() {
  v1::AppointAgenRequest request;
  request.mutable_write()->set_office("offices/18.06");
  request.mutable_write()->set_role(v1::ROLE_CHAIR);
  request.set_parent(kGunungKasih);
  request.add_agen(absl::StrCat(kGunungKasih, "/agen/26"));
  request.set_decree("offices/18.06/documents/pengangkatan-agen-gunung-kasih");
  request.set_appointed_from("2021-06-10");
  request.set_appointed_to("2021-12-31");
  const auto refused = client_->Call(&v1::AgenService::Stub::AppointAgen, request);
  ASSERT_FALSE(refused.ok());
  const client::ErrorDetails details = client::GetDetails(refused.status());
  EXPECT_EQ(details.reason, "QUOTA_EXCEEDED");
  ASSERT_TRUE(details.refusal.has_value());
  EXPECT_EQ(details.refusal->rule(), "R16");
  EXPECT_EQ(details.refusal->policy_version(), 1u);
  EXPECT_FALSE(details.refusal->needed().empty());
  const std::vector<v1::Agen> extra = ListAgen(kGunungKasih, "state = AGEN_STATE_SELECTED");
  ASSERT_THAT(extra, SizeIs(1));
  EXPECT_EQ(extra[0].name(), absl::StrCat(kGunungKasih, "/agen/26"));
}

TEST_F(MainJobTest, TheStoryOfTanggamusRunsFromMappingToHandoverAndLeavesNoPersonalValue) {
  ASSERT_TRUE(std::filesystem::exists(SourcePath("build/regions/villages.csv")))
      << "the region catalog is missing: run deploy/regions/fetch build/regions";
  const Search search(PersonalValues());
  std::string server_log;
  {
    ServerProcess server(data());
    ASSERT_TRUE(server.serving()) << server.log();
    client_ = NewClient(server.address());

    const StoryRun first = RunStory(server.address());
    ASSERT_EQ(first.exit_code, 0) << first.out << first.err;
    EXPECT_THAT(first.out, HasSubstr("Y••• P•••"));
    std::vector<std::string> shown;
    search.In(first.out, "what the story printed", shown);
    EXPECT_THAT(shown, testing::IsEmpty());

    ExpectDesignatedWith25(kGunungKasih, "Gunung Kasih");
    ExpectDesignatedWith25(kSukabanjar, "Sukabanjar");
    const v1::Lokus rejected = GetLokus(kOtherSukabanjar);
    EXPECT_EQ(rejected.region_title(), "Sukabanjar");
    EXPECT_EQ(rejected.state(), v1::LOKUS_STATE_REJECTED);
    EXPECT_EQ(rejected.review_reason(), v1::LOKUS_REVIEW_REASON_BUDGET);
    ExpectRosterMasked();
    ExpectHandovers();
    ExpectTrailOfGunungKasih();

    const auto visit = client_->Call(&v1::MeetingService::Stub::GetMeeting,
                                     Named<v1::GetMeetingRequest>(absl::StrCat(
                                         kProgram, "/meetings/kunjungan-gunung-kasih-2021-06-10")));
    ASSERT_TRUE(visit.ok()) << visit.status();
    EXPECT_EQ(visit->follows(), absl::StrCat(kProgram, "/meetings/rakor-2021-06"));
    int commissioners = 0;
    for (const v1::Attendance& attendance : visit->attendance()) {
      commissioners += attendance.party().office() == "offices/18.06" ? 1 : 0;
    }
    EXPECT_EQ(commissioners, 5);

    const std::uint64_t size = LogSize(*client_);
    const StoryRun second = RunStory(server.address());
    EXPECT_EQ(second.exit_code, 0) << second.out << second.err;
    EXPECT_EQ(LogSize(*client_), size);
    ExpectTwentySixthRefused();

    EXPECT_THAT(FindInFiles(data(), search), testing::IsEmpty());
    ASSERT_EQ(server.Stop(), 0) << server.log();
    server_log += server.log();
  }
  EXPECT_THAT(FindInTables(data(), search), testing::IsEmpty());
  {
    // Opening writes what was in the WAL to table files.
    ServerProcess server(data());
    ASSERT_TRUE(server.serving()) << server.log();
    client_ = NewClient(server.address());
    ExpectDesignatedWith25(kGunungKasih, "Gunung Kasih");
    ExpectRosterMasked();
    ExpectTrailOfGunungKasih();
    EXPECT_THAT(FindInFiles(data(), search), testing::IsEmpty());
    ASSERT_EQ(server.Stop(), 0) << server.log();
    server_log += server.log();
  }
  EXPECT_THAT(FindInFiles(data(), search), testing::IsEmpty());
  std::vector<std::string> logged;
  search.In(server_log, "the server's log", logged);
  EXPECT_THAT(logged, testing::IsEmpty());
  EXPECT_THAT(server_log, HasSubstr("NOT authenticated"));
  EXPECT_GT(search.searched(), std::size_t{1} << 20);

  // The search does find what is there.
  std::vector<std::string> planted;
  search.In("x Yuni Puspasari 1806116302879901y", "here", planted);
  EXPECT_THAT(planted, SizeIs(2));
}

}  // namespace
}  // namespace jejak::test
