// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/client.h"

#include "client/cpp/error.h"
#include "client/cpp/read_stream.h"
#include "server/base/check.h"
#include "server/base/hash.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"

#include "jejak/v1/document_service.pb.h"

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <utility>

namespace jejak::client {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;

constexpr char kActorKey[] = "x-jejak-actor";
constexpr char kUpload[] = "/jejak.v1.DocumentService/UploadContent";
constexpr char kDownload[] = "/jejak.v1.DocumentService/DownloadContent";
constexpr char kFellBehind[] = "FELL_BEHIND";
constexpr char kSubscribe[] = "/jejak.v1.HistoryService/Subscribe";

std::string PathOf(const MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

// The field `write` of a command; null for a read.
const FieldDescriptor* WriteField(const Descriptor& request) {
  const FieldDescriptor* field = request.FindFieldByName("write");
  if (field == nullptr || field->message_type() == nullptr) return nullptr;
  return field->message_type()->full_name() == v1::WriteOptions::descriptor()->full_name()
             ? field
             : nullptr;
}

void SetIfEmpty(Message* message, const char* name, const std::string& value) {
  const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(name);
  const Reflection* reflection = message->GetReflection();
  if (!value.empty() && reflection->GetString(*message, field).empty()) {
    reflection->SetString(message, field, value);
  }
}

// Fills in the write options and returns the request id.
std::string FillIn(Message* write, const Identity& identity, RequestIdSource* request_ids) {
  const Reflection* reflection = write->GetReflection();
  const FieldDescriptor* id = write->GetDescriptor()->FindFieldByName("request_id");
  if (reflection->GetString(*write, id).empty()) {
    reflection->SetString(write, id, request_ids->Next());
  }
  SetIfEmpty(write, "office", identity.office);
  const FieldDescriptor* role = write->GetDescriptor()->FindFieldByName("role");
  if (reflection->GetEnumValue(*write, role) == v1::ROLE_UNSPECIFIED) {
    reflection->SetEnumValue(write, role, identity.role);
  }
  return reflection->GetString(*write, id);
}

// Whether repeating may help.
bool IsTransient(const absl::Status& status) {
  return absl::IsUnavailable(status) ||
         (absl::IsResourceExhausted(status) && GetDetails(status).retry_after.has_value());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Connect(Options options) {
  if (options.server.empty()) return absl::InvalidArgumentError("no server is named");
  if (options.timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("the timeout must be longer than nothing");
  }
  std::unique_ptr<Connection> connection = MakeGrpcConnection(options.server);
  return std::make_unique<Client>(std::move(options), std::move(connection));
}

Client::Client(Options options, std::unique_ptr<Connection> connection, Seams seams)
    : options_(std::move(options)),
      connection_(std::move(connection)),
      seams_(std::move(seams)),
      request_ids_(seams_.clock) {}

const MethodDescriptor* Client::MethodOf(const Descriptor& request) {
  for (int s = 0; s < request.file()->service_count(); ++s) {
    const auto* service = request.file()->service(s);
    for (int m = 0; m < service->method_count(); ++m) {
      if (service->method(m)->input_type() == &request) return service->method(m);
    }
  }
  JEJAK_CHECK(false && "the request of a method");
  return nullptr;
}

CallContext Client::MakeContext(absl::Time deadline, const CallOptions& options) const {
  CallContext context;
  context.deadline = deadline;
  const std::string& actor = options.actor.empty() ? options_.identity.actor : options.actor;
  if (!actor.empty()) context.metadata[kActorKey] = actor;
  return context;
}

absl::Time Client::TransferDeadline() const {
  return seams_.clock->Now() + options_.transfer_timeout;
}

absl::Duration Client::Backoff(const absl::Status& status, int attempt) const {
  absl::Duration backoff = options_.retry.initial_backoff;
  for (int i = 1; i < attempt && backoff < options_.retry.max_backoff; ++i) backoff *= 2;
  backoff = std::min(backoff, options_.retry.max_backoff);
  absl::BitGen random;
  return std::max(backoff * absl::Uniform(random, 0.5, 1.0),
                  GetDetails(status).retry_after.value_or(absl::ZeroDuration()));
}

bool Client::WaitToRepeat(const absl::Status& status, int attempt, absl::Time deadline) const {
  if (!IsTransient(status) || attempt >= options_.retry.max_attempts) return false;
  const absl::Duration wait = Backoff(status, attempt);
  if (seams_.clock->Now() + wait >= deadline) return false;
  seams_.sleep(wait);
  return true;
}

absl::Status Client::Call(const MethodDescriptor* method, const Message& request, Message* response,
                          const CallOptions& options) {
  std::string request_id;
  std::string bytes;
  if (const FieldDescriptor* write = WriteField(*request.GetDescriptor()); write != nullptr) {
    std::unique_ptr<Message> complete(request.New());
    complete->CopyFrom(request);
    request_id = FillIn(complete->GetReflection()->MutableMessage(complete.get(), write),
                        options_.identity, &request_ids_);
    bytes = complete->SerializeAsString();
  } else {
    bytes = request.SerializeAsString();
  }

  const absl::Time deadline = seams_.clock->Now() + options_.timeout;
  const CallContext context = MakeContext(deadline, options);
  absl::Status status;
  std::string answer;
  for (int attempt = 1;; ++attempt) {
    status = connection_->Call(PathOf(*method), context, bytes, &answer);
    if (status.ok() || !WaitToRepeat(status, attempt, deadline)) break;
  }
  if (status.ok() && !response->ParseFromString(answer)) {
    status = absl::InternalError(
        absl::StrCat("the response is not a ", response->GetDescriptor()->full_name()));
  }
  if (!status.ok() && !request_id.empty()) SetRequestId(&status, request_id);
  return status;
}

absl::StatusOr<std::string> Client::UploadContent(std::istream& content,
                                                  const CallOptions& options) {
  // What is longer than a content can be is for the server to refuse.
  JEJAK_ASSIGN_OR_RETURN(const std::string bytes, ReadStream(content, limits::kContentBytesMax));
  const std::string sha256 = ToHex(AsBytes(Sha256({bytes})));
  const std::unique_ptr<Stream> stream =
      connection_->Open(kUpload, MakeContext(TransferDeadline(), options));
  std::size_t sent = 0;
  bool open = true;
  do {
    v1::UploadContentRequest chunk;
    if (sent == 0) chunk.set_sha256(sha256);
    chunk.set_chunk(bytes.substr(sent, limits::kContentChunkBytesMax));
    sent += chunk.chunk().size();
    open = stream->Write(chunk.SerializeAsString());
  } while (open && sent < bytes.size());
  stream->WritesDone();
  std::string answer;
  const bool answered = stream->Read(&answer);
  if (absl::Status status = stream->Finish(); !status.ok()) return status;
  v1::UploadContentResponse response;
  if (!answered || !response.ParseFromString(answer)) {
    return absl::InternalError("the upload was not answered");
  }
  if (response.sha256() != sha256) {
    return absl::DataLossError("the server received other bytes than were sent");
  }
  return sha256;
}

absl::Status Client::DownloadContent(absl::string_view sha256, std::ostream& content,
                                     const CallOptions& options) {
  v1::DownloadContentRequest request;
  request.set_sha256(std::string(sha256));
  const std::unique_ptr<Stream> stream =
      connection_->Open(kDownload, MakeContext(TransferDeadline(), options));
  stream->Write(request.SerializeAsString());
  stream->WritesDone();
  Sha256Stream hash;
  std::string bytes;
  while (stream->Read(&bytes)) {
    v1::DownloadContentResponse chunk;
    if (!chunk.ParseFromString(bytes)) return absl::InternalError("a chunk cannot be parsed");
    hash.Add(chunk.chunk());
    content << chunk.chunk();
  }
  if (absl::Status status = stream->Finish(); !status.ok()) return status;
  if (ToHex(AsBytes(hash.Finish())) != sha256) {
    return absl::DataLossError("the bytes received do not have the hash asked for");
  }
  return absl::OkStatus();
}

absl::Status Client::Subscribe(v1::SubscribeRequest request,
                               const std::function<bool(const v1::SubscribeResponse&)>& on_message,
                               absl::Time until,
                               const std::function<bool(const absl::Status&)>& on_broken) {
  for (int attempt = 1;; ++attempt) {
    const std::unique_ptr<Stream> stream = connection_->Open(kSubscribe, MakeContext(until, {}));
    stream->Write(request.SerializeAsString());
    stream->WritesDone();
    std::string bytes;
    while (stream->Read(&bytes)) {
      v1::SubscribeResponse message;
      if (!message.ParseFromString(bytes)) return absl::InternalError("an event cannot be parsed");
      const bool is_event = message.has_event() || message.has_row();
      if (is_event && (message.has_event() ? message.event().position()
                                           : message.row().position()) < request.from_position()) {
        continue;
      }
      if (message.next_position() > request.from_position()) {
        request.set_from_position(message.next_position());
        attempt = 0;
      }
      if (!on_message(message)) return absl::OkStatus();
    }
    absl::Status status = stream->Finish();
    if (seams_.clock->Now() >= until) return absl::OkStatus();
    // A server that ends a stream in good order, after its own limit of time, because it stops, or
    // because its messages were not taken, will resume it; nobody else cancels it.
    if (status.ok() || absl::IsDeadlineExceeded(status) || absl::IsCancelled(status) ||
        GetDetails(status).reason == kFellBehind) {
      status = absl::UnavailableError("the server ended the stream");
    }
    if (!IsTransient(status) || (on_broken && !on_broken(status))) return status;
    seams_.sleep(std::min(Backoff(status, std::max(attempt, 1)), until - seams_.clock->Now()));
    if (seams_.clock->Now() >= until) return status;
  }
}

}  // namespace jejak::client
