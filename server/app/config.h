// SPDX-License-Identifier: Apache-2.0
//
// File: config.h
//
// What the server is told: a TOML file, and flags that override it. No value has two names: the
// flag --data is the key data.
//
//   [server]
//   data = "/var/lib/jejak"        # folder of log/, view/, vault/, content/ and the anchor
//   listen = "127.0.0.1:7461"      # HOST:PORT with a loopback host, or unix:/path/to/socket
//   kek = "/etc/jejak/kek"         # key-encryption key, mode 0400
//   anchor = "lazy"                # or "strict": sync the head anchor with every batch
//   origin = "jejak.kpu.go.id/log" # the log's name in checkpoints, without scheme
//   signing_key = "/etc/jejak/log" # key that signs checkpoints, mode 0400

#ifndef JEJAK_SERVER_APP_CONFIG_H_
#define JEJAK_SERVER_APP_CONFIG_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <string>

namespace jejak::app {

struct Config {
  std::string data;
  std::string listen = "127.0.0.1:7461";
  // Empty with --dev: DATA/kek, made if missing.
  std::string kek;
  bool anchor_strict = false;
  // Empty: "jejak.invalid/" and the id of the log. Stays the same for the life of a log.
  std::string origin;
  // Empty: DATA/signing_key. Made if missing, unless something was signed before.
  std::string signing_key;
  // For trying out and tests: makes the key file; permits a listener that is not loopback.
  bool dev = false;
  // Where to write the port that was bound; empty: nowhere.
  std::string port_file;
};

// Adds what a TOML file says to `config`. NOT_FOUND, or INVALID_ARGUMENT with the line: unknown
// keys and wrong types are refused.
absl::Status ReadConfigFile(const std::string& path, Config& config);

// INVALID_ARGUMENT: a folder or key file is missing, or the listener is not allowed: while there
// are no accounts, actors are named and not authenticated, so only loopback and unix sockets are.
absl::Status CheckConfig(const Config& config);

// True for unix: sockets and for hosts 127.0.0.0/8, [::1] and localhost.
bool IsLocal(absl::string_view listen);

}  // namespace jejak::app

#endif  // JEJAK_SERVER_APP_CONFIG_H_
