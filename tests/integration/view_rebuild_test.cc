// SPDX-License-Identifier: Apache-2.0
//
// The view is a function of the log: after a long random history it is deleted and built anew, and
// every byte of every row is as before; and the rows are what folding the log gives.

#include "server/base/bytes.h"
#include "server/domain/aggregate.h"
#include "server/log/open_log.h"
#include "server/projection/event_row.h"
#include "server/projection/fold.h"
#include "server/projection/projector.h"
#include "server/view/view_folder.h"
#include "tests/support/server_fixture.h"

#include "jejak/v1/meeting_service.grpc.pb.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace jejak::test {
namespace {

constexpr std::uint64_t kEvents = 20'000;
constexpr int kWriters = 16;

using Rows = std::vector<std::pair<std::string, std::string>>;

// One writer's random commands. Many are refused, as in life.
class RandomWriter {
 public:
  RandomWriter(const std::string& address, int id, const std::vector<std::string>& villages)
      : client_(NewClient(address, {.actor = absl::StrCat("officers/w", id),
                                    .office = "offices/ri",
                                    .role = v1::ROLE_OPERATOR})),
        id_(id),
        villages_(villages),
        random_(static_cast<std::uint64_t>(id) * 7919 + 17) {}

  // The number of events of the next command.
  std::uint64_t Step() {
    switch (random_() % 10) {
      case 0:
        return Do(&v1::OfficeService::Stub::RenameOffice,
                  Rename(random_() % 2 == 0 ? "offices/18" : "offices/18.06", Text()));
      case 1:
      case 2: {
        auto request = Document(absl::StrCat("d", id_, "-", documents_), Text());
        if (random_() % 3 == 0) request.add_lokus(Lokus());
        const std::uint64_t events = Do(&v1::DocumentService::Stub::RegisterDocument, request);
        documents_ += events == 0 ? 0 : 1;
        return events;
      }
      case 3: {
        v1::SupersedeDocumentRequest request;
        request.set_name(SomeDocument());
        request.set_successor(SomeDocument());
        return random_() % 4 == 0 ? Do(&v1::DocumentService::Stub::SupersedeDocument, request) : 0;
      }
      case 4: {
        v1::MapVillageRequest request;
        request.set_parent("programs/dp3-2021");
        request.set_region_code(villages_[random_() % villages_.size()]);
        v1::Indicator& indicator = *request.add_indicators();
        indicator.set_kind(v1::INDICATOR_KIND_TURNOUT);
        indicator.set_numerator(random_() % 1000);
        indicator.set_denominator(1000);
        indicator.set_basis(v1::VOTER_LIST_BASIS_DPT);
        indicator.set_election("pemilu-2019");
        indicator.set_source(Text());
        return Do(&v1::LokusService::Stub::MapVillage, request);
      }
      case 5: {
        v1::ScheduleMeetingRequest request;
        request.set_parent("programs/dp3-2021");
        request.set_meeting_id(absl::StrCat("m", id_, "-", meetings_));
        request.set_kind(v1::MEETING_KIND_COORDINATION);
        request.set_subject(Text());
        request.set_place("Balai");
        request.set_planned_from("2021-06-03");
        request.set_planned_to("2021-06-04");
        if (random_() % 2 == 0) request.add_lokus(Lokus());
        *request.add_invitees() = SomeParty();
        const std::uint64_t events = Do(&v1::MeetingService::Stub::ScheduleMeeting, request);
        meetings_ += events == 0 ? 0 : 1;
        return events;
      }
      case 6: {
        v1::RescheduleMeetingRequest request;
        request.set_name(SomeMeeting());
        request.set_planned_from("2021-06-05");
        request.set_planned_to(absl::StrCat("2021-06-", 10 + random_() % 20));
        request.set_reason(Text());
        return Do(&v1::MeetingService::Stub::RescheduleMeeting, request);
      }
      case 7: {
        v1::HoldMeetingRequest request;
        request.set_name(SomeMeeting());
        request.set_held_from("2021-06-05");
        request.set_held_to("2021-06-05");
        request.set_mode(v1::MEETING_MODE_ONLINE);
        return random_() % 4 == 0 ? Do(&v1::MeetingService::Stub::HoldMeeting, request) : 0;
      }
      default: {
        v1::RecordAttendanceRequest request;
        request.set_name(SomeMeeting());
        v1::Attendance& attendance = *request.add_attendance();
        attendance.set_attendance_id(absl::StrCat("a", random_() % 100));
        *attendance.mutable_party() = SomeParty();
        attendance.set_attendance_id(absl::StrCat(random_() % 100'000));
        attendance.set_signed_(true);
        return Do(&v1::MeetingService::Stub::RecordAttendance, request);
      }
    }
  }

 private:
  template <typename Stub, typename Request, typename Response>
  std::uint64_t Do(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request) {
    const absl::StatusOr<Response> response = client_->Call(method, request);
    if (response.ok()) return response->commit().event_count();
    EXPECT_FALSE(ReasonOf(response.status()).empty()) << response.status();
    EXPECT_NE(ReasonOf(response.status()), "REQUEST_INVALID") << response.status();
    return 0;
  }

  std::string Text() { return absl::StrCat("Text ", random_() % 100'000); }
  std::string Lokus() {
    return absl::StrCat("programs/dp3-2021/lokus/", villages_[random_() % villages_.size()]);
  }
  std::string SomeDocument() {
    return absl::StrCat("offices/ri/documents/d", id_, "-", random_() % (documents_ + 1));
  }
  // Mostly a new one, which is still open.
  std::string SomeMeeting() {
    const std::uint64_t last = meetings_ == 0 ? 0 : meetings_ - 1;
    return absl::StrCat("programs/dp3-2021/meetings/m", id_, "-",
                        random_() % 4 == 0 ? random_() % (last + 1) : last);
  }
  v1::Party SomeParty() {
    v1::Party party;
    party.set_kind(v1::PARTY_KIND_OFFICE);
    party.set_office("offices/18.06");
    party.set_capacity(v1::CAPACITY_STAFF);
    party.mutable_person()->set_name(absl::StrCat("Name ", random_() % 1000));
    return party;
  }

  const std::unique_ptr<client::Client> client_;
  const int id_;
  const std::vector<std::string>& villages_;
  std::mt19937_64 random_;
  std::uint64_t documents_ = 0;
  std::uint64_t meetings_ = 0;
};

class ViewRebuildTest : public ServerTest {
 protected:
  // The stopped server's log and view.
  struct Stores {
    std::unique_ptr<log::EventLog> log;
    std::shared_ptr<view::ViewStore> view;
  };
  Stores Open() {
    Stores stores;
    log::EventLog::Options options;
    options.anchor_path = data() + "/anchor";
    auto log = log::OpenLog(data() + "/log", options);
    EXPECT_TRUE(log.ok()) << log.status();
    stores.log = *std::move(log);
    auto views =
        view::ViewFolder::Open(data() + "/view", stores.log->log_id(), stores.log->DurableSize());
    EXPECT_TRUE(views.ok()) << views.status();
    stores.view = (*views)->Current();
    EXPECT_EQ(stores.view->Size(), stores.log->DurableSize());
    return stores;
  }
  static Rows AllRows(const view::ViewStore& view) {
    Rows rows;
    const auto cursor = view.NewRawCursor();
    for (; cursor->Valid(); cursor->Next()) rows.emplace_back(cursor->key(), cursor->value());
    EXPECT_TRUE(cursor->status().ok()) << cursor->status();
    return rows;
  }
};

TEST_F(ViewRebuildTest, AViewBuiltAnewFromALongHistoryIsEqualByteForByteAndEqualsTheFold) {
  MakeWorld(client());
  std::vector<std::string> villages;
  for (const absl::string_view line :
       absl::StrSplit(ReadFile(SourcePath("tests/support/data/regions/villages.csv")), '\n')) {
    const std::string code(line.substr(0, line.find(',')));
    if (code.size() == 13) villages.push_back(code);
  }
  ASSERT_GT(villages.size(), 10u);

  std::atomic<std::uint64_t> events{LogSize(client())};
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      RandomWriter writer(address(), i, villages);
      while (events < kEvents) events += writer.Step();
    });
  }
  for (std::thread& writer : writers) writer.join();
  const auto sorted = [&] {
    auto request = Parse<v1::ListDocumentsRequest>(
        "parent: 'offices/ri' page_size: 500 order_by: 'title desc'");
    const auto page = client().Call(&v1::DocumentService::Stub::ListDocuments, request);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->SerializeAsString() : "";
  };
  const std::string answer = sorted();
  StopServer();

  Rows before;
  {
    const Stores stores = Open();
    EXPECT_GE(stores.log->DurableSize(), kEvents);
    before = AllRows(*stores.view);
  }
  ASSERT_GT(before.size(), kEvents);

  std::filesystem::remove_all(data() + "/view");
  StartServer();
  EXPECT_EQ(sorted(), answer);
  StopServer();

  const Stores stores = Open();
  const Rows after = AllRows(*stores.view);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    ASSERT_EQ(after[i].first, before[i].first) << "row " << i;
    ASSERT_EQ(after[i].second, before[i].second) << "row " << i;
  }

  // By brute force: each stream folded by itself, at every revision of some and at the last of all.
  struct Stream {
    std::vector<std::uint64_t> positions;
  };
  std::map<std::string, Stream> streams;
  // Each event has a place among all, and under each of its tags.
  std::vector<std::string> postings;
  ASSERT_TRUE(stores.log
                  ->Scan(0, stores.log->DurableSize(),
                         [&](const log::RecordedEvent& event) {
                           streams[event.entry.stream].positions.push_back(event.entry.position);
                           std::vector<std::string> dimensions = event.entry.tags;
                           dimensions.push_back(projection::kAllEvents);
                           for (const std::string& dimension : dimensions) {
                             postings.push_back(absl::StrCat("p", dimension));
                             postings.back().push_back('\0');
                             postings.back() += ToBigEndian(event.entry.position);
                           }
                           return true;
                         })
                  .ok());
  std::size_t rows = 0;
  std::size_t all_events = 0;
  for (const auto& [key, value] : after) {
    rows += key[0] == 'r' ? 1u : 0u;
    all_events += absl::StartsWith(key, absl::StrCat("p", projection::kAllEvents)) ? 1u : 0u;
  }
  EXPECT_EQ(rows, stores.log->DurableSize());
  EXPECT_EQ(all_events, stores.log->DurableSize());
  for (const std::string& posting : postings) {
    EXPECT_TRUE(std::binary_search(after.begin(), after.end(),
                                   std::make_pair(posting, std::string()),
                                   [](const auto& a, const auto& b) { return a.first < b.first; }))
        << posting;
  }
  std::mt19937_64 random(4711);
  for (const auto& [name, stream] : streams) {
    const domain::Aggregate* aggregate = domain::FindAggregate(name);
    ASSERT_NE(aggregate, nullptr) << name;
    std::uint64_t revision = 1 + random() % stream.positions.size();
    for (; revision <= stream.positions.size();
         revision = revision == stream.positions.size() ? revision + 1 : stream.positions.size()) {
      const auto folded = projection::FoldStream(*stores.log, name, revision);
      ASSERT_TRUE(folded.ok()) << folded.status();
      const auto row = stores.view->Get(projection::TableOf(*aggregate), name,
                                        stream.positions[revision - 1] + 1);
      ASSERT_TRUE(row.ok() && row->has_value()) << name << " at " << revision;
      const std::unique_ptr<google::protobuf::Message> state = aggregate->NewState();
      ASSERT_TRUE(state->ParseFromString(**row));
      ASSERT_EQ(state->SerializeAsString(), (*folded)->SerializeAsString())
          << name << " at " << revision;
    }
  }
}

}  // namespace
}  // namespace jejak::test
