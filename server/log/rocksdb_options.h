// SPDX-License-Identifier: Apache-2.0
//
// File: rocksdb_options.h
//
// Every RocksDB option of the log, each with its reason where it is set. They are fixed: none is in
// the configuration, since a wrong one loses events.

#ifndef JEJAK_SERVER_LOG_ROCKSDB_OPTIONS_H_
#define JEJAK_SERVER_LOG_ROCKSDB_OPTIONS_H_

#include "server/log/log_device.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/status.h>

#include <cstddef>
#include <string>
#include <vector>

namespace jejak::log {

// Of the database as a whole.
rocksdb::DBOptions LogDbOptions();
// Of each record: synced before the write returns.
rocksdb::WriteOptions LogWriteOptions();

// The column families in the order of their handles: that of Table t is number t, and the device's
// own is the last, RocksDB's "default".
std::vector<rocksdb::ColumnFamilyDescriptor> LogColumnFamilies(std::size_t write_buffer_bytes);

// NotFound, Corruption and missing files -> DATA_LOSS, IOError -> UNAVAILABLE, others -> INTERNAL,
// with `doing` in front.
absl::Status FromRocksDb(const rocksdb::Status& status, absl::string_view doing);

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_ROCKSDB_OPTIONS_H_
