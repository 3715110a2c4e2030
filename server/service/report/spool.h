// SPDX-License-Identifier: Apache-2.0
//
// File: spool.h
//
// The rows of one answer in a file that has no name: it is gone with the operation that owns it,
// and with the process, however that ends.

#ifndef JEJAK_SERVER_SERVICE_REPORT_SPOOL_H_
#define JEJAK_SERVER_SERVICE_REPORT_SPOOL_H_

#include "server/base/file.h"

#include "jejak/v1/report.pb.h"

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace jejak::service {

// Written by one thread, up to Finish; read by any number afterwards.
class Spool {
 public:
  // A file in `folder`, which is there. UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<Spool>> Open(const std::string& folder);

  // Adds a row; false if it would lead over limits::kReportRowsMax or kReportBytesMax, and then it
  // was not added. UNAVAILABLE if the disk fails.
  absl::StatusOr<bool> Add(const v1::ReportRow& row);
  // To be called after the last row.
  absl::Status Finish();

  std::uint64_t rows() const { return rows_; }
  std::uint64_t bytes() const { return bytes_; }

  // Calls `visit` for the rows from number `from` on, until it returns false or there are no more.
  // DATA_LOSS if they cannot be read. REQUIRES: Finish was called.
  absl::Status Read(std::uint64_t from,
                    absl::FunctionRef<bool(const v1::ReportRow& row)> visit) const;

 private:
  explicit Spool(FileDescriptor file) : file_(std::move(file)) {}
  absl::Status Flush();

  FileDescriptor file_;
  std::uint64_t rows_ = 0;
  std::uint64_t bytes_ = 0;
  // What is not in the file yet.
  std::string pending_;
  // Where each kRowsPerMark-th row begins.
  std::vector<std::uint64_t> marks_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_REPORT_SPOOL_H_
