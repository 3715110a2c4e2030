// SPDX-License-Identifier: Apache-2.0

#include "server/command/sequencer.h"

#include "server/base/check.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/command/errors.h"
#include "server/command/status_proto.h"
#include "server/domain/messages.h"
#include "server/domain/office/region_catalog.h"
#include "server/domain/refusal.h"
#include "server/projection/fold.h"

#include "jejak/v1/program.pb.h"
#include "jejak/v1/region.pb.h"

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace jejak::command {
namespace {

using google::protobuf::Message;

std::string RequestKey(const Command& command) {
  return absl::StrCat(command.actor.name, "\n", command.write.request_id());
}

std::string EtagOf(const Message& state) {
  const auto* field = state.GetDescriptor()->FindFieldByName("etag");
  return state.GetReflection()->GetString(state, field);
}

// Time-ordered like a UUID of version 7: 48 bits of milliseconds, the rest random.
log::EventId NewEventId(absl::Time now) {
  log::EventId id;
  const std::string random = RandomBytes(10);
  auto millis = static_cast<std::uint64_t>(absl::ToUnixMillis(now));
  for (std::size_t i = 0; i < 6; ++i) {
    id[5 - i] = static_cast<std::uint8_t>(millis & 0xFF);
    millis >>= 8;
  }
  std::memcpy(id.data() + 6, random.data(), random.size());
  id[6] = static_cast<std::uint8_t>(0x70 | (id[6] & 0x0F));
  id[8] = static_cast<std::uint8_t>(0x80 | (id[8] & 0x3F));
  return id;
}

// What every event is about by where it stands: its stream's program and lokus, and the office.
void AddPlaceTags(absl::string_view stream, const event::v1::Envelope& envelope,
                  std::vector<std::string>& tags) {
  if (domain::NameMatches(domain::NamePrefix(stream, 2), "programs/*")) {
    tags.push_back(absl::StrCat("program:", domain::NamePrefix(stream, 2)));
  }
  if (const std::string lokus = domain::NamePrefix(stream, 4);
      domain::NameMatches(lokus, "programs/*/lokus/*")) {
    tags.push_back(absl::StrCat("lokus:", lokus));
  }
  if (!envelope.office().empty()) tags.push_back(absl::StrCat("office:", envelope.office()));
}

void FillCommit(const event::v1::Outcome& outcome, CommandResult& result) {
  result.commit.set_first_position(outcome.first_position());
  result.commit.set_event_count(outcome.event_count());
  domain::SetMicros(outcome.commit_time_us(), *result.commit.mutable_commit_time());
  result.commit.set_log_size(outcome.first_position() + outcome.event_count());
  for (const std::string& bytes : outcome.notices()) {
    v1::Notice notice;
    if (notice.ParseFromString(bytes)) *result.commit.add_notices() = std::move(notice);
  }
}

}  // namespace

bool IsWhole(const std::vector<ShownState>& shown) {
  return std::all_of(shown.begin(), shown.end(),
                     [](const ShownState& one) { return one.state != nullptr; });
}

absl::Status FoldShown(const log::EventLog& log, std::vector<ShownState>& shown) {
  for (ShownState& one : shown) {
    if (one.state != nullptr) continue;
    JEJAK_ASSIGN_OR_RETURN(one.state, projection::FoldStream(log, one.stream, one.revision));
  }
  std::erase_if(shown, [](const ShownState& one) { return one.state == nullptr; });
  return absl::OkStatus();
}

// The persons of one command.
struct Sequencer::Subjects {
  PlainPersons plain;
  // Claims that tie new subjects to their national ids.
  std::vector<log::ClaimChange> claims;
  // New subjects, to be used again if the command has no events.
  std::vector<std::string> taken;
};

Sequencer::Sequencer(Options options)
    : options_(std::move(options)),
      world_(options_.log, options_.content, options_.regions, options_.vault),
      accepting_(options_.read_only.ok()),
      sequencer_([this] { RunSequencer(); }),
      committer_([this] { RunCommitter(); }) {}

Sequencer::~Sequencer() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    work_.NotifyAll();
  }
  sequencer_.join();
  {
    MutexLock lock(flight_mutex_);
    no_more_flights_ = true;
    flight_changed_.NotifyAll();
  }
  committer_.join();
}

void Sequencer::Submit(Command command) {
  std::size_t bytes = command.request->ByteSizeLong();
  for (const v1::Person& person : command.persons) bytes += person.ByteSizeLong();
  absl::Status refused;
  if (!accepting_.load()) {
    refused = NotAccepting(WhyNotAccepting());
  } else {
    MutexLock lock(mutex_);
    if (stopping_) {
      refused = NotAccepting("it is stopping");
    } else if (queue_.size() >= limits::kQueueCommandsMax ||
               queue_bytes_ + bytes > limits::kQueueBytesMax) {
      refused = QueueFull();
    } else {
      queue_.push_back(Queued{std::move(command), bytes});
      queue_bytes_ += bytes;
      work_.NotifyOne();
      return;
    }
  }
  CommandResult result;
  result.status = std::move(refused);
  command.done(std::move(result));
}

void Sequencer::StoreCheckpoint(std::uint64_t size, std::string note,
                                std::function<void(const absl::Status&)> done) {
  {
    MutexLock lock(mutex_);
    if (accepting_.load() && !stopping_) {
      JEJAK_CHECK(!checkpoint_.has_value());
      checkpoint_ = Checkpoint{size, std::move(note), std::move(done)};
      work_.NotifyOne();
      return;
    }
  }
  done(NotAccepting("it is stopping"));
}

std::string Sequencer::WhyNotAccepting() const {
  return options_.read_only.ok() ? "a write failed, or it is stopping"
                                 : std::string(options_.read_only.message());
}

std::size_t Sequencer::QueueDepth() const {
  MutexLock lock(mutex_);
  return queue_.size();
}

void Sequencer::RunSequencer() noexcept {
  while (true) {
    std::deque<Command> taken;
    std::optional<Checkpoint> checkpoint;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !checkpoint_.has_value() && !stopping_) work_.Wait(mutex_);
      if (queue_.empty() && !checkpoint_.has_value()) return;
      checkpoint = std::exchange(checkpoint_, std::nullopt);
      std::size_t bytes = 0;
      while (!queue_.empty() && taken.size() < limits::kBatchCommandsMax &&
             bytes < limits::kBatchBytesMax) {
        bytes += queue_.front().bytes;
        taken.push_back(std::move(queue_.front().command));
        queue_.pop_front();
      }
      queue_bytes_ -= bytes;
    }
    InFlight flight{options_.log->NewBatch(), {}, 0};
    if (checkpoint.has_value()) Process(*std::move(checkpoint), flight);
    for (Command& command : taken) {
      if (flight.batch.bytes() >= limits::kBatchBytesMax) {
        flight.size = options_.log->StagedSize();
        Hand(std::move(flight));
        flight = InFlight{options_.log->NewBatch(), {}, 0};
      }
      Process(std::move(command), flight);
    }
    flight.size = options_.log->StagedSize();
    Hand(std::move(flight));
  }
}

// Waits until the committer has taken the flight before: at most one is being written and one is
// ready, so the next decision is never far ahead of the disk.
void Sequencer::Hand(InFlight flight) {
  MutexLock lock(flight_mutex_);
  while (next_flight_.has_value()) flight_changed_.Wait(flight_mutex_);
  next_flight_ = std::move(flight);
  flight_changed_.NotifyAll();
}

void Sequencer::RunCommitter() noexcept {
  while (true) {
    InFlight flight;
    absl::Status failure;
    {
      MutexLock lock(flight_mutex_);
      while (!next_flight_.has_value() && !no_more_flights_) flight_changed_.Wait(flight_mutex_);
      if (!next_flight_.has_value()) return;
      flight = *std::move(next_flight_);
      next_flight_.reset();
      failure = failure_;
      flight_changed_.NotifyAll();
    }
    if (failure.ok() && !flight.batch.empty()) {
      failure = options_.log->Write(std::move(flight.batch));
      if (!failure.ok()) {
        Fail(failure);
      } else if (options_.on_durable) {
        options_.on_durable(flight.size);
      }
    }
    for (Answer& answer : flight.answers) {
      if (!failure.ok()) {
        answer.result = CommandResult();
        answer.result.status = WriteFailed();
      }
      answer.done(std::move(answer.result));
    }
  }
}

void Sequencer::Fail(const absl::Status& status) {
  accepting_ = false;
  bool first = false;
  {
    MutexLock lock(flight_mutex_);
    first = failure_.ok();
    if (first) failure_ = status;
  }
  if (first && options_.on_failure) options_.on_failure(status);
}

void Sequencer::Process(Command command, InFlight& flight) {
  CommandResult result;
  if (!accepting_.load()) {
    result.status = NotAccepting("a write failed");
  } else {
    result = Decide(command, flight.batch);
    result.commit.set_request_id(command.write.request_id());
  }
  flight.answers.push_back(Answer{std::move(command.done), std::move(result)});
}

void Sequencer::Process(Checkpoint checkpoint, InFlight& flight) {
  CommandResult result;
  result.status = options_.log->StageCheckpoint(checkpoint.size, checkpoint.note, flight.batch);
  flight.answers.push_back(Answer{
      [done = std::move(checkpoint.done)](const CommandResult& stored) { done(stored.status); },
      std::move(result)});
}

CommandResult Sequencer::Decide(Command& command, log::Batch& batch) {
  CommandResult result;
  const bool dry_run = command.write.validate_only();
  if (!dry_run) {
    absl::StatusOr<std::optional<event::v1::Outcome>> outcome =
        options_.log->FindOutcome(RequestKey(command));
    if (!outcome.ok()) {
      Fail(outcome.status());
      result.status = NotAccepting("the log cannot be read");
      return result;
    }
    if (outcome->has_value()) return Replay(**outcome, command);
  }

  Subjects subjects;
  world_.BeginCommand(&subjects.plain);
  const absl::Cleanup end = [this] { world_.BeginCommand(nullptr); };
  // What nothing refers to is given to the next.
  absl::Cleanup give_back = [this, &subjects] {
    for (std::string& subject : subjects.taken) spare_subjects_.push_back(std::move(subject));
  };

  result.status = AssignSubjects(command, subjects);
  if (!result.status.ok()) return result;

  const Message* state = world_.State(command.stream);
  absl::StatusOr<domain::Decision> decision = domain::Decision();
  if (command.must_exist && state == nullptr) {
    decision = domain::ResourceNotFound(command.stream);
  } else {
    const std::string now = state == nullptr ? "0" : EtagOf(*state);
    if (const std::string& etag = command.write.etag(); !etag.empty() && etag != now) {
      CommandResult::Conflict conflict{command.stream, 0, 0};
      if (!absl::SimpleAtoi(etag, &conflict.seen_revision) ||
          !absl::SimpleAtoi(now, &conflict.revision) ||
          conflict.seen_revision >= conflict.revision) {
        result.status = EtagInvalid(etag);
        return result;
      }
      result.status = EtagMismatch(command.stream, etag, now);
      result.conflict = std::move(conflict);
      return result;
    }
    domain::Context context{.world = world_, .actor = command.actor, .now = options_.clock->Now()};
    std::vector<std::string> deviations;
    context.deviations = &deviations;
    if (command.write.has_occurred_time()) {
      context.occurred =
          absl::FromUnixMicros(domain::MicrosOf(command.write.occurred_time().time()));
    }
    decision = context.occurred.has_value() && *context.occurred > context.now
                   ? OccurredInFuture()
                   : command.decide(context, state, *command.request);
    if (decision.ok()) decision->deviations = std::move(deviations);
  }
  // A decision over something that could not be read is no decision.
  if (!world_.status().ok()) {
    Fail(world_.status());
    result.status = NotAccepting("the log cannot be read");
    return result;
  }
  if (!world_.store_status().ok()) decision = world_.store_status();
  if (!decision.ok()) {
    if (dry_run || domain::GetReason(decision.status()).empty()) {
      result.status = decision.status();
    } else {
      StageRefusal(command, decision.status(), batch, result);
    }
    return result;
  }
  const bool has_events = !decision->events.empty();
  result.status = StageEvents(command, subjects, *std::move(decision), batch, result);
  if (result.status.ok() && has_events) std::move(give_back).Cancel();
  return result;
}

// Finds the subject of each person by the claim on its national id, or gives it a new one.
absl::Status Sequencer::AssignSubjects(Command& command, Subjects& subjects) {
  const bool dry_run = command.write.validate_only();
  absl::Status status;
  std::size_t next = 0;
  absl::flat_hash_map<std::string, std::string> new_claims;
  ForEachPerson(*command.request, [&](v1::Person& person) {
    if (!status.ok() || person.ByteSizeLong() == 0) return;
    JEJAK_CHECK(next < command.persons.size());
    v1::Person& given = command.persons[next++];
    std::string claim;
    std::string subject;
    if (!given.national_id().empty()) {
      const Hash hmac = options_.vault->BlindIndex(given.national_id());
      person.mutable_sealed()->set_national_id_hmac(std::string(AsBytes(hmac)));
      claim = absl::StrCat("subject/", ToHex(AsBytes(hmac)));
      if (const auto found = new_claims.find(claim); found != new_claims.end()) {
        subject = found->second;
      } else if (std::optional<std::string> holder = world_.ClaimHolder(claim);
                 holder.has_value()) {
        subject = *std::move(holder);
      }
    }
    if (subject.empty()) {
      if (dry_run) {
        subject = absl::StrCat("validate-only-", next);
      } else if (!spare_subjects_.empty()) {
        subject = std::move(spare_subjects_.back());
        spare_subjects_.pop_back();
      } else {
        absl::StatusOr<std::string> taken = options_.vault->TakeSubject();
        if (!taken.ok()) {
          if (absl::IsResourceExhausted(taken.status())) {
            status = QueueFull();
          } else {
            Fail(taken.status());
            status = NotAccepting("the vault cannot make keys");
          }
          return;
        }
        subject = *std::move(taken);
      }
      if (!dry_run) subjects.taken.push_back(subject);
      if (!claim.empty()) {
        new_claims[claim] = subject;
        subjects.claims.push_back(log::ClaimChange{claim, subject});
      }
    }
    person.set_subject(subject);
    // One subject has one set of data in a command: a second one would replace the first.
    if (const auto [known, is_new] = subjects.plain.try_emplace(subject, given);
        !is_new && known->second.SerializeAsString() != given.SerializeAsString()) {
      status = PersonRepeated();
    }
  });
  return status;
}

CommandResult Sequencer::Replay(const event::v1::Outcome& outcome, const Command& command) {
  CommandResult result;
  if (outcome.request_digest() != AsBytes(command.digest)) {
    result.status = RequestIdReused(command.write.request_id());
    return result;
  }
  FillCommit(outcome, result);
  result.commit.set_replayed(true);
  if (!outcome.refusal().empty()) {
    google::rpc::Status refusal;
    if (!refusal.ParseFromString(outcome.refusal())) {
      result.status = absl::DataLossError("a stored refusal cannot be read");
      return result;
    }
    result.status = FromProto(refusal);
    return result;
  }
  for (const event::v1::StreamRevision& shown : outcome.shown()) {
    const Message* state = world_.State(shown.stream());
    ShownState one{shown.stream(), nullptr, shown.revision()};
    if (state != nullptr && EtagOf(*state) == absl::StrCat(shown.revision())) {
      one.state.reset(state->New());
      one.state->CopyFrom(*state);
    }
    result.shown.push_back(std::move(one));
  }
  return result;
}

void Sequencer::StageRefusal(const Command& command, const absl::Status& refusal, log::Batch& batch,
                             CommandResult& result) {
  result.status = refusal;
  log::Commit commit;
  commit.request_key = RequestKey(command);
  commit.outcome.set_request_digest(std::string(AsBytes(command.digest)));
  commit.outcome.set_refusal(ToProto(refusal).SerializeAsString());
  if (absl::StatusOr<log::Staged> staged = options_.log->Stage(commit, batch); !staged.ok()) {
    Fail(staged.status());
    result.status = NotAccepting("an outcome could not be stored");
  }
}

absl::Status Sequencer::StageEvents(const Command& command, const Subjects& subjects,
                                    domain::Decision decision, log::Batch& batch,
                                    CommandResult& result) {
  const bool dry_run = command.write.validate_only();
  const absl::Time now = options_.clock->Now();
  const auto* catalog = world_.Find<v1::RegionCatalog>(domain::kRegionCatalog);

  log::Commit commit;
  // Without events nothing refers to the new subjects.
  if (!decision.events.empty()) commit.claims = subjects.claims;
  // The states the events lead to, beside the cache until the events are staged.
  struct Scratch {
    const domain::Aggregate* aggregate = nullptr;
    std::unique_ptr<Message> state;
    std::uint64_t revision = 0;
    domain::EventMeta last_meta;
  };
  std::vector<std::pair<std::string, Scratch>> touched;
  std::vector<std::size_t> touched_by_event;
  std::uint64_t position = options_.log->StagedSize();

  for (domain::DecidedEvent& decided : decision.events) {
    std::size_t index = 0;
    while (index < touched.size() && touched[index].first != decided.stream) ++index;
    if (index == touched.size()) {
      Scratch scratch;
      scratch.aggregate = domain::FindAggregate(decided.stream);
      if (scratch.aggregate == nullptr) {
        return absl::InternalError(absl::StrCat("no aggregate goes by ", decided.stream));
      }
      scratch.state = scratch.aggregate->NewState();
      if (const Message* state = world_.State(decided.stream); state != nullptr) {
        scratch.state->CopyFrom(*state);
        JEJAK_CHECK(absl::SimpleAtoi(EtagOf(*state), &scratch.revision));
      }
      touched.emplace_back(decided.stream, std::move(scratch));
    }
    touched_by_event.push_back(index);
    Scratch& scratch = touched[index].second;

    event::v1::Envelope& envelope = decided.envelope;
    const Message* inner = domain::InnerEvent(envelope);
    if (inner == nullptr) return absl::InternalError("a decision has an empty event");
    envelope.set_office(command.actor.office);
    envelope.set_role(command.actor.role);
    envelope.set_utc_offset_minutes(command.write.occurred_time().utc_offset_minutes());
    envelope.set_on_behalf_of(command.write.on_behalf_of());
    envelope.set_authority(command.write.authority());
    envelope.set_remark(command.write.remark());
    envelope.set_request_id(command.write.request_id());
    envelope.set_actor_unauthenticated(command.actor_unauthenticated);
    for (const std::string& deviation : decision.deviations) envelope.add_deviations(deviation);
    if (const auto* program = world_.Find<v1::Program>(domain::NamePrefix(decided.stream, 2));
        program != nullptr) {
      envelope.set_policy_version(program->policy().version());
    }
    if (catalog != nullptr) envelope.set_region_catalog_version(catalog->active_version());

    log::NewEvent event;
    event.event_id = NewEventId(now);
    if (!dry_run) {
      JEJAK_RETURN_IF_ERROR(
          SealPersons(subjects.plain, decided.stream, event.event_id, *options_.vault, envelope));
    }
    domain::EventMeta meta;
    meta.stream = decided.stream;
    meta.position = position++;
    meta.revision = ++scratch.revision;
    meta.commit_time = now;
    meta.actor = command.actor.name;
    meta.office = envelope.office();
    meta.policy_version = envelope.policy_version();
    meta.region_catalog_version = envelope.region_catalog_version();
    for (const domain::ClaimKey& claim :
         scratch.aggregate->Claims(meta, *scratch.state, envelope)) {
      commit.claims.push_back(log::ClaimChange{
          claim.key, claim.take ? std::optional<std::string>(decided.stream) : std::nullopt});
    }
    scratch.aggregate->EvolveState(meta, envelope, *scratch.state);
    scratch.last_meta = meta;

    event.stream = decided.stream;
    event.event_type = inner->GetDescriptor()->full_name();
    event.actor = command.actor.name;
    event.effective_time_us = command.write.has_occurred_time()
                                  ? domain::MicrosOf(command.write.occurred_time().time())
                                  : absl::ToUnixMicros(now);
    event.correlation_id = command.write.correlation_id();
    event.tags = scratch.aggregate->Tags(*scratch.state, envelope);
    AddPlaceTags(decided.stream, envelope, event.tags);
    event.payload = envelope.SerializeAsString();
    commit.events.push_back(std::move(event));
  }

  if (!dry_run) {
    commit.request_key = RequestKey(command);
    commit.outcome.set_request_digest(std::string(AsBytes(command.digest)));
    commit.outcome.add_shown()->set_stream(command.stream);
    for (const auto& [stream, scratch] : touched) {
      if (stream != command.stream) commit.outcome.add_shown()->set_stream(stream);
    }
    for (const v1::Notice& notice : decision.notices) {
      commit.outcome.add_notices(notice.SerializeAsString());
    }
    JEJAK_ASSIGN_OR_RETURN(log::Staged staged, options_.log->Stage(commit, batch));
    // Only now are the commit times known.
    for (std::size_t i = 0; i < staged.entries.size(); ++i) {
      Scratch& scratch = touched[touched_by_event[i]].second;
      const log::Entry& entry = staged.entries[i];
      domain::EventMeta meta = scratch.last_meta;
      meta.revision = entry.revision;
      meta.commit_time = absl::FromUnixMicros(entry.commit_time_us);
      domain::StampState(meta, *scratch.state);
    }
    FillCommit(staged.outcome, result);
  } else {
    for (const v1::Notice& notice : decision.notices) *result.commit.add_notices() = notice;
  }

  auto show = [&result](const std::string& stream, const Message& state) {
    std::unique_ptr<Message> copy(state.New());
    copy->CopyFrom(state);
    result.shown.push_back(ShownState{stream, std::move(copy)});
  };
  const auto own = std::find_if(touched.begin(), touched.end(),
                                [&](const auto& one) { return one.first == command.stream; });
  if (own != touched.end()) {
    show(command.stream, *own->second.state);
  } else if (const Message* state = world_.State(command.stream); state != nullptr) {
    show(command.stream, *state);
  }
  for (auto& [stream, scratch] : touched) {
    if (stream != command.stream) show(stream, *scratch.state);
    if (!dry_run) world_.Put(stream, std::move(scratch.state), options_.log->StagedSize());
  }
  return absl::OkStatus();
}

}  // namespace jejak::command
