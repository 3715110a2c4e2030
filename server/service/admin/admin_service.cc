// SPDX-License-Identifier: Apache-2.0

#include "server/service/admin/admin_service.h"

#include "server/base/status_macros.h"
#include "server/command/errors.h"
#include "server/domain/messages.h"
#include "server/domain/refusal.h"
#include "server/service/caller.h"

#include "absl/time/time.h"

#include <optional>
#include <string>

namespace jejak::service {
namespace {

using projection::BuildKind;

absl::Status ViewBuildRunning(const absl::Status& why) {
  return domain::Refusal(absl::StatusCode::kFailedPrecondition, "VIEW_BUILD_RUNNING",
                         std::string(why.message()))
      .Needed("the end of the build that the status shows");
}

void Fill(const projection::ViewBuild& from, v1::ViewBuild& build) {
  build.set_kind(from.kind == BuildKind::kRebuild ? v1::VIEW_BUILD_KIND_REBUILD
                                                  : v1::VIEW_BUILD_KIND_COMPARE);
  build.set_running(from.running);
  if (!from.status.ok()) build.set_error(from.status.ToString());
  build.set_size(from.size);
  build.set_target_size(from.target);
  domain::SetMicros(absl::ToUnixMicros(from.begun), *build.mutable_begin_time());
  absl::Time until = Clock::Real()->Now();
  if (!from.running) {
    until = from.ended;
    domain::SetMicros(absl::ToUnixMicros(until), *build.mutable_end_time());
  }
  const double seconds = absl::ToDoubleSeconds(until - from.begun);
  if (seconds > 0) build.set_events_per_second(static_cast<double>(from.size) / seconds);
  build.set_keys(from.keys);
  build.set_differing_keys(from.differing);
  build.set_first_difference(from.first_difference);
  build.set_current_digest(from.current_digest);
  build.set_built_digest(from.built_digest);
  if (!from.built_digest.empty()) build.set_equal(from.differing == 0);
}

template <typename Response>
absl::Status Start(const grpc::CallbackServerContext& context, const Runner& runner, BuildKind kind,
                   std::optional<std::uint64_t> size, Response& response) {
  projection::Projector& projector = *runner.options().projector;
  JEJAK_RETURN_IF_ERROR(GetCaller(context).status());
  const absl::Status started = projector.StartBuild(kind, size);
  if (absl::IsFailedPrecondition(started)) return ViewBuildRunning(started);
  if (!started.ok()) return command::NotAccepting(started.message());
  if (const std::optional<projection::ViewBuild> build = projector.LastBuild()) {
    Fill(*build, *response.mutable_build());
  }
  return absl::OkStatus();
}

}  // namespace

// Answers without a caller and without waiting: it is what one asks when something is wrong. Names
// of resources are for callers only.
grpc::ServerUnaryReactor* AdminServiceImpl::GetServerStatus(
    grpc::CallbackServerContext* context, const v1::GetServerStatusRequest* /*request*/,
    v1::GetServerStatusResponse* response) {
  const Runner::Options& options = runner_.options();
  response->set_version(version_);
  response->set_log_format(log::EventLog::kFormatVersion);
  response->set_log_size(options.log->DurableSize());
  response->set_view_size(runner_.reader().view().Size());
  response->set_accepting(options.sequencer->Accepting());
  if (!response->accepting()) response->set_reason(options.sequencer->WhyNotAccepting());
  response->mutable_start_time()->set_seconds(absl::ToUnixSeconds(start_));
  response->set_actors_unauthenticated(true);
  response->set_queue_depth(static_cast<std::uint32_t>(options.sequencer->QueueDepth()));
  const bool has_caller = GetCaller(*context).ok();
  if (const absl::Status failure = options.projector->Failure(); !failure.ok()) {
    // What it says names resources, which is not for everybody.
    response->set_view_failure(has_caller ? failure.ToString() : "it failed");
  }
  if (const std::optional<projection::ViewBuild> build = options.projector->LastBuild();
      has_caller && build.has_value()) {
    Fill(*build, *response->mutable_view_build());
  }
  if (options.checkpointer != nullptr) {
    response->set_signed_size(options.checkpointer->SignedSize());
    const absl::Status failure = options.checkpointer->Failure();
    if (!failure.ok()) response->set_signing_failure(has_caller ? failure.ToString() : "it failed");
    response->set_verifier_key(audit::FormatVerifierKey(options.checkpointer->key()));
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* AdminServiceImpl::RebuildView(grpc::CallbackServerContext* context,
                                                        const v1::RebuildViewRequest* /*request*/,
                                                        v1::RebuildViewResponse* response) {
  const absl::Status started =
      Start(*context, runner_, BuildKind::kRebuild, std::nullopt, *response);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(started));
  return reactor;
}

grpc::ServerUnaryReactor* AdminServiceImpl::CompareViews(grpc::CallbackServerContext* context,
                                                         const v1::CompareViewsRequest* request,
                                                         v1::CompareViewsResponse* response) {
  return runner_.Read(context, *request, request->read(),
                      [this, context, response](std::uint64_t size) {
                        return Start(*context, runner_, BuildKind::kCompare, size, *response);
                      });
}

}  // namespace jejak::service
