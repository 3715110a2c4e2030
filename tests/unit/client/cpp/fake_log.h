// SPDX-License-Identifier: Apache-2.0
//
// File: fake_log.h
//
// A log in memory behind a connection that answers as LogService does, and can be made to lie.

#ifndef JEJAK_TESTS_UNIT_CLIENT_CPP_FAKE_LOG_H_
#define JEJAK_TESTS_UNIT_CLIENT_CPP_FAKE_LOG_H_

#include "client/cpp/client.h"
#include "client/cpp/connection.h"
#include "server/audit/checkpoint.h"
#include "server/audit/note.h"
#include "server/audit/proof.h"
#include "server/audit/proof_file.h"
#include "server/base/aead.h"
#include "server/base/check.h"
#include "server/log/entry.h"
#include "server/log/merkle.h"

#include "google/rpc/error_details.pb.h"
#include "jejak/v1/log_service.grpc.pb.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jejak::client {

// Tests change what they like.
struct FakeLog {
  explicit FakeLog(char key = 1, const std::string& origin = "log.example")
      : signer(*audit::Signer::FromSeed(origin, audit::KeyType::kEd25519,
                                        Key(std::string(Key::kBytes, key)))) {}

  // Adds an event to a stream.
  void Add(const std::string& stream, const std::string& actor = "officers/siti") {
    std::vector<std::uint64_t>& positions = streams[stream];
    log::Entry entry;
    entry.position = entries.size();
    entry.commit_time_us = 1'600'000'000'000'000 + static_cast<std::int64_t>(entries.size());
    entry.stream = stream;
    entry.revision = positions.size() + 1;
    entry.prev_position_plus_one = positions.empty() ? 0 : positions.back() + 1;
    entry.event_type = "jejak.event.v1.LokusDesignated";
    entry.content_type = "application/x-protobuf";
    entry.actor = actor;
    entry.payload_commitment = log::PayloadCommitment(salt, Payload(entry.position));
    entry.payload_length = static_cast<std::uint32_t>(Payload(entry.position).size());
    positions.push_back(entry.position);
    entries.push_back(*log::EncodeEntry(entry));
  }
  void AddMany(int count) {
    for (int i = 0; i < count; ++i) Add(absl::StrCat("s/", i % 3));
  }
  static std::string Payload(std::uint64_t position) { return absl::StrCat("payload ", position); }

  Hash Node(int level, std::uint64_t index) const {
    log::CompactRange range;
    const std::uint64_t count = std::uint64_t{1} << level;
    for (std::uint64_t i = index * count; i < (index + 1) * count; ++i) {
      range.Append(log::LeafHash(entries[i]));
    }
    return range.Root();
  }
  auto Nodes() const {
    return [this](int level, std::uint64_t index) -> absl::StatusOr<Hash> {
      return Node(level, index);
    };
  }
  audit::SignedCheckpoint Signed() const {
    const std::uint64_t size = entries.size();
    return audit::SignCheckpoint({signer.key().name, size, *audit::TreeRoot(size, Nodes())},
                                 signer);
  }
  std::string Receipt(std::uint64_t position) const {
    audit::ProofFile file;
    file.extra = entries[position];
    file.index = position;
    file.proof = *audit::InclusionProof(position, entries.size(), Nodes());
    file.checkpoint = Signed();
    return audit::FormatProofFile(file);
  }

  audit::Signer signer;
  log::Salt salt{};
  std::vector<std::string> entries;
  std::map<std::string, std::vector<std::uint64_t>> streams;
  // Given instead of an entry.
  std::map<std::uint64_t, std::string> shown;
  // The newest checkpoint as it is given, if not empty.
  std::string note;
  // Most entries in a page.
  std::uint64_t page = 100;
  // Given instead of the hashes of a consistency proof, if set.
  std::optional<std::string> hash;
  // False: only what was signed before is given, which is `note`.
  bool signs = true;
};

class FakeLogConnection final : public Connection {
 public:
  explicit FakeLogConnection(FakeLog* log) : log_(*log) {}

  absl::Status Call(const std::string& method, const CallContext&, const std::string& request,
                    std::string* response) override {
    const std::string name = method.substr(method.rfind('/') + 1);
    if (name == "GetCheckpoint") {
      v1::GetCheckpointRequest asked;
      JEJAK_CHECK(asked.ParseFromString(request));
      if (!log_.signs && asked.size() > 0) return NotSigned();
      v1::GetCheckpointResponse answer;
      answer.set_note(log_.note.empty() ? audit::FormatNote(log_.Signed().note) : log_.note);
      answer.set_verifier_key(audit::FormatVerifierKey(log_.signer.key()));
      return Give(answer, response);
    }
    if (name == "GetConsistencyProof") {
      v1::GetConsistencyProofRequest asked;
      JEJAK_CHECK(asked.ParseFromString(request));
      v1::GetConsistencyProofResponse answer;
      const auto proof = audit::ConsistencyProof(asked.old_size(), asked.new_size(), log_.Nodes());
      if (!proof.ok()) return proof.status();
      for (const Hash& hash : *proof) {
        answer.add_hashes(log_.hash.value_or(std::string(AsBytes(hash))));
      }
      return Give(answer, response);
    }
    if (name == "ListEntries") {
      v1::ListEntriesRequest asked;
      JEJAK_CHECK(asked.ParseFromString(request));
      v1::ListEntriesResponse answer;
      const std::uint64_t from = asked.from_position();
      const std::uint64_t to = std::min<std::uint64_t>(
          log_.entries.size(),
          from + std::min(log_.page, static_cast<std::uint64_t>(asked.page_size())));
      for (std::uint64_t i = from; i < to; ++i) {
        v1::LogEntry& entry = *answer.add_entries();
        entry.set_position(i);
        entry.set_entry(log_.shown.count(i) > 0 ? log_.shown[i] : log_.entries[i]);
      }
      answer.set_log_size(log_.entries.size());
      return Give(answer, response);
    }
    return absl::UnimplementedError(method);
  }
  std::unique_ptr<Stream> Open(const std::string&, const CallContext&) override { return nullptr; }

 private:
  static absl::Status NotSigned() {
    google::rpc::ErrorInfo info;
    info.set_reason("NOT_SIGNED");
    absl::Status status = absl::UnavailableError("nothing is signed any more");
    status.SetPayload("type.googleapis.com/google.rpc.ErrorInfo",
                      absl::Cord(info.SerializeAsString()));
    return status;
  }
  static absl::Status Give(const google::protobuf::Message& answer, std::string* response) {
    *response = answer.SerializeAsString();
    return absl::OkStatus();
  }

  FakeLog& log_;
};

}  // namespace jejak::client

#endif  // JEJAK_TESTS_UNIT_CLIENT_CPP_FAKE_LOG_H_
