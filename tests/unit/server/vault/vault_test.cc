// SPDX-License-Identifier: Apache-2.0

#include "server/vault/vault.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

namespace jejak::vault {
namespace {

constexpr absl::string_view kStream = "programs/dp3-2021/lokus/18.06.11.2016/agen/a1";
constexpr absl::string_view kEventId = "0123456789abcdef";

v1::Person Plain() {
  v1::Person plain;
  plain.set_name("Siti Aminah Rahmawati");
  plain.set_national_id("1806110101900007");
  plain.set_birth_date("1990-01-01");
  plain.set_sex(v1::SEX_FEMALE);
  plain.set_address("Jalan Merdeka Barat 17, Gunung Kasih");
  plain.set_phone("+628123456789");
  return plain;
}

class VaultTest : public testing::Test {
 protected:
  VaultTest() : folder_(testing::TempDir() + "/vault_" + ToHex(RandomBytes(8))) {
    std::filesystem::create_directories(folder_);
    options_.path = folder_ + "/vault";
    options_.log_id = "00112233445566778899aabbccddeeff";
    options_.may_create = true;
    options_.kek_path = folder_ + "/kek";
    options_.create_kek = true;
    options_.pool_keys = 8;
  }
  ~VaultTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Vault> Open() const {
    absl::StatusOr<std::unique_ptr<Vault>> vault = Vault::Open(options_);
    EXPECT_TRUE(vault.ok()) << vault.status();
    return vault.ok() ? *std::move(vault) : nullptr;
  }

  // The bytes of every file of the vault.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(options_.path)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      files[entry.path().string()] = std::string(std::istreambuf_iterator<char>(file), {});
    }
    return files;
  }

  // Runs `use` on the database below a vault that is closed.
  void WithDatabase(const std::function<void(rocksdb::DB&)>& use) const {
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(rocksdb::Options(), options_.path, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    use(*db);
  }

  const std::string folder_;
  Vault::Options options_;
};

// TakeSubject, again while the pool is being filled.
std::string Take(Vault& vault) {
  while (true) {
    absl::StatusOr<std::string> subject = vault.TakeSubject();
    if (subject.ok()) return *subject;
    EXPECT_TRUE(absl::IsResourceExhausted(subject.status())) << subject.status();
    std::this_thread::yield();
  }
}

TEST_F(VaultTest, WhatWasSealedCanBeUnsealed) {
  const std::unique_ptr<Vault> vault = Open();
  const std::string subject = Take(*vault);
  const absl::StatusOr<v1::SealedPerson> sealed =
      vault->Seal(subject, Plain(), kStream, kEventId, 3);
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  EXPECT_EQ(sealed->subject(), subject);
  EXPECT_EQ(sealed->stream(), std::string(kStream));
  EXPECT_EQ(sealed->event_id(), std::string(kEventId));
  EXPECT_EQ(sealed->ordinal(), 3U);
  EXPECT_EQ(sealed->nonce().size(), 12U);
  const absl::StatusOr<v1::Person> person = vault->Unseal(*sealed);
  ASSERT_TRUE(person.ok()) << person.status();
  v1::Person expected = Plain();
  expected.set_subject(subject);
  EXPECT_EQ(person->SerializeAsString(), expected.SerializeAsString());
}

TEST_F(VaultTest, OnlyPersonalFieldsAreSealed) {
  const std::unique_ptr<Vault> vault = Open();
  v1::Person plain = Plain();
  plain.set_subject("another");
  plain.set_masked(true);
  plain.mutable_sealed()->set_nonce("nonce");
  const std::string subject = Take(*vault);
  const v1::Person person =
      vault->Unseal(*vault->Seal(subject, plain, kStream, kEventId, 0)).value();
  v1::Person expected = Plain();
  expected.set_subject(subject);
  EXPECT_EQ(person.SerializeAsString(), expected.SerializeAsString());
}

TEST_F(VaultTest, SealingTwiceGivesDifferentBytes) {
  const std::unique_ptr<Vault> vault = Open();
  const std::string subject = Take(*vault);
  const v1::SealedPerson first = *vault->Seal(subject, Plain(), kStream, kEventId, 0);
  const v1::SealedPerson second = *vault->Seal(subject, Plain(), kStream, kEventId, 0);
  EXPECT_NE(first.nonce(), second.nonce());
  EXPECT_NE(first.ciphertext(), second.ciphertext());
}

TEST_F(VaultTest, EveryChangeOfASealedPersonIsFound) {
  const std::unique_ptr<Vault> vault = Open();
  const std::string other = Take(*vault);
  const v1::SealedPerson sealed = *vault->Seal(Take(*vault), Plain(), kStream, kEventId, 1);
  const std::vector<std::function<void(v1::SealedPerson&)>> changes = {
      [&](v1::SealedPerson& s) { s.set_subject(other); },
      [](v1::SealedPerson& s) { s.set_stream("programs/dp3-2021/lokus/18.06.11.2016/agen/a2"); },
      [](v1::SealedPerson& s) { s.set_event_id("0123456789abcdeF"); },
      [](v1::SealedPerson& s) { s.set_ordinal(0); },
      [](v1::SealedPerson& s) { s.mutable_nonce()->at(0)++; },
      [](v1::SealedPerson& s) { s.clear_nonce(); },
      [](v1::SealedPerson& s) { s.clear_ciphertext(); },
      [](v1::SealedPerson& s) { s.mutable_ciphertext()->append(8192, 'x'); },
      [](v1::SealedPerson& s) { s.mutable_national_id_hmac()->at(0)++; },
      [](v1::SealedPerson& s) { s.clear_national_id_hmac(); },
      // A byte moved from one part of the context to the next.
      [](v1::SealedPerson& s) {
        s.set_event_id(s.stream().back() + s.event_id());
        s.mutable_stream()->pop_back();
      },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    v1::SealedPerson changed = sealed;
    changes[i](changed);
    EXPECT_TRUE(absl::IsDataLoss(vault->Unseal(changed).status())) << i;
  }
  for (std::size_t bit = 0; bit < sealed.ciphertext().size() * 8; ++bit) {
    v1::SealedPerson changed = sealed;
    char& byte = changed.mutable_ciphertext()->at(bit / 8);
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
    EXPECT_TRUE(absl::IsDataLoss(vault->Unseal(changed).status())) << bit;
  }
  EXPECT_TRUE(vault->Unseal(sealed).ok());
}

TEST_F(VaultTest, PersonsOfOneEventCannotBeSwapped) {
  const std::unique_ptr<Vault> vault = Open();
  v1::SealedPerson first = *vault->Seal(Take(*vault), Plain(), kStream, kEventId, 0);
  v1::SealedPerson second = *vault->Seal(Take(*vault), Plain(), kStream, kEventId, 1);
  first.mutable_nonce()->swap(*second.mutable_nonce());
  first.mutable_ciphertext()->swap(*second.mutable_ciphertext());
  EXPECT_TRUE(absl::IsDataLoss(vault->Unseal(first).status()));
  EXPECT_TRUE(absl::IsDataLoss(vault->Unseal(second).status()));
}

TEST_F(VaultTest, AnUnknownSubjectIsNotFound) {
  const std::unique_ptr<Vault> vault = Open();
  const std::string unknown = "s00000000000000000000000000000000";
  EXPECT_TRUE(absl::IsNotFound(vault->Seal(unknown, Plain(), kStream, kEventId, 0).status()));
  v1::SealedPerson sealed = *vault->Seal(Take(*vault), Plain(), kStream, kEventId, 0);
  sealed.set_subject(unknown);
  EXPECT_TRUE(absl::IsNotFound(vault->Unseal(sealed).status()));
  EXPECT_TRUE(absl::IsNotFound(vault->DestroySubject(unknown)));
}

TEST_F(VaultTest, WrongArgumentsOfSealAreRefused) {
  const std::unique_ptr<Vault> vault = Open();
  const std::string subject = Take(*vault);
  EXPECT_TRUE(absl::IsInvalidArgument(vault->Seal(subject, Plain(), kStream, "id", 0).status()));
  v1::Person large = Plain();
  large.set_address(std::string(limits::kPersonBytesMax, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(vault->Seal(subject, large, kStream, kEventId, 0).status()));
}

TEST_F(VaultTest, AReopenedVaultUnsealsAndIndexesAsBefore) {
  v1::SealedPerson sealed;
  Hash index;
  {
    const std::unique_ptr<Vault> vault = Open();
    sealed = *vault->Seal(Take(*vault), Plain(), kStream, kEventId, 0);
    index = vault->BlindIndex("1806110101900007");
  }
  options_.create_kek = false;
  const std::unique_ptr<Vault> vault = Open();
  EXPECT_EQ(vault->Unseal(sealed)->name(), Plain().name());
  EXPECT_EQ(vault->BlindIndex("1806110101900007"), index);
}

TEST_F(VaultTest, AnotherKeyFileIsRefusedAndTheVaultStaysAsItIs) {
  Open().reset();
  const auto before = Files();
  std::filesystem::rename(options_.kek_path, options_.kek_path + ".kept");
  {
    Vault::Options other = options_;
    other.path += "2";
    ASSERT_TRUE(Vault::Open(other).ok());
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(Vault::Open(options_).status()));
  EXPECT_EQ(Files(), before);
  std::filesystem::rename(options_.kek_path + ".kept", options_.kek_path);
  EXPECT_TRUE(Vault::Open(options_).ok());
}

TEST_F(VaultTest, AVaultWithoutItsKeyFileIsRefusedAndNoKeyIsMade) {
  Open().reset();
  std::filesystem::remove(options_.kek_path);
  EXPECT_TRUE(absl::IsFailedPrecondition(Vault::Open(options_).status()));
  EXPECT_FALSE(std::filesystem::exists(options_.kek_path));
}

TEST_F(VaultTest, ANewVaultNeedsItsKeyFileUnlessToldToMakeOne) {
  options_.create_kek = false;
  EXPECT_TRUE(absl::IsFailedPrecondition(Vault::Open(options_).status()));
  EXPECT_FALSE(std::filesystem::exists(options_.path));
}

TEST_F(VaultTest, AMissingVaultIsNotReplacedWhenItsLogHasEvents) {
  Open().reset();
  std::filesystem::rename(options_.path, options_.path + ".kept");
  options_.may_create = false;
  const absl::Status status = Vault::Open(options_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(status.message().find("there is no vault in " + options_.path), absl::string_view::npos)
      << status;
  EXPECT_FALSE(std::filesystem::exists(options_.path));
  std::filesystem::rename(options_.path + ".kept", options_.path);
  EXPECT_TRUE(Vault::Open(options_).ok());
}

TEST_F(VaultTest, AnotherLogsVaultIsRefusedUntouched) {
  Open().reset();
  const auto before = Files();
  options_.log_id = "ffeeddccbbaa99887766554433221100";
  const absl::Status status = Vault::Open(options_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(status.message().find("belongs to log 00112233"), absl::string_view::npos) << status;
  EXPECT_EQ(Files(), before);
}

TEST_F(VaultTest, AKeyFileThatOthersMayReadIsRefused) {
  Open().reset();
  std::filesystem::permissions(options_.kek_path, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  EXPECT_TRUE(absl::IsFailedPrecondition(Vault::Open(options_).status()));
}

TEST_F(VaultTest, ANewerFormatIsRefusedUntouched) {
  Open().reset();
  WithDatabase([](rocksdb::DB& db) {
    ASSERT_TRUE(db.Put(rocksdb::WriteOptions(), "f", std::string("\0\0\0\2", 4)).ok());
  });
  const auto before = Files();
  EXPECT_TRUE(absl::IsFailedPrecondition(Vault::Open(options_).status()));
  EXPECT_EQ(Files(), before);
}

TEST_F(VaultTest, KeysWithoutAFormatRowAreDataLoss) {
  Open().reset();
  WithDatabase([](rocksdb::DB& db) { ASSERT_TRUE(db.Delete(rocksdb::WriteOptions(), "f").ok()); });
  EXPECT_TRUE(absl::IsDataLoss(Vault::Open(options_).status()));
}

TEST_F(VaultTest, AWrappedKeyUnderAnotherSubjectIsDataLoss) {
  std::string first;
  v1::SealedPerson sealed;
  {
    const std::unique_ptr<Vault> vault = Open();
    first = Take(*vault);
    sealed = *vault->Seal(Take(*vault), Plain(), kStream, kEventId, 0);
  }
  WithDatabase([&](rocksdb::DB& db) {
    std::string wrapped;
    ASSERT_TRUE(db.Get(rocksdb::ReadOptions(), "k" + first, &wrapped).ok());
    ASSERT_TRUE(db.Put(rocksdb::WriteOptions(), "k" + sealed.subject(), wrapped).ok());
  });
  EXPECT_TRUE(absl::IsDataLoss(Open()->Unseal(sealed).status()));
}

TEST_F(VaultTest, NoSubjectIsHandedOutTwiceAlsoAcrossRestarts) {
  std::set<std::string> seen;
  for (int run = 0; run < 3; ++run) {
    const std::unique_ptr<Vault> vault = Open();
    for (int i = 0; i < 50; ++i) {
      const std::string subject = Take(*vault);
      EXPECT_EQ(subject.size(), 33U);
      EXPECT_EQ(subject[0], 's');
      EXPECT_TRUE(FromHex(subject.substr(1)).ok());
      EXPECT_TRUE(seen.insert(subject).second);
    }
  }
}

TEST_F(VaultTest, SubjectsTakenByManyThreadsAreDifferent) {
  const std::unique_ptr<Vault> vault = Open();
  std::vector<std::vector<std::string>> taken(4);
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (std::vector<std::string>& mine : taken) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        mine.push_back(Take(*vault));
        const absl::StatusOr<v1::SealedPerson> sealed =
            vault->Seal(mine.back(), Plain(), kStream, kEventId, 0);
        if (!sealed.ok() || !vault->Unseal(*sealed).ok()) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const std::vector<std::string>& mine : taken) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 200U);
  EXPECT_EQ(failed, 0);
}

TEST_F(VaultTest, AnEmptyPoolIsResourceExhausted) {
  options_.pool_keys = 0;
  EXPECT_TRUE(absl::IsResourceExhausted(Open()->TakeSubject().status()));
}

TEST_F(VaultTest, TheKeyOfATakenSubjectIsOnDiskAlready) {
  v1::SealedPerson sealed;
  const std::string copy = folder_ + "/copy";
  {
    const std::unique_ptr<Vault> vault = Open();
    sealed = *vault->Seal(Take(*vault), Plain(), kStream, kEventId, 0);
    // What a crash at this moment would leave. Again if RocksDB just removed an old file.
    std::error_code error;
    do {
      std::filesystem::remove_all(copy);
      std::filesystem::copy(options_.path, copy, std::filesystem::copy_options::recursive, error);
    } while (error);
  }
  options_.path = copy;
  EXPECT_TRUE(Open()->Unseal(sealed).ok());
}

TEST_F(VaultTest, ADestroyedKeyForgetsOnePersonForGood) {
  v1::SealedPerson forgotten;
  v1::SealedPerson kept;
  {
    const std::unique_ptr<Vault> vault = Open();
    forgotten = *vault->Seal(Take(*vault), Plain(), kStream, kEventId, 0);
    kept = *vault->Seal(Take(*vault), Plain(), kStream, kEventId, 1);
    ASSERT_TRUE(vault->DestroySubject(forgotten.subject()).ok());
    EXPECT_TRUE(absl::IsNotFound(vault->Unseal(forgotten).status()));
    EXPECT_TRUE(
        absl::IsNotFound(vault->Seal(forgotten.subject(), Plain(), kStream, kEventId, 0).status()));
    EXPECT_TRUE(vault->Unseal(kept).ok());
    EXPECT_TRUE(vault->DestroySubject(forgotten.subject()).ok());
  }
  const std::unique_ptr<Vault> vault = Open();
  EXPECT_TRUE(absl::IsNotFound(vault->Unseal(forgotten).status()));
  EXPECT_TRUE(vault->Unseal(kept).ok());
}

TEST_F(VaultTest, ADestroyedKeyIsInNoFile) {
  std::string subject;
  {
    const std::unique_ptr<Vault> vault = Open();
    subject = Take(*vault);
  }
  std::string wrapped;
  WithDatabase([&](rocksdb::DB& db) {
    ASSERT_TRUE(db.Get(rocksdb::ReadOptions(), "k" + subject, &wrapped).ok());
  });
  ASSERT_EQ(wrapped.size(), 60U);
  const auto count = [&] {
    int files = 0;
    for (const auto& [name, bytes] : Files()) files += bytes.find(wrapped) != bytes.npos ? 1 : 0;
    return files;
  };
  ASSERT_GT(count(), 0);
  ASSERT_TRUE(Open()->DestroySubject(subject).ok());
  EXPECT_EQ(count(), 0);
}

TEST_F(VaultTest, NoPlainValueIsInAnyFileOrInTheSealedBytes) {
  std::vector<std::string> stores;
  {
    const std::unique_ptr<Vault> vault = Open();
    stores.push_back(vault->Seal(Take(*vault), Plain(), kStream, kEventId, 0)->SerializeAsString());
  }
  for (const auto& [name, bytes] : Files()) stores.push_back(bytes);
  std::ifstream kek(options_.kek_path, std::ios::binary);
  const std::string key(std::istreambuf_iterator<char>(kek), {});
  ASSERT_EQ(key.size(), 32U);
  for (const std::string& bytes : stores) {
    for (const char* value :
         {"Siti", "Aminah", "1806110101900007", "1990-01-01", "Merdeka", "628123456789"}) {
      EXPECT_EQ(bytes.find(value), bytes.npos) << value;
    }
    EXPECT_EQ(bytes.find(key), bytes.npos);
  }
}

TEST_F(VaultTest, TheIndexDependsOnTheIdAndOnTheKeyFileOnly) {
  const std::unique_ptr<Vault> vault = Open();
  const Hash index = vault->BlindIndex("1806110101900007");
  EXPECT_EQ(vault->BlindIndex("1806110101900007"), index);
  EXPECT_NE(vault->BlindIndex("1806110101900008"), index);
  EXPECT_NE(vault->DigestKeyed("1806110101900007"), index);
  EXPECT_NE(Sha256({"1806110101900007"}), index);
  options_.path += "2";
  options_.kek_path += "2";
  EXPECT_NE(Open()->BlindIndex("1806110101900007"), index);
}

TEST_F(VaultTest, TheContentKeyIsOfThisVaultAndStaysWhenItIsReopened) {
  const std::string key(Open()->ContentKey().view());
  EXPECT_EQ(Open()->ContentKey().view(), key);
  for (const auto& [name, bytes] : Files()) EXPECT_EQ(bytes.find(key), bytes.npos) << name;
  // Under the same key file: the key is the vault's own.
  options_.path += "2";
  EXPECT_NE(Open()->ContentKey().view(), key);
}

TEST_F(VaultTest, APersonWithoutNationalIdHasNoIndex) {
  const std::unique_ptr<Vault> vault = Open();
  v1::Person plain = Plain();
  plain.clear_national_id();
  const v1::SealedPerson sealed = *vault->Seal(Take(*vault), plain, kStream, kEventId, 0);
  EXPECT_EQ(sealed.national_id_hmac(), "");
  EXPECT_TRUE(vault->Unseal(sealed).ok());
}

}  // namespace
}  // namespace jejak::vault
