// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/generator.h"

#include "server/base/file.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/command/sequencer.h"
#include "server/domain/refusal.h"
#include "server/log/open_log.h"
#include "server/service/make_command.h"
#include "tests/benchmark/schedule.h"
#include "tests/benchmark/scripted_program.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

namespace jejak::benchmark {
namespace {

using google::protobuf::Message;

// Commands in flight at a time.
constexpr std::size_t kRound = 512;
// The commands of a round lie within so much simulated time: what follows from an answer waits no
// longer than that.
constexpr absl::Duration kRoundTime = absl::Hours(48);
// Keys of persons kept ready: more than a round takes.
constexpr std::size_t kPoolKeys = 8192;
// Events for each lokus, and for each agen in it, a little less than there are.
constexpr std::uint64_t kEventsPerLokus = 85;
constexpr std::uint64_t kEventsPerAgen = 11;

v1::WriteOptions& WriteOf(Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("write");
  return static_cast<v1::WriteOptions&>(*request.GetReflection()->MutableMessage(&request, field));
}

absl::Status CheckOptions(const GeneratorOptions& options) {
  const auto within = [](int value, int low, int high) { return value >= low && value <= high; };
  if (within(options.regencies, 1, 38 * 99) && within(options.lokus_per_regency, 1, 20) &&
      within(options.agen_per_lokus, 1, 100) && within(options.first_year, 2009, 2100) &&
      within(options.years, 1, 50)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "1 to 3762 regencies, 1 to 20 lokus, 1 to 100 agen, 1 to 50 years from 2009 on");
}

// Waits for the answers of a round.
class Answers {
 public:
  explicit Answers(std::size_t expected) : results_(expected), open_(expected) {}
  // On the committer's thread.
  void Set(std::size_t index, command::CommandResult result) {
    MutexLock lock(mutex_);
    results_[index] = std::move(result);
    if (--open_ == 0) all_.NotifyAll();
  }
  std::vector<command::CommandResult> Take() {
    MutexLock lock(mutex_);
    while (open_ > 0) all_.Wait(mutex_);
    return std::move(results_);
  }

 private:
  Mutex mutex_;
  CondVar all_;
  std::vector<command::CommandResult> results_ ABSL_GUARDED_BY(mutex_);
  std::size_t open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

GeneratorOptions GeneratorOptions::Small() {
  GeneratorOptions options;
  options.regencies = 6;
  options.lokus_per_regency = 2;
  options.agen_per_lokus = 4;
  options.years = 2;
  return options;
}

GeneratorOptions GeneratorOptions::ForEvents(std::uint64_t events) {
  GeneratorOptions options;
  const auto lokus = static_cast<std::uint64_t>(options.lokus_per_regency * options.years);
  const std::uint64_t each =
      kEventsPerLokus + kEventsPerAgen * static_cast<std::uint64_t>(options.agen_per_lokus);
  options.regencies =
      static_cast<int>(std::min<std::uint64_t>(1 + events / (lokus * each), 38 * 99));
  options.stop_after_events = events;
  return options;
}

struct Generator::Impl {
  explicit Impl(const GeneratorOptions& given) : options(given) {}

  // Chains by the time of their next step.
  struct Waiting {
    absl::Time at;
    std::uint64_t number = 0;
    std::shared_ptr<Chain> chain;
    // The latest on top of the heap.
    friend bool operator<(const Waiting& a, const Waiting& b) {
      return a.at != b.at ? a.at > b.at : a.number > b.number;
    }
  };
  void Push(Waiting one) {
    waiting.push_back(std::move(one));
    std::push_heap(waiting.begin(), waiting.end());
  }
  Waiting Pop() {
    std::pop_heap(waiting.begin(), waiting.end());
    Waiting one = std::move(waiting.back());
    waiting.pop_back();
    return one;
  }

  void Start(std::unique_ptr<Chain> chain) {
    if (chain->steps.empty()) {
      if (chain->finally) chain->finally();
      return;
    }
    // What would happen after the last year does not.
    const absl::Time at = chain->steps.front().at;
    if (at < program->to()) Push(Waiting{at, next_number++, std::move(chain)});
  }

  struct Given {
    absl::Time at;
    Step step;
    // Set with the last step of a chain.
    std::shared_ptr<Chain> ended;
  };

  // The steps that come next, in the order of their times. Those of one chain can be given
  // together: the sequencer decides in the order of arrival, each on top of the one before.
  std::vector<Given> TakeRound() {
    std::vector<Given> round;
    while (!waiting.empty() && round.size() < kRound) {
      if (!round.empty() && waiting.front().at > round.front().at + kRoundTime) break;
      Waiting next = Pop();
      std::deque<Step>& steps = next.chain->steps;
      round.push_back(Given{next.at, std::move(steps.front()), nullptr});
      steps.pop_front();
      if (steps.empty()) {
        round.back().ended = std::move(next.chain);
      } else if (const absl::Time at = std::max(next.at, steps.front().at); at < program->to()) {
        Push(Waiting{at, next.number, std::move(next.chain)});
      }
    }
    return round;
  }

  // `until` is the time of the command after it.
  absl::StatusOr<command::Command> Make(Step& step, absl::Time until) {
    if (step.fill) step.fill(*step.request);
    v1::WriteOptions& write = WriteOf(*step.request);
    write.set_request_id(absl::StrCat("g-", ++commands));
    write.set_office(step.officer.office);
    write.set_role(step.officer.role);
    service::CommandSpec spec = step.spec;
    // The sequencer's thread sets the clock, so that the times do not depend on how far this thread
    // is ahead.
    spec.decide = [this, until, decide = std::move(spec.decide)](const domain::Context& context,
                                                                 const Message* state,
                                                                 const Message& request) {
      if (clock.Now() < until) clock.Set(until);
      return decide(context, state, request);
    };
    return service::MakeCommand(*step.request, step.officer.name, std::move(spec), *vault);
  }

  void RefusedUnplanned(const Step& step, const absl::Status& status) {
    std::string reason = domain::GetReason(status);
    if (reason.empty()) reason = absl::StatusCodeToString(status.code());
    ++report.unplanned_refusals[reason];
    report.examples.try_emplace(reason,
                                absl::StrCat(step.spec.stream, ": ", status.ToString(), "\n",
                                             step.request->GetDescriptor()->full_name(), "\n"));
  }

  // False if what was to follow cannot.
  bool TakeAnswer(const Step& step, const command::CommandResult& result) {
    ++report.commands;
    const std::string reason = domain::GetReason(result.status);
    if (result.status.ok() != step.refusal.empty() || reason != step.refusal) {
      RefusedUnplanned(step, result.status.ok()
                                 ? absl::InternalError(absl::StrCat("not ", step.refusal))
                                 : result.status);
      return false;
    }
    if (!reason.empty()) {
      ++report.planned_refusals[reason];
    } else if (step.then) {
      step.then(result.commit.first_position());
    }
    return true;
  }

  absl::Status RunRound() {
    std::vector<Given> round = TakeRound();
    if (clock.Now() < round.front().at) clock.Set(round.front().at);
    auto answers = std::make_shared<Answers>(round.size());
    for (std::size_t i = 0; i < round.size(); ++i) {
      const absl::Time until = round[std::min(i + 1, round.size() - 1)].at;
      absl::StatusOr<command::Command> command = Make(round[i].step, until);
      if (!command.ok()) {
        command::CommandResult invalid;
        invalid.status = command.status();
        answers->Set(i, std::move(invalid));
        continue;
      }
      command->done = [answers, i](command::CommandResult result) {
        result.shown.clear();
        answers->Set(i, std::move(result));
      };
      sequencer->Submit(*std::move(command));
    }
    const std::vector<command::CommandResult> results = answers->Take();
    for (std::size_t i = 0; i < round.size(); ++i) {
      const bool go_on = TakeAnswer(round[i].step, results[i]);
      if (go_on && round[i].ended != nullptr && round[i].ended->finally) round[i].ended->finally();
    }
    return failure();
  }

  absl::Status failure() {
    MutexLock lock(mutex);
    return failed;
  }

  absl::Status Run(std::uint64_t events) {
    const auto begin = std::chrono::steady_clock::now();
    const std::uint64_t limit =
        options.stop_after_events == 0 ? events : std::min(events, options.stop_after_events);
    absl::Status status;
    while (status.ok() && !waiting.empty() && log->DurableSize() < limit) status = RunRound();
    report.events = log->DurableSize();
    report.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return status;
  }

  const GeneratorOptions options;
  SimulatedClock clock{absl::UnixEpoch()};
  GeneratorReport report;
  std::unique_ptr<log::EventLog> log;
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<content::ContentStore> content;
  std::unique_ptr<command::RegionStore> regions;
  std::unique_ptr<command::Sequencer> sequencer;
  std::unique_ptr<ScriptedProgram> program;
  std::vector<Waiting> waiting;
  std::uint64_t next_number = 0;
  std::uint64_t commands = 0;
  Mutex mutex;
  absl::Status failed ABSL_GUARDED_BY(mutex);
};

Generator::Generator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Generator::~Generator() = default;

absl::StatusOr<std::unique_ptr<Generator>> Generator::Open(const std::string& folder,
                                                           const GeneratorOptions& options) {
  JEJAK_RETURN_IF_ERROR(CheckOptions(options));
  auto owned = std::make_unique<Impl>(options);
  Impl& impl = *owned;
  JEJAK_RETURN_IF_ERROR(MakeFolder(folder));
  const std::string data = folder + "/";
  log::EventLog::Options log_options;
  log_options.clock = &impl.clock;
  log_options.anchor_path = data + "anchor";
  JEJAK_ASSIGN_OR_RETURN(impl.log, log::OpenLog(data + "log", log_options));
  if (impl.log->DurableSize() > 0) {
    return absl::FailedPreconditionError(absl::StrCat(folder, " holds a history already"));
  }
  vault::Vault::Options vault_options;
  vault_options.path = data + "vault";
  vault_options.log_id = impl.log->log_id();
  vault_options.may_create = true;
  vault_options.kek_path = data + "kek";
  vault_options.create_kek = true;
  vault_options.pool_keys = kPoolKeys;
  JEJAK_ASSIGN_OR_RETURN(impl.vault, vault::Vault::Open(vault_options));
  JEJAK_ASSIGN_OR_RETURN(impl.content,
                         content::ContentStore::Open(data + "content", impl.vault->ContentKey()));
  impl.regions = std::make_unique<command::RegionStore>(impl.content.get());
  impl.program = std::make_unique<ScriptedProgram>(
      options, impl.content.get(),
      [&impl](std::unique_ptr<Chain> chain) { impl.Start(std::move(chain)); });
  impl.clock.Set(impl.program->from());
  impl.sequencer = std::make_unique<command::Sequencer>(
      command::Sequencer::Options{.log = impl.log.get(),
                                  .vault = impl.vault.get(),
                                  .content = impl.content.get(),
                                  .regions = impl.regions.get(),
                                  .clock = &impl.clock,
                                  .on_durable = nullptr,
                                  .on_failure = [&impl](const absl::Status& status) {
                                    MutexLock lock(impl.mutex);
                                    impl.failed = status;
                                  }});
  JEJAK_RETURN_IF_ERROR(impl.program->Begin());
  return std::unique_ptr<Generator>(new Generator(std::move(owned)));
}

absl::Status Generator::RunUntil(std::uint64_t events) { return impl_->Run(events); }
absl::Status Generator::Finish() { return impl_->Run(std::numeric_limits<std::uint64_t>::max()); }

bool Generator::done() const {
  const std::uint64_t limit = impl_->options.stop_after_events;
  return impl_->waiting.empty() || (limit != 0 && impl_->log->DurableSize() >= limit);
}
const GeneratorReport& Generator::report() const { return impl_->report; }
log::EventLog& Generator::log() { return *impl_->log; }
vault::Vault& Generator::vault() { return *impl_->vault; }
const content::ContentStore& Generator::content() { return *impl_->content; }
Clock& Generator::clock() { return impl_->clock; }

absl::StatusOr<GeneratorReport> Generate(const std::string& folder,
                                         const GeneratorOptions& options) {
  JEJAK_ASSIGN_OR_RETURN(const std::unique_ptr<Generator> generator,
                         Generator::Open(folder, options));
  JEJAK_RETURN_IF_ERROR(generator->Finish());
  return generator->report();
}

}  // namespace jejak::benchmark
