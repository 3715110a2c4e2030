// SPDX-License-Identifier: Apache-2.0
//
// File: memory_log_device.h
//
// A LogDevice in memory, for tests. The store can outlive the device, as a disk does, and
// appends can be made to fail or to wait.

#ifndef JEJAK_SERVER_LOG_MEMORY_LOG_DEVICE_H_
#define JEJAK_SERVER_LOG_MEMORY_LOG_DEVICE_H_

#include "server/base/mutex.h"
#include "server/log/log_device.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace jejak::log {

class MemoryLogDevice final : public LogDevice {
 public:
  // The "disk". Opaque; give it to a new device to "restart".
  class Store;
  static std::shared_ptr<Store> NewStore();

  MemoryLogDevice() : MemoryLogDevice(NewStore()) {}
  explicit MemoryLogDevice(std::shared_ptr<Store> store);
  ~MemoryLogDevice() override;

  std::uint64_t Tail() const override;
  absl::Status AppendIf(std::uint64_t expected_tail, const LogRecord& record) override;
  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) const override;
  std::unique_ptr<Cursor> NewCursor(Table table) const override;

  // The next append answers UNAVAILABLE, and so the device takes no more. If `stored`, the record
  // was written all the same.
  void FailNextAppend(bool stored = false);
  // `hook` is called at the start of every append, on its thread and without a lock; it may wait.
  // Null: none.
  void SetAppendHook(std::function<void()> hook);

 private:
  enum class Fault { kNone, kNotStored, kStored };

  const std::shared_ptr<Store> store_;
  Mutex mutex_;
  Fault next_ ABSL_GUARDED_BY(mutex_) = Fault::kNone;
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> hook_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_MEMORY_LOG_DEVICE_H_
