// SPDX-License-Identifier: Apache-2.0

#include "server/content/content_store.h"

#include "server/base/bytes.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace jejak::content {
namespace {

constexpr absl::string_view kTempFolder = "temp";

constexpr absl::string_view kMagic = "JEJAKCNT";
constexpr char kVersion = 1;
constexpr absl::string_view kChunkLabel = "jejak/content-chunk/v1";
constexpr std::size_t kRandomBytes = 8;
constexpr std::size_t kHeaderBytes = kMagic.size() + sizeof(kVersion) + kRandomBytes;
// Of the format, not a bound that may change.
constexpr std::size_t kChunkBytes = 64 << 10;
constexpr std::size_t kSealedChunkBytes = kChunkBytes + kTagBytes;
static_assert(kChunkBytes <= limits::kContentChunkBytesMax);

std::string ChunkNonce(absl::string_view random, std::uint32_t number) {
  return absl::StrCat(random, ToBigEndian(number));
}

std::string ChunkContext(std::uint32_t number, bool is_last) {
  return absl::StrCat(kChunkLabel, ToBigEndian(number),
                      absl::string_view(is_last ? "\1" : "\0", 1));
}

absl::Status Damaged(absl::string_view sha256) {
  return absl::DataLossError(absl::StrCat("the bytes of content ", sha256, " are damaged"));
}

// Chunks in so many bytes; the last may be shorter.
std::uint64_t ChunksIn(std::uint64_t sealed_bytes) {
  return (sealed_bytes + kSealedChunkBytes - 1) / kSealedChunkBytes;
}

// Whether a content can have so many bytes of chunks.
bool IsSealedSize(std::uint64_t sealed_bytes) {
  if (sealed_bytes <= kSealedChunkBytes) return sealed_bytes >= kTagBytes;
  const std::uint64_t last = sealed_bytes % kSealedChunkBytes;
  return last == 0 || last > kTagBytes;
}

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

bool Verifies(const absl::StatusOr<std::unique_ptr<ContentReader>>& reader) {
  if (!reader.ok()) return false;
  while (true) {
    const absl::StatusOr<std::string> piece = (*reader)->Read();
    if (!piece.ok()) return false;
    if (piece->empty()) return true;
  }
}

}  // namespace

ContentWriter::ContentWriter(std::string root, const Key& key, std::string temp_path,
                             FileDescriptor file)
    : root_(std::move(root)),
      key_(key),
      temp_path_(std::move(temp_path)),
      random_(RandomBytes(kRandomBytes)),
      file_(std::move(file)) {}

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
  hash_.Add(bytes);
  size_ += bytes.size();
  while (!bytes.empty()) {
    // Not before: a full chunk that no bytes follow is the last.
    if (chunk_.size() == kChunkBytes) JEJAK_RETURN_IF_ERROR(WriteChunk(/*is_last=*/false));
    const absl::string_view part = bytes.substr(0, kChunkBytes - chunk_.size());
    absl::StrAppend(&chunk_, part);
    bytes.remove_prefix(part.size());
  }
  return absl::OkStatus();
}

absl::Status ContentWriter::WriteHeader() {
  return WriteAll(file_, absl::StrCat(kMagic, absl::string_view(&kVersion, 1), random_),
                  temp_path_);
}

absl::Status ContentWriter::WriteChunk(bool is_last) {
  const std::string sealed = AeadSeal(key_, ChunkNonce(random_, chunks_written_),
                                      ChunkContext(chunks_written_, is_last), chunk_);
  JEJAK_RETURN_IF_ERROR(WriteAll(file_, sealed, temp_path_));
  ++chunks_written_;
  chunk_.clear();
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
  const std::string folder = BlobFolder(root_, sha256);
  const absl::StatusOr<std::unique_ptr<ContentReader>> stored =
      ContentReader::Open(root_, key_, sha256);
  // Of a newer format: not for this program to replace.
  if (absl::IsFailedPrecondition(stored.status())) return stored.status();
  if (Verifies(stored)) {
    // Whoever renamed it may not have come to this yet.
    return SyncFolder(folder);
  }
  JEJAK_RETURN_IF_ERROR(WriteChunk(/*is_last=*/true));
  JEJAK_RETURN_IF_ERROR(SyncFile(file_, temp_path_));
  JEJAK_RETURN_IF_ERROR(MakeFolder(folder));
  const std::string path = BlobPath(root_, sha256);
  // Also when the name is there: good bytes in the place of damaged ones.
  if (std::rename(temp_path_.c_str(), path.c_str()) != 0) return ErrnoStatus("cannot make", path);
  file_.Close();
  return SyncFolder(folder);
}

ContentReader::ContentReader(std::string sha256, const Key& key, std::string random,
                             FileDescriptor file, std::uint64_t sealed_bytes)
    : sha256_(std::move(sha256)),
      key_(key),
      random_(std::move(random)),
      file_(std::move(file)),
      chunks_(ChunksIn(sealed_bytes)),
      size_(sealed_bytes - chunks_ * kTagBytes) {}

absl::StatusOr<std::unique_ptr<ContentReader>> ContentReader::Open(absl::string_view root,
                                                                   const Key& key,
                                                                   absl::string_view sha256) {
  const std::string path = BlobPath(root, sha256);
  absl::StatusOr<FileDescriptor> file = OpenFile(path, O_RDONLY);
  if (absl::IsNotFound(file.status())) {
    return absl::NotFoundError(absl::StrCat("there is no content ", sha256));
  }
  JEJAK_RETURN_IF_ERROR(file.status());
  JEJAK_ASSIGN_OR_RETURN(const std::string header, ReadAt(*file, 0, kHeaderBytes, path));
  if (header.size() != kHeaderBytes || !absl::StartsWith(header, kMagic)) return Damaged(sha256);
  const auto version = static_cast<std::uint8_t>(header[kMagic.size()]);
  if (version > kVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("content ", sha256,
                     " was written by a newer version of the program; this one cannot read it"));
  }
  if (version != kVersion) return Damaged(sha256);
  struct stat info = {};
  if (fstat(file->get(), &info) != 0) return ErrnoStatus("cannot stat", path);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size < kHeaderBytes || !IsSealedSize(size - kHeaderBytes)) return Damaged(sha256);
  return std::unique_ptr<ContentReader>(
      new ContentReader(std::string(sha256), key, header.substr(kHeaderBytes - kRandomBytes),
                        *std::move(file), size - kHeaderBytes));
}

absl::StatusOr<std::string> ContentReader::Read() {
  if (chunks_read_ < chunks_) {
    JEJAK_ASSIGN_OR_RETURN(std::string piece, ReadChunk());
    ++chunks_read_;
    hash_.Add(piece);
    if (!piece.empty()) return piece;
  }
  if (!verified_.has_value()) {
    verified_ = ToHex(AsBytes(hash_.Finish())) == sha256_;
  }
  if (!*verified_) return Damaged(sha256_);
  return std::string();
}

absl::StatusOr<std::string> ContentReader::ReadChunk() {
  const auto number = static_cast<std::uint32_t>(chunks_read_);
  const std::uint64_t plain =
      std::min<std::uint64_t>(size_ - chunks_read_ * kChunkBytes, kChunkBytes);
  JEJAK_ASSIGN_OR_RETURN(
      const std::string sealed,
      ReadAt(file_, kHeaderBytes + chunks_read_ * kSealedChunkBytes,
             static_cast<std::size_t>(plain) + kTagBytes, absl::StrCat("content ", sha256_)));
  absl::StatusOr<std::string> piece =
      AeadOpen(key_, ChunkNonce(random_, number),
               ChunkContext(number, /*is_last=*/chunks_read_ + 1 == chunks_), sealed);
  if (!piece.ok()) return Damaged(sha256_);
  return piece;
}

absl::StatusOr<std::unique_ptr<ContentStore>> ContentStore::Open(const std::string& path,
                                                                 const Key& key) {
  const std::string temp = absl::StrCat(path, "/", kTempFolder);
  JEJAK_RETURN_IF_ERROR(MakeFolder(path));
  std::error_code error;
  std::filesystem::remove_all(temp, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot clear ", temp, ": ", error.message()));
  }
  JEJAK_RETURN_IF_ERROR(MakeFolder(temp));
  return std::unique_ptr<ContentStore>(new ContentStore(path, key));
}

absl::StatusOr<std::unique_ptr<ContentWriter>> ContentStore::NewWriter() {
  std::string path = absl::StrCat(root_, "/", kTempFolder, "/", ToHex(RandomBytes(16)));
  JEJAK_ASSIGN_OR_RETURN(FileDescriptor file,
                         OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR));
  std::unique_ptr<ContentWriter> writer(
      new ContentWriter(root_, key_, std::move(path), std::move(file)));
  JEJAK_RETURN_IF_ERROR(writer->WriteHeader());
  return writer;
}

absl::StatusOr<ContentInfo> ContentStore::Stat(absl::string_view sha256) const {
  JEJAK_ASSIGN_OR_RETURN(const std::unique_ptr<ContentReader> reader, NewReader(sha256));
  return ContentInfo{std::string(sha256), reader->size()};
}

absl::StatusOr<std::unique_ptr<ContentReader>> ContentStore::NewReader(
    absl::string_view sha256) const {
  JEJAK_RETURN_IF_ERROR(CheckHash(sha256));
  return ContentReader::Open(root_, key_, sha256);
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
