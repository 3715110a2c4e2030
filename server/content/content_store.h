// SPDX-License-Identifier: Apache-2.0
//
// File: content_store.h
//
// The bytes of documents, by their SHA-256. The facts about a document are in the log; its bytes
// are here, in files "ab/cd/abcd...": a name that is there holds all of its bytes, durably, and
// the same bytes are there once.
//
// Every call blocks on the disk, some on fsync: never call them on a gRPC thread.
//
// A hash as text is 64 lower-case hexadecimal digits; anything else is INVALID_ARGUMENT. A failure
// of the disk is UNAVAILABLE.

#ifndef JEJAK_SERVER_CONTENT_CONTENT_STORE_H_
#define JEJAK_SERVER_CONTENT_CONTENT_STORE_H_

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
  ContentWriter(std::string root, std::string temp_path, FileDescriptor file);
  void Abandon();
  absl::Status Publish(const std::string& sha256);
  absl::Status Write(absl::string_view bytes);

  const std::string root_;
  const std::string temp_path_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
  Sha256Stream hash_;
};

// Reads one content in pieces. Not thread-safe. Independent of the store object once made.
class ContentReader {
 public:
  std::uint64_t size() const { return size_; }

  // The next piece, at most limits::kContentChunkBytesMax bytes; empty after the last. DATA_LOSS
  // instead of that empty piece if the bytes do not have the hash they are named by: what was
  // read before is worth nothing then. Whoever stops early has verified nothing.
  absl::StatusOr<std::string> Read();

 private:
  friend class ContentStore;
  ContentReader(std::string sha256, FileDescriptor file, std::uint64_t size);

  const std::string sha256_;
  FileDescriptor file_;
  const std::uint64_t size_;
  // Set at the end of the file.
  std::optional<bool> verified_;
  Sha256Stream hash_;
};

// Thread-safe.
class ContentStore {
 public:
  // Opens or makes the store in the folder `path`, and removes what unfinished writes left.
  // REQUIRES: no other store is open on the folder; the caller holds the lock of the data folder.
  static absl::StatusOr<std::unique_ptr<ContentStore>> Open(const std::string& path);

  absl::StatusOr<std::unique_ptr<ContentWriter>> NewWriter();

  // NOT_FOUND if it is not there. Says nothing about whether the bytes are undamaged.
  absl::StatusOr<ContentInfo> Stat(absl::string_view sha256) const;

  // NOT_FOUND if it is not there.
  absl::StatusOr<std::unique_ptr<ContentReader>> NewReader(absl::string_view sha256) const;

  // All bytes, verified. NOT_FOUND; RESOURCE_EXHAUSTED if there are more than `max_bytes`;
  // DATA_LOSS if they are damaged.
  absl::StatusOr<std::string> ReadAll(absl::string_view sha256, std::uint64_t max_bytes) const;

 private:
  explicit ContentStore(std::string root) : root_(std::move(root)) {}

  const std::string root_;
};

}  // namespace jejak::content

#endif  // JEJAK_SERVER_CONTENT_CONTENT_STORE_H_
