// SPDX-License-Identifier: Apache-2.0

#include "server/command/sequencer.h"

#include "server/base/limits.h"
#include "server/domain/lokus/agen.h"
#include "server/domain/lokus/meeting.h"
#include "server/domain/office/office.h"
#include "server/domain/refusal.h"
#include "tests/unit/server/command/command_testing.h"

#include "google/rpc/error_details.pb.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <optional>

namespace jejak::command {
namespace {

using domain::AgenDecider;
using domain::Decision;
using domain::OfficeDecider;
using google::protobuf::Message;
using Pending = std::future<CommandResult>;

constexpr char kRi[] = "offices/ri";

std::string ReasonOf(const CommandResult& result) { return domain::GetReason(result.status); }

// Holds up the device's appends until it is opened.
class Gate {
 public:
  explicit Gate(log::MemoryLogDevice& device) {
    device.SetAppendHook([this] {
      if (!entered_.exchange(true)) reached_.set_value();
      opened_.wait();
    });
  }
  // Waits until an append stands before the gate.
  void WaitForAppend() { reached_.get_future().wait(); }
  void Open() { open_.set_value(); }

 private:
  std::atomic<bool> entered_{false};
  std::promise<void> reached_;
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

class SequencerTest : public testing::Test {
 protected:
  SequencerTest() { Start(); }

  void Start() {
    sequencer_.reset();
    log_.reset();
    auto device = std::make_unique<log::MemoryLogDevice>(store_);
    device_ = device.get();
    log::EventLog::Options log_options;
    log_options.clock = &clock_;
    auto opened = log::EventLog::Open(std::move(device), log_options);
    JEJAK_CHECK(opened.ok());
    log_ = *std::move(opened);
    Sequencer::Options options;
    options.log = log_.get();
    options.vault = vault_.get();
    options.content = content_.get();
    options.regions = &regions_;
    options.clock = &clock_;
    options.on_durable = [this](std::uint64_t size) { durable_ = size; };
    options.on_failure = [this](const absl::Status&) { ++failures_; };
    sequencer_.emplace(options);
  }

  template <typename D, typename Request>
  static Command Make(const Request& request, const std::string& request_id) {
    Command command;
    command.actor = {"officers/budi", "offices/ri", v1::ROLE_OPERATOR};
    command.write = request.write();
    command.digest = Sha256({request.SerializeAsString()});
    command.write.set_request_id(request_id);
    auto copy = std::make_unique<Request>(request);
    command.persons = TakePersons(*copy);
    command.request = std::move(copy);
    if constexpr (requires { request.name(); }) {
      command.stream = request.name();
    } else {
      command.stream = D::Stream(request);
      command.must_exist = false;
    }
    command.decide = [](const domain::Context& context, const Message* state,
                        const Message& decided) {
      static const typename D::State kNone;
      return D::Decide(context,
                       state == nullptr ? kNone : dynamic_cast<const typename D::State&>(*state),
                       dynamic_cast<const Request&>(decided));
    };
    return command;
  }
  Pending Submit(Command command) {
    auto promise = std::make_shared<std::promise<CommandResult>>();
    // As the service does, but for the thread.
    command.done = [this, promise](CommandResult result) {
      if (!IsWhole(result.shown)) result.status = FoldShown(*log_, result.shown);
      promise->set_value(std::move(result));
    };
    sequencer_->Submit(std::move(command));
    return promise->get_future();
  }
  CommandResult Run(Command command) { return Submit(std::move(command)).get(); }

  static Command Register(const std::string& id, const std::string& request_id,
                          const std::string& title = "KPU") {
    v1::RegisterOfficeRequest request;
    request.set_office_id(id);
    request.set_level(v1::OFFICE_LEVEL_NATIONAL);
    request.set_title(title);
    request.set_time_zone("Asia/Jakarta");
    request.set_valid_from("2003-01-01");
    return Make<OfficeDecider>(request, request_id);
  }
  static Command Rename(const std::string& title, const std::string& request_id,
                        const std::string& etag = "") {
    v1::RenameOfficeRequest request;
    request.set_name(kRi);
    request.set_title(title);
    request.set_effective_on("2021-06-01");
    request.mutable_write()->set_etag(etag);
    return Make<OfficeDecider>(request, request_id);
  }
  // A candidacy without the rules of the domain: what matters here is the person.
  static Command Candidate(const std::string& lokus, const v1::Person& person,
                           const std::string& request_id) {
    v1::RegisterCandidateRequest request;
    request.set_parent(absl::StrCat("programs/p/lokus/", lokus));
    request.set_agen_id("01");
    *request.mutable_person() = person;
    Command command = Make<AgenDecider>(request, request_id);
    command.decide = [](const domain::Context&, const Message*, const Message& decided) {
      const auto& candidate = dynamic_cast<const v1::RegisterCandidateRequest&>(decided);
      Decision decision;
      *decision.Add<AgenDecider>(AgenDecider::Stream(candidate))
           .mutable_candidate_registered()
           ->mutable_person() = candidate.person();
      return decision;
    };
    return command;
  }
  static const v1::Person& PersonOf(const CommandResult& result) {
    return dynamic_cast<const v1::Agen&>(*result.shown.at(0).state).person();
  }
  static const v1::Office& OfficeOf(const CommandResult& result, std::size_t i = 0) {
    return dynamic_cast<const v1::Office&>(*result.shown.at(i).state);
  }
  std::vector<log::RecordedEvent> Events() { return log::ScanAll(*log_); }

  log::TempFolder folder_;
  std::unique_ptr<vault::Vault> vault_ = OpenVault(folder_);
  std::unique_ptr<content::ContentStore> content_ = OpenContent(folder_);
  RegionStore regions_{content_.get()};
  SimulatedClock clock_{absl::FromUnixSeconds(1'622'505'600)};
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<int> failures_{0};
  std::shared_ptr<log::MemoryLogDevice::Store> store_ = log::MemoryLogDevice::NewStore();
  log::MemoryLogDevice* device_ = nullptr;
  std::unique_ptr<log::EventLog> log_;
  std::optional<Sequencer> sequencer_;
};

TEST_F(SequencerTest, ACommandBecomesAnEventAndAnAnswer) {
  Command command = Register("ri", "r1");
  command.actor_unauthenticated = true;
  command.write.set_remark("late");
  command.write.set_correlation_id("errand");
  command.write.mutable_occurred_time()->mutable_time()->set_seconds(1'600'000'000);
  command.write.mutable_occurred_time()->set_utc_offset_minutes(420);
  const CommandResult result = Run(std::move(command));
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.commit.first_position(), 0u);
  EXPECT_EQ(result.commit.event_count(), 1u);
  EXPECT_EQ(result.commit.log_size(), 1u);
  EXPECT_EQ(result.commit.request_id(), "r1");
  EXPECT_FALSE(result.commit.replayed());
  EXPECT_EQ(result.commit.commit_time().seconds(), 1'622'505'600);
  ASSERT_EQ(result.shown.size(), 1u);
  EXPECT_EQ(result.shown[0].stream, kRi);
  EXPECT_EQ(OfficeOf(result).title(), "KPU");
  EXPECT_EQ(OfficeOf(result).etag(), "1");
  EXPECT_EQ(durable_, 1u);

  ASSERT_EQ(log_->DurableSize(), 1u);
  const log::RecordedEvent event = Events()[0];
  EXPECT_EQ(event.entry.stream, kRi);
  EXPECT_EQ(event.entry.event_type, "jejak.event.v1.OfficeRegistered");
  EXPECT_EQ(event.entry.actor, "officers/budi");
  EXPECT_EQ(event.entry.effective_time_us, 1'600'000'000'000'000);
  EXPECT_EQ(event.entry.correlation_id, "errand");
  EXPECT_EQ(event.entry.tags, (std::vector<std::string>{"office:offices/ri"}));
  event::v1::Envelope envelope;
  ASSERT_TRUE(envelope.ParseFromString(event.payload));
  EXPECT_EQ(envelope.office(), "offices/ri");
  EXPECT_EQ(envelope.role(), v1::ROLE_OPERATOR);
  EXPECT_EQ(envelope.remark(), "late");
  EXPECT_EQ(envelope.request_id(), "r1");
  EXPECT_EQ(envelope.utc_offset_minutes(), 420);
  EXPECT_TRUE(envelope.actor_unauthenticated());
  EXPECT_EQ(OfficeOf(result).create_time().seconds() * 1'000'000, event.entry.commit_time_us);
}

TEST_F(SequencerTest, WhatWaitsIsWrittenAsOneBatchAndDecidedInOrder) {
  ASSERT_TRUE(Run(Register("ri", "r0")).status.ok());
  std::vector<Pending> pending;
  Gate gate(*device_);
  pending.push_back(Submit(Rename("t0", "t0")));
  gate.WaitForAppend();
  const std::uint64_t tail = device_->Tail();
  for (int i = 1; i < 100; ++i) {
    pending.push_back(Submit(Rename(absl::StrCat("t", i), absl::StrCat("t", i))));
  }
  gate.Open();
  for (int i = 0; i < 100; ++i) {
    const CommandResult result = pending[static_cast<std::size_t>(i)].get();
    ASSERT_TRUE(result.status.ok()) << result.status;
    EXPECT_EQ(result.commit.first_position(), static_cast<std::uint64_t>(i + 1));
    EXPECT_EQ(OfficeOf(result).title(), absl::StrCat("t", i));
    EXPECT_EQ(OfficeOf(result).etag(), absl::StrCat(i + 2));
  }
  EXPECT_EQ(log_->DurableSize(), 101u);
  // Each write took all that was decided meanwhile: far fewer records than commands. How few
  // depends on the threads; one record for each command would mean that there are no batches.
  EXPECT_LT(device_->Tail() - tail, 100u);
}

TEST_F(SequencerTest, NothingIsSeenOrAcknowledgedBeforeItIsDurable) {
  Gate gate(*device_);
  Pending pending = Submit(Register("ri", "r1"));
  gate.WaitForAppend();
  EXPECT_EQ(log_->DurableSize(), 0u);
  EXPECT_EQ(log_->Read(0).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(pending.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  // A command that builds on it, and one that only tries, wait too.
  Command dry = Rename("dry", "r2");
  dry.write.set_validate_only(true);
  Pending after = Submit(std::move(dry));
  gate.Open();
  ASSERT_TRUE(pending.get().status.ok());
  EXPECT_TRUE(log_->Read(0).ok());
  EXPECT_EQ(OfficeOf(after.get()).title(), "dry");
}

TEST_F(SequencerTest, TheSameRequestAgainGivesTheFirstOutcome) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  const CommandResult first = Run(Rename("two", "r2"));
  ASSERT_TRUE(Run(Rename("three", "r3")).status.ok());
  const CommandResult again = Run(Rename("two", "r2"));
  ASSERT_TRUE(again.status.ok()) << again.status;
  EXPECT_TRUE(again.commit.replayed());
  EXPECT_EQ(again.commit.first_position(), first.commit.first_position());
  EXPECT_EQ(again.commit.commit_time().SerializeAsString(),
            first.commit.commit_time().SerializeAsString());
  EXPECT_EQ(OfficeOf(again).SerializeAsString(), OfficeOf(first).SerializeAsString());
  EXPECT_EQ(log_->DurableSize(), 3u);
  // Also after a restart.
  Start();
  const CommandResult later = Run(Rename("two", "r2"));
  ASSERT_TRUE(later.status.ok()) << later.status;
  EXPECT_EQ(OfficeOf(later).SerializeAsString(), OfficeOf(first).SerializeAsString());
  EXPECT_EQ(log_->DurableSize(), 3u);
}

TEST_F(SequencerTest, TheSameRequestManyTimesAtOnceHappensOnce) {
  Gate gate(*device_);
  std::vector<Pending> pending;
  for (int i = 0; i < 20; ++i) pending.push_back(Submit(Register("ri", "r1")));
  gate.Open();
  int replayed = 0;
  for (Pending& one : pending) {
    const CommandResult result = one.get();
    ASSERT_TRUE(result.status.ok()) << result.status;
    EXPECT_EQ(OfficeOf(result).etag(), "1");
    replayed += result.commit.replayed() ? 1 : 0;
  }
  EXPECT_EQ(replayed, 19);
  EXPECT_EQ(log_->DurableSize(), 1u);
}

TEST_F(SequencerTest, ARequestIdBelongsToOneRequestOfOneActor) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  const CommandResult reused = Run(Rename("two", "r1"));
  EXPECT_EQ(ReasonOf(reused), "REQUEST_ID_REUSED");
  EXPECT_EQ(reused.status.code(), absl::StatusCode::kInvalidArgument);
  Command other = Rename("two", "r1");
  other.actor.name = "officers/wati";
  EXPECT_TRUE(Run(std::move(other)).status.ok());
  EXPECT_EQ(log_->DurableSize(), 2u);
}

TEST_F(SequencerTest, ARefusalIsKeptThoughTheReasonIsGone) {
  const CommandResult refused = Run(Rename("two", "r1"));
  EXPECT_EQ(ReasonOf(refused), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(log_->DurableSize(), 0u);
  ASSERT_TRUE(Run(Register("ri", "r2")).status.ok());
  Start();
  const CommandResult again = Run(Rename("two", "r1"));
  EXPECT_EQ(again.status, refused.status);
  EXPECT_TRUE(again.commit.replayed());
  EXPECT_TRUE(Run(Rename("two", "r3")).status.ok());
}

TEST_F(SequencerTest, ARefusalByTheDomainIsKeptToo) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  const CommandResult refused = Run(Register("ri", "r2", "another"));
  EXPECT_EQ(ReasonOf(refused), "OFFICE_EXISTS");
  EXPECT_EQ(Run(Register("ri", "r2", "another")).status, refused.status);
  EXPECT_EQ(ReasonOf(Run(Register("ri", "r2", "a third"))), "REQUEST_ID_REUSED");
  EXPECT_EQ(log_->DurableSize(), 1u);
}

TEST_F(SequencerTest, AnEtagThatIsBehindIsAConflict) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  EXPECT_TRUE(Run(Rename("two", "r2", "1")).status.ok());
  const CommandResult behind = Run(Rename("three", "r3", "1"));
  EXPECT_EQ(behind.status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(behind), "ETAG_MISMATCH");
  ASSERT_TRUE(behind.conflict.has_value());
  EXPECT_EQ(behind.conflict->stream, kRi);
  EXPECT_EQ(behind.conflict->seen_revision, 1u);
  EXPECT_EQ(behind.conflict->revision, 2u);
  // It was not stored: with the right etag the id can be used again.
  EXPECT_TRUE(Run(Rename("three", "r3", "2")).status.ok());
}

TEST_F(SequencerTest, WhatWasNeverAnEtagIsRefused) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  for (const char* etag : {"2", "x", "-1", "01", "+1", "1.0", "99999999999999999999"}) {
    const CommandResult result = Run(Rename("two", "r2", etag));
    EXPECT_EQ(ReasonOf(result), "ETAG_INVALID") << etag;
    EXPECT_FALSE(result.conflict.has_value());
  }
  EXPECT_EQ(log_->DurableSize(), 1u);
}

TEST_F(SequencerTest, NothingIsRecordedBeforeItHappens) {
  Command early = Register("ri", "r1");
  early.write.mutable_occurred_time()->mutable_time()->set_seconds(1'622'505'600);
  early.write.mutable_occurred_time()->mutable_time()->set_nanos(1000);
  EXPECT_EQ(ReasonOf(Run(std::move(early))), "OCCURRED_IN_FUTURE");
  Command now = Register("ri", "r2");
  now.write.mutable_occurred_time()->mutable_time()->set_seconds(1'622'505'600);
  EXPECT_TRUE(Run(std::move(now)).status.ok());
}

TEST_F(SequencerTest, ATrialLeavesNothing) {
  Command dry = Register("ri", "r1");
  dry.write.set_validate_only(true);
  const CommandResult result = Run(std::move(dry));
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(OfficeOf(result).title(), "KPU");
  EXPECT_EQ(result.commit.event_count(), 0u);
  Command refused = Rename("two", "r2");
  refused.write.set_validate_only(true);
  EXPECT_EQ(ReasonOf(Run(std::move(refused))), "RESOURCE_NOT_FOUND");
  Command person = Candidate("l1", Siti(), "r3");
  person.write.set_validate_only(true);
  EXPECT_TRUE(Run(std::move(person)).status.ok());
  EXPECT_EQ(log_->DurableSize(), 0u);
  EXPECT_EQ(device_->Tail(), 1u) << "only the record that made the log";
  // Neither state nor request id was taken.
  EXPECT_EQ(OfficeOf(Run(Register("ri", "r1", "real"))).title(), "real");
  EXPECT_TRUE(Run(Rename("two", "r2")).status.ok());
}

TEST_F(SequencerTest, ACommandThatChangesNothingIsAcceptedAndKept) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  const CommandResult result = Run(Rename("KPU", "r2"));
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.commit.event_count(), 0u);
  EXPECT_EQ(OfficeOf(result).etag(), "1");
  ASSERT_TRUE(Run(Rename("two", "r3")).status.ok());
  const CommandResult again = Run(Rename("KPU", "r2"));
  ASSERT_TRUE(again.status.ok()) << again.status;
  EXPECT_TRUE(again.commit.replayed());
  EXPECT_EQ(OfficeOf(again).title(), "KPU");
  EXPECT_EQ(log_->DurableSize(), 2u);
}

TEST_F(SequencerTest, EventsOfSeveralStreamsAreOneRecord) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  Command other = Register("ri2", "r2");
  other.decide = [](const domain::Context&, const Message*, const Message&) {
    Decision decision;
    decision.Add<OfficeDecider>("offices/ri2").mutable_office_registered()->set_title("zeroth");
    return decision;
  };
  ASSERT_TRUE(Run(std::move(other)).status.ok());
  const std::uint64_t tail = device_->Tail();
  Command command = Rename("both", "r3");
  command.decide = [](const domain::Context&, const Message*, const Message&) {
    Decision decision;
    decision.Add<OfficeDecider>("offices/ri2").mutable_office_renamed()->set_title("first");
    decision.Add<OfficeDecider>(kRi).mutable_office_renamed()->set_title("second");
    decision.Add<OfficeDecider>("offices/ri2").mutable_office_renamed()->set_title("third");
    return decision;
  };
  const CommandResult result = Run(std::move(command));
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(device_->Tail(), tail + 1);
  EXPECT_EQ(result.commit.first_position(), 2u);
  EXPECT_EQ(result.commit.event_count(), 3u);
  ASSERT_EQ(result.shown.size(), 2u);
  EXPECT_EQ(result.shown[0].stream, kRi) << "the command's own resource comes first";
  EXPECT_EQ(OfficeOf(result, 0).title(), "second");
  EXPECT_EQ(OfficeOf(result, 1).title(), "third");
  EXPECT_EQ(OfficeOf(result, 1).etag(), "3");
  const std::vector<log::RecordedEvent> events = Events();
  EXPECT_EQ(events[4].entry.revision, 3u);
  EXPECT_EQ(OfficeOf(result, 1).update_time().nanos(),
            events[4].entry.commit_time_us % 1'000'000 * 1000);
}

TEST_F(SequencerTest, ADecisionThatCannotBeStoredLeavesNothing) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  Command command = Rename("x", "r2");
  command.decide = [](const domain::Context&, const Message*, const Message&) {
    Decision decision;
    decision.Add<OfficeDecider>(kRi).mutable_office_renamed()->set_title("x");
    decision.Add<OfficeDecider>(kRi).mutable_office_renamed()->set_title(
        std::string(limits::kPayloadBytesMax + 1, 'x'));
    return decision;
  };
  EXPECT_FALSE(Run(std::move(command)).status.ok());
  const CommandResult next = Run(Rename("two", "r3"));
  ASSERT_TRUE(next.status.ok()) << next.status;
  EXPECT_EQ(OfficeOf(next).etag(), "2");
  EXPECT_EQ(log_->DurableSize(), 2u);
  EXPECT_TRUE(sequencer_->Accepting());
}

TEST_F(SequencerTest, OnePersonIsOneSubjectWhereverRegistered) {
  const CommandResult first = Run(Candidate("l1", Siti(), "r1"));
  ASSERT_TRUE(first.status.ok()) << first.status;
  const CommandResult second = Run(Candidate("l2", Siti(), "r2"));
  ASSERT_TRUE(second.status.ok()) << second.status;
  EXPECT_FALSE(PersonOf(first).subject().empty());
  EXPECT_EQ(PersonOf(first).subject(), PersonOf(second).subject());
  v1::Person other = Siti();
  other.set_national_id("1806110101900008");
  EXPECT_NE(PersonOf(Run(Candidate("l3", other, "r3"))).subject(), PersonOf(first).subject());
  // Also when the two are decided before either is durable, and after a restart.
  Start();
  Gate gate(*device_);
  v1::Person third = Siti();
  third.set_national_id("1806110101900009");
  Pending a = Submit(Candidate("l4", third, "r4"));
  Pending b = Submit(Candidate("l5", third, "r5"));
  Pending c = Submit(Candidate("l6", Siti(), "r6"));
  gate.Open();
  EXPECT_EQ(PersonOf(a.get()).subject(), PersonOf(b.get()).subject());
  EXPECT_EQ(PersonOf(c.get()).subject(), PersonOf(first).subject());
}

TEST_F(SequencerTest, OnePersonOfACommandHasOneSetOfData) {
  const auto attendance = [](const v1::Person& first, const v1::Person& second) {
    v1::RecordAttendanceRequest request;
    request.set_name("programs/p/meetings/m");
    *request.add_attendance()->mutable_party()->mutable_person() = first;
    *request.add_attendance()->mutable_party()->mutable_person() = second;
    return request;
  };
  v1::Person other = Siti();
  other.set_name("Another Name");
  Command command = Make<domain::MeetingDecider>(attendance(Siti(), other), "r1");
  command.must_exist = false;
  const CommandResult result = Run(std::move(command));
  EXPECT_EQ(result.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(result), "PERSON_REPEATED");
  Command equal = Make<domain::MeetingDecider>(attendance(Siti(), Siti()), "r2");
  equal.must_exist = false;
  EXPECT_NE(ReasonOf(Run(std::move(equal))), "PERSON_REPEATED");
  EXPECT_EQ(log_->DurableSize(), 0u);
}

TEST_F(SequencerTest, TheLogHasNoPlainPerson) {
  const CommandResult result = Run(Candidate("l1", Siti(), "r1"));
  ASSERT_TRUE(result.status.ok()) << result.status;
  for (const char* value : {"Siti", "1806110101900007", "1990-01-31"}) {
    EXPECT_FALSE(absl::StrContains(Events()[0].payload, value)) << value;
    EXPECT_FALSE(absl::StrContains(PersonOf(result).SerializeAsString(), value)) << value;
  }
  const absl::StatusOr<v1::Person> person = vault_->Unseal(PersonOf(result).sealed());
  ASSERT_TRUE(person.ok()) << person.status();
  EXPECT_EQ(person->name(), "Siti Aminah");
}

TEST_F(SequencerTest, TheSubjectOfARefusedCommandIsGivenToTheNext) {
  Command refused = Candidate("l1", Siti(), "r1");
  std::string seen;
  refused.decide = [&seen](const domain::Context&, const Message*,
                           const Message& request) -> absl::StatusOr<Decision> {
    seen = dynamic_cast<const v1::RegisterCandidateRequest&>(request).person().subject();
    return domain::ResourceNotFound("x");
  };
  EXPECT_EQ(ReasonOf(Run(std::move(refused))), "RESOURCE_NOT_FOUND");
  EXPECT_FALSE(seen.empty());
  v1::Person other = Siti();
  other.set_national_id("1806110101900008");
  EXPECT_EQ(PersonOf(Run(Candidate("l1", other, "r2"))).subject(), seen);
  EXPECT_NE(PersonOf(Run(Candidate("l2", Siti(), "r3"))).subject(), seen);
}

TEST_F(SequencerTest, TheSubjectsOfALostRaceAreGivenToTheNext) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  // More often than there are keys ready.
  for (int i = 0; i < 300; ++i) {
    v1::Person person = Siti();
    person.set_national_id(absl::StrCat(1'806'110'101'900'100 + i));
    Command command = Candidate("l1", person, absl::StrCat("race-", i));
    command.stream = kRi;
    command.write.set_etag("99");
    EXPECT_EQ(ReasonOf(Run(std::move(command))), "ETAG_INVALID");
  }
  const CommandResult result = Run(Candidate("l1", Siti(), "r2"));
  EXPECT_TRUE(result.status.ok()) << result.status;
}

TEST_F(SequencerTest, ANewPersonInACommandThatChangesNothingIsForgotten) {
  Command nothing = Candidate("l1", Siti(), "r1");
  nothing.decide = [](const domain::Context&, const Message*, const Message&) {
    return absl::StatusOr<Decision>(Decision());
  };
  const CommandResult result = Run(std::move(nothing));
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.commit.event_count(), 0u);
  EXPECT_EQ(log_->DurableSize(), 0u);
}

TEST_F(SequencerTest, AFailedWriteEndsEverything) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  std::vector<Pending> pending;
  {
    Gate gate(*device_);
    pending.push_back(Submit(Rename("a", "a")));
    gate.WaitForAppend();
    // Decided on top of the batch that is going to fail, and after.
    pending.push_back(Submit(Rename("b", "b")));
    pending.push_back(Submit(Register("ri", "r1")));
    Command dry = Rename("c", "c");
    dry.write.set_validate_only(true);
    pending.push_back(Submit(std::move(dry)));
    device_->FailNextAppend();
    gate.Open();
    for (Pending& one : pending) {
      const CommandResult result = one.get();
      EXPECT_EQ(result.status.code(), absl::StatusCode::kUnavailable) << result.status;
      EXPECT_TRUE(result.shown.empty());
      EXPECT_EQ(result.commit.log_size(), 0u);
    }
  }
  EXPECT_EQ(failures_, 1);
  EXPECT_FALSE(sequencer_->Accepting());
  EXPECT_EQ(durable_, 1u);
  const CommandResult later = Run(Rename("d", "d"));
  EXPECT_EQ(later.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(later), "NOT_ACCEPTING");
  EXPECT_EQ(failures_, 1);
  // After a restart the first outcome stands, and the others were not recorded.
  Start();
  EXPECT_TRUE(Run(Register("ri", "r1")).commit.replayed());
  const CommandResult again = Run(Rename("a", "a"));
  EXPECT_FALSE(again.commit.replayed());
  EXPECT_EQ(OfficeOf(again).etag(), "2");
}

TEST_F(SequencerTest, AWriteThatFailedButWasStoredIsFoundByItsRequestId) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  device_->FailNextAppend(true);
  EXPECT_EQ(ReasonOf(Run(Rename("a", "a"))), "WRITE_FAILED");
  Start();
  const CommandResult again = Run(Rename("a", "a"));
  ASSERT_TRUE(again.status.ok()) << again.status;
  EXPECT_TRUE(again.commit.replayed());
  EXPECT_EQ(log_->DurableSize(), 2u);
}

TEST_F(SequencerTest, AFullQueueIsSaidAtOnceWithATimeToRetry) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  Gate gate(*device_);
  Pending first = Submit(Rename("a", "a"));
  gate.WaitForAppend();
  std::atomic<std::size_t> accepted{0};
  std::vector<absl::Status> refused;
  std::atomic<bool> opened{false};
  // At most the queue, the batch that is ready, and the one being decided can be taken.
  const std::size_t enough = limits::kQueueCommandsMax + 2 * limits::kBatchCommandsMax + 1;
  for (std::size_t i = 0; i < enough; ++i) {
    Command command = Rename("b", "b");
    command.write.set_validate_only(true);
    command.done = [&](CommandResult result) {
      if (opened) {
        accepted += result.status.ok() ? 1 : 0;
      } else {
        refused.push_back(result.status);
      }
    };
    sequencer_->Submit(std::move(command));
  }
  ASSERT_FALSE(refused.empty());
  EXPECT_EQ(sequencer_->QueueDepth(), limits::kQueueCommandsMax);
  for (const absl::Status& status : refused) {
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(domain::GetReason(status), "QUEUE_FULL");
    const auto payload = status.GetPayload("type.googleapis.com/google.rpc.RetryInfo");
    google::rpc::RetryInfo retry;
    ASSERT_TRUE(payload.has_value() && retry.ParseFromString(std::string(*payload)));
    EXPECT_GT(retry.retry_delay().nanos(), 0);
  }
  opened = true;
  gate.Open();
  EXPECT_TRUE(first.get().status.ok());
  sequencer_.reset();
  EXPECT_EQ(accepted + refused.size(), enough);
}

TEST_F(SequencerTest, AQueueIsFullByItsBytesToo) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  Gate gate(*device_);
  Pending first = Submit(Rename("a", "a"));
  gate.WaitForAppend();
  constexpr std::size_t kBytes = limits::kQueueBytesMax / 16;
  std::atomic<std::size_t> answered{0};
  std::atomic<std::size_t> refused{0};
  // The queue, the batch that is ready, the one being decided, and one too many.
  constexpr std::size_t kEnough = 16 + 2 + 1;
  for (std::size_t i = 0; i < kEnough; ++i) {
    Command command = Rename(std::string(kBytes, 'b'), "b");
    command.write.set_validate_only(true);
    command.decide = [](const domain::Context&, const Message*, const Message&) {
      return absl::StatusOr<Decision>(Decision());
    };
    command.done = [&](CommandResult result) {
      ++answered;
      if (ReasonOf(result) == "QUEUE_FULL") ++refused;
    };
    sequencer_->Submit(std::move(command));
  }
  EXPECT_GT(refused, 0u);
  EXPECT_LE(sequencer_->QueueDepth(), 16u);
  gate.Open();
  EXPECT_TRUE(first.get().status.ok());
  // What was decided makes room again.
  EXPECT_TRUE(Run(Rename("c", "c")).status.ok());
  sequencer_.reset();
  EXPECT_EQ(answered, kEnough);
}

TEST_F(SequencerTest, AContentThatCannotBeReadRefusesOneCommandAndIsNotKept) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  const std::string hash(64, 'a');
  // A file where a folder has to be cannot be looked into.
  log::WriteFile(folder_ / "content/aa", "");
  const auto make = [&hash] {
    Command command = Rename("two", "r2");
    command.decide = [&hash](const domain::Context& context, const Message*,
                             const Message&) -> absl::StatusOr<Decision> {
      if (!context.world.ContentSize(hash).has_value()) return domain::ResourceNotFound("content");
      Decision decision;
      decision.Add<OfficeDecider>(kRi).mutable_office_renamed()->set_title("two");
      return decision;
    };
    return command;
  };
  const CommandResult failed = Run(make());
  EXPECT_EQ(failed.status.code(), absl::StatusCode::kUnavailable) << failed.status;
  EXPECT_EQ(failures_, 0);
  EXPECT_TRUE(sequencer_->Accepting());
  std::filesystem::remove(folder_ / "content/aa");
  const CommandResult again = Run(make());
  EXPECT_EQ(ReasonOf(again), "RESOURCE_NOT_FOUND") << "decided anew, not replayed";
  EXPECT_FALSE(again.commit.replayed());
}

TEST_F(SequencerTest, ADecisionIsToldWhenItHappenedAsFarAsTheCommandSays) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  std::vector<std::optional<absl::Time>> seen;
  for (const bool stated : {true, false}) {
    Command command = Rename("two", absl::StrCat("r2-", stated));
    if (stated) command.write.mutable_occurred_time()->mutable_time()->set_seconds(1'600'000'000);
    command.decide = [&seen](const domain::Context& context, const Message*, const Message&) {
      seen.push_back(context.occurred);
      return absl::StatusOr<Decision>(Decision());
    };
    ASSERT_TRUE(Run(std::move(command)).status.ok());
  }
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0], absl::FromUnixSeconds(1'600'000'000));
  EXPECT_EQ(seen[1], std::nullopt);
}

TEST_F(SequencerTest, AStatusWithoutAReasonIsAnsweredAndNotKept) {
  ASSERT_TRUE(Run(Register("ri", "r1")).status.ok());
  Command command = Rename("two", "r2");
  command.decide = [](const domain::Context&, const Message*, const Message&) {
    return absl::StatusOr<Decision>(absl::InternalError("broken"));
  };
  EXPECT_EQ(Run(std::move(command)).status, absl::InternalError("broken"));
  const CommandResult again = Run(Rename("two", "r2"));
  EXPECT_TRUE(again.status.ok()) << again.status;
  EXPECT_FALSE(again.commit.replayed());
}

TEST_F(SequencerTest, CommitTimesGrowThoughTheClockGoesBack) {
  ASSERT_TRUE(Run(Register("ri", "r0")).status.ok());
  for (int i = 1; i < 10; ++i) {
    clock_.Advance(-absl::Hours(1));
    ASSERT_TRUE(Run(Rename(absl::StrCat("t", i), absl::StrCat("r", i))).status.ok());
  }
  const std::vector<log::RecordedEvent> events = Events();
  ASSERT_EQ(events.size(), 10u);
  for (std::size_t i = 1; i < events.size(); ++i) {
    EXPECT_GT(events[i].entry.commit_time_us, events[i - 1].entry.commit_time_us);
  }
}

TEST_F(SequencerTest, TheEndAnswersEverybody) {
  ASSERT_TRUE(Run(Register("ri", "r0")).status.ok());
  std::vector<Pending> pending;
  Gate gate(*device_);
  for (int i = 0; i < 1500; ++i) {
    pending.push_back(Submit(Rename(absl::StrCat("t", i), absl::StrCat("r", i + 1))));
  }
  gate.Open();
  sequencer_.reset();
  for (Pending& one : pending) {
    ASSERT_EQ(one.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    EXPECT_TRUE(one.get().status.ok());
  }
  EXPECT_EQ(log_->DurableSize(), 1501u);
}

TEST_F(SequencerTest, ALogThatCannotBeReadStopsTheSequencer) {
  sequencer_.reset();
  log::NewEvent event;
  event.stream = kRi;
  event.event_type = "jejak.event.v1.Tested";
  event.actor = "officers/tester";
  event.payload = "\xff\xff";
  ASSERT_TRUE(log::Append(*log_, log::MakeCommit("", {event})).ok());
  Start();
  const CommandResult result = Run(Rename("two", "r1"));
  EXPECT_EQ(result.status.code(), absl::StatusCode::kUnavailable) << result.status;
  EXPECT_EQ(failures_, 1);
  EXPECT_FALSE(sequencer_->Accepting());
}

}  // namespace
}  // namespace jejak::command
