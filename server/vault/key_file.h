// SPDX-License-Identifier: Apache-2.0
//
// File: key_file.h
//
// The file of the key-encryption key: exactly 32 random bytes, mode 0400, owned by the user the
// server runs as. Raw bytes, so that the size alone tells a truncated or an edited file.

#ifndef JEJAK_SERVER_VAULT_KEY_FILE_H_
#define JEJAK_SERVER_VAULT_KEY_FILE_H_

#include "server/base/aead.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <string>

namespace jejak::vault {

// The key in the file. FAILED_PRECONDITION: the file is missing, no regular file, not owned by the
// process's user, open to group or others in any way, or not 32 bytes. UNAVAILABLE: I/O error.
absl::StatusOr<Key> ReadKeyFile(const std::string& path);

// Makes a key file with new random bytes, mode 0400. It appears whole and durable, or not at all.
// ALREADY_EXISTS: there is a file of that name, which is left alone. UNAVAILABLE: I/O error.
absl::Status CreateKeyFile(const std::string& path);

}  // namespace jejak::vault

#endif  // JEJAK_SERVER_VAULT_KEY_FILE_H_
