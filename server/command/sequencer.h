// SPDX-License-Identifier: Apache-2.0
//
// File: sequencer.h
//
// Where commands become events. The problem: decisions need one order, durability needs an fsync,
// and an fsync takes as long as hundreds of decisions. So exactly one thread, the sequencer,
// decides commands in the order of their arrival; it takes all that waits, stages their events as
// one batch, and hands the batch to a second thread, the committer, which makes it durable with one
// fsync and answers. While one batch is being written the next is being decided. There is no
// timer: an idle server answers after one fsync, a busy one batches by itself.
//
// A batch may be decided on top of one that is not durable yet. That is safe because of how it
// fails: after the first failed write nothing is acknowledged any more, neither that batch nor any
// later one, and the process ends (reliability.md, finding 4).
//
// What is answered, and when, once the batch is durable: accepted commands with their position;
// refusals, stored under their request id like any outcome; replays with the stored outcome. Lost
// etag races are answered ABORTED and not stored: the etag can never match again. Nor are requests
// that are wrong in themselves (ETAG_INVALID, PERSON_REPEATED), nor a failure, which is a status
// without a reason (domain::GetReason): the same command may succeed later.

#ifndef JEJAK_SERVER_COMMAND_SEQUENCER_H_
#define JEJAK_SERVER_COMMAND_SEQUENCER_H_

#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/command/log_world.h"
#include "server/command/persons.h"
#include "server/domain/aggregate.h"
#include "server/log/event_log.h"
#include "server/vault/vault.h"

#include "google/protobuf/message.h"
#include "jejak/v1/common.pb.h"

#include "absl/status/status.h"
#include "absl/time/time.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace jejak::command {

// A state that an answer shows.
struct ShownState {
  std::string stream;
  std::unique_ptr<google::protobuf::Message> state;
  // Of a replay whose state is not at hand, which is null: the revision FoldShown folds it up to.
  std::uint64_t revision = 0;
};

// The outcome of a command.
struct CommandResult {
  // OK, a refusal, or a failure.
  absl::Status status;
  v1::CommitInfo commit;
  // The command's own resource first, then the others it touched. Persons are sealed.
  std::vector<ShownState> shown;
  // Set with ABORTED: the etag did not match. The events after it are what the caller had not seen.
  struct Conflict {
    std::string stream;
    std::uint64_t seen_revision = 0;
    std::uint64_t revision = 0;
  };
  std::optional<Conflict> conflict;
};

// True if every state is at hand.
bool IsWhole(const std::vector<ShownState>& shown);
// Reads the states that are not at hand from the log. To be called after Command::done, when what
// they show is durable; reads as many events as the streams have, so not on a thread that others
// wait for. DATA_LOSS.
absl::Status FoldShown(const log::EventLog& log, std::vector<ShownState>& shown);

// A command on its way to the sequencer. Built by service::MakeCommand, validated before.
struct Command {
  domain::Actor actor;
  // The actor was named by a header and not authenticated.
  bool actor_unauthenticated = false;
  v1::WriteOptions write;
  // SHA-256 (keyed) of method and request without request id; see event/v1/outcome.proto.
  Hash digest{};
  // The stream the command is about, and whether it has to exist.
  std::string stream;
  bool must_exist = true;
  // Plain persons in the order of their visit in `request`, which has them taken out.
  std::vector<v1::Person> persons;
  std::unique_ptr<google::protobuf::Message> request;
  // Decides over `request`. Called once, on the sequencer thread.
  std::function<absl::StatusOr<domain::Decision>(const domain::Context&,
                                                 const google::protobuf::Message* state,
                                                 const google::protobuf::Message& request)>
      decide;
  // Called exactly once, on the committer thread, or on that of Submit if it is not taken; must not
  // block.
  std::function<void(CommandResult)> done;
};

class Sequencer {
 public:
  struct Options {
    // None is owned; all must outlive the sequencer.
    log::EventLog* log = nullptr;
    vault::Vault* vault = nullptr;
    const content::ContentStore* content = nullptr;
    RegionStore* regions = nullptr;
    Clock* clock = Clock::Real();
    // Called on the committer thread after each durable batch, with the new size of the log.
    std::function<void(std::uint64_t size)> on_durable;
    // Called once, on the committer or sequencer thread, when no more commands are accepted because
    // of a failure. The process is expected to end soon.
    std::function<void(const absl::Status&)> on_failure;
    // An error: no command is taken, for that reason.
    absl::Status read_only = absl::OkStatus();
  };

  // Starts both threads.
  explicit Sequencer(Options options);
  // Stops accepting, finishes what was accepted, and joins the threads.
  ~Sequencer();
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  // Takes a command, or answers it at once: RESOURCE_EXHAUSTED (reason QUEUE_FULL) if the queue is
  // full, UNAVAILABLE (reason NOT_ACCEPTING) after a failure or during shutdown. Thread-safe; does
  // not block.
  void Submit(Command command);

  // Stores the signed note of a checkpoint of the first `size` events, which are durable, with the
  // next batch, or in one of its own. `done` is called exactly once, when the note is durable or on
  // this thread if it is not taken: UNAVAILABLE as for Submit; it must not block. Thread-safe; does
  // not block. At most one at a time.
  void StoreCheckpoint(std::uint64_t size, std::string note,
                       std::function<void(const absl::Status&)> done);

  std::size_t QueueDepth() const;
  bool Accepting() const { return accepting_.load(); }
  // Why not.
  std::string WhyNotAccepting() const;

 private:
  struct Answer {
    std::function<void(CommandResult)> done;
    CommandResult result;
  };
  struct InFlight {
    log::Batch batch;
    std::vector<Answer> answers;
    std::uint64_t size = 0;
  };

  void RunSequencer() noexcept;
  void RunCommitter() noexcept;
  void Process(Command command, InFlight& flight);
  struct Checkpoint {
    std::uint64_t size = 0;
    std::string note;
    std::function<void(const absl::Status&)> done;
  };
  void Process(Checkpoint checkpoint, InFlight& flight);
  CommandResult Decide(Command& command, log::Batch& batch);
  struct Subjects;
  absl::Status AssignSubjects(Command& command, Subjects& subjects);
  CommandResult Replay(const event::v1::Outcome& outcome, const Command& command);
  absl::Status StageEvents(const Command& command, const Subjects& subjects,
                           domain::Decision decision, log::Batch& batch, CommandResult& result);
  void StageRefusal(const Command& command, const absl::Status& refusal, log::Batch& batch,
                    CommandResult& result);
  void Fail(const absl::Status& status);
  void Hand(InFlight flight);

  const Options options_;
  LogWorld world_;
  // Subjects that were taken for a command that then had no events.
  std::vector<std::string> spare_subjects_;

  mutable Mutex mutex_;
  CondVar work_;
  struct Queued {
    Command command;
    std::size_t bytes = 0;
  };
  std::deque<Queued> queue_ ABSL_GUARDED_BY(mutex_);
  std::size_t queue_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<Checkpoint> checkpoint_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<bool> accepting_;

  Mutex flight_mutex_;
  CondVar flight_changed_;
  std::optional<InFlight> next_flight_ ABSL_GUARDED_BY(flight_mutex_);
  bool no_more_flights_ ABSL_GUARDED_BY(flight_mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(flight_mutex_);

  std::thread sequencer_;
  std::thread committer_;
};

}  // namespace jejak::command

#endif  // JEJAK_SERVER_COMMAND_SEQUENCER_H_
