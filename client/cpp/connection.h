// SPDX-License-Identifier: Apache-2.0
//
// File: connection.h
//
// The wire below the client: calls by full method name with serialized messages. One attempt per
// call; whoever calls decides about repeating. Tests put a fake in its place.

#ifndef JEJAK_CLIENT_CPP_CONNECTION_H_
#define JEJAK_CLIENT_CPP_CONNECTION_H_

#include "absl/status/status.h"
#include "absl/time/time.h"

#include <map>
#include <memory>
#include <string>

namespace jejak::client {

// What goes with one attempt.
struct CallContext {
  absl::Time deadline = absl::InfiniteFuture();
  // Lower-case keys.
  std::map<std::string, std::string> metadata;
};

// A call with a stream of messages in one or both directions. Used by one thread; every function
// blocks. Destroying it cancels the call.
class Stream {
 public:
  virtual ~Stream() = default;
  // Sends a message. Returns false when the call is over; Finish says why.
  virtual bool Write(const std::string& message) = 0;
  // No more messages will be sent.
  virtual void WritesDone() = 0;
  // Receives a message. Returns false when there are no more; Finish says why.
  virtual bool Read(std::string* message) = 0;
  // How the call ended. Call it once, last.
  virtual absl::Status Finish() = 0;
};

// Thread-safe. Errors carry the details the server sent as payloads of the status, keyed by type
// URL (see error.h).
class Connection {
 public:
  virtual ~Connection() = default;
  // `method` is "/package.Service/Method".
  virtual absl::Status Call(const std::string& method, const CallContext& context,
                            const std::string& request, std::string* response) = 0;
  virtual std::unique_ptr<Stream> Open(const std::string& method, const CallContext& context) = 0;
};

// A connection over gRPC without TLS to "HOST:PORT" or "unix:PATH". Connecting happens with the
// first call.
std::unique_ptr<Connection> MakeGrpcConnection(const std::string& server);

}  // namespace jejak::client

#endif  // JEJAK_CLIENT_CPP_CONNECTION_H_
