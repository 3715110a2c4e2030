// SPDX-License-Identifier: Apache-2.0

#include "server/service/log/log_service.h"

#include "server/audit/proof_file.h"
#include "server/audit/tile.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/command/errors.h"
#include "server/service/caller.h"
#include "server/service/history/history_errors.h"
#include "server/service/log/log_errors.h"
#include "server/service/validator.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace jejak::service {
namespace {

std::string Bytes(const Hash& hash) { return std::string(AsBytes(hash)); }

template <typename Response>
void AddHashes(const audit::Proof& proof, Response& response) {
  for (const Hash& hash : proof) response.add_hashes(Bytes(hash));
}

void Fill(const audit::Checkpoint& checkpoint, v1::Checkpoint& filled) {
  filled.set_origin(checkpoint.origin);
  filled.set_size(checkpoint.size);
  filled.set_root(Bytes(checkpoint.root));
}

// The size that covers a position; of the last one there is, one that no log has.
std::uint64_t SizeToCover(std::uint64_t position) { return std::max(position, position + 1); }

// The payload and its salt, unless they are erased.
absl::Status FillPayload(const log::EventLog& log, std::uint64_t position, v1::LogEntry& entry) {
  JEJAK_ASSIGN_OR_RETURN(const log::RecordedEvent event, log.Read(position));
  if (event.payload_erased) return absl::OkStatus();
  entry.set_payload(event.payload);
  entry.set_salt(std::string(event.salt.begin(), event.salt.end()));
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* LogServiceImpl::Run(grpc::CallbackServerContext* context,
                                              const google::protobuf::Message& request,
                                              std::uint64_t size,
                                              std::function<absl::Status()> work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::Status status = GetCaller(*context).status();
  if (status.ok()) status = Validate(request);
  if (const std::uint64_t have = log().DurableSize(); status.ok() && size > have) {
    status = PositionInFuture(have);
  }
  if (!status.ok()) {
    reactor->Finish(ToGrpc(status));
    return reactor;
  }
  checkpointer().WhenSigned(size, runner_.DeadlineOf(*context),
                            [this, reactor, work = std::move(work)](const absl::Status& is_signed) {
                              if (!is_signed.ok()) {
                                reactor->Finish(ToGrpc(NotSigned(is_signed)));
                                return;
                              }
                              if (!runner_.options().pool->TryPost(
                                      [reactor, work] { reactor->Finish(ToGrpc(work())); })) {
                                reactor->Finish(ToGrpc(command::QueueFull()));
                              }
                            });
  return reactor;
}

grpc::ServerUnaryReactor* LogServiceImpl::GetCheckpoint(grpc::CallbackServerContext* context,
                                                        const v1::GetCheckpointRequest* request,
                                                        v1::GetCheckpointResponse* response) {
  // The newest there is; of a log that was never signed, the first.
  const std::uint64_t first = std::min<std::uint64_t>(log().DurableSize(), 1);
  return Run(context, *request, std::max(request->size(), first), [this, request, response] {
    std::optional<audit::SignedCheckpoint> found = checkpointer().Latest();
    if (!found.has_value()) return NothingSigned();
    if (request->size() > 0) {
      JEJAK_ASSIGN_OR_RETURN(const auto stored, log().FindCheckpoint(request->size()));
      if (stored.has_value()) {
        JEJAK_ASSIGN_OR_RETURN(found, audit::ParseSignedCheckpoint(stored->note));
      }
    }
    response->set_note(audit::FormatNote(found->note));
    Fill(found->checkpoint, *response->mutable_checkpoint());
    response->set_verifier_key(audit::FormatVerifierKey(checkpointer().key()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LogServiceImpl::GetInclusionProof(
    grpc::CallbackServerContext* context, const v1::GetInclusionProofRequest* request,
    v1::GetInclusionProofResponse* response) {
  // A proof in a tree of a given size needs no signature.
  return Run(context, *request, request->size() > 0 ? 0 : SizeToCover(request->position()),
             [this, request, response]() -> absl::Status {
               const std::uint64_t size =
                   request->size() > 0 ? request->size() : checkpointer().SignedSize();
               if (size > log().DurableSize()) return PositionInFuture(log().DurableSize());
               if (request->position() >= size) return PositionInFuture(size);
               audit::TileTree tree = audit::TreeOf(log(), size);
               JEJAK_ASSIGN_OR_RETURN(const Hash leaf, tree.Node(0, request->position()));
               JEJAK_ASSIGN_OR_RETURN(const audit::Proof proof,
                                      tree.ProveInclusion(request->position(), size));
               response->set_leaf_hash(Bytes(leaf));
               response->set_size(size);
               AddHashes(proof, *response);
               return absl::OkStatus();
             });
}

grpc::ServerUnaryReactor* LogServiceImpl::GetConsistencyProof(
    grpc::CallbackServerContext* context, const v1::GetConsistencyProofRequest* request,
    v1::GetConsistencyProofResponse* response) {
  return Run(context, *request, request->new_size() > 0 ? 0 : request->old_size(),
             [this, request, response]() -> absl::Status {
               const std::uint64_t size =
                   request->new_size() > 0 ? request->new_size() : checkpointer().SignedSize();
               if (size > log().DurableSize()) return PositionInFuture(log().DurableSize());
               if (request->old_size() == 0 || request->old_size() > size) {
                 return SizesOutOfOrder(request->old_size(), size);
               }
               audit::TileTree tree = audit::TreeOf(log(), size);
               JEJAK_ASSIGN_OR_RETURN(const audit::Proof proof,
                                      tree.ProveConsistency(request->old_size(), size));
               response->set_new_size(size);
               AddHashes(proof, *response);
               return absl::OkStatus();
             });
}

grpc::ServerUnaryReactor* LogServiceImpl::GetTile(grpc::CallbackServerContext* context,
                                                  const v1::GetTileRequest* request,
                                                  v1::GetTileResponse* response) {
  return Run(context, *request, 0, [this, request, response] {
    const std::uint32_t width =
        request->width() > 0 ? request->width() : static_cast<std::uint32_t>(audit::kTileWidth);
    absl::StatusOr<std::string> tile = log().ReadTile(request->level(), request->index(), width);
    if (absl::IsNotFound(tile.status())) return TileNotFound(tile.status());
    JEJAK_RETURN_IF_ERROR(tile.status());
    response->set_hashes(*std::move(tile));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LogServiceImpl::ListEntries(grpc::CallbackServerContext* context,
                                                      const v1::ListEntriesRequest* request,
                                                      v1::ListEntriesResponse* response) {
  return Run(context, *request, 0, [this, request, response]() -> absl::Status {
    const std::uint64_t size = log().DurableSize();
    const std::uint64_t from = request->from_position();
    if (from > size) return PositionInFuture(size);
    const std::uint64_t count = request->page_size() > 0
                                    ? static_cast<std::uint64_t>(request->page_size())
                                    : static_cast<std::uint64_t>(audit::kTileWidth);
    const std::uint64_t to = std::min(size, from + count);
    std::size_t bytes = 0;
    JEJAK_RETURN_IF_ERROR(
        log().ScanEntries(from, to, [&](std::uint64_t position, absl::string_view entry) {
          v1::LogEntry& added = *response->add_entries();
          added.set_position(position);
          added.set_entry(std::string(entry));
          bytes += entry.size();
          return bytes < limits::kPageBytesMax;
        }));
    if (request->payloads()) {
      bytes = 0;
      for (int i = 0; i < response->entries_size(); ++i) {
        if (bytes >= limits::kPageBytesMax) {
          response->mutable_entries()->DeleteSubrange(i, response->entries_size() - i);
          break;
        }
        v1::LogEntry& entry = *response->mutable_entries(i);
        JEJAK_RETURN_IF_ERROR(FillPayload(log(), entry.position(), entry));
        bytes += entry.ByteSizeLong();
      }
    }
    response->set_next_position(from + static_cast<std::uint64_t>(response->entries_size()));
    response->set_log_size(size);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LogServiceImpl::GetReceipt(grpc::CallbackServerContext* context,
                                                     const v1::GetReceiptRequest* request,
                                                     v1::GetReceiptResponse* response) {
  const std::uint64_t position = request->position();
  return Run(
      context, *request, SizeToCover(position), [this, position, response]() -> absl::Status {
        const std::optional<audit::SignedCheckpoint> latest = checkpointer().Latest();
        if (!latest.has_value()) return NothingSigned();
        audit::ProofFile file;
        file.index = position;
        file.checkpoint = *latest;
        const std::uint64_t size = latest->checkpoint.size;
        audit::TileTree tree = audit::TreeOf(log(), size);
        JEJAK_ASSIGN_OR_RETURN(file.proof, tree.ProveInclusion(position, size));
        JEJAK_RETURN_IF_ERROR(
            log().ScanEntries(position, position + 1, [&](std::uint64_t, absl::string_view entry) {
              file.extra = std::string(entry);
              return true;
            }));
        v1::LogEntry& entry = *response->mutable_entry();
        entry.set_position(position);
        entry.set_entry(file.extra);
        response->set_proof_file(audit::FormatProofFile(file));
        return FillPayload(log(), position, entry);
      });
}

}  // namespace jejak::service
