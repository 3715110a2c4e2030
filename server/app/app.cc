// SPDX-License-Identifier: Apache-2.0

#include "server/app/app.h"

#include "server/audit/checkpointer.h"
#include "server/base/clock.h"
#include "server/base/file.h"
#include "server/base/limits.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/base/thread_pool.h"
#include "server/base/version.h"
#include "server/command/region_store.h"
#include "server/command/sequencer.h"
#include "server/content/content_store.h"
#include "server/log/event_log.h"
#include "server/log/open_log.h"
#include "server/projection/projector.h"
#include "server/service/admin/admin_service.h"
#include "server/service/history/history_service.h"
#include "server/service/log/log_service.h"
#include "server/service/lokus/agen_service.h"
#include "server/service/lokus/lokus_service.h"
#include "server/service/lokus/meeting_service.h"
#include "server/service/office/office_service.h"
#include "server/service/office/region_catalog_service.h"
#include "server/service/program/program_service.h"
#include "server/service/record/document_service.h"
#include "server/service/record/handover_service.h"
#include "server/service/report/report_service.h"
#include "server/service/runner.h"
#include "server/vault/key_file.h"
#include "server/vault/vault.h"
#include "server/view/view_folder.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace jejak::app {
namespace {

// Two for the two cores of the smallest machine it runs on; reads are short.
constexpr std::size_t kPoolThreads = 2;

}  // namespace

struct App::Parts {
  std::function<void(const absl::Status&)> on_failure;
  // What a failure has to know of the server; failures come from any thread, at any time.
  Mutex mutex;
  bool failed ABSL_GUARDED_BY(mutex) = false;
  bool stopped ABSL_GUARDED_BY(mutex) = false;

  std::unique_ptr<log::EventLog> log;
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<content::ContentStore> content;
  std::unique_ptr<view::ViewFolder> views;
  std::unique_ptr<command::RegionStore> regions;
  std::unique_ptr<projection::Projector> projector;
  std::unique_ptr<audit::Checkpointer> checkpointer;
  std::unique_ptr<command::Sequencer> sequencer;
  std::unique_ptr<service::Runner> runner;
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<ThreadPool> subscription_pool;

  std::unique_ptr<service::OfficeServiceImpl> office;
  std::unique_ptr<service::RegionCatalogServiceImpl> region_catalog;
  std::unique_ptr<service::ProgramServiceImpl> program;
  std::unique_ptr<service::LokusServiceImpl> lokus;
  std::unique_ptr<service::AgenServiceImpl> agen;
  std::unique_ptr<service::MeetingServiceImpl> meeting;
  std::unique_ptr<service::DocumentServiceImpl> document;
  std::unique_ptr<service::HandoverServiceImpl> handover;
  std::unique_ptr<service::HistoryServiceImpl> history;
  std::unique_ptr<service::AdminServiceImpl> admin;
  std::unique_ptr<service::ReportServiceImpl> report;
  std::unique_ptr<service::LogServiceImpl> log_service;

  std::unique_ptr<grpc::Server> server;

  // The checkpointer gives to the sequencer, which wakes it: it ends first and goes last.
  ~Parts() {
    if (checkpointer != nullptr) checkpointer->Stop();
  }

  void Fail(absl::string_view where, const absl::Status& status) {
    MutexLock lock(mutex);
    if (failed) return;
    failed = true;
    spdlog::critical("{} failed, nothing is acknowledged any more: {}", std::string(where),
                     status.ToString());
    if (server != nullptr && !stopped) server->GetHealthCheckService()->SetServingStatus(false);
    if (on_failure) on_failure(status);
  }

  // Health is SERVING from now on, unless something has failed already.
  void Serve(std::unique_ptr<grpc::Server> started) {
    MutexLock lock(mutex);
    server = std::move(started);
    server->GetHealthCheckService()->SetServingStatus(!failed);
  }
};

namespace {

// The key that signs the log, made if nothing was signed before.
absl::StatusOr<audit::Signer> OpenSigningKey(const Config& config, const log::EventLog& log) {
  const std::string path =
      config.signing_key.empty() ? config.data + "/signing_key" : config.signing_key;
  JEJAK_ASSIGN_OR_RETURN(const auto last, log.LastCheckpoint());
  if (!last.has_value()) {
    const absl::Status made = vault::CreateKeyFile(path);
    if (!made.ok() && !absl::IsAlreadyExists(made)) return made;
  }
  JEJAK_ASSIGN_OR_RETURN(const Key seed, vault::ReadKeyFile(path));
  const std::string origin =
      config.origin.empty() ? absl::StrCat("jejak.invalid/", log.log_id()) : config.origin;
  return audit::Signer::FromSeed(origin, audit::KeyType::kEd25519, seed);
}

}  // namespace

App::App() : parts_(std::make_unique<Parts>()) {}

App::~App() {
  Parts& parts = *parts_;
  if (parts.server == nullptr) return;
  parts.server->GetHealthCheckService()->SetServingStatus(false);
  // gRPC waits for every call; those that wait for the view would wait until their deadlines.
  parts.projector->StopWaiting();
  parts.checkpointer->StopWaiting();
  parts.server->Shutdown(std::chrono::system_clock::now() +
                         absl::ToChronoMilliseconds(kShutdownGrace));
  parts.server->Wait();
  MutexLock lock(parts.mutex);
  parts.stopped = true;
}

absl::StatusOr<std::unique_ptr<App>> App::Start(
    const Config& config, std::function<void(const absl::Status&)> on_failure) {
  JEJAK_RETURN_IF_ERROR(CheckConfig(config));
  std::unique_ptr<App> app(new App());
  Parts& parts = *app->parts_;
  parts.on_failure = std::move(on_failure);

  JEJAK_RETURN_IF_ERROR(MakeFolder(config.data));
  JEJAK_RETURN_IF_ERROR(CheckFolderIsOwn(config.data));
  const std::string data = config.data + "/";

  log::EventLog::Options log_options;
  log_options.anchor_path = data + "anchor";
  log_options.anchor_strict = config.anchor_strict;
  JEJAK_ASSIGN_OR_RETURN(parts.log, log::OpenLog(data + "log", log_options));
  vault::Vault::Options vault_options;
  vault_options.path = data + "vault";
  vault_options.log_id = parts.log->log_id();
  vault_options.may_create = parts.log->DurableSize() == 0;
  vault_options.kek_path = config.kek.empty() ? data + "kek" : config.kek;
  vault_options.create_kek = config.dev;
  JEJAK_ASSIGN_OR_RETURN(parts.vault, vault::Vault::Open(vault_options));
  JEJAK_ASSIGN_OR_RETURN(parts.content,
                         content::ContentStore::Open(data + "content", parts.vault->ContentKey()));
  JEJAK_ASSIGN_OR_RETURN(parts.views, view::ViewFolder::Open(data + "view", parts.log->log_id(),
                                                             parts.log->DurableSize()));

  parts.regions = std::make_unique<command::RegionStore>(parts.content.get());
  parts.projector = std::make_unique<projection::Projector>(projection::Projector::Options{
      .log = parts.log.get(),
      .views = parts.views.get(),
      .on_failure =
          [&parts](const absl::Status& status) {
            // The next start mends it too.
            parts.views->Current()->MarkForRebuild();
            spdlog::critical(
                "the view failed, and does not follow the log any "
                "more; commands go on: {}",
                status.ToString());
          },
      .on_log_failure = [&parts](const absl::Status& status) { parts.Fail("the log", status); }});
  audit::Checkpointer::Options signing;
  signing.log = parts.log.get();
  JEJAK_ASSIGN_OR_RETURN(signing.signer, OpenSigningKey(config, *parts.log));
  signing.signed_path = data + "signed";
  signing.store = [&parts](std::uint64_t size, std::string note,
                           std::function<void(const absl::Status&)> done) {
    parts.sequencer->StoreCheckpoint(size, std::move(note), std::move(done));
  };
  signing.on_failure = [](const absl::Status& status) {
    spdlog::critical("nothing is signed any more; commands go on: {}", status.ToString());
  };
  JEJAK_ASSIGN_OR_RETURN(parts.checkpointer, audit::Checkpointer::Open(std::move(signing)));
  if (const absl::Status& refusal = parts.checkpointer->Refusal(); !refusal.ok()) {
    app->read_only_ = true;
    spdlog::critical("{}", std::string(refusal.message()));
  }
  parts.sequencer = std::make_unique<command::Sequencer>(command::Sequencer::Options{
      .log = parts.log.get(),
      .vault = parts.vault.get(),
      .content = parts.content.get(),
      .regions = parts.regions.get(),
      .clock = Clock::Real(),
      .on_durable =
          [&parts](std::uint64_t) {
            parts.projector->Wake();
            parts.checkpointer->Wake();
          },
      .on_failure = [&parts](const absl::Status& status) { parts.Fail("the log", status); },
      .read_only = parts.checkpointer->Refusal()});
  parts.checkpointer->Start();
  parts.pool = std::make_unique<ThreadPool>(kPoolThreads, limits::kReadQueueMax);
  parts.subscription_pool = std::make_unique<ThreadPool>(1, limits::kSubscriptionsMax);
  parts.runner = std::make_unique<service::Runner>(
      service::Runner::Options{.sequencer = parts.sequencer.get(),
                               .projector = parts.projector.get(),
                               .log = parts.log.get(),
                               .views = parts.views.get(),
                               .vault = parts.vault.get(),
                               .pool = parts.pool.get(),
                               .subscription_pool = parts.subscription_pool.get(),
                               .checkpointer = parts.checkpointer.get(),
                               .clock = Clock::Real()});

  service::Runner& runner = *parts.runner;
  parts.office = std::make_unique<service::OfficeServiceImpl>(runner);
  parts.region_catalog =
      std::make_unique<service::RegionCatalogServiceImpl>(runner, *parts.regions);
  parts.program = std::make_unique<service::ProgramServiceImpl>(runner);
  parts.lokus = std::make_unique<service::LokusServiceImpl>(runner);
  parts.agen = std::make_unique<service::AgenServiceImpl>(runner);
  parts.meeting = std::make_unique<service::MeetingServiceImpl>(runner);
  parts.document = std::make_unique<service::DocumentServiceImpl>(runner, *parts.content);
  parts.handover = std::make_unique<service::HandoverServiceImpl>(runner);
  parts.history = std::make_unique<service::HistoryServiceImpl>(runner);
  parts.admin =
      std::make_unique<service::AdminServiceImpl>(runner, jejak::kVersion, Clock::Real()->Now());
  JEJAK_ASSIGN_OR_RETURN(parts.report, service::ReportServiceImpl::Open(runner, data + "spool"));
  parts.log_service = std::make_unique<service::LogServiceImpl>(runner);

  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(config.listen, grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(limits::kRequestBytesMax);
  builder.SetMaxSendMessageSize(limits::kResponseBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits::kMetadataBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits::kConcurrentStreamsMax);
  // A second server on the same port would share the calls: refuse to start instead.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // gRPC 1.51 unpacks a message before it looks at its size: a quarter megabyte becomes 287 MB.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  grpc::ResourceQuota quota("jejakd");
  quota.Resize(256u << 20);
  builder.SetResourceQuota(quota);
  for (grpc::Service* service : std::initializer_list<grpc::Service*>{
           parts.office.get(), parts.region_catalog.get(), parts.program.get(), parts.lokus.get(),
           parts.agen.get(), parts.meeting.get(), parts.document.get(), parts.handover.get(),
           parts.history.get(), parts.admin.get(), parts.report.get(), parts.log_service.get()}) {
    builder.RegisterService(service);
  }
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const bool is_socket = absl::StartsWith(config.listen, "unix:");
  if (server == nullptr || (!is_socket && port == 0)) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", config.listen, ": is the port taken?"));
  }
  app->address_ = is_socket
                      ? config.listen
                      : absl::StrCat(config.listen.substr(0, config.listen.rfind(':')), ":", port);
  parts.Serve(std::move(server));
  // The projector may have events to catch up with from the last run.
  parts.projector->Wake();
  return app;
}

}  // namespace jejak::app
