// SPDX-License-Identifier: Apache-2.0
//
// File: runner.h
//
// The same few steps for every method, so that a service is a list of one-line handlers:
//
//   command: caller -> validate -> strip persons -> sequencer ... -> answer when durable
//   read:    caller -> validate -> wait for the view -> read on the pool -> answer
//
// Nothing here waits on a gRPC thread. A handler looks like this:
//
//   grpc::ServerUnaryReactor* DesignateLokus(grpc::CallbackServerContext* context,
//                                            const v1::DesignateLokusRequest* request,
//                                            v1::DesignateLokusResponse* response) override {
//     return runner_.Command<domain::LokusDecider>(context, request, response);
//   }

#ifndef JEJAK_SERVER_SERVICE_RUNNER_H_
#define JEJAK_SERVER_SERVICE_RUNNER_H_

#include "server/audit/checkpointer.h"
#include "server/base/clock.h"
#include "server/base/thread_pool.h"
#include "server/command/sequencer.h"
#include "server/projection/projector.h"
#include "server/query/reader.h"
#include "server/service/make_command.h"
#include "server/vault/vault.h"

#include "jejak/v1/common.pb.h"

#include "absl/status/status.h"
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <string>
#include <utility>

namespace jejak::service {

class Runner {
 public:
  struct Options {
    // None is owned; all must outlive the runner.
    command::Sequencer* sequencer = nullptr;
    projection::Projector* projector = nullptr;
    const log::EventLog* log = nullptr;
    const view::ViewFolder* views = nullptr;
    vault::Vault* vault = nullptr;
    ThreadPool* pool = nullptr;
    // For the turns of subscriptions, so that they do not take the reads' place; room for
    // limits::kSubscriptionsMax.
    ThreadPool* subscription_pool = nullptr;
    // Without one nothing is signed.
    audit::Checkpointer* checkpointer = nullptr;
    Clock* clock = Clock::Real();
  };
  explicit Runner(Options options) : options_(options) {}

  // Runs a command of decider D and answers with the resources it led to: each field of the
  // response that is a resource is filled with a state of its type, in order. `prepare`, if given,
  // runs before on the pool; its error is the decision.
  template <typename D, typename Request, typename Response>
  grpc::ServerUnaryReactor* Command(grpc::CallbackServerContext* context, const Request* request,
                                    Response* response,
                                    std::function<absl::Status()> prepare = nullptr) {
    return RunCommand(context, *request, *response, SpecFor<D>(*request), std::move(prepare));
  }

  // Get<D>: the resource that request->name() names, into *response.
  template <typename D, typename Request>
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const Request* request,
                                typename D::State* response) {
    return ReadAt(context, *request, request->read(),
                  [this, request, response](const query::Moment& moment) {
                    return GetInto(domain::AggregateFor(D::State::descriptor()), request->name(),
                                   moment, *response);
                  });
  }

  // List<D>: a page of the collection below request->parent() (if it has one).
  template <typename D, typename Request, typename Response>
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const Request* request,
                                 Response* response) {
    query::ListRequest list;
    list.aggregate = &domain::AggregateFor(D::State::descriptor());
    if constexpr (requires { request->parent(); }) list.parent = request->parent();
    list.page_size = request->page_size();
    list.page_token = request->page_token();
    list.filter = request->filter();
    list.order_by = request->order_by();
    return ReadAt(context, *request, request->read(),
                  [this, list = std::move(list), response](const query::Moment& moment) {
                    return ListInto(list, moment, *response);
                  });
  }

  // A read: checks the caller and the request, waits until the view is fresh enough, and runs
  // `work` with the moment to answer at on the pool. `request` must live until the call has ended,
  // as gRPC's requests do. `other`, if given, is a second moment that `work` looks at: the view is
  // waited for until Reader::MomentFor can answer it too.
  grpc::ServerUnaryReactor* ReadAt(grpc::CallbackServerContext* context,
                                   const google::protobuf::Message& request,
                                   const v1::ReadOptions& read,
                                   std::function<absl::Status(const query::Moment& moment)> work,
                                   const v1::ReadOptions* other = nullptr);
  // The same for a read of what is known, which refuses a valid time: VALID_TIME_NOT_TAKEN.
  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* context,
                                 const google::protobuf::Message& request,
                                 const v1::ReadOptions& read,
                                 std::function<absl::Status(std::uint64_t size)> work);

  // A command without its types.
  grpc::ServerUnaryReactor* RunCommand(grpc::CallbackServerContext* context,
                                       const google::protobuf::Message& request,
                                       google::protobuf::Message& response, CommandSpec spec,
                                       std::function<absl::Status()> prepare);

  // What a call is told that waited for the view in vain (Projector::WhenReached).
  static absl::Status NotReached(const absl::Status& reached);

  // A reader of the current view: one for each read, so that no read sees two views.
  query::Reader reader() const { return query::Reader(options_.log, options_.views->Current()); }

  // How a message is shown to readers: persons unsealed and masked.
  query::Present Masked() const;

  const Options& options() const { return options_; }
  // When a call without a deadline, or with a very late one, is given up.
  absl::Time DeadlineOf(const grpc::CallbackServerContext& context) const;

 private:
  absl::Status GetInto(const domain::Aggregate& aggregate, const std::string& name,
                       const query::Moment& moment, google::protobuf::Message& resource) const;
  absl::Status ListInto(const query::ListRequest& list, const query::Moment& moment,
                        google::protobuf::Message& response) const;
  // Answers once a checkpoint covers the events, or cannot any more.
  void AnswerWhenSigned(command::CommandResult result, absl::Time deadline,
                        google::protobuf::Message& response, grpc::ServerUnaryReactor* reactor);
  void Answer(command::CommandResult result, google::protobuf::Message& response,
              grpc::ServerUnaryReactor* reactor);
  void AddUnseenEvents(const command::CommandResult::Conflict& conflict,
                       absl::Status& status) const;

  const Options options_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_RUNNER_H_
