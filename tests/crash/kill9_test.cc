// SPDX-License-Identifier: Apache-2.0
//
// jejakd is killed under load a hundred times, and its files are damaged bit by bit: what was
// acknowledged or shown stays, once, in its place; and a damaged log is refused or served as it
// was, never with fewer or other events. A planted bug shows that the checker would see a loss.

#include "server/app/app.h"
#include "server/base/hash.h"
#include "server/log/log_device.h"
#include "server/log/rocksdb_log_device.h"
#include "tests/crash/history_checker.h"
#include "tests/support/server_process.h"
#include "tests/support/world.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace jejak::test {
namespace {

using testing::IsEmpty;
using testing::Not;

constexpr int kRounds = 100;
constexpr int kWorkers = 8;
constexpr int kKillWithinMicros = 120'000;

// Tells the test that something was acknowledged.
class Acks {
 public:
  void Add() {
    MutexLock lock(mutex_);
    ++count_;
    changed_.NotifyAll();
  }
  // Waits for the first, and then that long.
  void WaitForFirstAnd(std::chrono::microseconds then) {
    MutexLock lock(mutex_);
    while (count_ == 0) changed_.Wait(mutex_);
    const auto end = std::chrono::steady_clock::now() + then;
    while (true) {
      const auto left = end - std::chrono::steady_clock::now();
      if (left <= std::chrono::steady_clock::duration::zero()) return;
      changed_.WaitFor(mutex_, left);
    }
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

struct Reply {
  v1::CommitInfo commit;
  std::string etag;
};

// One client with its memory of all that it sent, over all rounds. Used by one thread at a time.
class Worker {
 public:
  explicit Worker(int id)
      : actor_(absl::StrCat("officers/w", id)),
        id_(id),
        random_(static_cast<std::uint64_t>(id) + 1) {}

  // Until the server is gone: asks for what is unknown, repeats something known, and goes on.
  void Run(const std::string& address, Acks& acks) {
    const auto client = Connect(address);
    if (!Resolve(*client)) return;
    if (!commands_.empty() && !Repeat(*client, random_() % commands_.size())) return;
    while (true) {
      commands_.push_back(NewCommand());
      if (!Send(*client, commands_.back())) return;
      acks.Add();
    }
  }

  // Sends again what has no answer yet. False if the server is gone.
  bool Resolve(client::Client& client) {
    for (Command& command : commands_) {
      if (command.sent.answer == SentCommand::Answer::kUnknown && !Send(client, command)) {
        return false;
      }
    }
    return true;
  }

  std::unique_ptr<client::Client> Connect(const std::string& address) const {
    return NewClient(address, {.actor = actor_, .office = "offices/ri", .role = v1::ROLE_OPERATOR});
  }

  void AddSent(std::vector<SentCommand>& all) const {
    for (const Command& command : commands_) all.push_back(command.sent);
  }

 private:
  struct Command {
    SentCommand sent;
    std::function<absl::StatusOr<Reply>(client::Client&)> call;
  };

  Command NewCommand() {
    const std::string request_id = absl::StrCat("r", id_, "-", commands_.size());
    Command command;
    command.sent.actor = actor_;
    command.sent.request_id = request_id;
    const std::uint64_t kind = random_() % 8;
    if (kind < 4) {
      // Sometimes one that exists: a refusal.
      const bool new_one = kind != 0 || documents_ == 0;
      auto request =
          Document(absl::StrCat("d", id_, "-", new_one ? documents_++ : random_() % documents_),
                   "A title", request_id);
      command.call = [request](client::Client& client) -> absl::StatusOr<Reply> {
        const auto response = client.Call(&v1::DocumentService::Stub::RegisterDocument, request);
        if (!response.ok()) return response.status();
        return Reply{response->commit(), ""};
      };
      return command;
    }
    auto request = Rename("offices/ri", absl::StrCat("Title ", request_id), request_id);
    if (kind < 7) request.mutable_write()->set_etag(etag_);
    command.call = [request](client::Client& client) -> absl::StatusOr<Reply> {
      const auto response = client.Call(&v1::OfficeService::Stub::RenameOffice, request);
      if (!response.ok()) return response.status();
      return Reply{response->commit(), response->office().etag()};
    };
    return command;
  }

  // False if there was no answer.
  bool Send(client::Client& client, Command& command) {
    const absl::StatusOr<Reply> reply = command.call(client);
    if (reply.ok()) {
      command.sent.answer = SentCommand::Answer::kAccepted;
      command.sent.first_position = reply->commit.first_position();
      command.sent.event_count = reply->commit.event_count();
      if (!reply->etag.empty()) etag_ = reply->etag;
      return true;
    }
    const client::ErrorDetails details = client::GetDetails(reply.status());
    if (absl::IsUnavailable(reply.status()) || details.reason.empty()) {
      EXPECT_TRUE(absl::IsUnavailable(reply.status())) << reply.status();
      return false;
    }
    command.sent.answer = SentCommand::Answer::kRefused;
    if (details.unseen_events.has_value()) etag_ = details.unseen_events->etag();
    return true;
  }

  // What was answered is answered the same.
  bool Repeat(client::Client& client, std::uint64_t index) {
    Command again = commands_[index];
    if (!Send(client, again)) return false;
    const SentCommand& before = commands_[index].sent;
    EXPECT_EQ(again.sent.answer, before.answer) << before.request_id;
    EXPECT_EQ(again.sent.first_position, before.first_position) << before.request_id;
    EXPECT_EQ(again.sent.event_count, before.event_count) << before.request_id;
    return true;
  }

  const std::string actor_;
  const int id_;
  std::mt19937_64 random_;
  std::deque<Command> commands_;
  std::uint64_t documents_ = 0;
  std::string etag_ = "1";
};

// Watches from where it was, and keeps what it saw.
class Watcher {
 public:
  void Run(const std::string& address) {
    v1::SubscribeRequest request;
    request.set_from_position(next_);
    const absl::Status ended = NewClient(address)->Subscribe(
        request,
        [this](const v1::SubscribeResponse& message) {
          if (message.has_event()) {
            EXPECT_EQ(message.event().position(), next_);
            const auto id = FromHex(message.event().event_id());
            EXPECT_TRUE(id.ok());
            seen_[message.event().position()] = id.value_or("");
          }
          next_ = message.next_position();
          return true;
        },
        absl::InfiniteFuture(), [](const absl::Status&) { return false; });
    EXPECT_TRUE(absl::IsUnavailable(ended)) << ended;
  }
  const std::map<std::uint64_t, std::string>& seen() const { return seen_; }

 private:
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::string> seen_;
};

TEST(Kill9Test, NothingAcknowledgedOrSeenIsLostOrDoubledOverAHundredKills) {
  TempFolder folder;
  const std::string data = folder / "data";
  std::mt19937_64 random(20210610);
  std::deque<Worker> workers;
  for (int i = 0; i < kWorkers; ++i) workers.emplace_back(i);
  Watcher watcher;

  const auto check = [&](int round) {
    std::vector<SentCommand> sent;
    sent.push_back({"officers/admin", "world-office-ri", SentCommand::Answer::kAccepted, 0, 1});
    for (const Worker& worker : workers) worker.AddSent(sent);
    const auto history = ReadHistory(data + "/log", data + "/anchor", sent);
    ASSERT_TRUE(history.ok()) << "round " << round << ": " << history.status();
    EXPECT_THAT(FindViolations(*history, sent, watcher.seen()), IsEmpty()) << "round " << round;
  };

  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    ServerProcess server(data);
    ASSERT_TRUE(server.serving()) << server.log();
    if (round == 0) MakeOffice(*NewClient(server.address()));
    Acks acks;
    std::vector<std::thread> threads;
    for (Worker& worker : workers) {
      threads.emplace_back([&] { worker.Run(server.address(), acks); });
    }
    threads.emplace_back([&] { watcher.Run(server.address()); });
    acks.WaitForFirstAnd(std::chrono::microseconds(random() % kKillWithinMicros));
    EXPECT_EQ(server.Kill(), -SIGKILL) << server.log();
    for (std::thread& thread : threads) thread.join();
    if (round % 10 == 9) check(round);
    if (testing::Test::HasFailure()) return;
  }

  {
    ServerProcess server(data);
    ASSERT_TRUE(server.serving()) << server.log();
    for (Worker& worker : workers) {
      EXPECT_TRUE(worker.Resolve(*worker.Connect(server.address())));
    }
    EXPECT_EQ(server.Stop(), app::kExitOk) << server.log();
  }
  check(kRounds);
  std::vector<SentCommand> sent;
  for (const Worker& worker : workers) worker.AddSent(sent);
  std::size_t accepted = 0;
  for (const SentCommand& command : sent) {
    EXPECT_NE(command.answer, SentCommand::Answer::kUnknown) << command.request_id;
    accepted += command.answer == SentCommand::Answer::kAccepted ? 1u : 0u;
  }
  EXPECT_GT(accepted, std::size_t{kRounds});
  EXPECT_THAT(watcher.seen(), Not(IsEmpty()));
  std::printf("%d kills: %zu commands sent, %zu accepted, %zu events seen by the watch\n", kRounds,
              sent.size(), accepted, watcher.seen().size());
}

// --- Flipped bits.

TEST(FlipTest, AFlippedBitIsRefusedOrHarmlessAndNeverChangesWhatIsServed) {
  TempFolder folder;
  const std::string data = folder / "data";
  std::vector<std::string> original;
  const auto write = [&](client::Client& client, const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) {
      const auto written = client.Call(&v1::DocumentService::Stub::RegisterDocument,
                                       Document(absl::StrCat(prefix, i), "A title"));
      ASSERT_TRUE(written.ok()) << written.status();
    }
  };
  const auto serialized = [](const std::vector<v1::RecordedEvent>& events) {
    std::vector<std::string> bytes;
    for (const v1::RecordedEvent& event : events) bytes.push_back(event.SerializeAsString());
    return bytes;
  };
  {
    ServerProcess server(data);
    ASSERT_TRUE(server.serving()) << server.log();
    const auto client = NewClient(server.address());
    MakeOffice(*client);
    write(*client, "first-", 60);
    ASSERT_EQ(server.Stop(), app::kExitOk);
  }
  {
    // Opening has put the first into table files; the others stay in the WAL.
    ServerProcess server(data);
    ASSERT_TRUE(server.serving()) << server.log();
    const auto client = NewClient(server.address());
    write(*client, "second-", 60);
    const auto events = AllEvents(*client);
    ASSERT_TRUE(events.ok()) << events.status();
    original = serialized(*events);
    ASSERT_EQ(original.size(), 121u);
    server.Kill();
  }

  std::map<std::string, std::vector<std::string>> files;
  for (const auto& file : std::filesystem::directory_iterator(data + "/log")) {
    const std::string name = file.path().filename().string();
    if (std::filesystem::file_size(file) == 0) continue;
    if (file.path().extension() == ".log") files["WAL"].push_back("log/" + name);
    if (file.path().extension() == ".sst") files["SST"].push_back("log/" + name);
    if (name.rfind("MANIFEST", 0) == 0) files["MANIFEST"].push_back("log/" + name);
  }
  files["anchor"].push_back("anchor");
  ASSERT_EQ(files.size(), 4u) << "a kind of file is missing";

  std::mt19937_64 random(290);
  std::map<std::string, int> verdicts;
  for (const auto& [kind, names] : files) {
    for (int trial = 0; trial < 15; ++trial) {
      const std::string name = names[random() % names.size()];
      const std::string copy = folder / "copy";
      std::filesystem::copy(data, copy, std::filesystem::copy_options::recursive);
      std::string bytes = ReadFile(copy + "/" + name);
      // The WAL's file is longer than what was written.
      const std::size_t end = kind == "WAL" ? bytes.find_last_not_of('\0') + 1 : bytes.size();
      const std::uint64_t bit = random() % (end * 8);
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      WriteFile(copy + "/" + name, bytes);
      SCOPED_TRACE(absl::StrCat("bit ", bit, " of ", name));

      ServerProcess server(copy);
      std::string verdict;
      if (!server.serving()) {
        const int code = server.Wait();
        EXPECT_TRUE(code == app::kExitDataLoss || code == app::kExitCannotStart)
            << code << server.log();
        verdict = "refused";
      } else {
        const auto events = AllEvents(*NewClient(server.address()));
        if (events.ok()) {
          EXPECT_EQ(serialized(*events), original);
          verdict = "served as it was";
        } else {
          verdict = "an error to who reads it";
        }
        server.Kill();
      }
      ++verdicts[absl::StrCat(kind, ": ", verdict)];
      std::filesystem::remove_all(copy);
    }
  }
  for (const auto& [verdict, count] : verdicts) std::printf("%s %d\n", verdict.c_str(), count);
}

// --- A planted bug.

// Acknowledges a record before it is written: the last few are only in memory.
class LateDevice final : public log::LogDevice {
 public:
  explicit LateDevice(std::unique_ptr<log::LogDevice> device) : device_(std::move(device)) {}
  std::uint64_t Tail() const override { return device_->Tail() + late_.size(); }
  absl::Status AppendIf(std::uint64_t expected_tail, const log::LogRecord& record) override {
    if (expected_tail != Tail()) return absl::AbortedError("another tail");
    late_.push_back(record);
    if (late_.size() <= kLate) return absl::OkStatus();
    const absl::Status written = device_->AppendIf(device_->Tail(), late_.front());
    late_.pop_front();
    return written;
  }
  absl::StatusOr<std::optional<std::string>> Get(log::Table table,
                                                 absl::string_view key) const override {
    return device_->Get(table, key);
  }
  std::unique_ptr<log::Cursor> NewCursor(log::Table table) const override {
    return device_->NewCursor(table);
  }

 private:
  static constexpr std::size_t kLate = 4;
  const std::unique_ptr<log::LogDevice> device_;
  std::deque<log::LogRecord> late_;
};

constexpr char kWriter[] = "--writer";
constexpr char kHonest[] = "honest";
constexpr char kAcksBeforeWriting[] = "acks-before-writing";

// Runs in a process of its own: commits for ever, and says on standard error what is acknowledged.
int RunWriter(const std::string& device_kind, const std::string& folder) {
  auto opened = log::RocksDbLogDevice::Open(folder + "/log");
  if (!opened.ok()) return 1;
  std::unique_ptr<log::LogDevice> device = *std::move(opened);
  if (device_kind == kAcksBeforeWriting) device = std::make_unique<LateDevice>(std::move(device));
  log::EventLog::Options options;
  options.anchor_path = folder + "/anchor";
  auto log = log::EventLog::Open(std::move(device), options);
  if (!log.ok()) return 1;
  for (int i = 0;; ++i) {
    event::v1::Envelope envelope;
    envelope.set_request_id(absl::StrCat("r", i));
    log::Commit commit;
    commit.request_key = absl::StrCat("officers/w\n", envelope.request_id());
    log::NewEvent& event = commit.events.emplace_back();
    event.stream = absl::StrCat("offices/", i);
    event.event_type = "jejak.event.v1.OfficeRegistered";
    event.actor = "officers/w";
    event.payload = envelope.SerializeAsString();
    log::Batch batch = (*log)->NewBatch();
    const auto staged = (*log)->Stage(commit, batch);
    if (!staged.ok() || !(*log)->Write(std::move(batch)).ok()) return 1;
    std::fprintf(stderr, "ack %d\n", i);
  }
}

// What the writer acknowledged before it was killed.
std::vector<SentCommand> KillWriter(const std::string& device_kind, const std::string& folder) {
  ChildProcess writer({"/proc/self/exe", kWriter, device_kind, folder});
  writer.WaitForLines(50);
  EXPECT_EQ(writer.End(SIGKILL), -SIGKILL) << writer.output();
  std::vector<SentCommand> sent;
  std::vector<std::string> lines = absl::StrSplit(writer.output(), '\n');
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    sent.push_back({"officers/w", absl::StrCat("r", i), SentCommand::Answer::kAccepted, i, 1});
  }
  // One more may have been on its way.
  sent.push_back({"officers/w", absl::StrCat("r", sent.size()), SentCommand::Answer::kUnknown});
  return sent;
}

TEST(PlantedBugTest, AnAcknowledgementBeforeTheWriteIsSeenByTheCheckerAndByTheAnchor) {
  TempFolder folder;
  const std::vector<SentCommand> sent = KillWriter(kAcksBeforeWriting, folder.path());
  ASSERT_GE(sent.size(), 50u);
  EXPECT_TRUE(absl::IsDataLoss(ReadHistory(folder / "log", folder / "anchor", sent).status()));
  // Without the anchor the log opens as if nothing were missing.
  const auto history = ReadHistory(folder / "log", "", sent);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_LT(history->events.size(), sent.size() - 1);
  EXPECT_THAT(FindViolations(*history, sent, {}), Not(IsEmpty()));
}

TEST(PlantedBugTest, TheSameWriterWithoutTheBugPasses) {
  TempFolder folder;
  const std::vector<SentCommand> sent = KillWriter(kHonest, folder.path());
  const auto history = ReadHistory(folder / "log", folder / "anchor", sent);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_THAT(FindViolations(*history, sent, {}), IsEmpty());
}

TEST(HistoryCheckerTest, EveryKindOfViolationIsSeen) {
  using Answer = SentCommand::Answer;
  const std::vector<SentCommand> sent = {{"a", "1", Answer::kAccepted, 0, 2},
                                         {"a", "2", Answer::kRefused},
                                         {"b", "1", Answer::kUnknown},
                                         {"b", "2", Answer::kAccepted, 0, 0}};
  const LoggedHistory good = {
      {{0, "a", "1", "s", 1, "e0"}, {1, "a", "1", "t", 1, "e1"}, {2, "b", "1", "s", 2, "e2"}},
      {{{"a", "1"}, 2}, {{"a", "2"}, -1}, {{"b", "1"}, 1}, {{"b", "2"}, 0}}};
  const std::map<std::uint64_t, std::string> seen = {{0, "e0"}, {2, "e2"}};
  EXPECT_THAT(FindViolations(good, sent, seen), IsEmpty());

  const auto broken = [&](const std::function<void(LoggedHistory&)>& damage) {
    LoggedHistory history = good;
    damage(history);
    return FindViolations(history, sent, seen);
  };
  using History = LoggedHistory;
  EXPECT_THAT(broken([](History& h) { h.events.pop_back(); }), Not(IsEmpty()));
  EXPECT_THAT(broken([](History& h) { h.events[1].position = 5; }), Not(IsEmpty()));
  EXPECT_THAT(broken([](History& h) { h.events[2].revision = 3; }), Not(IsEmpty()));
  EXPECT_THAT(broken([](History& h) { h.events[2].event_id = "x"; }), Not(IsEmpty()));
  EXPECT_THAT(broken([](History& h) { h.events[1].request_id = "2"; }), Not(IsEmpty()));
  EXPECT_THAT(broken([](History& h) { h.events[1].request_id = "9"; }), Not(IsEmpty()));
  EXPECT_THAT(broken([](History& h) { std::swap(h.events[1], h.events[2]); }), Not(IsEmpty()));
  EXPECT_THAT(broken([](History& h) { h.outcomes.erase({"b", "2"}); }), Not(IsEmpty()));
  EXPECT_THAT(broken([](History& h) { h.outcomes.erase({"a", "1"}); }), Not(IsEmpty()));
  EXPECT_THAT(broken([](History& h) { h.outcomes[{"b", "2"}] = -1; }), Not(IsEmpty()));
  EXPECT_THAT(broken([](History& h) {
                h.events.push_back({3, "b", "1", "s", 3, "e3"});
                h.events.push_back({4, "a", "1", "s", 4, "e4"});
              }),
              Not(IsEmpty()));
}

}  // namespace
}  // namespace jejak::test

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == jejak::test::kWriter) {
    return jejak::test::RunWriter(argv[2], argv[3]);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
