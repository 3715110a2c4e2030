// SPDX-License-Identifier: Apache-2.0
//
// A log of some hundred events is damaged in one place: a bit, a cut, a zeroed sector, a file that
// is gone. Opening it and reading everything must give an error, or exactly what was written.
//
// RocksDB runs in child processes only: on some errors it stops the process (Debian builds it with
// assertions), which is a refusal too; and so this process can fork.

#include "server/log/open_log.h"
#include "tests/unit/server/log/log_testing.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jejak::log {
namespace {

namespace fs = std::filesystem;

constexpr int kCommits = 240;
constexpr int kStreams = 7;
constexpr int kTrialsPerLog = 200;
constexpr std::uint64_t kSeed = 20261122;
// Enough for all; RocksDB reserves as much for each new WAL.
constexpr RocksDbLogDevice::Options kDeviceOptions{.write_buffer_bytes = 1 << 20};

enum Verdict : int { kRefused = 10, kExact = 11, kReadError = 12, kSilent = 13, kBroken = 14 };

EventLog::Options MakeOptions(const std::string& folder, bool anchored) {
  EventLog::Options options;
  if (anchored) options.anchor_path = folder + "/anchor";
  return options;
}

// Everything that can be read of the log, as one string.
absl::StatusOr<std::string> Dump(EventLog& log) {
  std::string all = absl::StrCat(log.log_id(), " ", log.DurableSize(), "\n");
  const auto add = [&](const RecordedEvent& event) {
    absl::StrAppend(&all, AsBytes(event.leaf_hash), event.payload, "\n");
    return true;
  };
  absl::Status status = log.Scan(0, std::numeric_limits<std::uint64_t>::max(), add);
  for (int i = 0; i < kStreams && status.ok(); ++i) {
    absl::StrAppend(&all, "stream ", i, "\n");
    status = log.ScanStream(absl::StrCat("streams/", i), 1,
                            std::numeric_limits<std::uint64_t>::max(), add);
  }
  if (!status.ok()) return status;
  for (int i = 0; i < kCommits; ++i) {
    const auto claim = log.FindClaim(absl::StrCat("claims/", i));
    if (!claim.ok()) return claim.status();
    const auto outcome = log.ReadOutcome(absl::StrCat("requests/", i));
    if (!outcome.ok()) return outcome.status();
    absl::StrAppend(&all, i, claim->value_or("-"), " ",
                    outcome->has_value() ? (*outcome)->SerializeAsString() : "-", "\n");
  }
  return all;
}

// Fills a new log; half of it in table files if `flushed`, the rest in the WAL only.
int Fill(const std::string& folder, bool flushed) {
  auto device = RocksDbLogDevice::Open(folder + "/log", kDeviceOptions);
  if (!device.ok()) return kBroken;
  RocksDbLogDevice* const raw = device->get();
  auto log = EventLog::Open(*std::move(device), MakeOptions(folder, true));
  if (!log.ok()) return kBroken;
  for (int i = 0; i < kCommits; ++i) {
    Commit commit = MakeCommit(absl::StrCat("requests/", i), {});
    commit.outcome.set_request_digest(std::string(32, 'd'));
    if (i % 5 == 4) {
      commit.outcome.set_refusal("refused");
    } else {
      for (int j = 0; j < 1 + i % 3; ++j) {
        commit.events.push_back(
            MakeEvent(absl::StrCat("streams/", (i + j) % kStreams), absl::StrCat("payload ", i)));
      }
      commit.claims = {{absl::StrCat("claims/", i), "h"}};
      if (i > 10 && i % 4 == 0) commit.claims.push_back({absl::StrCat("claims/", i - 3), {}});
    }
    if (!Append(**log, commit).ok()) return kBroken;
    if (flushed && (i == kCommits / 4 || i == kCommits / 2) && !raw->Flush().ok()) return kBroken;
  }
  const absl::StatusOr<std::string> dump = Dump(**log);
  if (!dump.ok()) return kBroken;
  WriteFile(folder + "/expected", *dump);
  return kExact;
}

int OpenAndCompare(const std::string& folder, bool anchored, const std::string& expected) {
  absl::StatusOr<std::unique_ptr<EventLog>> log =
      OpenLog(folder + "/log", MakeOptions(folder, anchored), kDeviceOptions);
  if (!log.ok()) return kRefused;
  const absl::StatusOr<std::string> dump = Dump(**log);
  if (!dump.ok()) return kReadError;
  return *dump == expected ? kExact : kSilent;
}

// Runs `body` in a child process, and gives what it returned, or kRefused if it was stopped.
int InChild(const std::function<int()>& body) {
  const pid_t child = ::fork();
  JEJAK_CHECK(child >= 0);
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::_exit(body());
  }
  int status = 0;
  JEJAK_CHECK(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : int{kRefused};
}

struct Damage {
  std::string file;  // Relative to the folder.
  enum Kind { kFlip, kCut, kZero, kDelete } kind = kFlip;
  std::size_t at = 0;
  int bit = 0;

  std::string ToString() const {
    static constexpr const char* kNames[] = {"bit flipped", "cut", "sector zeroed", "deleted"};
    return absl::StrCat(file, " ", kNames[kind], " at ", at, " bit ", bit);
  }
};

void Apply(const Damage& damage, const std::string& folder) {
  const std::string path = folder + "/" + damage.file;
  if (damage.kind == Damage::kDelete) {
    fs::remove(path);
    return;
  }
  std::string bytes = ReadFile(path);
  if (damage.kind == Damage::kFlip) {
    bytes[damage.at] = static_cast<char>(bytes[damage.at] ^ (1 << damage.bit));
  } else if (damage.kind == Damage::kCut) {
    bytes.resize(damage.at);
  } else {
    const std::size_t begin = damage.at / 512 * 512;
    const std::size_t size = std::min<std::size_t>(512, bytes.size() - begin);
    bytes.replace(begin, size, size, '\0');
  }
  WriteFile(path, bytes);
}

class CorruptionTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    ASSERT_EQ(InChild([&] { return Fill(original_, GetParam()); }), kExact);
    expected_ = ReadFile(original_ + "/expected");
    for (const auto& file : fs::directory_iterator(original_ + "/log")) {
      if (file.file_size() > 0) {
        sizes_[absl::StrCat("log/", file.path().filename().string())] = file.file_size();
      }
    }
    sizes_["anchor"] = fs::file_size(original_ + "/anchor");
  }

  // A copy of the log with the damage.
  void Restore(const Damage& damage) {
    fs::remove_all(copy_);
    fs::copy(original_, copy_, fs::copy_options::recursive);
    Apply(damage, copy_);
  }
  int Try(const Damage& damage, bool anchored) {
    Restore(damage);
    return InChild([&] { return OpenAndCompare(copy_, anchored, expected_); });
  }
  std::string LargestWal() const {
    std::string largest;
    for (const auto& [name, size] : sizes_) {
      if (fs::path(name).extension() == ".log" && (largest.empty() || size > sizes_.at(largest))) {
        largest = name;
      }
    }
    return largest;
  }

  // In memory where there is such a place: what a sync does is of no concern here.
  TempFolder folder_{fs::exists("/dev/shm") ? "/dev/shm" : testing::TempDir()};
  const std::string original_ = [this] {
    fs::create_directory(folder_ / "original");
    return folder_ / "original";
  }();
  const std::string copy_ = folder_ / "copy";
  std::string expected_;
  std::map<std::string, std::size_t> sizes_;
  std::mt19937_64 random_{kSeed};
};

INSTANTIATE_TEST_SUITE_P(Logs, CorruptionTest, testing::Bool(), [](const auto& log) {
  return std::string(log.param ? "WithTableFiles" : "InTheWalOnly");
});

TEST_P(CorruptionTest, DamageIsNeverServed) {
  std::vector<std::string> files;
  for (const auto& [name, size] : sizes_) files.push_back(name);
  std::map<int, int> verdicts;
  std::vector<Damage> damages;
  for (const std::string& file : files) damages.push_back({file, Damage::kDelete, 0, 0});
  while (damages.size() < kTrialsPerLog) {
    Damage damage;
    damage.file = files[random_() % files.size()];
    damage.kind = static_cast<Damage::Kind>(random_() % 3);
    damage.at = random_() % sizes_.at(damage.file);
    damage.bit = static_cast<int>(random_() % 8);
    damages.push_back(damage);
  }
  for (const Damage& damage : damages) {
    const int verdict = Try(damage, /*anchored=*/true);
    EXPECT_TRUE(verdict == kRefused || verdict == kReadError || verdict == kExact)
        << damage.ToString() << ": " << verdict;
    ++verdicts[verdict];
  }
  // Both ends were met: damage that matters, and damage that does not (RocksDB's own LOG).
  EXPECT_GT(verdicts[kRefused], 0);
  EXPECT_GT(verdicts[kExact], 0);
}

// Shows that the test above can see what it looks for.
TEST_P(CorruptionTest, WithoutTheAnchorEventsAreLostInSilence) {
  int silent = 0;
  for (int i = 0; i < 10; ++i) {
    const std::string wal = LargestWal();
    const Damage damage{wal, Damage::kFlip, random_() % sizes_.at(wal), 3};
    if (Try(damage, /*anchored=*/false) == kSilent) ++silent;
    EXPECT_EQ(Try(damage, /*anchored=*/true), kRefused) << damage.ToString();
  }
  EXPECT_GT(silent, 5);
}

// What was refused can still be repaired: the refusal has not dropped what lies behind the damage.
TEST_P(CorruptionTest, ARefusedLogKeepsItsBytes) {
  const std::string wal = LargestWal();
  const Damage damage{wal, Damage::kFlip, sizes_.at(wal) / 2, 5};
  ASSERT_EQ(Try(damage, /*anchored=*/true), kRefused);
  ASSERT_EQ(InChild([&] { return OpenAndCompare(copy_, true, expected_); }), kRefused);
  Apply(damage, copy_);
  EXPECT_EQ(InChild([&] { return OpenAndCompare(copy_, true, expected_); }), kExact);
}

}  // namespace
}  // namespace jejak::log
