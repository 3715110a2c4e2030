// SPDX-License-Identifier: Apache-2.0

#include "server/service/report/spool.h"

#include "server/base/bytes.h"
#include "server/base/hash.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace jejak::service {
namespace {

constexpr std::uint64_t kRowsPerMark = 64;
constexpr std::size_t kBufferBytes = 256 << 10;
constexpr std::size_t kLengthBytes = 4;

absl::Status Damaged() { return absl::DataLossError("a spooled row cannot be read"); }

}  // namespace

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(const std::string& folder) {
  const std::string path = absl::StrCat(folder, "/", ToHex(RandomBytes(16)));
  JEJAK_ASSIGN_OR_RETURN(FileDescriptor file, OpenFile(path, O_CREAT | O_EXCL | O_RDWR, 0600));
  if (unlink(path.c_str()) != 0) return ErrnoStatus("cannot unlink", path);
  return std::unique_ptr<Spool>(new Spool(std::move(file)));
}

absl::StatusOr<bool> Spool::Add(const v1::ReportRow& row) {
  const std::size_t size = row.ByteSizeLong();
  if (rows_ == limits::kReportRowsMax || bytes_ + kLengthBytes + size > limits::kReportBytesMax) {
    return false;
  }
  if (rows_ % kRowsPerMark == 0) marks_.push_back(bytes_);
  AppendBigEndian(static_cast<std::uint32_t>(size), pending_);
  if (!row.AppendToString(&pending_)) return absl::InternalError("a row cannot be serialized");
  ++rows_;
  bytes_ += kLengthBytes + size;
  if (pending_.size() >= kBufferBytes) JEJAK_RETURN_IF_ERROR(Flush());
  return true;
}

absl::Status Spool::Flush() {
  JEJAK_RETURN_IF_ERROR(WriteAllAt(file_, bytes_ - pending_.size(), pending_, "the spool"));
  pending_.clear();
  return absl::OkStatus();
}

absl::Status Spool::Finish() {
  JEJAK_RETURN_IF_ERROR(Flush());
  pending_.shrink_to_fit();
  return absl::OkStatus();
}

absl::Status Spool::Read(std::uint64_t from,
                         absl::FunctionRef<bool(const v1::ReportRow& row)> visit) const {
  if (from >= rows_) return absl::OkStatus();
  std::uint64_t number = from / kRowsPerMark * kRowsPerMark;
  std::uint64_t at = marks_[from / kRowsPerMark];
  std::string buffer;
  std::size_t begin = 0;
  // Makes sure that `size` bytes stand in the buffer from `begin` on.
  const auto need = [&](std::size_t size) -> absl::Status {
    if (buffer.size() - begin >= size) return absl::OkStatus();
    buffer.erase(0, begin);
    begin = 0;
    JEJAK_ASSIGN_OR_RETURN(const std::string more,
                           ReadAt(file_, at, std::max(size, kBufferBytes), "the spool"));
    at += more.size();
    buffer.append(more);
    return buffer.size() >= size ? absl::OkStatus() : Damaged();
  };
  v1::ReportRow row;
  for (; number < rows_; ++number) {
    JEJAK_RETURN_IF_ERROR(need(kLengthBytes));
    const std::uint32_t size =
        FromBigEndian<std::uint32_t>(absl::string_view(buffer).substr(begin, kLengthBytes))
            .value_or(0);
    if (size > limits::kReportBytesMax) return Damaged();
    begin += kLengthBytes;
    JEJAK_RETURN_IF_ERROR(need(size));
    const char* const bytes = buffer.data() + begin;
    begin += size;
    if (number < from) continue;
    if (!row.ParseFromArray(bytes, static_cast<int>(size))) return Damaged();
    if (!visit(row)) return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace jejak::service
