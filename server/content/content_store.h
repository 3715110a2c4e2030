// SPDX-License-Identifier: Apache-2.0
//
// File: content_store.h
//
// The bytes of documents, by their SHA-256. The facts about a document are in the log; its bytes
// are here, in files "ab/cd/abcd...": a name that is there holds all of its bytes, durably, and
// the same bytes are there once. The name is the hash of the plain bytes; what is on the disk, also
// while a content is being written, is sealed (server/doc/formats.md section 6):
//
//   magic [8] "JEJAKCNT", version u8 = 1, random [8], then chunks: AES-256-GCM of 64 KiB of plain
//   bytes, of what is left in the last one, and its tag [16]. There is always a last one; it is
//   empty only if the content is. Nonce: random [8], number of the chunk u32, from 0.
//   Associated data: "jejak/content-chunk/v1", the number u32, u8 = 1 for the last chunk, else 0.
//
// So chunks that are changed, exchanged, or cut off do not open. Under one key, n writers have two
// with the same random bytes with a probability of n^2 / 2^65.
//
// Every call blocks on the disk, some on fsync: never call them on a gRPC thread.
//
// A hash as text is 64 lower-case hexadecimal digits; anything else is INVALID_ARGUMENT. A failure
// of the disk is UNAVAILABLE.

#ifndef JEJAK_SERVER_CONTENT_CONTENT_STORE_H_
#define JEJAK_SERVER_CONTENT_CONTENT_STORE_H_

#include "server/base/aead.h"
#include "server/base/file.h"
#include "server/base/hash.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace jejak::content {

struct ContentInfo {
  std::string sha256;
  std::uint64_t size = 0;

  friend bool operator==(const ContentInfo&, const ContentInfo&) = default;
};

// Writes one content. What was not finished leaves nothing behind when the writer ends. Not
// thread-safe. Independent of the store object once made.
class ContentWriter {
 public:
  ~ContentWriter();
  ContentWriter(const ContentWriter&) = delete;
  ContentWriter& operator=(const ContentWriter&) = delete;

  // Appends. RESOURCE_EXHAUSTED once the whole exceeds limits::kContentBytesMax. After an error
  // every further call fails.
  absl::Status Add(absl::string_view bytes);

  // Makes the content durable and visible. To be called once. INVALID_ARGUMENT if
  // `expected_sha256` is not empty and not the hash of what was added; nothing is kept then.
  absl::StatusOr<ContentInfo> Finish(absl::string_view expected_sha256);

 private:
  friend class ContentStore;
  ContentWriter(std::string root, const Key& key, std::string temp_path, FileDescriptor file);
  void Abandon();
  absl::Status Publish(const std::string& sha256);
  absl::Status Write(absl::string_view bytes);
  absl::Status WriteHeader();
  absl::Status WriteChunk(bool is_last);

  const std::string root_;
  const Key key_;
  const std::string temp_path_;
  const std::string random_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
  // The plain bytes of the chunk that comes next.
  std::string chunk_;
  std::uint32_t chunks_written_ = 0;
  Sha256Stream hash_;
};

// Reads one content in pieces. Not thread-safe. Independent of the store object once made.
class ContentReader {
 public:
  std::uint64_t size() const { return size_; }

  // The next piece, at most limits::kContentChunkBytesMax bytes; empty after the last. DATA_LOSS if
  // the piece is damaged or sealed under another key, and instead of the empty piece if the bytes
  // do not have the hash they are named by: what was read before is worth nothing then. Whoever
  // stops early has verified nothing.
  absl::StatusOr<std::string> Read();

 private:
  friend class ContentStore;
  friend class ContentWriter;
  ContentReader(std::string sha256, const Key& key, std::string random, FileDescriptor file,
                std::uint64_t sealed_bytes);
  static absl::StatusOr<std::unique_ptr<ContentReader>> Open(absl::string_view root, const Key& key,
                                                             absl::string_view sha256);
  absl::StatusOr<std::string> ReadChunk();

  const std::string sha256_;
  const Key key_;
  const std::string random_;
  FileDescriptor file_;
  const std::uint64_t chunks_;
  const std::uint64_t size_;
  std::uint64_t chunks_read_ = 0;
  // Set at the end of the file.
  std::optional<bool> verified_;
  Sha256Stream hash_;
};

// Thread-safe.
class ContentStore {
 public:
  // Opens or makes the store in the folder `path`, and removes what unfinished writes left. What is
  // there must have been sealed under `key`; under another one it reads as DATA_LOSS.
  // REQUIRES: no other store is open on the folder; the caller holds the lock of the data folder.
  static absl::StatusOr<std::unique_ptr<ContentStore>> Open(const std::string& path,
                                                            const Key& key);

  absl::StatusOr<std::unique_ptr<ContentWriter>> NewWriter();

  // NOT_FOUND if it is not there; DATA_LOSS if it has no header or a size that no content has;
  // FAILED_PRECONDITION if a newer version of the program wrote it. OK says nothing about whether
  // the bytes are undamaged.
  absl::StatusOr<ContentInfo> Stat(absl::string_view sha256) const;

  // The errors of Stat.
  absl::StatusOr<std::unique_ptr<ContentReader>> NewReader(absl::string_view sha256) const;

  // All bytes, verified. The errors of Stat; RESOURCE_EXHAUSTED if there are more than `max_bytes`;
  // DATA_LOSS if they are damaged.
  absl::StatusOr<std::string> ReadAll(absl::string_view sha256, std::uint64_t max_bytes) const;

 private:
  ContentStore(std::string root, const Key& key) : root_(std::move(root)), key_(key) {}

  const std::string root_;
  const Key key_;
};

}  // namespace jejak::content

#endif  // JEJAK_SERVER_CONTENT_CONTENT_STORE_H_
