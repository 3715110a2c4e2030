// SPDX-License-Identifier: Apache-2.0

#include "server/command/log_world.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/office/region_catalog.h"
#include "server/domain/refusal.h"
#include "server/projection/fold.h"

#include "jejak/v1/region.pb.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

#include <utility>

namespace jejak::command {

using google::protobuf::Message;

LogWorld::LogWorld(log::EventLog* event_log, const content::ContentStore* content,
                   RegionStore* regions, vault::Vault* vault)
    : log_(event_log), content_(content), region_store_(regions), vault_(vault) {}

void LogWorld::BeginCommand(const PlainPersons* persons) {
  persons_ = persons;
  status_ = absl::OkStatus();
  store_status_ = absl::OkStatus();
  retired_.clear();
  // What is not durable yet cannot be folded from the log again, so it stays.
  const std::uint64_t durable = log_->DurableSize();
  auto use = uses_.begin();
  while (cache_.size() > limits::kStateCacheStreamsMax && use != uses_.end()) {
    const auto cached = cache_.find(*use);
    if (cached->second.size_when_put > durable) {
      ++use;
      continue;
    }
    cache_.erase(cached);
    use = uses_.erase(use);
  }
}

void LogWorld::Fail(const absl::Status& status) const {
  if (status_.ok()) status_ = status;
}

void LogWorld::FailStore(absl::string_view what, const absl::Status& status) const {
  if (!store_status_.ok()) return;
  store_status_ =
      absl::UnavailableError(absl::StrCat(what, " cannot be read now: ", status.message()));
}

void LogWorld::Insert(const std::string& stream, std::unique_ptr<Message> state,
                      std::uint64_t batch_end) const {
  auto [cached, is_new] = cache_.try_emplace(stream);
  if (is_new) {
    cached->second.use = uses_.insert(uses_.end(), stream);
  } else {
    retired_.push_back(std::move(cached->second.state));
  }
  cached->second.state = std::move(state);
  cached->second.size_when_put = batch_end;
}

void LogWorld::Put(const std::string& stream, std::unique_ptr<Message> state,
                   std::uint64_t batch_end) {
  if (stream == domain::kRegionCatalog) regions_ = nullptr;
  Insert(stream, std::move(state), batch_end);
}

const Message* LogWorld::FindState(absl::string_view name) const {
  const std::string stream(name);
  if (const auto found = cache_.find(stream); found != cache_.end()) {
    uses_.splice(uses_.end(), uses_, found->second.use);
    return found->second.state.get();
  }
  absl::StatusOr<log::StreamHead> head = log_->FindStreamHead(stream);
  if (!head.ok()) {
    Fail(head.status());
    return nullptr;
  }
  if (head->revision == 0) return nullptr;
  absl::StatusOr<std::unique_ptr<Message>> state =
      projection::FoldStream(*log_, stream, head->revision);
  if (!state.ok()) {
    Fail(state.status());
    return nullptr;
  }
  const Message* result = state->get();
  Insert(stream, *std::move(state), 0);
  return result;
}

std::optional<std::string> LogWorld::ClaimHolder(absl::string_view key) const {
  absl::StatusOr<std::optional<std::string>> holder = log_->FindClaim(key);
  if (!holder.ok()) {
    Fail(holder.status());
    return std::nullopt;
  }
  return *std::move(holder);
}

const domain::RegionTable* LogWorld::Regions() const {
  if (regions_ != nullptr) return regions_.get();
  const auto* catalog = Find<v1::RegionCatalog>(domain::kRegionCatalog);
  if (catalog == nullptr) return nullptr;
  const v1::RegionCatalogVersion* version = ActiveVersion(*catalog);
  if (version == nullptr) return nullptr;
  auto table = region_store_->Load(*version);
  if (!table.ok()) {
    FailStore("contents", table.status());
    return nullptr;
  }
  regions_ = *std::move(table);
  return regions_.get();
}

absl::StatusOr<std::array<std::uint32_t, 4>> LogWorld::CheckRegionFiles(
    const v1::RegionCatalogVersion& version) const {
  const auto table = region_store_->Load(version);
  if (!table.ok()) {
    // A status without a reason is not about the files but about the disk.
    if (domain::GetReason(table.status()).empty()) FailStore("contents", table.status());
    return table.status();
  }
  return CountFiles(**table, version);
}

std::optional<int> LogWorld::AgeOn(const v1::Person& person, absl::CivilDay day) const {
  std::string birth_date;
  if (persons_ != nullptr) {
    const auto found = persons_->find(person.subject());
    if (found != persons_->end()) birth_date = found->second.birth_date();
  }
  if (birth_date.empty() && !person.sealed().ciphertext().empty()) {
    const absl::StatusOr<v1::Person> plain = vault_->Unseal(person.sealed());
    if (plain.ok()) {
      birth_date = plain->birth_date();
    } else if (!absl::IsNotFound(plain.status())) {
      // Not the same as a date nobody gave: that would let a minor or a person too old pass.
      FailStore("personal data", plain.status());
    }
  }
  absl::CivilDay born;
  if (birth_date.empty() || !absl::ParseCivilTime(birth_date, &born)) return std::nullopt;
  int years = static_cast<int>(day.year() - born.year());
  if (day.month() < born.month() || (day.month() == born.month() && day.day() < born.day())) {
    --years;
  }
  return years;
}

std::optional<std::uint64_t> LogWorld::ContentSize(absl::string_view sha256) const {
  absl::StatusOr<content::ContentInfo> info = content_->Stat(sha256);
  if (info.ok()) return info->size;
  if (!absl::IsNotFound(info.status())) FailStore("contents", info.status());
  return std::nullopt;
}

bool LogWorld::IsEventOf(std::uint64_t position, absl::string_view stream) const {
  // A position that is not durable yet is not one the caller can have seen.
  if (position >= log_->DurableSize()) return false;
  const absl::StatusOr<log::RecordedEvent> event = log_->Read(position);
  if (!event.ok()) {
    Fail(event.status());
    return false;
  }
  return event->entry.stream == stream;
}

}  // namespace jejak::command
