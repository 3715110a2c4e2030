// SPDX-License-Identifier: Apache-2.0

#include "server/vault/vault.h"

#include "server/base/bytes.h"
#include "server/base/file.h"
#include "server/base/rocksdb_text.h"
#include "server/base/status_macros.h"
#include "server/vault/key_file.h"

#include "jejak/v1/field_bounds.pb.h"

#include "absl/strings/str_cat.h"
#include <openssl/crypto.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <system_error>
#include <vector>

namespace jejak::vault {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr absl::string_view kFormatRow = "f";
constexpr absl::string_view kLogRow = "l";
constexpr absl::string_view kCheckRow = "c";
constexpr absl::string_view kSecretRow = "s";
constexpr absl::string_view kKeyRowPrefix = "k";

constexpr absl::string_view kWrappingLabel = "jejak/vault/wrapping/v1";
constexpr absl::string_view kIndexLabel = "jejak/vault/index/v1";
constexpr absl::string_view kDigestLabel = "jejak/vault/digest/v1";
constexpr absl::string_view kContentLabel = "jejak/content/v1";
constexpr absl::string_view kCheckLabel = "jejak/vault/check/v1";
constexpr absl::string_view kSecretLabel = "jejak/vault/secret/v1";
constexpr absl::string_view kSubjectKeyLabel = "jejak/subject-key/v1";
constexpr absl::string_view kPersonLabel = "jejak/person/v1";
constexpr absl::string_view kNationalIdLabel = "jejak/national-id/v1";
constexpr absl::string_view kRequestLabel = "jejak/request-digest/v1";

constexpr std::size_t kSubjectRandomBytes = 16;
constexpr std::size_t kEventIdBytes = 16;

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = absl::StrCat("vault: ", status.ToString());
  if (status.IsCorruption()) return absl::DataLossError(message);
  if (status.IsNotFound()) return absl::NotFoundError(message);
  return absl::UnavailableError(message);
}

// Each part with its length before it, so that no two lists of parts give the same bytes.
std::string JoinParts(std::initializer_list<absl::string_view> parts) {
  std::string joined;
  for (absl::string_view part : parts) {
    absl::StrAppend(&joined, ToBigEndian(static_cast<std::uint32_t>(part.size())), part);
  }
  return joined;
}

std::string KeyRow(absl::string_view subject) { return absl::StrCat(kKeyRowPrefix, subject); }

std::string SubjectKeyContext(absl::string_view subject) {
  return JoinParts({kSubjectKeyLabel, subject});
}

std::string PersonContext(const v1::SealedPerson& sealed) {
  return JoinParts({kPersonLabel, sealed.subject(), sealed.stream(), sealed.event_id(),
                    ToBigEndian(sealed.ordinal())});
}

v1::Person PersonalFields(const v1::Person& plain) {
  v1::Person personal = plain;
  personal.DiscardUnknownFields();
  const google::protobuf::Descriptor& descriptor = *v1::Person::descriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const google::protobuf::FieldDescriptor* const field = descriptor.field(i);
    if (!field->options().GetExtension(v1::bounds).personal()) {
      personal.GetReflection()->ClearField(&personal, field);
    }
  }
  return personal;
}

class NoLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

rocksdb::Options DatabaseOptions() {
  rocksdb::Options options;
  // Anything odd stops the vault instead of being passed over.
  options.paranoid_checks = true;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.keep_log_file_num = 2;
  // A file of the log that is used again would still hold destroyed keys.
  options.recycle_log_file_num = 0;
  // Keys are random: compression gains nothing.
  options.compression = rocksdb::kNoCompression;
  return options;
}

// What a vault says of itself; nothing if there is no vault yet.
struct Header {
  std::string log_id;
  std::string check;
  std::string wrapped_secret;
};

absl::StatusOr<std::optional<Header>> ReadHeader(const std::string& path) {
  std::error_code error;
  const bool exists = std::filesystem::exists(std::filesystem::path(path) / "CURRENT", error);
  if (error) return absl::UnavailableError(absl::StrCat("vault ", path, ": ", error.message()));
  if (!exists) return std::nullopt;
  // Read-only and without a logger, because a vault that is refused must stay as it is.
  rocksdb::Options options = DatabaseOptions();
  options.info_log = std::make_shared<NoLogger>();
  rocksdb::DB* opened = nullptr;
  JEJAK_RETURN_IF_ERROR(ToStatus(rocksdb::DB::OpenForReadOnly(options, path, &opened)));
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::string format;
  const rocksdb::Status found = db->Get(rocksdb::ReadOptions(), ToSlice(kFormatRow), &format);
  if (found.IsNotFound()) {
    // The making was cut short before its first write, or the rows are lost.
    const std::unique_ptr<rocksdb::Iterator> rows(db->NewIterator(rocksdb::ReadOptions()));
    rows->SeekToFirst();
    if (rows->Valid()) return absl::DataLossError("vault: the format row is missing");
    JEJAK_RETURN_IF_ERROR(ToStatus(rows->status()));
    return std::nullopt;
  }
  JEJAK_RETURN_IF_ERROR(ToStatus(found));
  if (format.size() != 4) return absl::DataLossError("vault: the format row is damaged");
  if (format > ToBigEndian(kFormat)) {
    return absl::FailedPreconditionError(
        "vault: made by a newer version of the program; this one cannot read it");
  }
  if (format != ToBigEndian(kFormat)) return absl::DataLossError("vault: unknown format");
  Header header;
  const rocksdb::Status log = db->Get(rocksdb::ReadOptions(), ToSlice(kLogRow), &header.log_id);
  if (log.IsNotFound()) return absl::DataLossError("vault: the row of the log's id is missing");
  JEJAK_RETURN_IF_ERROR(ToStatus(log));
  const rocksdb::Status check = db->Get(rocksdb::ReadOptions(), ToSlice(kCheckRow), &header.check);
  if (check.IsNotFound()) return absl::DataLossError("vault: the check row is missing");
  JEJAK_RETURN_IF_ERROR(ToStatus(check));
  const rocksdb::Status secret =
      db->Get(rocksdb::ReadOptions(), ToSlice(kSecretRow), &header.wrapped_secret);
  if (secret.IsNotFound()) return absl::DataLossError("vault: the secret row is missing");
  JEJAK_RETURN_IF_ERROR(ToStatus(secret));
  return header;
}

// Writes the batch, synced; then out of the write-ahead log and into a table, because RocksDB
// passes over a damaged end of the write-ahead log in silence (reliability.md, finding 1).
absl::Status WriteDurably(rocksdb::DB& db, rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions write;
  write.sync = true;
  JEJAK_RETURN_IF_ERROR(ToStatus(db.Write(write, &batch)));
  return ToStatus(db.Flush(rocksdb::FlushOptions()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Vault>> Vault::Open(Options options) {
  JEJAK_ASSIGN_OR_RETURN(const std::optional<Header> header, ReadHeader(options.path));
  if (!header.has_value() && !options.may_create) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the log has events, but there is no vault in ", options.path, ": restore it"));
  }
  if (header.has_value() && header->log_id != options.log_id) {
    return absl::FailedPreconditionError(
        absl::StrCat("the vault in ", options.path, " belongs to log ", header->log_id,
                     ", this is log ", options.log_id, ": restore the pair that belongs together"));
  }
  if (!header.has_value() && options.create_kek) {
    const absl::Status created = CreateKeyFile(options.kek_path);
    if (!created.ok() && !absl::IsAlreadyExists(created)) return created;
  }
  JEJAK_ASSIGN_OR_RETURN(const Key kek, ReadKeyFile(options.kek_path));
  const Key check = DeriveKey(kek, kCheckLabel);
  if (header.has_value() &&
      (header->check.size() != Key::kBytes ||
       CRYPTO_memcmp(header->check.data(), check.view().data(), Key::kBytes) != 0)) {
    return absl::FailedPreconditionError(
        absl::StrCat("key file ", options.kek_path, " is not the key of this vault"));
  }

  // The index, digest and content keys come from a secret of the vault's own, not from the
  // key-encryption key: what was indexed must be found again, and contents be read, after that key
  // is exchanged.
  const Key wrapping_key = DeriveKey(kek, kWrappingLabel);
  std::string wrapped_secret;
  std::string secret;
  if (header.has_value()) {
    if (header->wrapped_secret.size() < kNonceBytes) {
      return absl::DataLossError("vault: the secret row is damaged");
    }
    const absl::string_view wrapped = header->wrapped_secret;
    JEJAK_ASSIGN_OR_RETURN(secret, AeadOpen(wrapping_key, wrapped.substr(0, kNonceBytes),
                                            kSecretLabel, wrapped.substr(kNonceBytes)));
    if (secret.size() != Key::kBytes) return absl::DataLossError("vault: the secret is damaged");
  } else {
    secret = RandomBytes(Key::kBytes);
    const std::string nonce = RandomBytes(kNonceBytes);
    wrapped_secret = absl::StrCat(nonce, AeadSeal(wrapping_key, nonce, kSecretLabel, secret));
  }
  const Key secret_key(secret);
  Cleanse(secret);

  JEJAK_RETURN_IF_ERROR(MakeFolder(options.path));
  rocksdb::Options database_options = DatabaseOptions();
  database_options.create_if_missing = !header.has_value();
  rocksdb::DB* opened = nullptr;
  JEJAK_RETURN_IF_ERROR(ToStatus(rocksdb::DB::Open(database_options, options.path, &opened)));
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!header.has_value()) {
    rocksdb::WriteBatch batch;
    batch.Put(ToSlice(kFormatRow), ToBigEndian(kFormat));
    batch.Put(ToSlice(kLogRow), options.log_id);
    batch.Put(ToSlice(kCheckRow), ToSlice(check.view()));
    batch.Put(ToSlice(kSecretRow), wrapped_secret);
    JEJAK_RETURN_IF_ERROR(WriteDurably(*db, batch));
  }

  const std::size_t pool_keys = options.pool_keys;
  std::unique_ptr<Vault> vault(
      new Vault(std::move(options), std::move(db), wrapping_key, secret_key));
  // The keys that were ready when the vault was last open are left alone. Which of them had been
  // handed out is not recorded (that would be the fsync the pool saves), and a key that two
  // persons share would forget both when one is forgotten.
  JEJAK_RETURN_IF_ERROR(vault->AddToPool(pool_keys));
  vault->refiller_ = std::thread([raw = vault.get()] { raw->Refill(); });
  return vault;
}

Vault::Vault(Options options, std::unique_ptr<rocksdb::DB> db, const Key& wrapping_key,
             const Key& secret)
    : options_(std::move(options)),
      db_(std::move(db)),
      wrapping_key_(wrapping_key),
      index_key_(DeriveKey(secret, kIndexLabel)),
      digest_key_(DeriveKey(secret, kDigestLabel)),
      content_key_(DeriveKey(secret, kContentLabel)) {}

Vault::~Vault() {
  {
    MutexLock lock(pool_mutex_);
    closing_ = true;
  }
  pool_low_.NotifyAll();
  if (refiller_.joinable()) refiller_.join();
}

absl::Status Vault::AddToPool(std::size_t count) {
  if (count == 0) return absl::OkStatus();
  rocksdb::WriteBatch batch;
  std::vector<std::string> subjects;
  subjects.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    subjects.push_back(absl::StrCat("s", ToHex(RandomBytes(kSubjectRandomBytes))));
    std::string key = RandomBytes(Key::kBytes);
    const std::string nonce = RandomBytes(kNonceBytes);
    batch.Put(KeyRow(subjects.back()),
              absl::StrCat(
                  nonce, AeadSeal(wrapping_key_, nonce, SubjectKeyContext(subjects.back()), key)));
    Cleanse(key);
  }
  JEJAK_RETURN_IF_ERROR(WriteDurably(*db_, batch));
  MutexLock lock(pool_mutex_);
  for (std::string& subject : subjects) pool_.push_back(std::move(subject));
  return absl::OkStatus();
}

void Vault::Refill() {
  while (true) {
    std::size_t missing = 0;
    {
      MutexLock lock(pool_mutex_);
      while (!closing_ && (pool_.size() >= LowWater() || !pool_status_.ok())) {
        pool_low_.Wait(pool_mutex_);
      }
      if (closing_) return;
      missing = options_.pool_keys - pool_.size();
    }
    const absl::Status added = AddToPool(missing);
    if (!added.ok()) {
      MutexLock lock(pool_mutex_);
      pool_status_ = absl::UnavailableError(added.message());
    }
  }
}

absl::StatusOr<std::string> Vault::TakeSubject() {
  MutexLock lock(pool_mutex_);
  JEJAK_RETURN_IF_ERROR(pool_status_);
  if (pool_.empty()) {
    return absl::ResourceExhaustedError("no key is ready for a new person; try again");
  }
  std::string subject = std::move(pool_.front());
  pool_.pop_front();
  if (pool_.size() < LowWater()) pool_low_.NotifyOne();
  return subject;
}

absl::StatusOr<Key> Vault::FindKey(absl::string_view subject) {
  MutexLock lock(cache_mutex_);
  if (const auto cached = cached_.find(subject); cached != cached_.end()) {
    cache_.splice(cache_.begin(), cache_, cached->second);
    return cached->second->key;
  }
  std::string row;
  const rocksdb::Status found = db_->Get(rocksdb::ReadOptions(), KeyRow(subject), &row);
  if (found.IsNotFound()) return absl::NotFoundError("the person has no key");
  JEJAK_RETURN_IF_ERROR(ToStatus(found));
  if (row.empty()) return absl::NotFoundError("the person's key was destroyed");
  const absl::string_view wrapped = row;
  absl::StatusOr<std::string> bytes =
      AeadOpen(wrapping_key_, wrapped.substr(0, kNonceBytes), SubjectKeyContext(subject),
               wrapped.substr(std::min(kNonceBytes, wrapped.size())));
  if (!bytes.ok() || bytes->size() != Key::kBytes) {
    return absl::DataLossError("the person's key is damaged");
  }
  const Key key(*bytes);
  Cleanse(*bytes);
  cache_.push_front(CachedKey{std::string(subject), key});
  cached_[subject] = cache_.begin();
  if (cache_.size() > limits::kKeyCacheEntries) {
    cached_.erase(cache_.back().subject);
    cache_.pop_back();
  }
  return key;
}

absl::StatusOr<v1::SealedPerson> Vault::Seal(absl::string_view subject, const v1::Person& plain,
                                             absl::string_view stream, absl::string_view event_id,
                                             std::uint32_t ordinal) {
  if (event_id.size() != kEventIdBytes) {
    return absl::InvalidArgumentError("the event id is not 16 bytes");
  }
  JEJAK_ASSIGN_OR_RETURN(const Key key, FindKey(subject));
  std::string personal = PersonalFields(plain).SerializeAsString();
  if (personal.size() > limits::kPersonBytesMax) {
    Cleanse(personal);
    return absl::InvalidArgumentError(
        absl::StrCat("personal data of more than ", limits::kPersonBytesMax, " bytes"));
  }
  v1::SealedPerson sealed;
  sealed.set_subject(subject.data(), subject.size());
  sealed.set_stream(stream.data(), stream.size());
  sealed.set_event_id(event_id.data(), event_id.size());
  sealed.set_ordinal(ordinal);
  sealed.set_nonce(RandomBytes(kNonceBytes));
  sealed.set_ciphertext(AeadSeal(key, sealed.nonce(), PersonContext(sealed), personal));
  Cleanse(personal);
  if (!plain.national_id().empty()) {
    sealed.set_national_id_hmac(std::string(AsBytes(BlindIndex(plain.national_id()))));
  }
  return sealed;
}

absl::StatusOr<v1::Person> Vault::Unseal(const v1::SealedPerson& sealed) {
  if (sealed.ciphertext().size() > limits::kPersonBytesMax + kTagBytes) {
    return absl::DataLossError("sealed person is too large");
  }
  JEJAK_ASSIGN_OR_RETURN(const Key key, FindKey(sealed.subject()));
  JEJAK_ASSIGN_OR_RETURN(std::string personal,
                         AeadOpen(key, sealed.nonce(), PersonContext(sealed), sealed.ciphertext()));
  v1::Person person;
  const bool parsed = person.ParseFromString(personal);
  Cleanse(personal);
  if (!parsed) return absl::DataLossError("sealed person is not a person");
  // The index is not in the associated data: it is a function of what is sealed.
  const Hash index = BlindIndex(person.national_id());
  const absl::string_view expected = person.national_id().empty() ? "" : AsBytes(index);
  if (sealed.national_id_hmac() != expected) {
    return absl::DataLossError("index of the national id does not match");
  }
  person.set_subject(sealed.subject());
  return person;
}

Hash Vault::BlindIndex(absl::string_view national_id) const {
  return HmacSha256(index_key_.view(), JoinParts({kNationalIdLabel, national_id}));
}

Hash Vault::DigestKeyed(absl::string_view bytes) const {
  return HmacSha256(digest_key_.view(), JoinParts({kRequestLabel, bytes}));
}

absl::Status Vault::DestroySubject(absl::string_view subject) {
  const std::string row = KeyRow(subject);
  {
    MutexLock lock(cache_mutex_);
    std::string wrapped;
    const rocksdb::Status found = db_->Get(rocksdb::ReadOptions(), row, &wrapped);
    if (found.IsNotFound()) return absl::NotFoundError("there is no such person");
    JEJAK_RETURN_IF_ERROR(ToStatus(found));
    if (const auto cached = cached_.find(subject); cached != cached_.end()) {
      cache_.erase(cached->second);
      cached_.erase(cached);
    }
    rocksdb::WriteBatch batch;
    // Empty, not removed: a key that is missing and one that was destroyed are not the same.
    batch.Put(row, "");
    rocksdb::WriteOptions write;
    write.sync = true;
    JEJAK_RETURN_IF_ERROR(ToStatus(db_->Write(write, &batch)));
  }
  JEJAK_RETURN_IF_ERROR(ToStatus(db_->Flush(rocksdb::FlushOptions())));
  // The old value is in a table until that table is rewritten.
  rocksdb::CompactRangeOptions rewrite;
  rewrite.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  const rocksdb::Slice range(row);
  return ToStatus(db_->CompactRange(rewrite, &range, &range));
}

}  // namespace jejak::vault
