// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/connection.h"

#include "client/cpp/error.h"

#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"

#include <utility>
#include <vector>

namespace jejak::client {
namespace {

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

bool FromBuffer(const grpc::ByteBuffer& buffer, std::string* bytes) {
  bytes->clear();
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return false;
  for (const grpc::Slice& slice : slices) {
    bytes->append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return true;
}

void Apply(const CallContext& from, grpc::ClientContext* to) {
  if (from.deadline != absl::InfiniteFuture()) to->set_deadline(absl::ToChronoTime(from.deadline));
  for (const auto& [key, value] : from.metadata) to->AddMetadata(key, value);
}

// Waits for the one operation that is under way.
bool Next(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue->Next(&tag, &ok) && ok;
}

class GrpcStream final : public Stream {
 public:
  GrpcStream(grpc::GenericStub* stub, const std::string& method, const CallContext& context) {
    Apply(context, &context_);
    call_ = stub->PrepareCall(&context_, method, &queue_);
    call_->StartCall(this);
    open_ = Next(&queue_);
  }

  ~GrpcStream() override {
    if (!finished_) {
      context_.TryCancel();
      Finish().IgnoreError();
    }
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  bool Write(const std::string& message) override {
    if (!open_) return false;
    call_->Write(ToBuffer(message), this);
    return open_ = Next(&queue_);
  }

  void WritesDone() override {
    if (!open_) return;
    call_->WritesDone(this);
    Next(&queue_);
  }

  bool Read(std::string* message) override {
    if (!open_) return false;
    grpc::ByteBuffer buffer;
    call_->Read(&buffer, this);
    return open_ = Next(&queue_) && FromBuffer(buffer, message);
  }

  absl::Status Finish() override {
    finished_ = true;
    grpc::Status status;
    call_->Finish(&status, this);
    Next(&queue_);
    return ToAbslStatus(status);
  }

 private:
  // The queue outlives the call, and the context too.
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  bool open_ = false;
  bool finished_ = false;
};

class GrpcConnection final : public Connection {
 public:
  explicit GrpcConnection(std::shared_ptr<grpc::Channel> channel) : stub_(std::move(channel)) {}

  absl::Status Call(const std::string& method, const CallContext& context,
                    const std::string& request, std::string* response) override {
    grpc::ClientContext call_context;
    Apply(context, &call_context);
    grpc::CompletionQueue queue;
    auto call = stub_.PrepareUnaryCall(&call_context, method, ToBuffer(request), &queue);
    call->StartCall();
    grpc::ByteBuffer buffer;
    grpc::Status status;
    call->Finish(&buffer, &status, this);
    Next(&queue);
    queue.Shutdown();
    if (!status.ok()) return ToAbslStatus(status);
    if (!FromBuffer(buffer, response)) return absl::InternalError("the response has no bytes");
    return absl::OkStatus();
  }

  std::unique_ptr<Stream> Open(const std::string& method, const CallContext& context) override {
    return std::make_unique<GrpcStream>(&stub_, method, context);
  }

 private:
  grpc::GenericStub stub_;
};

}  // namespace

std::unique_ptr<Connection> MakeGrpcConnection(const std::string& server) {
  grpc::ChannelArguments arguments;
  // The client repeats by its own policy, and a reconnect must not wait longer than its backoff.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Otherwise all connections of a process to one server share one socket, and a new one fails at
  // once while an old one waits to connect again.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000);
  return std::make_unique<GrpcConnection>(
      grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments));
}

}  // namespace jejak::client
