// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/log_verifier.h"

#include "client/cpp/error.h"
#include "server/audit/encoding.h"
#include "server/audit/proof.h"
#include "server/audit/tile.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"

#include "jejak/v1/log_service.grpc.pb.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <span>
#include <utility>

namespace jejak::client {
namespace {

absl::Status AnotherLog(absl::string_view origin, const audit::VerifierKey& key,
                        absl::string_view said) {
  return absl::DataLossError(
      absl::StrCat("this is another log: the checkpoint is of ", audit::Quoted(origin),
                   said.empty() ? "" : " with the key ", said, ", and the trusted log is ",
                   audit::Quoted(key.name), " with the key ", audit::FormatVerifierKey(key)));
}

absl::Status AnotherKey(const audit::VerifierKey& key, absl::string_view said) {
  return absl::DataLossError(absl::StrCat(
      "the checkpoint is not signed with the trusted key ", audit::FormatVerifierKey(key),
      said.empty() ? "" : ", but by a log that gives its key as ", said));
}

absl::Status Shrunken(const audit::Checkpoint& known, std::uint64_t size) {
  return absl::DataLossError(absl::StrCat("the log has become smaller: a signed checkpoint of ",
                                          known.size, " events was seen before, and now it has ",
                                          size));
}

absl::Status Rewritten(const audit::Checkpoint& known, const audit::Checkpoint& shown,
                       absl::string_view why) {
  return absl::DataLossError(absl::StrCat(
      "the log was rewritten: it does not begin with the ", known.size,
      " events of the checkpoint that was seen before (root ", audit::FormatHash(known.root),
      "); now it has ", shown.size, " events, root ", audit::FormatHash(shown.root), ": ", why));
}

// What does not verify is of one kind for those who only want to know whether it does.
absl::Status Refused(const absl::Status& why) { return absl::DataLossError(why.message()); }

// One that covers all that is recorded now. A server that does not sign any more still shows what
// it has signed, and that may say why.
absl::StatusOr<v1::GetCheckpointResponse> NewestCheckpoint(Client* client) {
  v1::ListEntriesRequest one;
  one.set_page_size(1);
  JEJAK_ASSIGN_OR_RETURN(const auto page, client->Call(&v1::LogService::Stub::ListEntries, one));
  v1::GetCheckpointRequest request;
  request.set_size(page.log_size());
  auto response = client->Call(&v1::LogService::Stub::GetCheckpoint, request);
  if (!response.ok() && GetDetails(response.status()).reason == "NOT_SIGNED") {
    request.clear_size();
    response = client->Call(&v1::LogService::Stub::GetCheckpoint, request);
  }
  return response;
}

}  // namespace

absl::Status CheckSigned(const audit::SignedCheckpoint& checkpoint, const audit::VerifierKey& key,
                         absl::string_view said) {
  if (checkpoint.checkpoint.origin != key.name) {
    return AnotherLog(checkpoint.checkpoint.origin, key, said);
  }
  const absl::Status verified =
      audit::VerifyNote(checkpoint.note, std::span<const audit::VerifierKey>(&key, 1)).status();
  if (absl::IsPermissionDenied(verified)) return AnotherKey(key, said);
  return verified.ok() ? verified : Refused(verified);
}

absl::Status CheckContinues(Client* client, const audit::Checkpoint& known,
                            const audit::Checkpoint& shown) {
  if (shown.size < known.size) return Shrunken(known, shown.size);
  audit::Proof proof;
  if (shown.size > known.size && known.size > 0) {
    v1::GetConsistencyProofRequest request;
    request.set_old_size(known.size);
    request.set_new_size(shown.size);
    JEJAK_ASSIGN_OR_RETURN(const auto response,
                           client->Call(&v1::LogService::Stub::GetConsistencyProof, request));
    for (const std::string& hash : response.hashes()) {
      if (hash.size() != sizeof(Hash)) return Rewritten(known, shown, "the proof is none");
      proof.push_back(HashFromBytes(hash));
    }
  }
  if (known.size == 0) return absl::OkStatus();
  const absl::Status consistent =
      audit::VerifyConsistency(known.size, shown.size, known.root, shown.root, proof);
  return consistent.ok() ? consistent : Rewritten(known, shown, consistent.message());
}

absl::StatusOr<KnownLog> VerifyNewest(Client* client, const std::optional<KnownLog>& known,
                                      const std::optional<audit::VerifierKey>& key) {
  if (key.has_value() && known.has_value() && *key != known->key) {
    return absl::DataLossError(absl::StrCat("this is another key: ", audit::FormatVerifierKey(*key),
                                            " is given, and ", audit::FormatVerifierKey(known->key),
                                            " was trusted here before"));
  }
  const auto response = NewestCheckpoint(client);
  if (!response.ok()) {
    const bool empty = GetDetails(response.status()).reason == "NOTHING_SIGNED";
    if (empty && known.has_value() && known->checkpoint.checkpoint.size > 0) {
      return Shrunken(known->checkpoint.checkpoint, 0);
    }
    return response.status();
  }
  absl::StatusOr<audit::SignedCheckpoint> shown = audit::ParseSignedCheckpoint(response->note());
  if (!shown.ok()) return Refused(shown.status());

  KnownLog verified;
  const absl::StatusOr<audit::VerifierKey> said = audit::ParseVerifierKey(response->verifier_key());
  if (known.has_value()) {
    verified.key = known->key;
  } else if (key.has_value()) {
    verified.key = *key;
  } else if (said.ok()) {
    verified.key = *said;
  } else {
    return Refused(said.status());
  }
  JEJAK_RETURN_IF_ERROR(
      CheckSigned(*shown, verified.key, said.ok() ? response->verifier_key() : ""));
  if (known.has_value()) {
    JEJAK_RETURN_IF_ERROR(CheckContinues(client, known->checkpoint.checkpoint, shown->checkpoint));
  }
  verified.checkpoint = *std::move(shown);
  return verified;
}

absl::Status ReadEntries(Client* client, std::uint64_t from, std::uint64_t to,
                         const std::function<absl::Status(absl::string_view entry)>& visit) {
  while (from < to) {
    v1::ListEntriesRequest request;
    request.set_from_position(from);
    request.set_page_size(
        static_cast<std::int32_t>(std::min<std::uint64_t>(to - from, audit::kTileWidth)));
    JEJAK_ASSIGN_OR_RETURN(const auto page,
                           client->Call(&v1::LogService::Stub::ListEntries, request));
    if (page.entries().empty()) {
      return absl::DataLossError(
          absl::StrCat("the server has no entry ", from, ", which its checkpoint covers"));
    }
    for (const v1::LogEntry& entry : page.entries()) {
      if (from == to) break;
      if (entry.position() != from) {
        return absl::DataLossError(
            absl::StrCat("the server gives entry ", entry.position(), " instead of entry ", from));
      }
      JEJAK_RETURN_IF_ERROR(visit(entry.entry()));
      ++from;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<VerifiedReceipt> VerifyReceipt(absl::string_view proof_file,
                                              const audit::Policy& policy) {
  const absl::StatusOr<audit::ProofFile> file = audit::ParseProofFile(proof_file);
  if (!file.ok()) return Refused(file.status());
  if (file->extra.empty()) return absl::DataLossError("the receipt has no entry");
  VerifiedReceipt receipt;
  receipt.leaf_hash = log::LeafHash(file->extra);
  absl::StatusOr<audit::PolicyVerdict> verdict =
      audit::VerifyProofFile(*file, receipt.leaf_hash, policy);
  if (!verdict.ok()) return Refused(verdict.status());
  absl::StatusOr<log::Entry> entry = log::DecodeEntry(file->extra);
  if (!entry.ok()) return Refused(entry.status());
  if (entry->position != file->index) {
    return absl::DataLossError(
        absl::StrCat("entry ", file->index, " says that it is entry ", entry->position));
  }
  receipt.entry = *std::move(entry);
  receipt.checkpoint = file->checkpoint.checkpoint;
  receipt.verdict = *std::move(verdict);
  return receipt;
}

absl::StatusOr<std::string> VerifyPayload(const log::Entry& entry, absl::string_view salt_payload) {
  log::Salt salt{};
  if (salt_payload.size() < salt.size()) {
    return absl::DataLossError("the payload is too short to have a salt of 32 bytes before it");
  }
  std::copy_n(salt_payload.begin(), salt.size(), salt.begin());
  const absl::string_view payload = salt_payload.substr(salt.size());
  if (payload.size() != entry.payload_length ||
      log::PayloadCommitment(salt, payload) != entry.payload_commitment) {
    return absl::DataLossError("the payload is not the one that the entry commits to");
  }
  return std::string(payload);
}

absl::StatusOr<audit::Policy> PolicyOfKey(const audit::VerifierKey& key) {
  return audit::Policy::Parse(
      absl::StrCat("log ", audit::FormatVerifierKey(key), "\nquorum none\n"));
}

}  // namespace jejak::client
