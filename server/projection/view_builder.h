// SPDX-License-Identifier: Apache-2.0
//
// File: view_builder.h
//
// Brings one view on with the log, batch by batch. Rows and position are written in one batch
// (etcd's v3.5 data inconsistency came from writing them apart). The same Evolve that decides also
// makes the row.

#ifndef JEJAK_SERVER_PROJECTION_VIEW_BUILDER_H_
#define JEJAK_SERVER_PROJECTION_VIEW_BUILDER_H_

#include "server/domain/aggregate.h"
#include "server/log/event_log.h"
#include "server/view/view_store.h"

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace jejak::projection {

// What one event changes in the view. DATA_LOSS if the payload is no envelope. `load` gives the
// state of a resource before the event, which the event is then applied to.
absl::StatusOr<view::ViewChange> Project(
    const log::RecordedEvent& event,
    const std::function<absl::StatusOr<google::protobuf::Message*>(const domain::Aggregate&,
                                                                   const std::string& name)>& load);

// The table of an aggregate's rows.
view::TableId TableOf(const domain::Aggregate& aggregate);

// Not thread-safe.
class ViewBuilder {
 public:
  // `log` must outlive it.
  ViewBuilder(const log::EventLog* log, std::shared_ptr<view::ViewStore> view);

  // Why a step failed: the log cannot be read, or the view cannot be written or an event not be
  // projected.
  struct Result {
    absl::Status log;
    absl::Status view;
    bool ok() const { return log.ok() && view.ok(); }
    const absl::Status& status() const { return log.ok() ? view : log; }
  };
  // Adds the next events up to position `to` (not included), at most `count` of them, in one batch.
  Result Step(std::uint64_t to, std::uint64_t count);

  const std::shared_ptr<view::ViewStore>& view() const { return view_; }

 private:
  absl::StatusOr<google::protobuf::Message*> Load(const domain::Aggregate& aggregate,
                                                  const std::string& name);

  const log::EventLog* log_;
  std::shared_ptr<view::ViewStore> view_;
  // Rows as of the view's size.
  absl::flat_hash_map<std::string, std::unique_ptr<google::protobuf::Message>> cache_;
};

}  // namespace jejak::projection

#endif  // JEJAK_SERVER_PROJECTION_VIEW_BUILDER_H_
