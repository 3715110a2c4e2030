// SPDX-License-Identifier: Apache-2.0

#include "server/content/content_store.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"

#include "absl/strings/str_cat.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace jejak::content {
namespace {

constexpr absl::string_view kTempFolder = "temp";

// Also keeps a hash from outside from being a path to somewhere else.
absl::Status CheckHash(absl::string_view sha256) {
  if (sha256.size() != 2 * Hash().size() || !FromHex(sha256).ok()) {
    return absl::InvalidArgumentError("not a SHA-256 as 64 lower-case hexadecimal digits");
  }
  return absl::OkStatus();
}

std::string BlobFolder(absl::string_view root, absl::string_view sha256) {
  return absl::StrCat(root, "/", sha256.substr(0, 2), "/", sha256.substr(2, 2));
}

std::string BlobPath(absl::string_view root, absl::string_view sha256) {
  return absl::StrCat(BlobFolder(root, sha256), "/", sha256);
}

}  // namespace

ContentWriter::ContentWriter(std::string root, std::string temp_path, FileDescriptor file)
    : root_(std::move(root)), temp_path_(std::move(temp_path)), file_(std::move(file)) {}

ContentWriter::~ContentWriter() { Abandon(); }

void ContentWriter::Abandon() {
  if (!file_.is_open()) return;
  file_.Close();
  unlink(temp_path_.c_str());
}

absl::Status ContentWriter::Add(absl::string_view bytes) {
  absl::Status status = Write(bytes);
  if (!status.ok()) Abandon();
  return status;
}

absl::Status ContentWriter::Write(absl::string_view bytes) {
  if (!file_.is_open()) return absl::FailedPreconditionError("the content has ended");
  if (bytes.size() > limits::kContentBytesMax - size_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("content of more than ", limits::kContentBytesMax, " bytes"));
  }
  JEJAK_RETURN_IF_ERROR(WriteAll(file_, bytes, temp_path_));
  hash_.Add(bytes);
  size_ += bytes.size();
  return absl::OkStatus();
}

absl::StatusOr<ContentInfo> ContentWriter::Finish(absl::string_view expected_sha256) {
  if (!file_.is_open()) return absl::FailedPreconditionError("the content has ended");
  ContentInfo info{ToHex(AsBytes(hash_.Finish())), size_};
  absl::Status status = absl::OkStatus();
  if (!expected_sha256.empty() && expected_sha256 != info.sha256) {
    status = absl::InvalidArgumentError(
        absl::StrCat("the SHA-256 of the content is ", info.sha256, ", not the one given"));
  } else {
    status = Publish(info.sha256);
  }
  Abandon();
  JEJAK_RETURN_IF_ERROR(status);
  return info;
}

absl::Status ContentWriter::Publish(const std::string& sha256) {
  JEJAK_RETURN_IF_ERROR(SyncFile(file_, temp_path_));
  const std::string folder = BlobFolder(root_, sha256);
  JEJAK_RETURN_IF_ERROR(MakeFolder(folder));
  const std::string path = BlobPath(root_, sha256);
  // Also when the name is there: the same bytes again, and good ones in the place of damaged ones.
  if (std::rename(temp_path_.c_str(), path.c_str()) != 0) return ErrnoStatus("cannot make", path);
  file_.Close();
  return SyncFolder(folder);
}

ContentReader::ContentReader(std::string sha256, FileDescriptor file, std::uint64_t size)
    : sha256_(std::move(sha256)), file_(std::move(file)), size_(size) {}

absl::StatusOr<std::string> ContentReader::Read() {
  std::string piece(limits::kContentChunkBytesMax, '\0');
  ssize_t count = -1;
  do {
    count = read(file_.get(), piece.data(), piece.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) return ErrnoStatus("cannot read content", sha256_);
  piece.resize(static_cast<std::size_t>(count));
  if (!piece.empty()) {
    hash_.Add(piece);
    return piece;
  }
  if (!verified_.has_value()) {
    verified_ = ToHex(AsBytes(hash_.Finish())) == sha256_;
  }
  if (!*verified_) {
    return absl::DataLossError(absl::StrCat("the bytes of content ", sha256_, " are damaged"));
  }
  return piece;
}

absl::StatusOr<std::unique_ptr<ContentStore>> ContentStore::Open(const std::string& path) {
  const std::string temp = absl::StrCat(path, "/", kTempFolder);
  JEJAK_RETURN_IF_ERROR(MakeFolder(path));
  std::error_code error;
  std::filesystem::remove_all(temp, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot clear ", temp, ": ", error.message()));
  }
  JEJAK_RETURN_IF_ERROR(MakeFolder(temp));
  return std::unique_ptr<ContentStore>(new ContentStore(path));
}

absl::StatusOr<std::unique_ptr<ContentWriter>> ContentStore::NewWriter() {
  std::string path = absl::StrCat(root_, "/", kTempFolder, "/", ToHex(RandomBytes(16)));
  JEJAK_ASSIGN_OR_RETURN(FileDescriptor file,
                         OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR));
  return std::unique_ptr<ContentWriter>(new ContentWriter(root_, std::move(path), std::move(file)));
}

absl::StatusOr<ContentInfo> ContentStore::Stat(absl::string_view sha256) const {
  JEJAK_ASSIGN_OR_RETURN(const std::unique_ptr<ContentReader> reader, NewReader(sha256));
  return ContentInfo{std::string(sha256), reader->size()};
}

absl::StatusOr<std::unique_ptr<ContentReader>> ContentStore::NewReader(
    absl::string_view sha256) const {
  JEJAK_RETURN_IF_ERROR(CheckHash(sha256));
  const std::string path = BlobPath(root_, sha256);
  absl::StatusOr<FileDescriptor> file = OpenFile(path, O_RDONLY);
  if (absl::IsNotFound(file.status())) {
    return absl::NotFoundError(absl::StrCat("there is no content ", sha256));
  }
  JEJAK_RETURN_IF_ERROR(file.status());
  struct stat info = {};
  if (fstat(file->get(), &info) != 0) return ErrnoStatus("cannot stat", path);
  return std::unique_ptr<ContentReader>(new ContentReader(
      std::string(sha256), *std::move(file), static_cast<std::uint64_t>(info.st_size)));
}

absl::StatusOr<std::string> ContentStore::ReadAll(absl::string_view sha256,
                                                  std::uint64_t max_bytes) const {
  JEJAK_ASSIGN_OR_RETURN(const std::unique_ptr<ContentReader> reader, NewReader(sha256));
  std::string all;
  while (true) {
    JEJAK_ASSIGN_OR_RETURN(const std::string piece, reader->Read());
    if (piece.empty()) return all;
    if (piece.size() > max_bytes - all.size()) {
      return absl::ResourceExhaustedError(
          absl::StrCat("content ", sha256, " has more than ", max_bytes, " bytes"));
    }
    all.append(piece);
  }
}

}  // namespace jejak::content
