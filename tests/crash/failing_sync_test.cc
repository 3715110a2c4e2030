// SPDX-License-Identifier: Apache-2.0
//
// The disk says that a sync failed. What was written may be lost and a second sync may lie, so
// jejakd acknowledges nothing more and ends with an exit code of its own; what it had acknowledged
// is there when it starts again.

#include "server/app/app.h"
#include "tests/support/server_process.h"
#include "tests/support/world.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace jejak::test {
namespace {

constexpr std::size_t kWriters = 4;

// jejakd whose syncs fail once the file `marker` exists.
class PreloadedServer {
 public:
  PreloadedServer(const std::string& data, const std::string& marker)
      : environment_(marker), process_(data) {}
  ServerProcess& operator*() { return process_; }
  ServerProcess* operator->() { return &process_; }

 private:
  struct Environment {
    explicit Environment(const std::string& marker) {
      ::setenv("LD_PRELOAD", ProgramPath("libfailing_sync.so").c_str(), 1);
      ::setenv("JEJAK_FAIL_SYNC", marker.c_str(), 1);
      // AddressSanitizer wants to be first, and need not be here.
      ::setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
    }
    ~Environment() {
      ::unsetenv("LD_PRELOAD");
      ::unsetenv("JEJAK_FAIL_SYNC");
      ::unsetenv("ASAN_OPTIONS");
    }
  };
  const Environment environment_;
  ServerProcess process_;
};

absl::Status Register(client::Client& client, const std::string& id) {
  return client.Call(&v1::DocumentService::Stub::RegisterDocument, Document(id, "A title", id))
      .status();
}

TEST(FailingSyncTest, AfterTheFirstFailedSyncNothingIsAcknowledgedAndTheServerEnds) {
  TempFolder folder;
  const std::string data = folder / "data";
  const std::string marker = folder / "syncs-fail";
  std::set<std::string> acknowledged;
  {
    PreloadedServer server(data, marker);
    ASSERT_TRUE(server->serving()) << server->log();
    const auto client = NewClient(server->address());
    MakeOffice(*client);
    for (int i = 0; i < 20; ++i) {
      const std::string id = absl::StrCat("before-", i);
      ASSERT_EQ(Register(*client, id), absl::OkStatus());
      acknowledged.insert(id);
    }

    WriteFile(marker, "");
    std::vector<absl::Status> after(kWriters);
    std::vector<std::thread> writers;
    for (std::size_t i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        after[i] = Register(*NewClient(server->address()), absl::StrCat("after-", i));
      });
    }
    for (std::thread& writer : writers) writer.join();
    for (const absl::Status& status : after) EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_EQ(server->Wait(), app::kExitDiskFailed) << server->log();
  }

  // On a sound disk again: nothing is missing, and what had no answer is there once or not at all.
  ServerProcess server(data);
  ASSERT_TRUE(server.serving()) << server.log();
  const auto client = NewClient(server.address());
  const auto events = AllEvents(*client);
  ASSERT_TRUE(events.ok()) << events.status();
  EXPECT_GE(events->size(), 1 + acknowledged.size());
  std::set<std::string> streams;
  for (const v1::RecordedEvent& event : *events) {
    EXPECT_TRUE(streams.insert(event.stream()).second) << event.stream() << " stands twice";
  }
  for (const std::string& id : acknowledged) {
    EXPECT_EQ(streams.count(absl::StrCat("offices/ri/documents/", id)), 1u) << id;
  }
  for (std::size_t i = 0; i < kWriters; ++i) {
    EXPECT_EQ(Register(*client, absl::StrCat("after-", i)), absl::OkStatus());
  }
  EXPECT_EQ(server.Stop(), app::kExitOk) << server.log();
}

}  // namespace
}  // namespace jejak::test
