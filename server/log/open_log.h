// SPDX-License-Identifier: Apache-2.0
//
// File: open_log.h
//
// Opens the event log of a folder: RocksDB and the head anchor together.

#ifndef JEJAK_SERVER_LOG_OPEN_LOG_H_
#define JEJAK_SERVER_LOG_OPEN_LOG_H_

#include "server/log/event_log.h"
#include "server/log/rocksdb_log_device.h"

#include "absl/status/statusor.h"

#include <memory>
#include <string>

namespace jejak::log {

// The log in the folder `path`, made if there is none. Errors as for RocksDbLogDevice::Open and
// EventLog::Open. Everything is checked before RocksDB opens the folder for writing, because on
// opening it drops what it could not recover: a log that is refused keeps its bytes.
absl::StatusOr<std::unique_ptr<EventLog>> OpenLog(
    const std::string& path, EventLog::Options options,
    const RocksDbLogDevice::Options& device_options = RocksDbLogDevice::Options());

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_OPEN_LOG_H_
