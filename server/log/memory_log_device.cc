// SPDX-License-Identifier: Apache-2.0

#include "server/log/memory_log_device.h"

#include "absl/strings/str_cat.h"

#include <array>
#include <iterator>
#include <map>
#include <utility>

namespace jejak::log {

// Each key keeps its values by the tail they were written at, so that a cursor sees one state.
class MemoryLogDevice::Store {
 public:
  using Versions = std::map<std::uint64_t, std::optional<std::string>>;
  using Rows = std::map<std::string, Versions, std::less<>>;

  std::uint64_t Tail() const {
    MutexLock lock(mutex_);
    return tail_;
  }

  void Apply(const LogRecord& record) {
    MutexLock lock(mutex_);
    ++tail_;
    for (const Cell& cell : record.cells) {
      Rows& rows = tables_[static_cast<std::size_t>(cell.table)];
      Versions& versions = rows[cell.key];
      if (cursors_ == 0) versions.clear();
      versions[tail_] = cell.value;
    }
  }

  std::optional<std::string> Get(Table table, absl::string_view key) const {
    MutexLock lock(mutex_);
    const Rows& rows = tables_[static_cast<std::size_t>(table)];
    auto row = rows.find(std::string(key));
    if (row == rows.end() || row->second.empty()) return std::nullopt;
    return row->second.rbegin()->second;
  }

 private:
  friend class MemoryCursor;

  mutable Mutex mutex_;
  std::uint64_t tail_ ABSL_GUARDED_BY(mutex_) = 0;
  int cursors_ ABSL_GUARDED_BY(mutex_) = 0;
  std::array<Rows, kTableCount> tables_ ABSL_GUARDED_BY(mutex_);
};

class MemoryCursor final : public Cursor {
 public:
  using Store = MemoryLogDevice::Store;

  MemoryCursor(std::shared_ptr<Store> store, Table table)
      : store_(std::move(store)), table_(static_cast<std::size_t>(table)) {
    MutexLock lock(store_->mutex_);
    as_of_ = store_->tail_;
    ++store_->cursors_;
  }
  ~MemoryCursor() override {
    MutexLock lock(store_->mutex_);
    --store_->cursors_;
  }

  void Seek(absl::string_view key) override {
    MutexLock lock(store_->mutex_);
    const Store::Rows& rows = store_->tables_[table_];
    Forward(rows, rows.lower_bound(std::string(key)));
  }
  void SeekForPrev(absl::string_view key) override {
    MutexLock lock(store_->mutex_);
    const Store::Rows& rows = store_->tables_[table_];
    Backward(rows, rows.upper_bound(std::string(key)));
  }
  void Next() override {
    MutexLock lock(store_->mutex_);
    const Store::Rows& rows = store_->tables_[table_];
    Forward(rows, rows.upper_bound(key_));
  }
  void Prev() override {
    MutexLock lock(store_->mutex_);
    const Store::Rows& rows = store_->tables_[table_];
    Backward(rows, rows.lower_bound(key_));
  }
  bool Valid() const override { return valid_; }
  absl::string_view key() const override { return key_; }
  absl::string_view value() const override { return value_; }
  absl::Status status() const override { return absl::OkStatus(); }

 private:
  // Stands on `row` if it existed as of the cursor's state.
  bool Take(Store::Rows::const_iterator row) {
    auto after = row->second.upper_bound(as_of_);
    if (after == row->second.begin()) return false;
    const std::optional<std::string>& value = std::prev(after)->second;
    if (!value.has_value()) return false;
    key_ = row->first;
    value_ = *value;
    return true;
  }
  void Forward(const Store::Rows& rows, Store::Rows::const_iterator row) {
    while (row != rows.end() && !Take(row)) ++row;
    valid_ = row != rows.end();
  }
  // To the last row before `row`.
  void Backward(const Store::Rows& rows, Store::Rows::const_iterator row) {
    valid_ = false;
    while (!valid_ && row != rows.begin()) valid_ = Take(--row);
  }

  const std::shared_ptr<Store> store_;
  const std::size_t table_;
  std::uint64_t as_of_ = 0;
  bool valid_ = false;
  std::string key_;
  std::string value_;
};

std::shared_ptr<MemoryLogDevice::Store> MemoryLogDevice::NewStore() {
  return std::make_shared<Store>();
}

MemoryLogDevice::MemoryLogDevice(std::shared_ptr<Store> store) : store_(std::move(store)) {}

MemoryLogDevice::~MemoryLogDevice() = default;

std::uint64_t MemoryLogDevice::Tail() const { return store_->Tail(); }

absl::Status MemoryLogDevice::AppendIf(std::uint64_t expected_tail, const LogRecord& record) {
  std::function<void()> hook;
  {
    MutexLock lock(mutex_);
    hook = hook_;
  }
  if (hook) hook();
  MutexLock lock(mutex_);
  if (failed_) return absl::FailedPreconditionError("an append failed before; reopen the device");
  if (store_->Tail() != expected_tail) {
    return absl::AbortedError(
        absl::StrCat("the tail is ", store_->Tail(), ", not ", expected_tail));
  }
  if (next_ != Fault::kNotStored) store_->Apply(record);
  failed_ = next_ != Fault::kNone;
  return failed_ ? absl::UnavailableError("the append was made to fail") : absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> MemoryLogDevice::Get(Table table,
                                                                absl::string_view key) const {
  return store_->Get(table, key);
}

std::unique_ptr<Cursor> MemoryLogDevice::NewCursor(Table table) const {
  return std::make_unique<MemoryCursor>(store_, table);
}

void MemoryLogDevice::FailNextAppend(bool stored) {
  MutexLock lock(mutex_);
  next_ = stored ? Fault::kStored : Fault::kNotStored;
}

void MemoryLogDevice::SetAppendHook(std::function<void()> hook) {
  MutexLock lock(mutex_);
  hook_ = std::move(hook);
}

}  // namespace jejak::log
