// SPDX-License-Identifier: Apache-2.0
//
// File: log_verifier.h
//
// Checks what a server says of its log, without trusting the server: signatures, that the log is
// the continuation of the one that was seen before, its entries, and receipts.
//
// Errors: DATA_LOSS is the finding that something is not as it should be, and says what; it is not
// to be repeated away. Other errors are those of the calls, and nothing is known then.

#ifndef JEJAK_CLIENT_CPP_LOG_VERIFIER_H_
#define JEJAK_CLIENT_CPP_LOG_VERIFIER_H_

#include "client/cpp/client.h"
#include "server/audit/checkpoint.h"
#include "server/audit/note.h"
#include "server/audit/policy.h"
#include "server/audit/proof_file.h"
#include "server/base/hash.h"
#include "server/log/entry.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace jejak::client {

// A log that was verified: whose signatures it is known by, and its newest checkpoint then.
struct KnownLog {
  audit::VerifierKey key;
  audit::SignedCheckpoint checkpoint;

  friend bool operator==(const KnownLog&, const KnownLog&) = default;
};

// OK if the log with this key signed the checkpoint. `said`: which key the one who shows it says it
// is of, for the message; may be empty. DATA_LOSS: it is of another log, or of another key, which
// is named with the one that was expected; or the signature is false.
absl::Status CheckSigned(const audit::SignedCheckpoint& checkpoint, const audit::VerifierKey& key,
                         absl::string_view said = "");

// Asks the server to prove that the log of `shown`, which is signed, begins with that of `known`.
// DATA_LOSS: the log has become smaller, or was rewritten.
absl::Status CheckContinues(Client* client, const audit::Checkpoint& known,
                            const audit::Checkpoint& shown);

// Fetches a checkpoint that covers all that is recorded now, and verifies that it is signed, and
// that the log it is of begins with the known one. The key is `key`, or that of `known`; if both
// are absent, the one that the server names is believed, so tell the user which. DATA_LOSS: `key`
// is not that of `known`; as CheckSigned; the log has become smaller; it was rewritten.
absl::StatusOr<KnownLog> VerifyNewest(Client* client, const std::optional<KnownLog>& known,
                                      const std::optional<audit::VerifierKey>& key);

// Gives the entries [from, to) to `visit`, whose error ends it. DATA_LOSS: the server does not have
// one of them. `to` must be covered by a verified checkpoint.
absl::Status ReadEntries(Client* client, std::uint64_t from, std::uint64_t to,
                         const std::function<absl::Status(absl::string_view entry)>& visit);

// What a receipt shows.
struct VerifiedReceipt {
  log::Entry entry;
  Hash leaf_hash{};
  audit::Checkpoint checkpoint;
  audit::PolicyVerdict verdict;
};

// Checks a receipt: a proof file (server/audit/proof_file.h) with the entry as its extra data.
// DATA_LOSS: it is not of that form, the policy does not accept the checkpoint, or the entry is not
// in the log at its position.
absl::StatusOr<VerifiedReceipt> VerifyReceipt(absl::string_view proof_file,
                                              const audit::Policy& policy);

// The payload after its salt of 32 bytes. DATA_LOSS if the entry does not commit to them.
absl::StatusOr<std::string> VerifyPayload(const log::Entry& entry, absl::string_view salt_payload);

// A policy that trusts one log and asks for no witness. INVALID_ARGUMENT: it is not the key of a
// log.
absl::StatusOr<audit::Policy> PolicyOfKey(const audit::VerifierKey& key);

}  // namespace jejak::client

#endif  // JEJAK_CLIENT_CPP_LOG_VERIFIER_H_
