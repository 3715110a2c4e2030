// SPDX-License-Identifier: Apache-2.0
//
// File: log_testing.h
//
// What the tests of the log share: a folder that goes away, stores that outlive their devices, and
// short ways to write commits.

#ifndef JEJAK_TESTS_UNIT_SERVER_LOG_LOG_TESTING_H_
#define JEJAK_TESTS_UNIT_SERVER_LOG_LOG_TESTING_H_

#include "server/log/event_log.h"
#include "server/log/memory_log_device.h"
#include "server/log/rocksdb_log_device.h"
#include "tests/support/temp_folder.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jejak::log {

using test::ReadFile;
using test::TempFolder;
using test::WriteFile;

// A store that outlives the devices over it, one at a time.
class TestStore {
 public:
  virtual ~TestStore() = default;
  virtual std::unique_ptr<LogDevice> Open() = 0;
};

class MemoryTestStore final : public TestStore {
 public:
  std::unique_ptr<LogDevice> Open() override { return std::make_unique<MemoryLogDevice>(store_); }

 private:
  std::shared_ptr<MemoryLogDevice::Store> store_ = MemoryLogDevice::NewStore();
};

class RocksDbTestStore final : public TestStore {
 public:
  std::unique_ptr<LogDevice> Open() override {
    auto device = RocksDbLogDevice::Open(folder_ / "log");
    EXPECT_TRUE(device.ok()) << device.status();
    return *std::move(device);
  }

 private:
  TempFolder folder_;
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<TestStore>()> make;
};

inline std::vector<StoreKind> AllStores() {
  return {{"Memory", [] { return std::make_unique<MemoryTestStore>(); }},
          {"RocksDb", [] { return std::make_unique<RocksDbTestStore>(); }}};
}

inline NewEvent MakeEvent(const std::string& stream, const std::string& payload) {
  NewEvent event;
  event.stream = stream;
  event.event_type = "jejak.event.v1.Tested";
  event.actor = "officers/tester";
  event.payload = payload;
  return event;
}

inline Commit MakeCommit(const std::string& request_key, std::vector<NewEvent> events) {
  Commit commit;
  commit.request_key = request_key;
  commit.events = std::move(events);
  return commit;
}

// Stages and writes one commit in a batch of its own.
inline absl::StatusOr<Staged> Append(EventLog& log, const Commit& commit) {
  Batch batch = log.NewBatch();
  absl::StatusOr<Staged> staged = log.Stage(commit, batch);
  if (!staged.ok()) return staged;
  if (absl::Status status = log.Write(std::move(batch)); !status.ok()) return status;
  return staged;
}

inline std::vector<RecordedEvent> ScanAll(const EventLog& log) {
  std::vector<RecordedEvent> events;
  const absl::Status status = log.Scan(0, log.DurableSize(), [&](const RecordedEvent& event) {
    events.push_back(event);
    return true;
  });
  EXPECT_TRUE(status.ok()) << status;
  return events;
}

}  // namespace jejak::log

#endif  // JEJAK_TESTS_UNIT_SERVER_LOG_LOG_TESTING_H_
