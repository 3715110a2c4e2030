// SPDX-License-Identifier: Apache-2.0
//
// LogService over the wire: whatever it answers is verified with the keys alone, across restarts
// and against a server that lost or rewrote what it had signed.

#include "client/cpp/error.h"
#include "server/audit/proof_file.h"
#include "server/audit/tile.h"
#include "server/log/entry.h"
#include "server/log/merkle.h"
#include "tests/support/server_fixture.h"

#include "jejak/v1/admin_service.grpc.pb.h"
#include "jejak/v1/log_service.grpc.pb.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace jejak::test {
namespace {

namespace fs = std::filesystem;
using v1::LogService;

Hash ToHash(const std::string& bytes) {
  EXPECT_EQ(bytes.size(), sizeof(Hash));
  return HashFromBytes(bytes);
}

template <typename Response>
audit::Proof HashesOf(const Response& response) {
  audit::Proof proof;
  for (const std::string& hash : response.hashes()) proof.push_back(ToHash(hash));
  return proof;
}

class LogServiceTest : public ServerTest {
 protected:
  LogServiceTest() { MakeOffice(client()); }

  void Add(int count) {
    for (int i = 0; i < count; ++i) {
      const auto made =
          client().Call(&v1::DocumentService::Stub::RegisterDocument,
                        Document(absl::StrCat("d", ++documents_), absl::StrCat("title ", i)));
      ASSERT_TRUE(made.ok()) << made.status();
    }
  }
  v1::GetServerStatusResponse Status() {
    const auto status = client().Call(&v1::AdminService::Stub::GetServerStatus, {});
    EXPECT_TRUE(status.ok()) << status.status();
    return status.ok() ? *status : v1::GetServerStatusResponse();
  }
  // Verified with the key of the first call.
  audit::Checkpoint Checkpoint(std::uint64_t size = 0) {
    v1::GetCheckpointRequest request;
    request.set_size(size);
    const auto response = client().Call(&LogService::Stub::GetCheckpoint, request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    if (key_.empty()) key_ = response->verifier_key();
    const auto parsed = audit::ParseSignedCheckpoint(response->note());
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    const std::vector<audit::VerifierKey> known = {*audit::ParseVerifierKey(key_)};
    const auto verified = audit::VerifyNote(parsed->note, known);
    EXPECT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(parsed->checkpoint.size, response->checkpoint().size());
    EXPECT_EQ(parsed->checkpoint.root, ToHash(response->checkpoint().root()));
    return parsed->checkpoint;
  }
  std::vector<v1::LogEntry> Entries(bool payloads) {
    std::vector<v1::LogEntry> entries;
    v1::ListEntriesRequest request;
    request.set_page_size(7);
    request.set_payloads(payloads);
    while (true) {
      const auto page = client().Call(&LogService::Stub::ListEntries, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok() || page->entries().empty()) return entries;
      for (const v1::LogEntry& entry : page->entries()) entries.push_back(entry);
      request.set_from_position(page->next_position());
    }
  }
  template <typename Request, typename Method>
  std::string ReasonOf(Method method, const Request& request) {
    return client::GetDetails(client().Call(method, request).status()).reason;
  }

  std::string key_;
  int documents_ = 0;
};

TEST_F(LogServiceTest, EveryEventIsProvedToBeInEachTreeThatCoversIt) {
  Add(20);
  const audit::Checkpoint checkpoint = Checkpoint(Status().log_size());
  const std::vector<v1::LogEntry> entries = Entries(true);
  ASSERT_EQ(entries.size(), checkpoint.size);
  std::vector<Hash> leaves;
  for (const v1::LogEntry& listed : entries) {
    leaves.push_back(log::LeafHash(listed.entry()));
    const auto entry = log::DecodeEntry(listed.entry());
    ASSERT_TRUE(entry.ok()) << entry.status();
    EXPECT_EQ(entry->position, listed.position());
    log::Salt salt;
    std::copy(listed.salt().begin(), listed.salt().end(), salt.begin());
    EXPECT_EQ(log::PayloadCommitment(salt, listed.payload()), entry->payload_commitment);
  }
  log::CompactRange range;
  for (const Hash& leaf : leaves) range.Append(leaf);
  EXPECT_EQ(range.Root(), checkpoint.root) << "the entries are those that were signed";
  for (std::uint64_t position = 0; position < checkpoint.size; ++position) {
    v1::GetInclusionProofRequest request;
    request.set_position(position);
    const auto proof = client().Call(&LogService::Stub::GetInclusionProof, request);
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_EQ(ToHash(proof->leaf_hash()), leaves[position]);
    EXPECT_TRUE(audit::VerifyInclusion(position, proof->size(), leaves[position], HashesOf(*proof),
                                       checkpoint.root)
                    .ok());
  }
  v1::GetTileRequest tile;
  tile.set_width(static_cast<std::uint32_t>(checkpoint.size));
  std::string hashes;
  for (const Hash& leaf : leaves) absl::StrAppend(&hashes, AsBytes(leaf));
  EXPECT_EQ(client().Call(&LogService::Stub::GetTile, tile)->hashes(), hashes);
}

TEST_F(LogServiceTest, ALaterTreeIsProvedToGoOnFromAnEarlierOneAlsoAfterARestart) {
  const audit::Checkpoint first = Checkpoint(Status().log_size());
  Add(5);
  const audit::Checkpoint second = Checkpoint(Status().log_size());
  EXPECT_GT(second.size, first.size);
  Restart();
  Add(3);
  const audit::Checkpoint third = Checkpoint(Status().log_size());
  EXPECT_EQ(third.origin, first.origin);
  EXPECT_EQ(Checkpoint(first.size).root, first.root) << "the one of then is still there";
  for (const auto& [older, newer] : {std::pair(first, second), std::pair(first, third),
                                     std::pair(second, third), std::pair(third, third)}) {
    v1::GetConsistencyProofRequest request;
    request.set_old_size(older.size);
    request.set_new_size(newer.size);
    const auto proof = client().Call(&LogService::Stub::GetConsistencyProof, request);
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_TRUE(
        audit::VerifyConsistency(older.size, newer.size, older.root, newer.root, HashesOf(*proof))
            .ok());
  }
}

TEST_F(LogServiceTest, AReceiptOutlivesTheServerAndAnyChangeOfItIsNoticed) {
  Add(4);
  v1::GetReceiptRequest request;
  request.set_position(4);
  const auto receipt = client().Call(&LogService::Stub::GetReceipt, request);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  Checkpoint();
  StopServer();
  const auto policy = audit::Policy::Parse(absl::StrCat("log ", key_, "\nquorum none\n"));
  ASSERT_TRUE(policy.ok()) << policy.status();
  const auto verified = [&policy](const std::string& text) {
    const auto file = audit::ParseProofFile(text);
    if (!file.ok()) return file.status();
    return audit::VerifyProofFile(*file, log::LeafHash(file->extra), *policy).status();
  };
  EXPECT_TRUE(verified(receipt->proof_file()).ok()) << verified(receipt->proof_file());
  EXPECT_EQ(audit::ParseProofFile(receipt->proof_file())->extra, receipt->entry().entry());
  EXPECT_EQ(log::DecodeEntry(receipt->entry().entry())->position, 4u);
  for (std::size_t i = 0; i < receipt->proof_file().size(); ++i) {
    std::string changed = receipt->proof_file();
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(verified(changed).ok()) << "byte " << i;
  }
  StartServer();
}

TEST_F(LogServiceTest, ACommandMayWaitUntilItIsSigned) {
  auto request = Document("d99", "title");
  request.mutable_write()->set_acknowledgement(v1::ACKNOWLEDGEMENT_SIGNED);
  const auto made = client().Call(&v1::DocumentService::Stub::RegisterDocument, request);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_GE(made->commit().signed_size(), made->commit().log_size());
  EXPECT_TRUE(made->commit().notices().empty());
  EXPECT_GE(Status().signed_size(), made->commit().log_size());
  EXPECT_FALSE(Status().verifier_key().empty());
  EXPECT_EQ(Status().signing_failure(), "");
}

TEST_F(LogServiceTest, WhatCannotBeAskedIsRefused) {
  const std::uint64_t size = Status().log_size();
  v1::GetCheckpointRequest checkpoint;
  checkpoint.set_size(size + 1);
  EXPECT_EQ(ReasonOf(&LogService::Stub::GetCheckpoint, checkpoint), "POSITION_IN_FUTURE");
  for (const std::uint64_t position : {size, ~std::uint64_t{0}}) {
    v1::GetInclusionProofRequest inclusion;
    inclusion.set_position(position);
    EXPECT_EQ(ReasonOf(&LogService::Stub::GetInclusionProof, inclusion), "POSITION_IN_FUTURE");
    inclusion.set_size(size);
    EXPECT_EQ(ReasonOf(&LogService::Stub::GetInclusionProof, inclusion), "POSITION_IN_FUTURE");
    v1::GetReceiptRequest receipt;
    receipt.set_position(position);
    EXPECT_EQ(ReasonOf(&LogService::Stub::GetReceipt, receipt), "POSITION_IN_FUTURE");
  }
  v1::GetInclusionProofRequest inclusion;
  inclusion.set_size(~std::uint64_t{0});
  EXPECT_EQ(ReasonOf(&LogService::Stub::GetInclusionProof, inclusion), "POSITION_IN_FUTURE");
  v1::GetConsistencyProofRequest consistency;
  consistency.set_new_size(size);
  EXPECT_EQ(ReasonOf(&LogService::Stub::GetConsistencyProof, consistency), "SIZES_OUT_OF_ORDER");
  consistency.set_old_size(size + 1);
  EXPECT_EQ(ReasonOf(&LogService::Stub::GetConsistencyProof, consistency), "SIZES_OUT_OF_ORDER");
  consistency.set_new_size(size + 1);
  EXPECT_EQ(ReasonOf(&LogService::Stub::GetConsistencyProof, consistency), "POSITION_IN_FUTURE");
  v1::GetTileRequest tile;
  EXPECT_EQ(ReasonOf(&LogService::Stub::GetTile, tile), "TILE_NOT_FOUND") << "it is not full";
  v1::ListEntriesRequest entries;
  entries.set_from_position(size + 1);
  EXPECT_EQ(ReasonOf(&LogService::Stub::ListEntries, entries), "POSITION_IN_FUTURE");
  entries.set_page_size(257);
  EXPECT_EQ(ReasonOf(&LogService::Stub::ListEntries, entries), "REQUEST_INVALID");
}

// A4 and A5: an old copy of everything but the file outside of the backup.
TEST_F(LogServiceTest, AServerWhoseLogWasPutBackTakesNoCommandsAndSignsNothing) {
  const std::uint64_t before = Status().log_size();
  StopServer();
  const std::string copy = data() + ".copy";
  fs::copy(data(), copy, fs::copy_options::recursive);
  StartServer();
  Add(3);
  Checkpoint(Status().log_size());
  StopServer();
  fs::copy(data() + "/signed", copy + "/signed", fs::copy_options::overwrite_existing);
  fs::remove_all(data());
  fs::rename(copy, data());
  StartServer();
  const v1::GetServerStatusResponse status = Status();
  EXPECT_EQ(status.log_size(), before);
  EXPECT_FALSE(status.accepting());
  EXPECT_NE(status.reason().find("were signed"), std::string::npos) << status.reason();
  EXPECT_NE(status.signing_failure(), "");
  const auto refused =
      client().Call(&v1::DocumentService::Stub::RegisterDocument, Document("dx", "title"));
  EXPECT_EQ(client::GetDetails(refused.status()).reason, "NOT_ACCEPTING");
  EXPECT_EQ(Entries(false).size(), before) << "what is there is read";
}

}  // namespace
}  // namespace jejak::test
