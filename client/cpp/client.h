// SPDX-License-Identifier: Apache-2.0
//
// File: client.h
//
// The client library: typed calls with deadlines, safe repeating, and error details as values.
//
//   auto client = Client::Connect({.identity = {.actor = "officers/siti", .office =
//   "offices/18"}}); v1::DesignateLokusRequest request;
//   ...
//   auto response = client->Call(&v1::LokusService::Stub::DesignateLokus, request);
//   if (!response.ok()) std::cerr << GetDetails(response.status()).reason;

#ifndef JEJAK_CLIENT_CPP_CLIENT_H_
#define JEJAK_CLIENT_CPP_CLIENT_H_

#include "client/cpp/connection.h"
#include "client/cpp/request_id.h"
#include "server/base/clock.h"

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "jejak/v1/common.pb.h"
#include "jejak/v1/history_service.pb.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"

#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <string>

namespace jejak::client {

// Who calls. What is empty is not sent.
struct Identity {
  std::string actor;   // "officers/{officer}"
  std::string office;  // "offices/{office}"
  v1::Role role = v1::ROLE_UNSPECIFIED;
};

// When a call that failed is repeated: after UNAVAILABLE, and after RESOURCE_EXHAUSTED with a
// RetryInfo. Nothing else says that repeating helps. A subscription goes on without a bound: see
// Subscribe.
struct RetryPolicy {
  // The first attempt counts. At least 1.
  int max_attempts = 4;
  // The wait before the second attempt; it doubles with each further one. Between half and all of
  // it is waited, and never less than the server asked for.
  absl::Duration initial_backoff = absl::Milliseconds(200);
  absl::Duration max_backoff = absl::Seconds(5);
};

struct Options {
  // "HOST:PORT" or "unix:PATH".
  std::string server = "127.0.0.1:7461";
  Identity identity = {};
  // For a unary call with all its attempts.
  absl::Duration timeout = absl::Seconds(30);
  // For an upload or a download.
  absl::Duration transfer_timeout = absl::Minutes(10);
  RetryPolicy retry = {};
};

// What tests replace.
struct Seams {
  Clock* clock = Clock::Real();
  std::function<void(absl::Duration)> sleep = absl::SleepFor;
};

// What differs for one call.
struct CallOptions {
  // Instead of Options::identity.actor; empty: that one.
  std::string actor;
};

// Thread-safe; calls block.
class Client {
 public:
  // A client over gRPC. Returns INVALID_ARGUMENT for options that cannot work. It does not wait
  // for the server: the first call tells whether it is there.
  static absl::StatusOr<std::unique_ptr<Client>> Connect(Options options);
  // A client over another connection.
  Client(Options options, std::unique_ptr<Connection> connection, Seams seams = {});

  // Calls a unary method, named by its stub function, which only serves to name it:
  // Call(&v1::LokusService::Stub::GetLokus, request). See Call below.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*)(grpc::ClientContext*, const Request&,
                                                       Response*),
                                const Request& request, const CallOptions& options = {}) {
    Response response;
    if (absl::Status status = Call(MethodOf(*Request::descriptor()), request, &response, options);
        !status.ok()) {
      return status;
    }
    return response;
  }

  // Calls a unary method by its descriptor, of whatever descriptor pool; `response` must be of its
  // output type. A command (a request with WriteOptions in the field `write`) gets a request id,
  // the office and the role of the identity where they are empty, so that repeating it is safe.
  //
  // Errors are the server's, with their details (GetDetails). A command's error also carries the
  // request id. DEADLINE_EXCEEDED of a command leaves open whether it was done: repeat it with the
  // same id to learn it.
  absl::Status Call(const google::protobuf::MethodDescriptor* method,
                    const google::protobuf::Message& request, google::protobuf::Message* response,
                    const CallOptions& options = {});

  // Stores the bytes of a stream and returns their SHA-256 in lower-case hex. The stream is read to
  // its end first, into memory, and the hash announced, so that what does not arrive whole is not
  // stored. Not repeated by itself; it is safe to repeat. FAILED_PRECONDITION if the stream cannot
  // be read to its end: nothing is sent then. DATA_LOSS if the server's hash differs from that of
  // the bytes sent.
  absl::StatusOr<std::string> UploadContent(std::istream& content, const CallOptions& options = {});

  // Writes stored bytes. DATA_LOSS if they do not have the hash asked for.
  absl::Status DownloadContent(absl::string_view sha256, std::ostream& content,
                               const CallOptions& options = {});

  // Reads the events that `request.filter` matches, from `request.from_position` on. Each message
  // of the server is given to `on_message` until that returns false (then OK) or `until` has come
  // (then OK, or why there was no stream at that time). A broken stream is resumed from the last
  // next_position, also one that was cut off because `on_message` was slow, and a server that is
  // away is asked again without end, with the waits of the RetryPolicy but not its bound; no event
  // is given twice and none is left out. `on_broken`, if given, is told why before each wait; if it
  // returns false, Subscribe returns that. Errors that repeating does not help are returned.
  absl::Status Subscribe(v1::SubscribeRequest request,
                         const std::function<bool(const v1::SubscribeResponse&)>& on_message,
                         absl::Time until = absl::InfiniteFuture(),
                         const std::function<bool(const absl::Status&)>& on_broken = nullptr);

 private:
  // Each request type belongs to one method, in the file that declares it.
  static const google::protobuf::MethodDescriptor* MethodOf(
      const google::protobuf::Descriptor& request);
  CallContext MakeContext(absl::Time deadline, const CallOptions& options) const;
  absl::Time TransferDeadline() const;
  // How long to wait before attempt number `attempt` + 1, after `status`.
  absl::Duration Backoff(const absl::Status& status, int attempt) const;
  // Waits before attempt number `attempt` + 1. Returns false if there is to be none.
  bool WaitToRepeat(const absl::Status& status, int attempt, absl::Time deadline) const;

  const Options options_;
  const std::unique_ptr<Connection> connection_;
  const Seams seams_;
  RequestIdSource request_ids_;
};

}  // namespace jejak::client

#endif  // JEJAK_CLIENT_CPP_CLIENT_H_
