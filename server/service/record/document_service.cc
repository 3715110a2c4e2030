// SPDX-License-Identifier: Apache-2.0

#include "server/service/record/document_service.h"

#include "server/base/clock.h"
#include "server/base/limits.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/command/errors.h"
#include "server/command/status_proto.h"
#include "server/domain/refusal.h"
#include "server/service/caller.h"
#include "server/service/record/transfer.h"
#include "server/service/validator.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include <grpcpp/alarm.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

namespace jejak::service {
namespace {

using domain::Refusal;

absl::Status ContentTooLarge() {
  return Refusal(absl::StatusCode::kResourceExhausted, "CONTENT_TOO_LARGE",
                 absl::StrCat("content has at most ", limits::kContentBytesMax,
                              " bytes, in chunks of ", limits::kContentChunkBytesMax))
      .Needed("a smaller file, or smaller chunks");
}

// Without it, bytes that end early because the client died would be a content of their own.
absl::Status ContentHashMissing() {
  return Refusal(absl::StatusCode::kInvalidArgument, "CONTENT_HASH_MISSING",
                 "the first message does not say which content is sent")
      .Needed("the SHA-256 of the whole in the first message");
}

absl::Status ContentHashMismatch() {
  return Refusal(absl::StatusCode::kInvalidArgument, "CONTENT_HASH_MISMATCH",
                 "the bytes received do not have the hash that was announced")
      .Needed("send the file again");
}

absl::Status ContentUnknown() {
  return Refusal(absl::StatusCode::kNotFound, "CONTENT_UNKNOWN",
                 "no document has content with this hash")
      .Needed("the sha256 of a version of a document");
}

absl::Status ContentPersonal() {
  return Refusal(absl::StatusCode::kPermissionDenied, "CONTENT_PERSONAL",
                 "the content has personal data")
      .Rule("R39")
      .Article("UU 27/2022 art. 31")
      .Needed("an account and a purpose; this server has no accounts");
}

// Ends a call that does nothing at limits::kTransferTimeMax: a transfer that is busy looks at its
// time itself. Cancels through the context, as long as the call is there.
class TransferAlarm {
 public:
  explicit TransferAlarm(grpc::CallbackServerContext& context) : call_(std::make_shared<Call>()) {
    {
      MutexLock lock(call_->mutex);
      call_->context = &context;
    }
    alarm_.Set(std::chrono::system_clock::now() + absl::ToChronoSeconds(limits::kTransferTimeMax),
               [call = call_](bool fired) {
                 if (!fired) return;
                 MutexLock lock(call->mutex);
                 if (call->context != nullptr) call->context->TryCancel();
               });
  }
  // To be called before the context goes, in OnDone.
  ~TransferAlarm() {
    MutexLock lock(call_->mutex);
    call_->context = nullptr;
  }
  TransferAlarm(const TransferAlarm&) = delete;
  TransferAlarm& operator=(const TransferAlarm&) = delete;

 private:
  struct Call {
    Mutex mutex;
    grpc::CallbackServerContext* context ABSL_GUARDED_BY(mutex) = nullptr;
  };
  const std::shared_ptr<Call> call_;
  grpc::Alarm alarm_;
};

// One upload. The reactor's reads and the pool's writes take turns: there is never more than one
// of either, so the members need no lock.
class Upload final : public grpc::ServerReadReactor<v1::UploadContentRequest> {
 public:
  Upload(grpc::CallbackServerContext& context, content::ContentStore& content, Runner& runner,
         std::atomic<int>& transfers, v1::UploadContentResponse* response)
      : content_(content),
        pool_(*runner.options().pool),
        transfer_(transfers, *runner.options().clock),
        alarm_(context),
        response_(response) {
    absl::Status status = GetCaller(context).status();
    if (status.ok()) status = transfer_.Check();
    if (!status.ok()) {
      Finish(ToGrpc(status));
      return;
    }
    StartRead(&chunk_);
  }

  void OnReadDone(bool ok) override {
    const bool posted = pool_.TryPost([this, ok] { ok ? Add() : End(); });
    if (!posted) Finish(ToGrpc(command::QueueFull()));
  }
  void OnDone() override { delete this; }

 private:
  void Add() {
    if (const absl::Status added = TryAdd(); !added.ok()) {
      Finish(ToGrpc(added));
      return;
    }
    StartRead(&chunk_);
  }

  absl::Status TryAdd() {
    JEJAK_RETURN_IF_ERROR(transfer_.Check());
    if (chunk_.chunk().size() > limits::kContentChunkBytesMax) return ContentTooLarge();
    JEJAK_RETURN_IF_ERROR(Validate(chunk_));
    if (writer_ == nullptr) {
      announced_ = chunk_.sha256();
      if (announced_.empty()) return ContentHashMissing();
      JEJAK_ASSIGN_OR_RETURN(writer_, content_.NewWriter());
    }
    const absl::Status added = writer_->Add(chunk_.chunk());
    return absl::IsResourceExhausted(added) ? ContentTooLarge() : added;
  }

  void End() {
    absl::Status status = writer_ == nullptr ? ContentHashMissing() : absl::OkStatus();
    if (status.ok()) {
      const absl::StatusOr<content::ContentInfo> info = writer_->Finish(announced_);
      status = absl::IsInvalidArgument(info.status()) ? ContentHashMismatch() : info.status();
      if (info.ok()) {
        response_->set_sha256(info->sha256);
        response_->set_size(info->size);
      }
    }
    Finish(ToGrpc(status));
  }

  content::ContentStore& content_;
  ThreadPool& pool_;
  const Transfer transfer_;
  const TransferAlarm alarm_;
  v1::UploadContentResponse* response_;
  v1::UploadContentRequest chunk_;
  std::string announced_;
  std::unique_ptr<content::ContentWriter> writer_;
};

// One download; writes and the pool's reads take turns.
class Download final : public grpc::ServerWriteReactor<v1::DownloadContentResponse> {
 public:
  Download(grpc::CallbackServerContext& context, const v1::DownloadContentRequest& request,
           const content::ContentStore& content, Runner& runner, std::atomic<int>& transfers)
      : content_(content),
        runner_(runner),
        transfer_(transfers, *runner.options().clock),
        alarm_(context),
        sha256_(request.sha256()) {
    absl::Status status = GetCaller(context).status();
    if (status.ok()) status = transfer_.Check();
    if (status.ok()) status = Validate(request);
    if (!status.ok()) {
      Finish(ToGrpc(status));
      return;
    }
    runner_.options().projector->WhenReached(runner_.options().log->DurableSize(),
                                             runner_.DeadlineOf(context),
                                             [this](const absl::Status& reached) {
                                               if (reached.ok()) {
                                                 Post();
                                               } else {
                                                 Finish(ToGrpc(Runner::NotReached(reached)));
                                               }
                                             });
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      Post();
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }
  void OnDone() override { delete this; }

 private:
  void Post() {
    if (!runner_.options().pool->TryPost([this] { Next(); })) Finish(ToGrpc(command::QueueFull()));
  }

  void Next() {
    if (const absl::Status next = TryNext(); !next.ok()) {
      Finish(ToGrpc(next));
    } else if (chunk_.chunk().empty()) {
      Finish(grpc::Status::OK);
    } else {
      StartWrite(&chunk_);
    }
  }

  absl::Status TryNext() {
    JEJAK_RETURN_IF_ERROR(transfer_.Check());
    if (reader_ == nullptr) {
      JEJAK_RETURN_IF_ERROR(CheckDocuments());
      JEJAK_ASSIGN_OR_RETURN(reader_, content_.NewReader(sha256_));
    }
    JEJAK_ASSIGN_OR_RETURN(*chunk_.mutable_chunk(), reader_->Read());
    return absl::OkStatus();
  }

  // The content belongs to a document, and to none with personal data.
  absl::Status CheckDocuments() const {
    const query::Reader reader = runner_.reader();
    const std::uint64_t size = reader.view().Size();
    bool found = false;
    absl::Status status;
    JEJAK_RETURN_IF_ERROR(reader.view().Postings(absl::StrCat("content:", sha256_), 0, size, false,
                                                 [&](std::uint64_t position) {
                                                   status = CheckDocument(reader, position, size);
                                                   found = true;
                                                   return status.ok();
                                                 }));
    JEJAK_RETURN_IF_ERROR(status);
    return found ? absl::OkStatus() : ContentUnknown();
  }

  static absl::Status CheckDocument(const query::Reader& reader, std::uint64_t position,
                                    std::uint64_t size) {
    JEJAK_ASSIGN_OR_RETURN(const log::RecordedEvent event, reader.log().Read(position));
    JEJAK_ASSIGN_OR_RETURN(
        const auto found,
        reader.Get(domain::AggregateFor(v1::Document::descriptor()), event.entry.stream, size));
    return static_cast<const v1::Document&>(*found).contains_personal_data() ? ContentPersonal()
                                                                             : absl::OkStatus();
  }

  const content::ContentStore& content_;
  Runner& runner_;
  const Transfer transfer_;
  const TransferAlarm alarm_;
  const std::string sha256_;
  std::unique_ptr<content::ContentReader> reader_;
  v1::DownloadContentResponse chunk_;
};

}  // namespace

grpc::ServerReadReactor<v1::UploadContentRequest>* DocumentServiceImpl::UploadContent(
    grpc::CallbackServerContext* context, v1::UploadContentResponse* response) {
  return new Upload(*context, content_, runner_, transfers_, response);
}

grpc::ServerWriteReactor<v1::DownloadContentResponse>* DocumentServiceImpl::DownloadContent(
    grpc::CallbackServerContext* context, const v1::DownloadContentRequest* request) {
  return new Download(*context, *request, content_, runner_, transfers_);
}

}  // namespace jejak::service
