// SPDX-License-Identifier: Apache-2.0
//
// File: log_world.h
//
// The World of the sequencer: states folded from the log and kept in a bounded cache, always at the
// tail that the next command will be appended to, staged events included. Used by the sequencer
// thread alone.

#ifndef JEJAK_SERVER_COMMAND_LOG_WORLD_H_
#define JEJAK_SERVER_COMMAND_LOG_WORLD_H_

#include "server/command/persons.h"
#include "server/command/region_store.h"
#include "server/content/content_store.h"
#include "server/domain/aggregate.h"
#include "server/domain/world.h"
#include "server/log/event_log.h"
#include "server/vault/vault.h"

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include <list>
#include <memory>
#include <string>

namespace jejak::command {

class LogWorld final : public domain::World {
 public:
  // Nothing is owned; all must outlive the world.
  LogWorld(log::EventLog* event_log, const content::ContentStore* content, RegionStore* regions,
           vault::Vault* vault);

  // --- The sequencer's side.
  // Forgets the findings of the last command and takes the persons of the next.
  void BeginCommand(const PlainPersons* persons);
  // The first read of the log that failed since BeginCommand. A decision made over it is void.
  const absl::Status& status() const { return status_; }
  // UNAVAILABLE if the content store or the vault could not be read since BeginCommand. Such a
  // decision is void too, but the log is well.
  const absl::Status& store_status() const { return store_status_; }
  // The state a command has led to; `batch_end` is the log's size that includes it.
  void Put(const std::string& stream, std::unique_ptr<google::protobuf::Message> state,
           std::uint64_t batch_end);
  const google::protobuf::Message* State(absl::string_view name) const { return FindState(name); }

  // --- domain::World.
  std::optional<std::string> ClaimHolder(absl::string_view key) const override;
  const domain::RegionTable* Regions() const override;
  absl::StatusOr<std::array<std::uint32_t, 4>> CheckRegionFiles(
      const v1::RegionCatalogVersion& version) const override;
  std::optional<int> AgeOn(const v1::Person& person, absl::CivilDay day) const override;
  std::optional<std::uint64_t> ContentSize(absl::string_view sha256) const override;
  bool IsEventOf(std::uint64_t position, absl::string_view stream) const override;

 protected:
  const google::protobuf::Message* FindState(absl::string_view name) const override;

 private:
  struct Cached {
    std::unique_ptr<google::protobuf::Message> state;  // Null: there is no such stream.
    std::uint64_t size_when_put = 0;
    std::list<std::string>::iterator use;
  };
  void Fail(const absl::Status& status) const;
  void FailStore(absl::string_view what, const absl::Status& status) const;
  void Insert(const std::string& stream, std::unique_ptr<google::protobuf::Message> state,
              std::uint64_t batch_end) const;

  log::EventLog* log_;
  const content::ContentStore* content_;
  RegionStore* region_store_;
  vault::Vault* vault_;
  const PlainPersons* persons_ = nullptr;
  mutable absl::Status status_;
  mutable absl::Status store_status_;
  mutable std::shared_ptr<const domain::RegionTable> regions_;
  mutable absl::flat_hash_map<std::string, Cached> cache_;
  // Least recently used first.
  mutable std::list<std::string> uses_;
  // States replaced or dropped during a command live until its end: deciders hold pointers.
  mutable std::vector<std::unique_ptr<google::protobuf::Message>> retired_;
};

}  // namespace jejak::command

#endif  // JEJAK_SERVER_COMMAND_LOG_WORLD_H_
