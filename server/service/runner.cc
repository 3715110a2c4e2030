// SPDX-License-Identifier: Apache-2.0

#include "server/service/runner.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/command/errors.h"
#include "server/command/persons.h"
#include "server/command/status_proto.h"
#include "server/domain/refusal.h"
#include "server/service/caller.h"
#include "server/service/validator.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <memory>

namespace jejak::service {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Puts each state into the first field of its type that has room.
void FillResources(std::vector<command::ShownState>& shown, Message& response) {
  const auto* descriptor = response.GetDescriptor();
  const Reflection* reflection = response.GetReflection();
  for (command::ShownState& one : shown) {
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor* field = descriptor->field(i);
      if (field->message_type() != one.state->GetDescriptor()) continue;
      if (!field->is_repeated() && reflection->HasField(response, field)) continue;
      Message* target = field->is_repeated() ? reflection->AddMessage(&response, field)
                                             : reflection->MutableMessage(&response, field);
      target->GetReflection()->Swap(target, one.state.get());
      break;
    }
  }
}

absl::Status ValidTimeNotTaken() {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, "VALID_TIME_NOT_TAKEN",
                         "this question is about what was recorded, which has one time")
      .Needed("no valid_time, or a Get, List or Diff method");
}

grpc::ServerUnaryReactor* FinishNow(grpc::CallbackServerContext* context,
                                    const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

}  // namespace

absl::Time Runner::DeadlineOf(const grpc::CallbackServerContext& context) const {
  const absl::Time now = absl::FromChrono(std::chrono::system_clock::now());
  const absl::Time asked = absl::FromChrono(context.deadline());
  if (asked > now + limits::kDeadlineMax) return now + limits::kDeadlineDefault;
  return asked;
}

absl::Status Runner::NotReached(const absl::Status& reached) {
  if (absl::IsCancelled(reached)) return command::NotAccepting("it is stopping");
  if (absl::IsUnavailable(reached)) return command::ViewFailed();
  return absl::IsResourceExhausted(reached) ? command::QueueFull() : reached;
}

query::Present Runner::Masked() const {
  return [vault = options_.vault](Message& message) { command::MaskPersons(*vault, message); };
}

grpc::ServerUnaryReactor* Runner::RunCommand(grpc::CallbackServerContext* context,
                                             const Message& request, Message& response,
                                             CommandSpec spec,
                                             std::function<absl::Status()> prepare) {
  absl::StatusOr<Caller> caller = GetCaller(*context);
  if (!caller.ok()) return FinishNow(context, caller.status());
  absl::StatusOr<command::Command> command =
      MakeCommand(request, caller->actor, std::move(spec), *options_.vault);
  if (!command.ok()) return FinishNow(context, command.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool when_signed = command->write.acknowledgement() == v1::ACKNOWLEDGEMENT_SIGNED;
  command->done = [this, &response, reactor, when_signed,
                   deadline = DeadlineOf(*context)](command::CommandResult result) {
    if (when_signed && result.status.ok() && result.commit.event_count() > 0) {
      AnswerWhenSigned(std::move(result), deadline, response, reactor);
    } else {
      Answer(std::move(result), response, reactor);
    }
  };
  if (!prepare) {
    options_.sequencer->Submit(*std::move(command));
    return reactor;
  }
  auto shared = std::make_shared<command::Command>(*std::move(command));
  const bool posted = options_.pool->TryPost([this, shared, prepare = std::move(prepare)] {
    // Told by the decision, so that it is stored as any refusal is, and does not stand before
    // the outcome of an earlier call.
    if (absl::Status prepared = prepare(); !prepared.ok()) {
      shared->decide = [prepared = std::move(prepared)](const domain::Context&, const Message*,
                                                        const Message&) { return prepared; };
    }
    options_.sequencer->Submit(std::move(*shared));
  });
  if (!posted) reactor->Finish(ToGrpc(command::QueueFull()));
  return reactor;
}

void Runner::AnswerWhenSigned(command::CommandResult result, absl::Time deadline, Message& response,
                              grpc::ServerUnaryReactor* reactor) {
  const auto shared = std::make_shared<command::CommandResult>(std::move(result));
  const auto then = [this, shared, &response, reactor](const absl::Status& is_signed) {
    if (is_signed.ok()) {
      shared->commit.set_signed_size(options_.checkpointer->SignedSize());
    } else {
      v1::Notice& notice = *shared->commit.add_notices();
      notice.set_reason("NOT_SIGNED");
      notice.set_message(
          absl::StrCat("it is done, but no checkpoint covers it yet: ", is_signed.message()));
    }
    Answer(std::move(*shared), response, reactor);
  };
  if (options_.checkpointer == nullptr) {
    then(absl::UnavailableError("this server signs nothing"));
  } else {
    options_.checkpointer->WhenSigned(shared->commit.log_size(), deadline, then);
  }
}

void Runner::Answer(command::CommandResult result, Message& response,
                    grpc::ServerUnaryReactor* reactor) {
  if (result.conflict.has_value()) {
    // Reads the log, so not on this thread.
    auto shared = std::make_shared<command::CommandResult>(std::move(result));
    const bool posted = options_.pool->TryPost([this, shared, reactor] {
      AddUnseenEvents(*shared->conflict, shared->status);
      reactor->Finish(ToGrpc(shared->status));
    });
    if (!posted) reactor->Finish(ToGrpc(shared->status));
    return;
  }
  if (!command::IsWhole(result.shown)) {
    auto shared = std::make_shared<command::CommandResult>(std::move(result));
    const bool posted = options_.pool->TryPost([this, shared, &response, reactor] {
      shared->status = command::FoldShown(*options_.log, shared->shown);
      Answer(std::move(*shared), response, reactor);
    });
    if (!posted) reactor->Finish(ToGrpc(command::QueueFull()));
    return;
  }
  if (!result.status.ok()) {
    reactor->Finish(ToGrpc(result.status));
    return;
  }
  for (command::ShownState& one : result.shown) command::RedactPersons(*one.state);
  FillResources(result.shown, response);
  const FieldDescriptor* commit = response.GetDescriptor()->FindFieldByName("commit");
  static_cast<v1::CommitInfo&>(*response.GetReflection()->MutableMessage(&response, commit)) =
      std::move(result.commit);
  reactor->Finish(grpc::Status::OK);
}

void Runner::AddUnseenEvents(const command::CommandResult::Conflict& conflict,
                             absl::Status& status) const {
  // Room for the refusal itself within limits::kErrorDetailBytesMax.
  constexpr std::size_t kBytes = limits::kErrorDetailBytesMax - 1024;
  v1::UnseenEvents unseen;
  unseen.set_etag(absl::StrCat(conflict.revision));
  const absl::Status scanned = options_.log->ScanStream(
      conflict.stream, conflict.seen_revision + 1, conflict.revision,
      [&unseen](const log::RecordedEvent& event) {
        absl::StatusOr<v1::RecordedEvent> api =
            query::ToApi(event, [](Message& message) { command::RedactPersons(message); });
        if (!api.ok()) return false;
        if (unseen.ByteSizeLong() + api->ByteSizeLong() > kBytes) api->clear_event();
        if (unseen.ByteSizeLong() + api->ByteSizeLong() > kBytes) {
          unseen.set_truncated(true);
          return false;
        }
        *unseen.add_events() = *std::move(api);
        return true;
      });
  if (!scanned.ok()) unseen.set_truncated(true);
  command::AddDetail(unseen, status);
}

grpc::ServerUnaryReactor* Runner::Read(grpc::CallbackServerContext* context, const Message& request,
                                       const v1::ReadOptions& read,
                                       std::function<absl::Status(std::uint64_t)> work) {
  if (read.has_valid_time()) return FinishNow(context, ValidTimeNotTaken());
  return ReadAt(context, request, read, [work = std::move(work)](const query::Moment& moment) {
    return work(moment.size);
  });
}

grpc::ServerUnaryReactor* Runner::ReadAt(grpc::CallbackServerContext* context,
                                         const Message& request, const v1::ReadOptions& read,
                                         std::function<absl::Status(const query::Moment&)> work,
                                         const v1::ReadOptions* other) {
  if (const absl::StatusOr<Caller> caller = GetCaller(*context); !caller.ok()) {
    return FinishNow(context, caller.status());
  }
  if (absl::Status valid = Validate(request); !valid.ok()) return FinishNow(context, valid);
  absl::StatusOr<std::uint64_t> wait_for = reader().SizeToReach(read);
  if (wait_for.ok() && other != nullptr) {
    const absl::StatusOr<std::uint64_t> also = reader().SizeToReach(*other);
    if (also.ok()) {
      wait_for = std::max(*wait_for, *also);
    } else {
      wait_for = also.status();
    }
  }
  if (!wait_for.ok()) return FinishNow(context, wait_for.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  options_.projector->WhenReached(
      *wait_for, DeadlineOf(*context),
      [this, reactor, &read, work = std::move(work)](const absl::Status& reached) {
        if (!reached.ok()) {
          reactor->Finish(ToGrpc(NotReached(reached)));
          return;
        }
        const bool posted = options_.pool->TryPost([this, reactor, &read, work] {
          const absl::StatusOr<query::Moment> moment = reader().MomentFor(read);
          reactor->Finish(ToGrpc(moment.ok() ? work(*moment) : moment.status()));
        });
        if (!posted) reactor->Finish(ToGrpc(command::QueueFull()));
      });
  return reactor;
}

absl::Status Runner::GetInto(const domain::Aggregate& aggregate, const std::string& name,
                             const query::Moment& moment, Message& resource) const {
  JEJAK_ASSIGN_OR_RETURN(const std::unique_ptr<Message> found,
                         reader().Get(aggregate, name, moment));
  command::MaskPersons(*options_.vault, *found);
  resource.GetReflection()->Swap(&resource, found.get());
  return absl::OkStatus();
}

absl::Status Runner::ListInto(const query::ListRequest& list, const query::Moment& moment,
                              Message& response) const {
  JEJAK_ASSIGN_OR_RETURN(query::ListPage page, reader().List(list, moment));
  const auto* descriptor = response.GetDescriptor();
  const Reflection* reflection = response.GetReflection();
  const FieldDescriptor* items = descriptor->field(0);
  for (std::unique_ptr<Message>& resource : page.resources) {
    command::MaskPersons(*options_.vault, *resource);
    Message* target = reflection->AddMessage(&response, items);
    target->GetReflection()->Swap(target, resource.get());
  }
  reflection->SetString(&response, descriptor->FindFieldByName("next_page_token"),
                        page.next_page_token);
  reflection->SetUInt64(&response, descriptor->FindFieldByName("log_size"), page.size);
  reflection->SetString(&response, descriptor->FindFieldByName("filter"), page.filter);
  return absl::OkStatus();
}

}  // namespace jejak::service
