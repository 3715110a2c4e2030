// SPDX-License-Identifier: Apache-2.0

#include "server/service/admin/admin_service.h"

namespace jejak::service {

// Answers without a caller and without waiting: it is what one asks when something is wrong.
grpc::ServerUnaryReactor* AdminServiceImpl::GetServerStatus(
    grpc::CallbackServerContext* context, const v1::GetServerStatusRequest* /*request*/,
    v1::GetServerStatusResponse* response) {
  const Runner::Options& options = runner_.options();
  response->set_version(version_);
  response->set_log_format(log::EventLog::kFormatVersion);
  response->set_log_size(options.reader->log().DurableSize());
  response->set_view_size(options.reader->view().Size());
  response->set_accepting(options.sequencer->Accepting());
  if (!response->accepting()) response->set_reason("a write failed, or the server is stopping");
  response->mutable_start_time()->set_seconds(absl::ToUnixSeconds(start_));
  response->set_actors_unauthenticated(true);
  response->set_queue_depth(static_cast<std::uint32_t>(options.sequencer->QueueDepth()));
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace jejak::service
