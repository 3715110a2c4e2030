// SPDX-License-Identifier: Apache-2.0

#include "server/log/rocksdb_options.h"

#include "absl/strings/str_cat.h"
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <memory>

namespace jejak::log {
namespace {

constexpr std::size_t kBlockCacheBytes = 64 << 20;
constexpr std::uint64_t kWalBytesMax = 128 << 20;
constexpr int kBloomBitsPerKey = 10;

rocksdb::CompressionType FirstSupported(std::initializer_list<rocksdb::CompressionType> wanted) {
  const std::vector<rocksdb::CompressionType> supported = rocksdb::GetSupportedCompressions();
  for (rocksdb::CompressionType type : wanted) {
    if (std::find(supported.begin(), supported.end(), type) != supported.end()) return type;
  }
  return rocksdb::kNoCompression;
}

}  // namespace

rocksdb::DBOptions LogDbOptions() {
  rocksdb::DBOptions options;
  // The device decides whether a folder is new; RocksDB would put an empty store over a damaged one
  // whose CURRENT file is gone.
  options.create_if_missing = false;
  options.create_missing_column_families = true;
  // Stops at the first damaged WAL record. The stricter mode refuses to open after ordinary power
  // cuts; that nothing acknowledged is missing is proved by the head anchor (anchor.h).
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // All column families come back to the same record, also when the WAL is gone.
  options.atomic_flush = true;
  options.paranoid_checks = true;
  // Opens every file at start, so that a missing or swapped one is found then.
  options.max_open_files = -1;
  options.verify_sst_unique_id_in_manifest = true;
  options.flush_verify_memtable_count = true;
  // A recycled WAL has old records behind the new ones, which makes damage harder to tell.
  options.recycle_log_file_num = 0;
  // After a write or sync error nothing is assumed: no resuming behind our back.
  options.max_bgerror_resume_count = 0;
  // One flush at a time: 7.8 can retry two failed ones in the wrong order (fixed in 7.9).
  options.max_background_jobs = 2;
  // Bounds the time to recover after a crash.
  options.max_total_wal_size = kWalBytesMax;
  // The default depends on NDEBUG in our build, not RocksDB's.
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.keep_log_file_num = 4;
  options.max_log_file_size = 4 << 20;
  return options;
}

rocksdb::WriteOptions LogWriteOptions() {
  rocksdb::WriteOptions options;
  // Acknowledged is durable, always.
  options.sync = true;
  options.disableWAL = false;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> LogColumnFamilies(std::size_t write_buffer_bytes) {
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  blocks.checksum = rocksdb::kXXH3;
  blocks.format_version = 5;

  rocksdb::ColumnFamilyOptions plain;
  plain.write_buffer_size = write_buffer_bytes;
  plain.max_write_buffer_number = 2;
  plain.compression = FirstSupported({rocksdb::kLZ4Compression});
  plain.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));

  // Most request ids and claims that are looked up are new: the filter answers without a read.
  rocksdb::ColumnFamilyOptions filtered = plain;
  blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  filtered.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));

  rocksdb::ColumnFamilyOptions large = plain;
  large.compression = FirstSupported({rocksdb::kZSTD, rocksdb::kLZ4Compression});

  return {{"meta", plain},   {"entry", plain},      {"payload", large},
          {"stream", plain}, {"claim", filtered},   {"request", filtered},
          {"tile", plain},   {"checkpoint", plain}, {rocksdb::kDefaultColumnFamilyName, plain}};
}

absl::Status FromRocksDb(const rocksdb::Status& status, absl::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = absl::StrCat(doing, ": ", status.ToString());
  if (status.IsCorruption() || status.IsNotFound() || status.IsPathNotFound()) {
    return absl::DataLossError(message);
  }
  if (status.IsIOError()) return absl::UnavailableError(message);
  return absl::InternalError(message);
}

}  // namespace jejak::log
