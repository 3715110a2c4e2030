// SPDX-License-Identifier: Apache-2.0
//
// File: vault.h
//
// The keys of persons, and sealing with them. Personal data is stored sealed under a key of the
// one person it is about; destroying the key forgets the person and leaves every proof of the log
// valid (reliability.md 5.5, server/doc/sealed_person.md).
//
//   vault/  RocksDB: "f" -> format version, "l" -> id of the log it belongs to,
//           "c" -> check value of the key-encryption key, "s" -> the vault's secret, wrapped,
//           "k" + subject -> the subject's key, wrapped; empty once destroyed.
//
// The key-encryption key (KEK) is in a file outside of that folder (key_file.h). Who holds only
// one of the two can read nothing.

#ifndef JEJAK_SERVER_VAULT_VAULT_H_
#define JEJAK_SERVER_VAULT_VAULT_H_

#include "server/base/aead.h"
#include "server/base/hash.h"
#include "server/base/limits.h"
#include "server/base/mutex.h"

#include "jejak/v1/common.pb.h"

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace rocksdb {
class DB;
}  // namespace rocksdb

namespace jejak::vault {

// Thread-safe. Owns one thread, which makes keys ahead of need.
class Vault {
 public:
  struct Options {
    // Folder of the RocksDB; made if missing, with its parents.
    std::string path;
    // EventLog::log_id() of the log whose persons these are. Kept with the vault.
    std::string log_id;
    // Make a vault if there is none. Never for a log that has events: a new vault could not open
    // what they sealed.
    bool may_create = false;
    // File of the key-encryption key.
    std::string kek_path;
    // Make the key file if it is missing and the vault is new. Never for a vault that exists: a
    // new key could not open what the old one wrapped.
    bool create_kek = false;
    // Keys kept ready. 0: none, and TakeSubject always fails.
    std::size_t pool_keys = limits::kSubjectPoolKeys;
  };

  // Opens or makes a vault, and fills its pool of keys before it returns. Writes nothing before
  // every check has passed.
  //   FAILED_PRECONDITION: the key file is missing, may be read by others, is not the process's
  //     own, or has another size; or it is not the key of this vault; or the vault's format is
  //     newer than this program; or the vault belongs to another log, or is missing and may not
  //     be made.
  //   DATA_LOSS: damaged bytes.  UNAVAILABLE: any other failure of the disk, or open elsewhere.
  static absl::StatusOr<std::unique_ptr<Vault>> Open(Options options);

  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // A fresh subject id, "s" and 32 hexadecimal digits, whose key is on disk already: no I/O, no
  // waiting. No id is handed out twice, also across restarts. An id that is taken and then not
  // used costs some 100 bytes and nothing else.
  //   RESOURCE_EXHAUSTED: the pool is empty; it is being filled, try again.
  //   UNAVAILABLE: making keys failed; nothing more comes until the vault is opened anew.
  absl::StatusOr<std::string> TakeSubject();

  // Seals the personal fields of `plain` (those with bounds.personal) under the subject's key,
  // bound to the subject, the stream, the event's id (16 bytes) and the person's ordinal within
  // the event. Other fields of `plain` are left out.
  //   NOT_FOUND: the subject has no key.  DATA_LOSS: the stored key is damaged.
  //   INVALID_ARGUMENT: event_id is not 16 bytes, or the fields exceed limits::kPersonBytesMax.
  absl::StatusOr<v1::SealedPerson> Seal(absl::string_view subject, const v1::Person& plain,
                                        absl::string_view stream, absl::string_view event_id,
                                        std::uint32_t ordinal);

  // The personal fields, and `subject`. It proves that `sealed` is unchanged since Seal. Who reads
  // it from an event must also compare stream, event id and ordinal with that event's own: a whole
  // SealedPerson copied elsewhere is still a good SealedPerson.
  //   NOT_FOUND: the key was destroyed or never existed.  DATA_LOSS: any part was changed.
  absl::StatusOr<v1::Person> Unseal(const v1::SealedPerson& sealed);

  // Finds a national id without storing it: HMAC under the index key. 16 digits can be guessed, so
  // a plain hash would reveal them.
  Hash BlindIndex(absl::string_view national_id) const;

  // HMAC under the digest key, for digests over requests with personal fields.
  Hash DigestKeyed(absl::string_view bytes) const;

  // The key that contents are sealed under (server/content/content_store.h). The same for as long
  // as the vault lives.
  Key ContentKey() const { return content_key_; }

  // Destroys the subject's key: from its return on nobody can unseal the subject's data, and the
  // wrapped key is gone from the vault's files. Again: OK, and nothing happens.
  // What the disk keeps of deleted blocks, and backups, are the operator's (reliability.md 5.5).
  //   NOT_FOUND: there never was such a subject.  UNAVAILABLE: not known to be durable; try again.
  absl::Status DestroySubject(absl::string_view subject);

 private:
  struct CachedKey {
    std::string subject;
    Key key;
  };

  Vault(Options options, std::unique_ptr<rocksdb::DB> db, const Key& wrapping_key,
        const Key& secret);

  // Adds `count` keys to the vault, synced, and then to the pool.
  absl::Status AddToPool(std::size_t count);
  void Refill();
  absl::StatusOr<Key> FindKey(absl::string_view subject);
  std::size_t LowWater() const { return (options_.pool_keys + 1) / 2; }

  const Options options_;
  const std::unique_ptr<rocksdb::DB> db_;
  const Key wrapping_key_;
  const Key index_key_;
  const Key digest_key_;
  const Key content_key_;

  // Held while a key is read and cached and while it is destroyed, so that no reader puts a key
  // back into the cache that was just destroyed.
  Mutex cache_mutex_;
  // Most recently used first.
  std::list<CachedKey> cache_ ABSL_GUARDED_BY(cache_mutex_);
  absl::flat_hash_map<std::string, std::list<CachedKey>::iterator> cached_
      ABSL_GUARDED_BY(cache_mutex_);

  Mutex pool_mutex_;
  CondVar pool_low_;
  std::deque<std::string> pool_ ABSL_GUARDED_BY(pool_mutex_);
  absl::Status pool_status_ ABSL_GUARDED_BY(pool_mutex_);
  bool closing_ ABSL_GUARDED_BY(pool_mutex_) = false;
  std::thread refiller_;
};

}  // namespace jejak::vault

#endif  // JEJAK_SERVER_VAULT_VAULT_H_
