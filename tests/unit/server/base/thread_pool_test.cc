// SPDX-License-Identifier: Apache-2.0

#include "server/base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <thread>

namespace jejak {
namespace {

TEST(ThreadPoolTest, AJobRunsOnAnotherThread) {
  ThreadPool pool(1, 4);
  std::promise<std::thread::id> id;
  ASSERT_TRUE(pool.TryPost([&id] { id.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(id.get_future().get(), std::this_thread::get_id());
}

TEST(ThreadPoolTest, AFullQueueRefusesAndTakesAgainLater) {
  std::promise<void> started;
  std::promise<void> release;
  std::promise<void> last_ran;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<int> ran{0};
  ThreadPool pool(1, 2);
  ASSERT_TRUE(pool.TryPost([&] {
    started.set_value();
    released.wait();
  }));
  // Only now is the queue empty for sure.
  started.get_future().wait();
  ASSERT_TRUE(pool.TryPost([&] { ++ran; }));
  ASSERT_TRUE(pool.TryPost([&] { last_ran.set_value(); }));
  auto token = std::make_shared<int>(7);
  EXPECT_FALSE(pool.TryPost([&ran, token] { ran += *token; }));
  EXPECT_EQ(token.use_count(), 1) << "a job that was not taken is kept";
  release.set_value();
  last_ran.get_future().wait();
  EXPECT_EQ(ran, 1);
  std::promise<void> again;
  ASSERT_TRUE(pool.TryPost([&] { again.set_value(); }));
  again.get_future().wait();
}

TEST(ThreadPoolTest, TheEndRunsWhatIsQueued) {
  std::atomic<int> ran{0};
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::optional<ThreadPool> pool;
  pool.emplace(2, 100);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(pool->TryPost([&ran, released] {
      released.wait();
      ++ran;
    }));
  }
  release.set_value();
  pool.reset();
  EXPECT_EQ(ran, 50);
}

}  // namespace
}  // namespace jejak
