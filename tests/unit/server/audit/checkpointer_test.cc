// SPDX-License-Identifier: Apache-2.0

#include "server/audit/checkpointer.h"

#include "tests/unit/server/log/log_testing.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jejak::audit {
namespace {

using log::TempFolder;

Signer MakeSigner(const std::string& name = "example.org/log", char seed = 'k') {
  return *Signer::FromSeed(name, KeyType::kEd25519, Key(std::string(32, seed)));
}

class CheckpointerTest : public testing::Test {
 protected:
  CheckpointerTest() { Reopen(); }

  void Reopen() {
    checkpointer_.reset();
    log_.reset();
    log_ = *log::EventLog::Open(std::make_unique<log::MemoryLogDevice>(store_), {});
  }
  void Add(int count, const std::string& payload = "x") {
    MutexLock lock(mutex_);
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(log::Append(*log_, log::MakeCommit("", {log::MakeEvent("a", payload)})).ok());
    }
  }
  // As the sequencer does it, on the thread of the checkpointer.
  absl::Status Store(std::uint64_t size, const std::string& note) {
    MutexLock lock(mutex_);
    stored_.push_back(size);
    signed_when_stored_.push_back(test::ReadFile(SignedPath()));
    if (!store_status_.ok()) return store_status_;
    log::Batch batch = log_->NewBatch();
    if (absl::Status staged = log_->StageCheckpoint(size, note, batch); !staged.ok()) return staged;
    return log_->Write(std::move(batch));
  }
  std::string SignedPath() const { return folder_ / "signed"; }
  Checkpointer::Options Options() {
    Checkpointer::Options options;
    options.log = log_.get();
    options.signer = MakeSigner();
    options.signed_path = SignedPath();
    options.store = [this](std::uint64_t size, const std::string& note, const auto& done) {
      done(Store(size, note));
    };
    options.interval = absl::ZeroDuration();
    options.on_failure = [this](const absl::Status&) { ++failures_; };
    return options;
  }
  void Start(Checkpointer::Options options) {
    auto opened = Checkpointer::Open(std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.status();
    checkpointer_ = *std::move(opened);
    checkpointer_->Start();
  }
  absl::Status WaitFor(std::uint64_t size, absl::Time deadline = absl::InfiniteFuture()) {
    return Later(size, deadline).get();
  }
  std::future<absl::Status> Later(std::uint64_t size, absl::Time deadline) {
    auto promise = std::make_shared<std::promise<absl::Status>>();
    checkpointer_->WhenSigned(size, deadline,
                              [promise](absl::Status status) { promise->set_value(status); });
    return promise->get_future();
  }

  TempFolder folder_;
  std::shared_ptr<log::MemoryLogDevice::Store> store_ = log::MemoryLogDevice::NewStore();
  Mutex mutex_;
  std::unique_ptr<log::EventLog> log_;
  absl::Status store_status_;
  std::vector<std::uint64_t> stored_;
  std::vector<std::string> signed_when_stored_;
  std::atomic<int> failures_{0};
  std::unique_ptr<Checkpointer> checkpointer_;
};

TEST_F(CheckpointerTest, WhatIsSignedIsTheTreeOfTheLogUnderItsKey) {
  Start(Options());
  EXPECT_FALSE(checkpointer_->Latest().has_value());
  EXPECT_EQ(checkpointer_->SignedSize(), 0u);
  for (const int more : {1, 2, 300}) {
    Add(more);
    checkpointer_->Wake();
    ASSERT_TRUE(WaitFor(log_->DurableSize()).ok());
    const SignedCheckpoint latest = *checkpointer_->Latest();
    EXPECT_EQ(latest.checkpoint.size, log_->DurableSize());
    EXPECT_EQ(latest.checkpoint.root, log_->DurableRoot());
    EXPECT_EQ(latest.checkpoint.origin, "example.org/log");
    const std::vector<VerifierKey> known = {MakeSigner().key()};
    EXPECT_TRUE(VerifyNote(latest.note, known).ok());
    EXPECT_EQ((*log_->LastCheckpoint())->note, FormatNote(latest.note));
  }
}

TEST_F(CheckpointerTest, WhatIsAboutToBeSignedIsOnDiskBefore) {
  Start(Options());
  Add(3);
  ASSERT_TRUE(WaitFor(3).ok());
  checkpointer_->Stop();
  ASSERT_FALSE(stored_.empty());
  for (std::size_t i = 0; i < stored_.size(); ++i) {
    const absl::StatusOr<Checkpoint> before = ParseCheckpoint(signed_when_stored_[i]);
    ASSERT_TRUE(before.ok()) << before.status();
    EXPECT_EQ(before->size, stored_[i]);
  }
}

TEST_F(CheckpointerTest, WithinTheIntervalOnlyWhatIsWaitedForIsSigned) {
  Checkpointer::Options options = Options();
  options.interval = absl::InfiniteDuration();
  Start(std::move(options));
  Add(1);
  ASSERT_TRUE(WaitFor(1).ok());
  Add(1);
  checkpointer_->Wake();
  Add(3);
  checkpointer_->Wake();
  ASSERT_TRUE(WaitFor(4).ok());
  ASSERT_TRUE(WaitFor(2).ok()) << "at once";
  checkpointer_->Stop();
  EXPECT_EQ(stored_, (std::vector<std::uint64_t>{1, 5})) << "all that is durable";
}

TEST_F(CheckpointerTest, ARestartGoesOn) {
  Start(Options());
  Add(5);
  ASSERT_TRUE(WaitFor(5).ok());
  Reopen();
  Start(Options());
  EXPECT_TRUE(checkpointer_->Refusal().ok());
  EXPECT_EQ(checkpointer_->SignedSize(), 5u);
  Add(1);
  ASSERT_TRUE(WaitFor(6).ok());
}

TEST_F(CheckpointerTest, ACrashAfterTheFileWasWrittenLosesNothing) {
  Add(5);
  store_status_ = absl::UnavailableError("crashed");
  Start(Options());
  EXPECT_TRUE(absl::IsUnavailable(WaitFor(5)));
  checkpointer_->Stop();
  EXPECT_EQ(failures_, 1);
  EXPECT_FALSE(checkpointer_->Failure().ok());
  EXPECT_TRUE(absl::IsUnavailable(WaitFor(5))) << "and stays so";
  Reopen();
  store_status_ = absl::OkStatus();
  Start(Options());
  ASSERT_TRUE(checkpointer_->Refusal().ok());
  EXPECT_TRUE(WaitFor(5).ok());
}

TEST_F(CheckpointerTest, AnOlderCopyOfTheLogIsNeitherSignedNorWritten) {
  Start(Options());
  Add(5);
  ASSERT_TRUE(WaitFor(5).ok());
  checkpointer_.reset();
  store_ = log::MemoryLogDevice::NewStore();
  Reopen();
  Add(4);
  Start(Options());
  EXPECT_TRUE(absl::IsFailedPrecondition(checkpointer_->Refusal())) << checkpointer_->Refusal();
  EXPECT_NE(checkpointer_->Refusal().message().find("4 events, but 5 were signed"),
            std::string::npos);
  const std::size_t stored = stored_.size();
  EXPECT_TRUE(absl::IsUnavailable(WaitFor(4)));
  // It does not help that it grows past what was signed.
  Add(4);
  Reopen();
  Start(Options());
  EXPECT_TRUE(absl::IsFailedPrecondition(checkpointer_->Refusal())) << "another history";
  EXPECT_TRUE(absl::IsUnavailable(WaitFor(8)));
  EXPECT_EQ(stored_.size(), stored);
}

TEST_F(CheckpointerTest, TheFileAndTheNotesOfAnotherOriginAreRefused) {
  Start(Options());
  Add(1);
  ASSERT_TRUE(WaitFor(1).ok());
  checkpointer_.reset();
  Checkpointer::Options options = Options();
  options.signer = MakeSigner("example.org/other");
  EXPECT_TRUE(absl::IsInvalidArgument(Checkpointer::Open(options).status()));
  options.signer = MakeSigner("example.org/log", 'x');
  EXPECT_TRUE(absl::IsInvalidArgument(Checkpointer::Open(options).status())) << "another key";
  options.signer = MakeSigner("example.org/other");
  store_ = log::MemoryLogDevice::NewStore();
  Reopen();
  options.log = log_.get();
  EXPECT_TRUE(absl::IsInvalidArgument(Checkpointer::Open(options).status()));
  test::WriteFile(SignedPath(), "no checkpoint");
  EXPECT_TRUE(absl::IsInvalidArgument(Checkpointer::Open(Options()).status()));
}

TEST_F(CheckpointerTest, TheEndCancelsWhoWaitsAndSoDoesAServerThatStops) {
  Start(Options());
  std::future<absl::Status> first = Later(7, absl::InfiniteFuture());
  checkpointer_->StopWaiting();
  EXPECT_TRUE(absl::IsCancelled(first.get()));
  EXPECT_TRUE(absl::IsCancelled(WaitFor(7)));
  Reopen();
  Start(Options());
  std::future<absl::Status> second = Later(7, absl::InfiniteFuture());
  checkpointer_.reset();
  EXPECT_TRUE(absl::IsCancelled(second.get()));
}

TEST_F(CheckpointerTest, ADeadlineIsKept) {
  Start(Options());
  EXPECT_TRUE(absl::IsDeadlineExceeded(WaitFor(7, absl::InfinitePast())));
}

TEST_F(CheckpointerTest, OnlySoManyWait) {
  Start(Options());
  for (std::size_t i = 0; i < limits::kCheckpointWaitersMax; ++i) {
    checkpointer_->WhenSigned(7, absl::InfiniteFuture(), [](const absl::Status&) {});
  }
  EXPECT_TRUE(absl::IsResourceExhausted(WaitFor(7)));
}

}  // namespace
}  // namespace jejak::audit
