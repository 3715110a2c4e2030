// SPDX-License-Identifier: Apache-2.0
//
// The server through its API: exactly once, etags, bounds, reads as of a moment, pages,
// subscriptions, content, and what it refuses to start on.

#include "client/cpp/connection.h"
#include "server/base/hash.h"
#include "server/base/limits.h"
#include "server/log/event_log.h"
#include "server/log/log_keys.h"
#include "server/log/rocksdb_log_device.h"
#include "tests/support/server_fixture.h"

#include "google/rpc/error_details.pb.h"
#include "jejak/v1/admin_service.grpc.pb.h"
#include "jejak/v1/admin_service.pb.h"
#include "jejak/v1/agen_service.grpc.pb.h"
#include "jejak/v1/handover_service.pb.h"
#include "jejak/v1/meeting_service.grpc.pb.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace jejak::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto kGetOffice = &v1::OfficeService::Stub::GetOffice;
constexpr auto kListOffices = &v1::OfficeService::Stub::ListOffices;
constexpr auto kRenameOffice = &v1::OfficeService::Stub::RenameOffice;
constexpr auto kRegisterDocument = &v1::DocumentService::Stub::RegisterDocument;
constexpr auto kListDocuments = &v1::DocumentService::Stub::ListDocuments;

// Runs `work(i)` on `count` threads at once, and waits.
template <typename Work>
void AtOnce(int count, const Work& work) {
  std::promise<void> start;
  const std::shared_future<void> started = start.get_future().share();
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&work, started, i] {
      started.wait();
      work(i);
    });
  }
  start.set_value();
  for (std::thread& thread : threads) thread.join();
}

v1::GetOfficeRequest Get(const std::string& name) {
  v1::GetOfficeRequest request;
  request.set_name(name);
  return request;
}

v1::ListDocumentsRequest ListDocuments(std::uint32_t page_size = 0) {
  v1::ListDocumentsRequest request;
  request.set_parent("offices/ri");
  request.set_page_size(page_size);
  return request;
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : client::GetDetails(status).field_violations) {
    fields.push_back(violation.field);
  }
  return fields;
}

class ApiTest : public ServerTest {
 protected:
  ApiTest() { MakeOffice(client()); }

  v1::Office GetOffice(const std::string& name = "offices/ri") {
    const auto office = client().Call(kGetOffice, Get(name));
    EXPECT_TRUE(office.ok()) << office.status();
    return office.value_or(v1::Office());
  }
  v1::CommitInfo MustRename(const std::string& title) {
    const auto renamed = client().Call(kRenameOffice, Rename("offices/ri", title));
    EXPECT_TRUE(renamed.ok()) << renamed.status();
    return renamed.ok() ? renamed->commit() : v1::CommitInfo();
  }
  // All pages, each name once per appearance.
  std::vector<std::string> AllNames(v1::ListDocumentsRequest request,
                                    std::uint64_t* as_of_position = nullptr) {
    std::vector<std::string> names;
    do {
      const auto page = client().Call(kListDocuments, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return names;
      if (as_of_position != nullptr) *as_of_position = page->log_size();
      for (const v1::Document& document : page->documents()) names.push_back(document.name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
};

// --- Exactly once.

TEST_F(ApiTest, OneRequestIdSentFiftyTimesAtOnceIsOneEventAndFiftyEqualAnswers) {
  const std::uint64_t before = LogSize(client());
  std::vector<absl::StatusOr<v1::RegisterDocumentResponse>> answers(
      50, absl::UnknownError("not answered"));
  AtOnce(50, [&](int i) {
    answers[static_cast<std::size_t>(i)] =
        client().Call(kRegisterDocument, Document("laporan", "Laporan", "once"));
  });
  EXPECT_EQ(LogSize(client()), before + 1);
  int replayed = 0;
  for (auto& answer : answers) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    replayed += answer->commit().replayed() ? 1 : 0;
    answer->mutable_commit()->clear_replayed();
    EXPECT_EQ(answer->SerializeAsString(), answers[0]->SerializeAsString());
  }
  EXPECT_EQ(replayed, 49);
  EXPECT_EQ(answers[0]->commit().first_position(), before);
  EXPECT_EQ(answers[0]->commit().event_count(), 1u);
}

TEST_F(ApiTest, AReplayShowsWhatTheFirstAnswerShowedAlsoAfterLaterChangesAndARestart) {
  auto first = client().Call(kRenameOffice, Rename("offices/ri", "KPU satu", "rename-1"));
  ASSERT_TRUE(first.ok()) << first.status();
  MustRename("KPU dua");
  for (int i = 0; i < 2; ++i) {
    auto again = client().Call(kRenameOffice, Rename("offices/ri", "KPU satu", "rename-1"));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->commit().replayed());
    again->mutable_commit()->clear_replayed();
    EXPECT_EQ(again->DebugString(), first->DebugString());
    EXPECT_EQ(GetOffice().title(), "KPU dua");
    Restart();
  }
}

TEST_F(ApiTest, ReplaysUnderOtherWritesOfTheSameStreamAreEqualToTheFirstAnswer) {
  for (int round = 0; round < 10; ++round) {
    const std::string id = absl::StrCat("contended-", round);
    std::vector<absl::StatusOr<v1::RenameOfficeResponse>> answers(
        8, absl::UnknownError("not answered"));
    AtOnce(16, [&](int i) {
      if (i < 8) {
        answers[static_cast<std::size_t>(i)] =
            client().Call(kRenameOffice, Rename("offices/ri", absl::StrCat("Round ", round), id));
      } else {
        MustRename(absl::StrCat("Other ", round, " ", i));
      }
    });
    for (auto& answer : answers) {
      ASSERT_TRUE(answer.ok()) << answer.status();
      answer->mutable_commit()->clear_replayed();
      EXPECT_EQ(answer->DebugString(), answers[0]->DebugString());
    }
  }
}

TEST_F(ApiTest, ARequestIdMeansOneRequestOfOneActor) {
  ASSERT_TRUE(client().Call(kRegisterDocument, Document("a", "A", "id")).ok());
  const std::uint64_t size = LogSize(client());
  const auto other = client().Call(kRegisterDocument, Document("b", "B", "id"));
  EXPECT_TRUE(absl::IsInvalidArgument(other.status())) << other.status();
  EXPECT_EQ(ReasonOf(other.status()), "REQUEST_ID_REUSED");
  // Also for another method, and for the same but for its options.
  EXPECT_EQ(ReasonOf(client().Call(kRenameOffice, Rename("offices/ri", "B", "id")).status()),
            "REQUEST_ID_REUSED");
  auto remarked = Document("a", "A", "id");
  remarked.mutable_write()->set_remark("late");
  EXPECT_EQ(ReasonOf(client().Call(kRegisterDocument, remarked).status()), "REQUEST_ID_REUSED");
  EXPECT_EQ(LogSize(client()), size);
  Restart();
  EXPECT_EQ(ReasonOf(client().Call(kRegisterDocument, Document("b", "B", "id")).status()),
            "REQUEST_ID_REUSED");
  // Another actor's id is another id.
  EXPECT_TRUE(
      client().Call(kRegisterDocument, Document("b", "B", "id"), {.actor = "officers/budi"}).ok());
  EXPECT_EQ(LogSize(client()), size + 1);
}

TEST_F(ApiTest, ARefusalIsStoredAndReplayedEvenIfTheCommandWouldNowBeAccepted) {
  auto request = Document("x", "X", "refused");
  request.set_parent("offices/18");
  const absl::Status first = client().Call(kRegisterDocument, request).status();
  ASSERT_FALSE(first.ok());
  ASSERT_FALSE(ReasonOf(first).empty());
  MakeWorld(client());
  const std::uint64_t size = LogSize(client());
  for (int i = 0; i < 2; ++i) {
    const absl::Status again = client().Call(kRegisterDocument, request).status();
    EXPECT_EQ(again.code(), first.code());
    EXPECT_EQ(again.message(), first.message());
    EXPECT_EQ(ReasonOf(again), ReasonOf(first));
    EXPECT_EQ(client::GetDetails(again).refusal->SerializeAsString(),
              client::GetDetails(first).refusal->SerializeAsString());
    EXPECT_EQ(LogSize(client()), size);
    Restart();
  }
  request.mutable_write()->set_request_id("anew");
  EXPECT_TRUE(client().Call(kRegisterDocument, request).ok());
}

TEST_F(ApiTest, ACatalogWithoutItsFilesIsRefusedAndTheRefusalIsKept) {
  constexpr auto kImport = &v1::RegionCatalogService::Stub::ImportRegionCatalog;
  auto import = Parse<v1::ImportRegionCatalogRequest>(R"pb(
    write { request_id: "import-1" }
    name: "regionCatalogs/kemendagri"
    version { version: "1" license: "ODbL-1.0" }
  )pb");
  for (const auto level : {v1::REGION_LEVEL_PROVINCE, v1::REGION_LEVEL_REGENCY,
                           v1::REGION_LEVEL_DISTRICT, v1::REGION_LEVEL_VILLAGE}) {
    v1::RegionFile& file = *import.mutable_version()->add_files();
    file.set_level(level);
    file.set_sha256(std::string(64, 'a'));
  }
  EXPECT_EQ(ReasonOf(client().Call(kImport, import).status()), "CATALOG_FILE_UNKNOWN");
  EXPECT_EQ(ReasonOf(client().Call(kImport, import).status()), "CATALOG_FILE_UNKNOWN");
  import.mutable_version()->set_version("2");
  EXPECT_EQ(ReasonOf(client().Call(kImport, import).status()), "REQUEST_ID_REUSED");
}

TEST_F(ApiTest, OfTwoWritersWithOneEtagOneWinsAndTheOtherSeesWhatItMissed) {
  for (int round = 0; round < 20; ++round) {
    const std::string etag = GetOffice().etag();
    std::vector<absl::StatusOr<v1::RenameOfficeResponse>> answers(
        2, absl::UnknownError("not answered"));
    AtOnce(2, [&](int i) {
      auto request = Rename("offices/ri", absl::StrCat("Round ", round, " writer ", i),
                            absl::StrCat("etag-", round, "-", i));
      request.mutable_write()->set_etag(etag);
      answers[static_cast<std::size_t>(i)] = client().Call(kRenameOffice, request);
    });
    ASSERT_NE(answers[0].ok(), answers[1].ok()) << answers[0].status() << answers[1].status();
    const auto& won = answers[0].ok() ? *answers[0] : *answers[1];
    const absl::Status lost = (answers[0].ok() ? answers[1] : answers[0]).status();
    EXPECT_TRUE(absl::IsAborted(lost)) << lost;
    const client::ErrorDetails details = client::GetDetails(lost);
    EXPECT_EQ(details.reason, "ETAG_MISMATCH");
    ASSERT_TRUE(details.unseen_events.has_value());
    EXPECT_EQ(details.unseen_events->etag(), won.office().etag());
    EXPECT_FALSE(details.unseen_events->truncated());
    ASSERT_THAT(details.unseen_events->events(), SizeIs(1));
    EXPECT_EQ(details.unseen_events->events(0).position(), won.commit().first_position());
    EXPECT_EQ(details.unseen_events->events(0).type(), "jejak.event.v1.OfficeRenamed");
    EXPECT_EQ(GetOffice().title(), won.office().title());
  }
}

TEST_F(ApiTest, UnseenEventsFitTheErrorHoweverManyTheyAre) {
  const std::string etag = GetOffice().etag();
  for (int i = 0; i < 40; ++i) MustRename(absl::StrCat("Title ", i, std::string(150, 'x')));
  auto request = Rename("offices/ri", "Late");
  request.mutable_write()->set_etag(etag);
  const client::ErrorDetails details =
      client::GetDetails(client().Call(kRenameOffice, request).status());
  ASSERT_TRUE(details.unseen_events.has_value());
  EXPECT_TRUE(details.unseen_events->truncated());
  EXPECT_EQ(details.unseen_events->etag(), "41");
  ASSERT_THAT(details.unseen_events->events(), testing::Not(IsEmpty()));
  EXPECT_EQ(details.unseen_events->events(0).revision(), 2u);
}

TEST_F(ApiTest, AnEtagThatWasNeverGivenIsRefused) {
  for (const char* etag : {"99", "x", "-1", "1 "}) {
    auto request = Rename("offices/ri", "New");
    request.mutable_write()->set_etag(etag);
    const absl::Status refused = client().Call(kRenameOffice, request).status();
    EXPECT_EQ(ReasonOf(refused), "ETAG_INVALID") << etag << refused;
  }
}

TEST_F(ApiTest, ValidateOnlyAnswersAsIfAndAppendsNothing) {
  const std::uint64_t size = LogSize(client());
  auto request = Document("laporan", "Laporan", "dry");
  request.mutable_write()->set_validate_only(true);
  const auto dry = client().Call(kRegisterDocument, request);
  ASSERT_TRUE(dry.ok()) << dry.status();
  EXPECT_EQ(dry->document().title(), "Laporan");
  EXPECT_EQ(dry->commit().event_count(), 0u);
  auto refused = request;
  refused.set_parent("offices/none");
  EXPECT_FALSE(client().Call(kRegisterDocument, refused).ok());
  EXPECT_EQ(LogSize(client()), size);
  EXPECT_THAT(AllNames(ListDocuments()), IsEmpty());
  // Neither does it use up the request id.
  request.mutable_write()->set_validate_only(false);
  const auto done = client().Call(kRegisterDocument, request);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_FALSE(done->commit().replayed());
  EXPECT_EQ(LogSize(client()), size + 1);
}

// --- Bounds.

TEST_F(ApiTest, WhatIsOutOfBoundsIsRefusedWithThePathOfTheField) {
  const std::uint64_t size = LogSize(client());
  const auto expect = [&](const v1::RegisterDocumentRequest& request, const std::string& path) {
    const absl::Status refused = client().Call(kRegisterDocument, request).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << path << refused;
    EXPECT_EQ(ReasonOf(refused), "REQUEST_INVALID");
    EXPECT_THAT(FieldsOf(refused), Contains(path));
  };
  auto request = Document("a", "A");
  request.set_type(static_cast<v1::DocumentType>(999));
  expect(request, "type");

  request = Document("a", "A");
  request.mutable_write()->set_role(static_cast<v1::Role>(77));
  expect(request, "write.role");

  request = Document("a", "A");
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(1234, 1);
  expect(request, "(request)");  // An unknown field has a number and no name.

  request = Document("a", std::string(501, 'x'));
  expect(request, "title");

  request = Document("a", "");
  expect(request, "title");

  request = Document("../a", "A");
  expect(request, "document_id");

  request = Document("a", "A");
  request.set_issued_on("2021-02-30");
  expect(request, "issued_on");

  request = Document("a", "A", "not an id");
  expect(request, "write.request_id");

  request = Document("a", "A");
  for (int i = 0; i < 33; ++i) request.add_lokus(absl::StrCat("programs/p/lokus/", i));
  expect(request, "lokus");

  request = Document("a", "A");
  request.add_lokus("no name!");
  expect(request, "lokus[0]");
  EXPECT_EQ(LogSize(client()), size);
}

TEST_F(ApiTest, MoreThanTheNameOfAThirdPartyIsRefusedAndNotStored) {
  ASSERT_TRUE(client().Call(kRegisterDocument, Document("sk", "SK")).ok());
  const std::uint64_t before = LogSize(client());
  v1::SignDocumentRequest request;
  request.set_name("offices/ri/documents/sk");
  request.mutable_write()->set_office("offices/ri");
  request.mutable_signature()->set_method(v1::SIGNATURE_METHOD_WET);
  request.mutable_signature()->set_signed_on("2021-04-30");
  v1::Party& signer = *request.mutable_signature()->mutable_signer();
  signer.set_kind(v1::PARTY_KIND_OFFICE);
  signer.mutable_person()->set_name("Surya Adinata");
  signer.mutable_person()->set_national_id("1806110101900007");
  const auto refused = client().Call(&v1::DocumentService::Stub::SignDocument, request);
  EXPECT_EQ(ReasonOf(refused.status()), "PARTY_PERSON_DATA");
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("signature.signer.person.nation"));
  EXPECT_EQ(LogSize(client()), before);
}

TEST_F(ApiTest, ACallWithoutAnActorOrWithAWrongOneIsUnauthenticated) {
  const auto nobody = NewClient(address(), {});
  const absl::Status read = nobody->Call(kGetOffice, Get("offices/ri")).status();
  EXPECT_TRUE(absl::IsUnauthenticated(read)) << read;
  EXPECT_EQ(ReasonOf(read), "ACTOR_MISSING");
  const absl::Status written = nobody->Call(kRenameOffice, Rename("offices/ri", "X")).status();
  EXPECT_TRUE(absl::IsUnauthenticated(written)) << written;
  std::istringstream content("text");
  EXPECT_TRUE(absl::IsUnauthenticated(nobody->UploadContent(content).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(
      nobody->Subscribe({}, [](const v1::SubscribeResponse&) { return false; })));
  for (const char* actor : {"budi", "offices/ri", "officers/a/b", "officers/"}) {
    const auto wrong =
        NewClient(address(), {.actor = actor, .office = "", .role = v1::ROLE_UNSPECIFIED});
    EXPECT_EQ(ReasonOf(wrong->Call(kGetOffice, Get("offices/ri")).status()), "ACTOR_INVALID")
        << actor;
  }
}

TEST_F(ApiTest, AMessageOverTheLimitIsRefusedAndTheServerGoesOn) {
  auto request = Document("a", "A");
  request.set_retention_class(std::string(limits::kRequestBytesMax, 'x'));
  const absl::Status refused = client().Call(kRegisterDocument, request).status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  request.set_retention_class(std::string(limits::kRequestBytesMax - 1000, 'x'));
  EXPECT_EQ(ReasonOf(client().Call(kRegisterDocument, request).status()), "REQUEST_INVALID");
  EXPECT_EQ(GetOffice().title(), "KPU ri");
}

// --- Reads.

TEST_F(ApiTest, AReadAnswersAsOfAPositionOrATime) {
  std::vector<v1::CommitInfo> commits;
  for (int i = 0; i < 10; ++i) commits.push_back(MustRename(absl::StrCat("Title ", i)));
  for (int i = 0; i < 10; ++i) {
    const v1::CommitInfo& commit = commits[static_cast<std::size_t>(i)];
    auto by_position = Get("offices/ri");
    by_position.mutable_read()->set_as_of_position(commit.first_position());
    auto by_time = Get("offices/ri");
    *by_time.mutable_read()->mutable_as_of_time() = commit.commit_time();
    v1::ListOfficesRequest list;
    *list.mutable_read() = by_position.read();
    for (const auto& request : {by_position, by_time}) {
      const auto office = client().Call(kGetOffice, request);
      ASSERT_TRUE(office.ok()) << office.status();
      EXPECT_EQ(office->title(), absl::StrCat("Title ", i));
      EXPECT_EQ(office->etag(), absl::StrCat(i + 2));
    }
    const auto page = client().Call(kListOffices, list);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_THAT(page->offices(), SizeIs(1));
    EXPECT_EQ(page->offices(0).title(), absl::StrCat("Title ", i));
    EXPECT_EQ(page->log_size(), commit.log_size());
  }
  auto early = Get("offices/ri");
  early.mutable_read()->mutable_as_of_time()->set_seconds(1);
  EXPECT_TRUE(absl::IsNotFound(client().Call(kGetOffice, early).status()));
  auto future = Get("offices/ri");
  future.mutable_read()->set_as_of_position(commits.back().log_size());
  EXPECT_EQ(ReasonOf(client().Call(kGetOffice, future).status()), "AS_OF_IN_FUTURE");
  future.mutable_read()->mutable_as_of_time()->set_seconds(4'000'000'000);
  EXPECT_EQ(ReasonOf(client().Call(kGetOffice, future).status()), "AS_OF_IN_FUTURE");
}

TEST_F(ApiTest, PagesShowOneMomentWhileWritesGoOn) {
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(client().Call(kRegisterDocument, Document(absl::StrCat("first-", i), "A")).ok());
  }
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; !stop; ++i) {
        EXPECT_TRUE(
            client().Call(kRegisterDocument, Document(absl::StrCat("more-", w, "-", i), "B")).ok());
      }
    });
  }
  for (int round = 0; round < 20; ++round) {
    std::uint64_t size = 0;
    const std::vector<std::string> names = AllNames(ListDocuments(25), &size);
    v1::ListDocumentsRequest at_once = ListDocuments(500);
    at_once.mutable_read()->set_as_of_position(size - 1);
    EXPECT_EQ(names, AllNames(at_once)) << "as of " << size;
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
    // Offices/ri is the first event, and each event after it is one document.
    EXPECT_EQ(names.size(), size - 1);
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
}

TEST_F(ApiTest, APageTokenBelongsToItsQuery) {
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(client().Call(kRegisterDocument, Document(absl::StrCat("d", i), "A")).ok());
  }
  const auto page = client().Call(kListDocuments, ListDocuments(2));
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_FALSE(page->next_page_token().empty());
  auto other = ListDocuments(2);
  other.set_page_token(page->next_page_token());
  other.set_filter("title = A");
  EXPECT_EQ(ReasonOf(client().Call(kListDocuments, other).status()), "PAGE_TOKEN_MISMATCH");
  other.clear_filter();
  other.set_order_by("title");
  EXPECT_EQ(ReasonOf(client().Call(kListDocuments, other).status()), "PAGE_TOKEN_MISMATCH");
  other.clear_order_by();
  // Its first bytes are the digest of the query.
  std::string flipped = page->next_page_token();
  flipped[3] = flipped[3] == 'A' ? 'B' : 'A';
  for (const std::string& token : {std::string("x"), std::string("AAAA"), flipped}) {
    other.set_page_token(token);
    const std::string reason = ReasonOf(client().Call(kListDocuments, other).status());
    EXPECT_TRUE(reason == "PAGE_TOKEN_INVALID" || reason == "PAGE_TOKEN_MISMATCH")
        << token << reason;
  }
  other = ListDocuments(limits::kPageSizeMax + 1);
  EXPECT_EQ(ReasonOf(client().Call(kListDocuments, other).status()), "PAGE_SIZE_INVALID");
}

TEST_F(ApiTest, ListsAreFilteredAndOrdered) {
  for (const char* id : {"b", "c", "a"}) {
    auto request = Document(id, absl::StrCat("Title of ", id));
    if (std::string(id) == "c") request.set_type(v1::DOCUMENT_TYPE_LETTER);
    ASSERT_TRUE(client().Call(kRegisterDocument, request).ok());
  }
  const auto ids = [&](const std::string& filter, const std::string& order, std::uint32_t size) {
    auto request = ListDocuments(size);
    request.set_filter(filter);
    request.set_order_by(order);
    std::string result;
    for (const std::string& name : AllNames(request)) result += name.back();
    return result;
  };
  EXPECT_EQ(ids("", "", 0), "abc");
  EXPECT_EQ(ids("", "title desc", 0), "cba");
  EXPECT_EQ(ids("", "title desc", 1), "cba");
  EXPECT_EQ(ids("type = DOCUMENT_TYPE_REPORT", "", 1), "ab");
  EXPECT_EQ(ids("type = report AND title : \"of b\"", "", 0), "b");
  EXPECT_EQ(ids("type != DOCUMENT_TYPE_REPORT", "", 0), "c");
  auto wrong = ListDocuments();
  wrong.set_filter("colour = red");
  EXPECT_EQ(ReasonOf(client().Call(kListDocuments, wrong).status()), "FILTER_INVALID");
  wrong = ListDocuments();
  wrong.set_order_by("colour");
  EXPECT_EQ(ReasonOf(client().Call(kListDocuments, wrong).status()), "ORDER_INVALID");
}

TEST_F(ApiTest, ReadsSeeTheirOwnWritesAtOnceUnderLoad) {
  AtOnce(8, [&](int w) {
    const auto mine = NewClient(address());
    for (int i = 0; i < 40; ++i) {
      const std::string id = absl::StrCat("w", w, "-", i);
      const auto written = mine->Call(kRegisterDocument, Document(id, id));
      ASSERT_TRUE(written.ok()) << written.status();
      v1::GetDocumentRequest get;
      get.set_name(absl::StrCat("offices/ri/documents/", id));
      const auto read = mine->Call(&v1::DocumentService::Stub::GetDocument, get);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(read->etag(), written->document().etag());
      // Even an eventual read, if it says from which size on.
      get.mutable_read()->set_consistency(v1::CONSISTENCY_EVENTUAL);
      get.mutable_read()->set_min_log_size(written->commit().log_size());
      EXPECT_TRUE(mine->Call(&v1::DocumentService::Stub::GetDocument, get).ok());
      auto list = ListDocuments(500);
      list.set_filter(absl::StrCat("title = ", id));
      const auto page = mine->Call(kListDocuments, list);
      ASSERT_TRUE(page.ok()) << page.status();
      EXPECT_THAT(page->documents(), SizeIs(1));
    }
  });
}

// --- History.

TEST_F(ApiTest, EventsAreSearchedInPagesOfOneMoment) {
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(client().Call(kRegisterDocument, Document(absl::StrCat("d", i), "T")).ok());
    MustRename(absl::StrCat("Title ", i));
  }
  v1::SearchEventsRequest request;
  request.set_filter("within=offices/ri AND type = DocumentRegistered");
  request.set_page_size(5);
  request.set_descending(true);
  std::vector<std::string> streams;
  do {
    const auto page = client().Call(&v1::HistoryService::Stub::SearchEvents, request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->filter(), "within = \"offices/ri\" AND type = \"DocumentRegistered\"");
    EXPECT_EQ(page->log_size(), 25u);
    for (const v1::EventRow& row : page->events()) streams.push_back(row.stream());
    request.set_page_token(page->next_page_token());
    MustRename(absl::StrCat("meanwhile ", streams.size()));
  } while (!request.page_token().empty());
  std::vector<std::string> expected;
  for (int i = 11; i >= 0; --i) expected.push_back(absl::StrCat("offices/ri/documents/d", i));
  EXPECT_EQ(streams, expected);

  v1::SearchEventsRequest other;
  other.set_filter("under = offices/ri");
  other.mutable_read()->set_as_of_position(3);
  const auto then = client().Call(&v1::HistoryService::Stub::SearchEvents, other);
  ASSERT_TRUE(then.ok()) << then.status();
  EXPECT_EQ(then->events_size(), 4);
  other.set_filter("siti");
  EXPECT_EQ(ReasonOf(client().Call(&v1::HistoryService::Stub::SearchEvents, other).status()),
            "FILTER_INVALID");
}

TEST_F(ApiTest, EventsAreCountedAsOfAMoment) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client().Call(kRegisterDocument, Document(absl::StrCat("d", i), "T")).ok());
    MustRename(absl::StrCat("Title ", i));
  }
  v1::CountEventsRequest request;
  request.set_filter("within=offices/ri");
  request.add_facets(v1::EVENT_FACET_TYPE);
  const auto count = [&] {
    const auto counted = client().Call(&v1::HistoryService::Stub::CountEvents, request);
    EXPECT_TRUE(counted.ok()) << counted.status();
    std::vector<std::string> lines;
    if (!counted.ok()) return lines;
    EXPECT_EQ(counted->filter(), "within = \"offices/ri\"");
    for (const v1::EventCount& one : counted->counts()) {
      lines.push_back(absl::StrCat(one.value(), " ", one.count()));
    }
    return lines;
  };
  EXPECT_THAT(count(),
              ElementsAre(" 7", "DocumentRegistered 3", "OfficeRenamed 3", "OfficeRegistered 1"));
  request.mutable_read()->set_as_of_position(1);
  EXPECT_THAT(count(), ElementsAre(" 2", "DocumentRegistered 1", "OfficeRegistered 1"));
}

TEST_F(ApiTest, RevisionsAndDiffsNameFieldsValuesAndEvents) {
  MustRename("one");
  const std::uint64_t then = MustRename("two").first_position();
  ASSERT_TRUE(client().Call(kRegisterDocument, Document("d", "T")).ok());
  const std::uint64_t last = MustRename("three").first_position();

  v1::ListRevisionsRequest revisions;
  revisions.set_name("offices/ri");
  revisions.set_page_size(2);
  revisions.set_descending(true);
  std::vector<std::string> lines;
  do {
    const auto page = client().Call(&v1::HistoryService::Stub::ListRevisions, revisions);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Revision& revision : page->revisions()) {
      for (const v1::FieldChange& change : revision.changes()) {
        if (change.field() != "title") continue;
        lines.push_back(absl::StrCat(revision.event().type(), ": ", change.before(), " -> ",
                                     change.after(), change.created() ? " (new)" : ""));
      }
    }
    revisions.set_page_token(page->next_page_token());
  } while (!revisions.page_token().empty());
  EXPECT_THAT(lines,
              ElementsAre("OfficeRenamed: two -> three", "OfficeRenamed: one -> two",
                          "OfficeRenamed: KPU ri -> one", "OfficeRegistered:  -> KPU ri (new)"));
  revisions.set_name("offices/99");
  EXPECT_EQ(ReasonOf(client().Call(&v1::HistoryService::Stub::ListRevisions, revisions).status()),
            "RESOURCE_NOT_FOUND");

  v1::DiffRequest diff;
  diff.set_name("offices/ri");
  diff.mutable_from()->set_as_of_position(then);
  const auto changed = client().Call(&v1::HistoryService::Stub::Diff, diff);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->from_log_size(), then + 1);
  EXPECT_EQ(changed->log_size(), last + 1);
  ASSERT_GT(changed->changes_size(), 2);
  EXPECT_EQ(changed->changes(0).resource(), "offices/ri");
  EXPECT_EQ(changed->changes(0).field(), "title");
  EXPECT_EQ(changed->changes(0).before(), "two");
  EXPECT_EQ(changed->changes(0).after(), "three");
  EXPECT_EQ(changed->changes(0).event().position(), last);
  EXPECT_FALSE(changed->changes(0).created());
  EXPECT_EQ(changed->changes(1).resource(), "offices/ri/documents/d");
  EXPECT_TRUE(changed->changes(1).created());
  diff.set_under(true);
  const auto under = client().Call(&v1::HistoryService::Stub::Diff, diff);
  ASSERT_TRUE(under.ok()) << under.status();
  EXPECT_EQ(under->changes_size(), changed->changes_size());
  diff.mutable_read()->set_as_of_position(0);
  EXPECT_EQ(ReasonOf(client().Call(&v1::HistoryService::Stub::Diff, diff).status()),
            "MOMENTS_REVERSED");
}

TEST_F(ApiTest, AQuestionMayNameBothTimes) {
  MustRename("one");
  auto late = Rename("offices/ri", "since 2009");
  late.mutable_write()->mutable_occurred_time()->mutable_time()->set_seconds(1'230'768'000);
  const auto renamed = client().Call(&v1::OfficeService::Stub::RenameOffice, late);
  ASSERT_TRUE(renamed.ok()) << renamed.status();
  MustRename("three");

  // What is known today about the moment before the late entry was made.
  v1::ReadOptions read;
  *read.mutable_valid_time() = renamed->commit().commit_time();
  read.mutable_valid_time()->set_nanos(read.valid_time().nanos() - 1000);
  if (read.valid_time().nanos() < 0) {
    read.mutable_valid_time()->set_nanos(read.valid_time().nanos() + 1'000'000'000);
    read.mutable_valid_time()->set_seconds(read.valid_time().seconds() - 1);
  }
  v1::GetOfficeRequest get;
  get.set_name("offices/ri");
  *get.mutable_read() = read;
  const auto today = client().Call(&v1::OfficeService::Stub::GetOffice, get);
  ASSERT_TRUE(today.ok()) << today.status();
  EXPECT_EQ(today->title(), "since 2009");
  *get.mutable_read()->mutable_as_of_time() = read.valid_time();
  const auto then = client().Call(&v1::OfficeService::Stub::GetOffice, get);
  ASSERT_TRUE(then.ok()) << then.status();
  EXPECT_EQ(then->title(), "one");
  v1::ListOfficesRequest list;
  *list.mutable_read() = read;
  const auto listed = client().Call(&v1::OfficeService::Stub::ListOffices, list);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->offices(0).title(), "since 2009");

  v1::DiffRequest diff;
  diff.set_name("offices/ri");
  *diff.mutable_from()->mutable_as_of_time() = read.valid_time();
  *diff.mutable_read() = read;
  const auto learned = client().Call(&v1::HistoryService::Stub::Diff, diff);
  ASSERT_TRUE(learned.ok()) << learned.status();
  ASSERT_EQ(learned->changes_size(), 1);
  EXPECT_EQ(learned->changes(0).after(), "since 2009");
  EXPECT_EQ(learned->changes(0).event().position(), renamed->commit().first_position());

  v1::SearchEventsRequest search;
  *search.mutable_read() = read;
  EXPECT_EQ(ReasonOf(client().Call(&v1::HistoryService::Stub::SearchEvents, search).status()),
            "VALID_TIME_NOT_TAKEN");
}

TEST_F(ApiTest, AViewIsBuiltAnewAndComparedWhileReadsAndWritesGoOn) {
  for (int i = 0; i < 1000; ++i) MustRename(absl::StrCat("Before ", i));
  std::atomic<bool> stop{false};
  std::atomic<int> reads{0};
  std::thread user([&] {
    const auto mine = NewClient(address());
    for (int i = 0; !stop; ++i) {
      const std::string title = absl::StrCat("During ", i);
      const auto renamed =
          mine->Call(&v1::OfficeService::Stub::RenameOffice, Rename("offices/ri", title));
      EXPECT_TRUE(renamed.ok()) << renamed.status();
      v1::GetOfficeRequest get;
      get.set_name("offices/ri");
      const auto office = mine->Call(&v1::OfficeService::Stub::GetOffice, get);
      EXPECT_TRUE(office.ok()) << office.status();
      if (!renamed.ok() || !office.ok()) break;
      EXPECT_EQ(office->title(), title) << "a read is as fresh as ever";
      ++reads;
    }
  });
  const auto status = [&] {
    const auto found =
        client().Call(&v1::AdminService::Stub::GetServerStatus, v1::GetServerStatusRequest());
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(v1::GetServerStatusResponse());
  };
  const auto started =
      client().Call(&v1::AdminService::Stub::RebuildView, v1::RebuildViewRequest());
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_EQ(started->build().kind(), v1::VIEW_BUILD_KIND_REBUILD);
  while (status().view_build().running()) continue;
  const v1::ViewBuild rebuilt = status().view_build();
  EXPECT_EQ(rebuilt.error(), "");
  EXPECT_GT(rebuilt.size(), 1000u);
  EXPECT_TRUE(rebuilt.has_end_time());

  ASSERT_TRUE(client().Call(&v1::AdminService::Stub::CompareViews, v1::CompareViewsRequest()).ok());
  const absl::Status second =
      client().Call(&v1::AdminService::Stub::CompareViews, v1::CompareViewsRequest()).status();
  EXPECT_TRUE(second.ok() || ReasonOf(second) == "VIEW_BUILD_RUNNING") << second;
  while (status().view_build().running()) continue;
  const v1::ViewBuild compared = status().view_build();
  EXPECT_EQ(compared.error(), "");
  EXPECT_GE(compared.size(), rebuilt.size());
  EXPECT_GT(compared.keys(), compared.size());
  EXPECT_EQ(compared.differing_keys(), 0u) << compared.first_difference();
  EXPECT_EQ(compared.current_digest(), compared.built_digest());
  EXPECT_EQ(status().view_failure(), "");
  stop = true;
  user.join();
  EXPECT_GT(reads, 0);
}

TEST_F(ApiTest, ADiffFromAMomentIsAnsweredWhileWritesGoOn) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    const auto mine = NewClient(address());
    for (int i = 0; !stop; ++i) {
      EXPECT_TRUE(mine->Call(kRegisterDocument, Document(absl::StrCat("w", i), "T")).ok());
    }
  });
  for (int i = 0; i < 50; ++i) {
    v1::DiffRequest diff;
    diff.set_name("offices/ri");
    *diff.mutable_from()->mutable_as_of_time() =
        MustRename(absl::StrCat("Title ", i)).commit_time();
    const auto changed = client().Call(&v1::HistoryService::Stub::Diff, diff);
    EXPECT_TRUE(changed.ok()) << changed.status();
    if (!changed.ok()) break;
    EXPECT_LE(changed->from_log_size(), changed->log_size());
  }
  stop = true;
  writer.join();
}

TEST_F(ApiTest, ASubscriptionGivesEveryEventOnceInOrderFromThePastIntoThePresent) {
  for (int i = 0; i < 300; ++i) MustRename(absl::StrCat("Before ", i));
  std::vector<std::thread> writers;
  std::promise<void> caught_up;
  std::shared_future<void> live = caught_up.get_future().share();
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      live.wait();
      for (int i = 0; i < 50; ++i) MustRename(absl::StrCat("Live ", w, " ", i));
    });
  }
  constexpr std::uint64_t kAll = 1 + 300 + 200;
  std::vector<std::uint64_t> positions;
  std::uint64_t next = 0;
  bool told = false;
  const absl::Status watched = client().Subscribe({}, [&](const v1::SubscribeResponse& message) {
    if (message.has_event()) {
      positions.push_back(message.event().position());
      EXPECT_EQ(message.next_position(), message.event().position() + 1);
    }
    EXPECT_GE(message.next_position(), next);
    next = message.next_position();
    if (message.caught_up() && !told) {
      told = true;
      EXPECT_EQ(positions.size(), 301u);
      EXPECT_EQ(message.next_position(), 301u);
      caught_up.set_value();
    }
    return positions.size() < kAll;
  });
  EXPECT_TRUE(watched.ok()) << watched;
  if (!told) caught_up.set_value();
  for (std::thread& writer : writers) writer.join();
  ASSERT_THAT(positions, SizeIs(kAll));
  for (std::uint64_t i = 0; i < kAll; ++i) EXPECT_EQ(positions[i], i);
}

TEST_F(ApiTest, ASubscriptionIsResumedFromNextPositionWithoutGapOrRepeat) {
  for (int i = 0; i < 20; ++i) {
    MustRename(absl::StrCat("Title ", i));
    ASSERT_TRUE(client().Call(kRegisterDocument, Document(absl::StrCat("d", i), "A")).ok());
  }
  const std::uint64_t size = LogSize(client());
  v1::SubscribeRequest request;
  std::vector<std::uint64_t> all;
  while (request.from_position() < size) {
    int left = 3;
    ASSERT_TRUE(client()
                    .Subscribe(request,
                               [&](const v1::SubscribeResponse& message) {
                                 if (message.has_event()) all.push_back(message.event().position());
                                 request.set_from_position(message.next_position());
                                 return --left > 0 && message.next_position() < size;
                               })
                    .ok());
  }
  ASSERT_THAT(all, SizeIs(size));
  for (std::uint64_t i = 0; i < size; ++i) EXPECT_EQ(all[i], i);

  // Only what is asked for, and progress over what is not.
  v1::SubscribeRequest documents;
  documents.set_filter("within=offices/ri AND type = DocumentRegistered");
  int events = 0;
  ASSERT_TRUE(client()
                  .Subscribe(documents,
                             [&](const v1::SubscribeResponse& message) {
                               if (message.next_position() == 0) {
                                 EXPECT_EQ(
                                     message.filter(),
                                     "within = \"offices/ri\" AND type = \"DocumentRegistered\"");
                               }
                               events += message.has_event() ? 1 : 0;
                               if (!message.caught_up()) return true;
                               EXPECT_FALSE(message.has_event());
                               EXPECT_EQ(message.next_position(), size);
                               return false;
                             })
                  .ok());
  EXPECT_EQ(events, 20);
  request.set_from_position(size + 1);
  EXPECT_EQ(
      ReasonOf(client().Subscribe(request, [](const v1::SubscribeResponse&) { return false; })),
      "POSITION_IN_FUTURE");
}

TEST_F(ApiTest, CancelledSubscriptionsLeaveNothingBehindThatHoldsUpTheStop) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(
        client().Subscribe({}, [](const v1::SubscribeResponse& m) { return !m.caught_up(); }).ok());
  }
  const absl::Time start = absl::Now();
  StopServer();
  EXPECT_LT(absl::Now() - start, app::App::kShutdownGrace);
  StartServer();
}

TEST_F(ApiTest, ASubscriptionThatIsOpenEndsWithTheServer) {
  std::promise<void> caught_up;
  std::thread watcher([&] {
    const auto mine = NewClient(address());
    const absl::Status ended = mine->Subscribe(
        {},
        [&](const v1::SubscribeResponse& message) {
          if (message.caught_up()) caught_up.set_value();
          return true;
        },
        absl::InfiniteFuture(), [](const absl::Status&) { return false; });
    EXPECT_FALSE(ended.ok());
  });
  caught_up.get_future().wait();
  StopServer();
  watcher.join();
  StartServer();
}

TEST_F(ApiTest, ASubscriptionGoesOnAfterTheServerWasAwayForLongerThanACallIsRepeated) {
  const std::string port = address();
  std::promise<void> caught_up;
  std::promise<void> away;
  int broken = 0;
  std::vector<std::uint64_t> positions;
  std::thread watcher([&] {
    client::Options options;
    options.server = port;
    options.identity = AdminIdentity();
    options.retry.max_backoff = absl::Milliseconds(10);
    const auto mine = client::Client::Connect(options);
    ASSERT_TRUE(mine.ok());
    const absl::Status ended = (*mine)->Subscribe(
        {},
        [&](const v1::SubscribeResponse& message) {
          if (message.has_event()) positions.push_back(message.event().position());
          if (message.caught_up() && broken == 0) caught_up.set_value();
          return positions.size() < 2;
        },
        absl::InfiniteFuture(),
        [&](const absl::Status&) {
          if (++broken == options.retry.max_attempts + 1) away.set_value();
          return true;
        });
    EXPECT_TRUE(ended.ok()) << ended;
  });
  caught_up.get_future().wait();
  StopServer();
  away.get_future().wait();
  StartServer(port);
  MustRename("After the pause");
  watcher.join();
  EXPECT_THAT(positions, ElementsAre(0, 1));
}

// --- Health and reflection.

TEST_F(ApiTest, HealthSaysServingAndReflectionListsEveryService) {
  const auto connection = client::MakeGrpcConnection(address());
  std::string answer;
  const absl::Status health =
      connection->Call("/grpc.health.v1.Health/Check", client::CallContext(), "", &answer);
  ASSERT_TRUE(health.ok()) << health;
  EXPECT_EQ(answer, "\x08\x01");  // HealthCheckResponse { status: SERVING }

  const auto stream = connection->Open(
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", client::CallContext());
  ASSERT_TRUE(stream->Write(std::string("\x3a\x00", 2)));  // { list_services: "" }
  stream->WritesDone();
  ASSERT_TRUE(stream->Read(&answer));
  for (const auto* file :
       {v1::RegisterOfficeRequest::descriptor()->file(),
        v1::ImportRegionCatalogRequest::descriptor()->file(),
        v1::OpenProgramRequest::descriptor()->file(), v1::MapVillageRequest::descriptor()->file(),
        v1::RegisterCandidateRequest::descriptor()->file(),
        v1::ScheduleMeetingRequest::descriptor()->file(),
        v1::RegisterDocumentRequest::descriptor()->file(),
        v1::PrepareHandoverRequest::descriptor()->file(),
        v1::ListEventsRequest::descriptor()->file(),
        v1::GetServerStatusRequest::descriptor()->file()}) {
    ASSERT_EQ(file->service_count(), 1);
    EXPECT_THAT(answer, HasSubstr(file->service(0)->full_name()));
  }
}

// --- Content.

TEST_F(ApiTest, ContentComesBackAsItWasSent) {
  std::string bytes;
  for (int i = 0; i < 50'000; ++i) absl::StrAppend(&bytes, i, "\n");
  bytes.push_back('\0');
  std::istringstream file(bytes);
  const auto sha256 = client().UploadContent(file);
  ASSERT_TRUE(sha256.ok()) << sha256.status();
  EXPECT_EQ(*sha256, ToHex(AsBytes(Sha256({bytes}))));
  // Nobody is shown content that no document has.
  std::ostringstream early;
  EXPECT_EQ(ReasonOf(client().DownloadContent(*sha256, early)), "CONTENT_UNKNOWN");
  ASSERT_TRUE(client().Call(kRegisterDocument, Document("laporan", "Laporan")).ok());
  v1::AddDocumentVersionRequest add;
  add.set_name("offices/ri/documents/laporan");
  add.set_sha256(*sha256);
  add.set_media_type("text/plain");
  const auto added = client().Call(&v1::DocumentService::Stub::AddDocumentVersion, add);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(added->document().versions(0).size(), bytes.size());
  for (int i = 0; i < 2; ++i) {
    std::ostringstream back;
    const absl::Status downloaded = client().DownloadContent(*sha256, back);
    ASSERT_TRUE(downloaded.ok()) << downloaded;
    EXPECT_EQ(back.str(), bytes);
    RestartWithoutView();
  }
}

TEST_F(ApiTest, AnAnnouncedHashMustBeTheHashOfTheBytes) {
  const auto connection = client::MakeGrpcConnection(address());
  client::CallContext context;
  context.metadata["x-jejak-actor"] = "officers/admin";
  const auto upload = [&](const std::string& announced) {
    const auto stream = connection->Open("/jejak.v1.DocumentService/UploadContent", context);
    v1::UploadContentRequest chunk;
    chunk.set_sha256(announced);
    chunk.set_chunk("some text");
    stream->Write(chunk.SerializeAsString());
    stream->WritesDone();
    std::string answer;
    stream->Read(&answer);
    return stream->Finish();
  };
  EXPECT_TRUE(upload(ToHex(AsBytes(Sha256({"some text"})))).ok());
  EXPECT_EQ(ReasonOf(upload(ToHex(AsBytes(Sha256({"other text"}))))), "CONTENT_HASH_MISMATCH");
  EXPECT_EQ(ReasonOf(upload("")), "CONTENT_HASH_MISSING");
}

TEST_F(ApiTest, ContentOfADocumentWithPersonalDataIsNotShown) {
  std::istringstream file("a list of names");
  const auto sha256 = client().UploadContent(file);
  ASSERT_TRUE(sha256.ok()) << sha256.status();
  auto request = Document("daftar", "Daftar");
  request.set_disclosure(v1::DISCLOSURE_CLASS_PERSONAL);
  request.set_contains_personal_data(true);
  // The same bytes also belong to a document without.
  for (const auto& one : {request, Document("terbuka", "Terbuka")}) {
    const auto registered = client().Call(kRegisterDocument, one);
    ASSERT_TRUE(registered.ok()) << registered.status();
    v1::AddDocumentVersionRequest add;
    add.set_name(registered->document().name());
    add.set_sha256(*sha256);
    add.set_media_type("text/plain");
    ASSERT_TRUE(client().Call(&v1::DocumentService::Stub::AddDocumentVersion, add).ok());
    std::ostringstream back;
    const absl::Status refused = client().DownloadContent(*sha256, back);
    EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
    EXPECT_EQ(ReasonOf(refused), "CONTENT_PERSONAL");
    EXPECT_EQ(back.str(), "");
  }
}

// --- The world, and the view built anew.

TEST_F(ApiTest, AVillageIsMappedByItsCodeAndAViewBuiltAnewAnswersTheSame) {
  MakeWorld(client());
  const auto mapped =
      client().Call(&v1::LokusService::Stub::MapVillage, Parse<v1::MapVillageRequest>(R"pb(
        write { office: "offices/18.06" role: ROLE_OPERATOR }
        parent: "programs/dp3-2021"
        region_code: "18.06.11.2016"
        indicators {
          kind: INDICATOR_KIND_TURNOUT
          numerator: 713
          denominator: 1386
          basis: VOTER_LIST_BASIS_DPT
          election: "pemilu-2019"
          source: "Contoh"
        }
      )pb"));
  ASSERT_TRUE(mapped.ok()) << mapped.status();
  EXPECT_EQ(mapped->lokus().region_title(), "Gunung Kasih");
  v1::ListLokusRequest list;
  list.set_parent("programs/dp3-2021");
  const auto before = client().Call(&v1::LokusService::Stub::ListLokus, list);
  ASSERT_TRUE(before.ok()) << before.status();
  ASSERT_THAT(before->lokus(), SizeIs(1));
  RestartWithoutView();
  const auto after = client().Call(&v1::LokusService::Stub::ListLokus, list);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->DebugString(), before->DebugString());
}

// --- What it does not start on.

class StartTest : public ServerTest {};

TEST_F(StartTest, ASecondServerOnTheFolderIsRefusedAndTheFirstGoesOn) {
  MakeOffice(client());
  const auto second = app::App::Start(Config(), [](const absl::Status&) {});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("open in another process"));
  EXPECT_EQ(LogSize(client()), 1u);
  EXPECT_TRUE(client().Call(kRenameOffice, Rename("offices/ri", "Still here")).ok());
}

TEST_F(StartTest, ASecondServerOnThePortIsRefused) {
  TempFolder other;
  app::Config config = Config();
  config.data = other / "data";
  config.listen = address();
  const auto second = app::App::Start(config, [](const absl::Status&) {});
  EXPECT_TRUE(absl::IsUnavailable(second.status())) << second.status();
  EXPECT_EQ(LogSize(client()), 0u);
}

TEST_F(StartTest, ALogOfANewerFormatIsRefusedUntouched) {
  MakeOffice(client());
  StopServer();
  std::uint64_t tail = 0;
  {
    auto device = log::RocksDbLogDevice::Open(data() + "/log");
    ASSERT_TRUE(device.ok()) << device.status();
    log::LogRecord record;
    record.cells = {
        {log::Table::kMeta, log::kFormatKey, log::EncodeFormat(log::EventLog::kFormatVersion + 1)}};
    ASSERT_TRUE((*device)->AppendIf((*device)->Tail(), record).ok());
    tail = (*device)->Tail();
  }
  const std::string anchor = ReadFile(data() + "/anchor");
  for (int i = 0; i < 2; ++i) {
    const auto refused = app::App::Start(Config(), [](const absl::Status&) {});
    EXPECT_TRUE(absl::IsFailedPrecondition(refused.status())) << refused.status();
  }
  EXPECT_EQ(ReadFile(data() + "/anchor"), anchor);
  auto device = log::RocksDbLogDevice::Open(data() + "/log");
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ((*device)->Tail(), tail);
  log::LogRecord back;
  back.cells = {
      {log::Table::kMeta, log::kFormatKey, log::EncodeFormat(log::EventLog::kFormatVersion)}};
  ASSERT_TRUE((*device)->AppendIf(tail, back).ok());
}

}  // namespace
}  // namespace jejak::test
