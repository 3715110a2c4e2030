// SPDX-License-Identifier: Apache-2.0

#include "server/service/history/subscription.h"

#include "client/cpp/error.h"
#include "server/base/mutex.h"
#include "server/log/memory_log_device.h"
#include "server/service/history/history_service.h"
#include "server/view/view_folder.h"
#include "tests/support/temp_folder.h"

#include "jejak/event/v1/envelope.pb.h"
#include "jejak/v1/history_service.grpc.pb.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace jejak::service {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

using Positions = std::vector<std::uint64_t>;

// An event as it is made, which is what the tests compare with.
struct Event {
  std::string stream = "offices/ri";
  std::string actor = "officers/budi";
  std::string office = "offices/ri";
  std::string parent = {};  // Of an office that is registered.
  std::string lokus = {};
  std::string remark = {};
  int late_days = 0;
  bool correction = false;
};

log::Commit ToCommit(const Event& made) {
  event::v1::Envelope envelope;
  envelope.set_office(made.office);
  envelope.set_role(made.actor == "officers/siti" ? v1::ROLE_CHAIR : v1::ROLE_OPERATOR);
  envelope.set_remark(made.remark);
  log::Commit commit;
  log::NewEvent& event = commit.events.emplace_back();
  event.stream = made.stream;
  event.actor = made.actor;
  event.tags.push_back(absl::StrCat("office:", made.office));
  if (!made.lokus.empty()) event.tags.push_back(absl::StrCat("lokus:", made.lokus));
  if (made.late_days > 0) {
    event.effective_time_us =
        absl::ToUnixMicros(Clock::Real()->Now() - absl::Hours(24) * made.late_days);
  }
  if (absl::StrContains(made.stream, "/documents/")) {
    event.event_type = "jejak.event.v1.DocumentRegistered";
    envelope.mutable_document()->mutable_document_registered()->set_title("t");
  } else if (!made.parent.empty()) {
    event.event_type = "jejak.event.v1.OfficeRegistered";
    envelope.mutable_office_event()->mutable_office_registered()->set_parent(made.parent);
  } else if (made.correction) {
    event.event_type = "jejak.event.v1.FactCorrected";
    envelope.mutable_office_event()->mutable_fact_corrected()->set_reason("salah ketik");
  } else {
    event.event_type = "jejak.event.v1.OfficeRenamed";
    envelope.mutable_office_event()->mutable_office_renamed()->set_title("t");
  }
  event.payload = envelope.SerializeAsString();
  return commit;
}

bool IsUnder(const Event& event, const std::string& name) {
  return event.stream == name || absl::StartsWith(event.stream, name + "/");
}

// Filters, and what they mean without any of our code.
struct Question {
  std::string filter;
  std::function<bool(const Event&)> holds;
};
const std::vector<Question>& Questions() {
  static const auto* const questions = new std::vector<Question>{
      {"", [](const Event&) { return true; }},
      {"actor != officers/budi", [](const Event& e) { return e.actor != "officers/budi"; }},
      {"under = offices/18", [](const Event& e) { return e.office != "offices/ri"; }},
      {"lokus = programs/p/lokus/7",
       [](const Event& e) { return e.lokus == "programs/p/lokus/7"; }},
      {"lokus = programs/p/lokus/3 AND actor = officers/siti",
       [](const Event& e) {
         return e.lokus == "programs/p/lokus/3" && e.actor == "officers/siti";
       }},
      {"within = offices/18/documents/d4",
       [](const Event& e) { return IsUnder(e, "offices/18/documents/d4"); }},
      {"within = offices/18 AND role = CHAIR",
       [](const Event& e) { return IsUnder(e, "offices/18") && e.actor == "officers/siti"; }},
      {"type = FactCorrected", [](const Event& e) { return e.correction; }},
      {"text:hujan", [](const Event& e) { return absl::StrContains(e.remark, "Hujan"); }},
      {"late_days > 10", [](const Event& e) { return e.late_days > 10; }},
      {"stream = offices/18.06 AND correction = true",
       [](const Event& e) { return e.stream == "offices/18.06" && e.correction; }},
      {"deviation = true", [](const Event&) { return false; }},
  };
  return *questions;
}

// One subscriber over gRPC, without a thread of its own.
class Subscriber final : public grpc::ClientReadReactor<v1::SubscribeResponse> {
 public:
  // Reads until `stop` returns true, and then no more.
  using Stop = std::function<bool(const v1::SubscribeResponse&)>;
  Subscriber(
      v1::HistoryService::Stub& stub, const v1::SubscribeRequest& request,
      Stop stop = [](const v1::SubscribeResponse&) { return false; }, bool reads = true)
      : request_(request), stop_(std::move(stop)) {
    context_.AddMetadata("x-jejak-actor", "officers/admin");
    stub.async()->Subscribe(&context_, &request_, this);
    // Until Cancel or the end there may be more to read.
    AddHold();
    StartCall();
    if (reads) StartRead(&message_);
  }
  ~Subscriber() override {
    Cancel();
    WaitForEnd().IgnoreError();
  }

  void OnReadDone(bool ok) override {
    bool held = false;
    {
      MutexLock lock(mutex_);
      if (ok) {
        messages_.push_back(message_);
        stopped_ = stopped_ || stop_(message_);
      }
      reading_ = ok && !stopped_;
      held = !ok && std::exchange(held_, false);
      changed_.NotifyAll();
      if (reading_) StartRead(&message_);
    }
    if (held) RemoveHold();
  }
  void OnDone(const grpc::Status& status) override {
    MutexLock lock(mutex_);
    done_ = true;
    status_ = client::ToAbslStatus(status);
    changed_.NotifyAll();
  }

  // Reads on after a stop, or begins to read.
  void Read() {
    MutexLock lock(mutex_);
    stopped_ = false;
    stop_ = [](const v1::SubscribeResponse&) { return false; };
    if (!done_) StartRead(&message_);
  }
  void Cancel() {
    context_.TryCancel();
    bool held = false;
    {
      MutexLock lock(mutex_);
      held = std::exchange(held_, false);
    }
    if (held) RemoveHold();
  }
  absl::Status WaitForEnd() {
    MutexLock lock(mutex_);
    while (!done_) changed_.Wait(mutex_);
    return status_;
  }
  // Waits until the messages so far are as they should be, or the call has ended.
  using Condition = std::function<bool(const std::vector<v1::SubscribeResponse>&)>;
  bool Reaches(const Condition& holds) {
    MutexLock lock(mutex_);
    while (!done_ && !holds(messages_)) changed_.Wait(mutex_);
    return holds(messages_);
  }
  void WaitUntil(const Condition& holds) { EXPECT_TRUE(Reaches(holds)) << "it ended before"; }
  void WaitUntilCaughtUp() {
    WaitUntil([](const auto& messages) {
      return std::any_of(messages.begin(), messages.end(),
                         [](const auto& message) { return message.caught_up(); });
    });
  }
  void WaitForEvents(std::size_t count) {
    WaitUntil([count](const auto& messages) { return PositionsOf(messages).size() >= count; });
  }
  std::vector<v1::SubscribeResponse> messages() {
    MutexLock lock(mutex_);
    return messages_;
  }
  Positions positions() { return PositionsOf(messages()); }

  // Also checks what holds for every stream of messages.
  static Positions PositionsOf(const std::vector<v1::SubscribeResponse>& messages) {
    Positions positions;
    std::uint64_t next = 0;
    for (const v1::SubscribeResponse& message : messages) {
      EXPECT_GE(message.next_position(), next);
      next = message.next_position();
      if (!message.has_event() && !message.has_row()) continue;
      positions.push_back(message.has_event() ? message.event().position()
                                              : message.row().position());
      EXPECT_EQ(next, positions.back() + 1);
    }
    return positions;
  }

 private:
  grpc::ClientContext context_;
  const v1::SubscribeRequest request_;
  v1::SubscribeResponse message_;
  Mutex mutex_;
  CondVar changed_;
  Stop stop_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::SubscribeResponse> messages_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool held_ ABSL_GUARDED_BY(mutex_) = true;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

v1::SubscribeRequest Request(const std::string& filter, std::uint64_t from = 0) {
  v1::SubscribeRequest request;
  request.set_filter(filter);
  request.set_from_position(from);
  return request;
}

// The history service over a log that the test writes to directly.
class SubscriptionTest : public testing::Test {
 protected:
  ~SubscriptionTest() override {
    if (server_ != nullptr) Shutdown();
  }

  void Start(Subscriptions::Options options = {}) {
    auto log = log::EventLog::Open(
        std::make_unique<log::MemoryLogDevice>(log::MemoryLogDevice::NewStore()), {});
    JEJAK_CHECK(log.ok());
    log_ = *std::move(log);
    auto views = view::ViewFolder::Open(folder_ / "view", log_->log_id(), 0);
    JEJAK_CHECK(views.ok());
    views_ = *std::move(views);
    vault::Vault::Options vault_options;
    vault_options.path = folder_ / "vault";
    vault_options.log_id = log_->log_id();
    vault_options.may_create = true;
    vault_options.kek_path = folder_ / "kek";
    vault_options.create_kek = true;
    vault_options.pool_keys = 1;
    auto vault = vault::Vault::Open(vault_options);
    JEJAK_CHECK(vault.ok());
    vault_ = *std::move(vault);
    projector_ = std::make_unique<projection::Projector>(projection::Projector::Options{
        .log = log_.get(), .views = views_.get(), .on_failure = [](const absl::Status& status) {
          ADD_FAILURE() << "the projector failed: " << status;
        }});
    runner_ = std::make_unique<Runner>(Runner::Options{.projector = projector_.get(),
                                                       .log = log_.get(),
                                                       .views = views_.get(),
                                                       .vault = vault_.get(),
                                                       .pool = &pool_,
                                                       .subscription_pool = &subscription_pool_});
    service_ = std::make_unique<HistoryServiceImpl>(*runner_, options);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits::kConcurrentStreamsMax);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    JEJAK_CHECK(server_ != nullptr);
    address_ = absl::StrCat("127.0.0.1:", port);
    stub_ = NewStub();
  }
  // As app::App does.
  void Shutdown() {
    projector_->StopWaiting();
    server_->Shutdown(absl::ToChronoTime(absl::Now() + absl::Seconds(3)));
    server_->Wait();
    server_.reset();
  }
  // With a connection of its own.
  std::unique_ptr<v1::HistoryService::Stub> NewStub() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    // Otherwise a fast network lets much be sent to a client that does not read.
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    return v1::HistoryService::NewStub(
        grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments));
  }

  // Makes the events durable at once.
  void Add(const std::vector<Event>& events) {
    log::Batch batch = log_->NewBatch();
    for (const Event& event : events) {
      events_.push_back(event);
      JEJAK_CHECK(log_->Stage(ToCommit(event), batch).ok());
    }
    JEJAK_CHECK(log_->Write(std::move(batch)).ok());
    projector_->Wake();
  }
  void AddOffices() {
    Add({{.stream = "offices/ri"},
         {.stream = "offices/18", .parent = "offices/ri"},
         {.stream = "offices/18.06", .parent = "offices/18"}});
  }
  // Events of every kind, always the same.
  std::vector<Event> Some(std::size_t count) {
    std::vector<Event> events(count);
    for (Event& event : events) {
      if (random_() % 2 == 0) {
        event.stream = absl::StrCat("offices/18/documents/d", random_() % 20);
        event.lokus = absl::StrCat("programs/p/lokus/", random_() % 20);
      } else if (random_() % 3 == 0) {
        event.stream = "offices/18.06";
        event.correction = random_() % 2 == 0;
      }
      if (random_() % 4 == 0) event.actor = "officers/siti";
      if (random_() % 8 == 0) event.office = random_() % 2 == 0 ? "offices/18" : "offices/18.06";
      if (random_() % 20 == 0) event.remark = "Hujan lebat";
      if (random_() % 20 == 0) event.late_days = 1 + static_cast<int>(random_() % 40);
    }
    return events;
  }
  Positions Expected(const Question& question, std::uint64_t from) const {
    Positions positions;
    for (std::uint64_t i = from; i < events_.size(); ++i) {
      if (question.holds(events_[i])) positions.push_back(i);
    }
    return positions;
  }

  v1::HistoryService::Stub& stub() { return *stub_; }
  const Subscriptions& subscriptions() const { return service_->subscriptions(); }
  // Waits until the view has everything.
  void Project() {
    std::promise<absl::Status> reached;
    projector_->WhenReached(events_.size(), absl::InfiniteFuture(),
                            [&reached](const absl::Status& status) { reached.set_value(status); });
    JEJAK_CHECK(reached.get_future().get().ok());
  }
  // Another thread is about to do it.
  template <typename Condition>
  static void Await(const Condition& condition) {
    while (!condition()) std::this_thread::yield();
  }

  test::TempFolder folder_;
  std::mt19937_64 random_{1806};
  std::vector<Event> events_;
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<view::ViewFolder> views_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<projection::Projector> projector_;
  ThreadPool pool_{2, 16};
  ThreadPool subscription_pool_{1, limits::kSubscriptionsMax};
  std::unique_ptr<Runner> runner_;
  std::unique_ptr<HistoryServiceImpl> service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::unique_ptr<v1::HistoryService::Stub> stub_;
};

TEST_F(SubscriptionTest, TwoThousandGetExactlyWhatTheirFiltersMatchWhileEventsAreWritten) {
  constexpr std::size_t kSubscribers = 2000;
  constexpr std::size_t kPerConnection = 250;
  constexpr std::size_t kBatches = 20;
  Start();
  AddOffices();
  Add(Some(300));
  struct One {
    const Question* question;
    std::uint64_t from;
    std::unique_ptr<Subscriber> subscriber;
  };
  std::vector<std::unique_ptr<v1::HistoryService::Stub>> stubs;
  std::vector<One> all;
  for (std::size_t i = 0; i < kSubscribers; ++i) {
    if (i % kPerConnection == 0) stubs.push_back(NewStub());
    // The two that match most are asked by few.
    const std::size_t question = i % 50 < 2 ? i % 50 : 2 + i % (Questions().size() - 2);
    const std::uint64_t from = i % 3 == 0 ? events_.size() : random_() % events_.size();
    auto request = Request(Questions()[question].filter, from);
    request.set_rows_only(i % 2 == 0);
    all.push_back(
        {&Questions()[question], from, std::make_unique<Subscriber>(*stubs.back(), request)});
    if (i % (kSubscribers / kBatches) == 0) Add(Some(25));
  }
  std::size_t delivered = 0;
  for (One& one : all) {
    const Positions expected = Expected(*one.question, one.from);
    one.subscriber->WaitUntilCaughtUp();
    one.subscriber->WaitForEvents(expected.size());
  }
  EXPECT_EQ(subscriptions().open(), kSubscribers);
  // All of them live.
  Add(Some(50));
  for (One& one : all) {
    one.subscriber->WaitForEvents(Expected(*one.question, one.from).size());
  }
  EXPECT_EQ(subscriptions().open(), kSubscribers);
  Shutdown();
  for (One& one : all) {
    const absl::Status end = one.subscriber->WaitForEnd();
    EXPECT_TRUE(absl::IsUnavailable(end)) << end;
    const Positions positions = one.subscriber->positions();
    delivered += positions.size();
    EXPECT_EQ(positions, Expected(*one.question, one.from))
        << one.question->filter << " from " << one.from;
  }
  EXPECT_EQ(subscriptions().open(), 0u);
  EXPECT_GT(delivered, 20u * kSubscribers) << "or it compares nothing with nothing";
}

TEST_F(SubscriptionTest, TheFirstMessageHasTheFilterAsItWasUnderstood) {
  Start();
  AddOffices();
  Subscriber subscriber(stub(), Request("role=chair   AND text:hujan", 1));
  subscriber.WaitUntilCaughtUp();
  const auto messages = subscriber.messages();
  EXPECT_EQ(messages[0].filter(), "role = ROLE_CHAIR AND text:\"hujan\"");
  EXPECT_EQ(messages[0].next_position(), 1u);
  EXPECT_EQ(messages[1].filter(), "");
}

TEST_F(SubscriptionTest, RowsOrWholeEventsAreSent) {
  Start();
  AddOffices();
  // Or it may catch up before there is anything to send.
  Project();
  auto request = Request("position = 1");
  Subscriber whole(stub(), request);
  request.set_rows_only(true);
  Subscriber rows(stub(), request);
  whole.WaitForEvents(1);
  rows.WaitForEvents(1);
  const v1::RecordedEvent event = whole.messages()[1].event();
  EXPECT_EQ(event.type(), "jejak.event.v1.OfficeRegistered");
  EXPECT_TRUE(event.has_event());
  EXPECT_EQ(rows.messages()[1].row().type(), "OfficeRegistered");
  EXPECT_FALSE(rows.messages()[1].has_event());
}

TEST_F(SubscriptionTest, ItIsResumedFromAnyMessageWithoutGapOrRepeat) {
  Start();
  AddOffices();
  Add(Some(400));
  const Question& question = Questions()[2];
  Positions all;
  std::uint64_t next = 0;
  while (next < events_.size()) {
    std::size_t left = 1 + random_() % 20;
    Subscriber subscriber(stub(), Request(question.filter, next),
                          [&left](const v1::SubscribeResponse& message) {
                            return --left == 0 || message.caught_up();
                          });
    subscriber.WaitUntil([&left](const auto& messages) {
      return left == 0 || (!messages.empty() && messages.back().caught_up());
    });
    const auto messages = subscriber.messages();
    for (const std::uint64_t position : Subscriber::PositionsOf(messages)) all.push_back(position);
    next = messages.back().next_position();
    if (next < events_.size() && random_() % 2 == 0) Add(Some(3));
  }
  EXPECT_EQ(all, Expected(question, 0));
  EXPECT_GT(all.size(), 40u);
}

TEST_F(SubscriptionTest, ARareFilterGoesStraightToTheEndAndOneWithoutAListSaysHowFarItIs) {
  Start({.silent_positions = 1000});
  for (int i = 0; i < 5; ++i) Add(std::vector<Event>(1000));
  Add({{.actor = "officers/siti"}});
  Add(std::vector<Event>(10));
  Project();
  std::vector<v1::SubscribeResponse> messages;
  {
    Subscriber subscriber(stub(), Request("actor = officers/siti"));
    subscriber.WaitUntilCaughtUp();
    messages = subscriber.messages();
    ASSERT_THAT(messages, SizeIs(3)) << "the beginning, the event, the end";
    EXPECT_EQ(messages[1].event().position(), 5000u);
  }
  Subscriber subscriber(stub(), Request("actor != officers/budi"));
  subscriber.WaitUntilCaughtUp();
  messages = subscriber.messages();
  ASSERT_THAT(messages, SizeIs(1 + 5 + 2));
  for (std::size_t i = 1; i <= 5; ++i) EXPECT_EQ(messages[i].next_position(), 1000 * i);
  EXPECT_EQ(messages[6].event().position(), 5000u);
  EXPECT_EQ(messages[7].next_position(), 5011u);
}

TEST_F(SubscriptionTest, OneWithNothingToSaySaysSoNowAndThen) {
  Start({.silent_time = absl::ZeroDuration()});
  AddOffices();
  Project();
  Subscriber subscriber(stub(), Request("deviation = true"));
  subscriber.WaitUntil([](const auto& messages) { return messages.size() >= 5; });
  const auto messages = subscriber.messages();
  EXPECT_EQ(messages[4].next_position(), 3u);
  EXPECT_FALSE(messages[4].caught_up());
  EXPECT_GT(messages[4].time().seconds(), 0);
}

TEST_F(SubscriptionTest, OneThatHadCaughtUpSaysByHowMuchItFellBehindAndWhenItIsThereAgain) {
  Start({.fell_behind_events = 10});
  AddOffices();
  Add(std::vector<Event>(50));
  Project();
  Subscriber subscriber(stub(), Request("actor = officers/siti"));
  subscriber.WaitUntilCaughtUp();
  // As many as may be.
  Add(std::vector<Event>(9));
  Add({{.actor = "officers/siti"}});
  subscriber.WaitForEvents(1);
  std::vector<Event> many(10);
  many.push_back({.actor = "officers/siti"});
  Add(many);
  subscriber.WaitUntil([](const auto& messages) {
    return std::count_if(messages.begin(), messages.end(),
                         [](const auto& message) { return message.caught_up(); }) == 2;
  });
  std::vector<std::string> said;
  for (const v1::SubscribeResponse& message : subscriber.messages()) {
    said.push_back(message.fell_behind() > 0 ? absl::StrCat("behind ", message.fell_behind())
                   : message.caught_up()     ? "caught up"
                   : message.has_event()     ? absl::StrCat("event ", message.event().position())
                                             : "progress");
  }
  EXPECT_THAT(
      said, ElementsAre("progress", "caught up", "event 62", "behind 11", "event 73", "caught up"));
}

TEST_F(SubscriptionTest, ASlowReaderIsToldWhereToGoOn) {
  Start({.slow_time = absl::Milliseconds(20), .cancel_time = absl::InfiniteDuration()});
  AddOffices();
  Add(std::vector<Event>(1000, Event{.remark = std::string(900, 'x')}));
  Subscriber slow(stub(), Request(""), {}, /*reads=*/false);
  Await([this] { return subscriptions().cut_off() == 1; });
  slow.Read();
  const absl::Status end = slow.WaitForEnd();
  EXPECT_TRUE(absl::IsResourceExhausted(end)) << end;
  const client::ErrorDetails details = client::GetDetails(end);
  EXPECT_EQ(details.reason, "FELL_BEHIND");
  Positions positions = slow.positions();
  EXPECT_LT(positions.size(), events_.size());
  std::uint64_t next = 0;
  ASSERT_TRUE(absl::SimpleAtoi(details.metadata.at("next_position"), &next));
  EXPECT_EQ(next, slow.messages().back().next_position());
  while (next < events_.size()) {
    // On a busy machine this one may be cut off too.
    Subscriber again(stub(), Request("", next));
    const bool all = again.Reaches([this](const auto& messages) {
      return !messages.empty() && messages.back().next_position() == events_.size();
    });
    const auto messages = again.messages();
    for (const std::uint64_t position : Subscriber::PositionsOf(messages)) {
      positions.push_back(position);
    }
    next = all ? events_.size() : messages.back().next_position();
  }
  EXPECT_EQ(positions, Expected(Questions()[0], 0));
}

TEST_F(SubscriptionTest, ASlowReaderThatDoesNotTakeItsEndEitherIsCancelled) {
  Start({.slow_time = absl::Milliseconds(20), .cancel_time = absl::Milliseconds(20)});
  AddOffices();
  Add(std::vector<Event>(1000, Event{.remark = std::string(900, 'x')}));
  absl::Status end;
  do {
    const std::size_t before = subscriptions().cut_off();
    Subscriber slow(stub(), Request(""), {}, /*reads=*/false);
    Await([&] { return subscriptions().cut_off() > before && subscriptions().open() == 0; });
    slow.Read();
    end = slow.WaitForEnd();
    EXPECT_LT(slow.positions().size(), events_.size());
    // On a busy machine it may be cut off before so much is sent that it can take no more.
  } while (absl::IsResourceExhausted(end));
  EXPECT_TRUE(absl::IsCancelled(end)) << end;
}

TEST_F(SubscriptionTest, CancelledOnesGoWhateverTheyAreDoing) {
  Start();
  AddOffices();
  Add(Some(500));
  std::vector<std::unique_ptr<Subscriber>> all;
  for (std::size_t i = 0; i < 200; ++i) {
    const auto& question = Questions()[i % Questions().size()];
    all.push_back(std::make_unique<Subscriber>(stub(), Request(question.filter)));
    // Some wait for more, others are on their way.
    if (i % 2 == 0) all.back()->WaitUntilCaughtUp();
    if (i % 10 == 0) Add(Some(2));
    if (i % 3 == 0) all[i / 2]->Cancel();
  }
  for (const auto& one : all) one->Cancel();
  for (const auto& one : all) EXPECT_TRUE(absl::IsCancelled(one->WaitForEnd()));
  Await([this] { return subscriptions().open() == 0; });
  EXPECT_EQ(subscriptions().cut_off(), 0u);
}

TEST_F(SubscriptionTest, WhatCannotBeAskedIsRefused) {
  Start();
  AddOffices();
  const auto reason = [this](const v1::SubscribeRequest& request) {
    Subscriber subscriber(stub(), request);
    return client::GetDetails(subscriber.WaitForEnd()).reason;
  };
  EXPECT_EQ(reason(Request("siti")), "FILTER_INVALID");
  EXPECT_EQ(reason(Request("under != offices/18")), "FILTER_INVALID");
  EXPECT_EQ(reason(Request("", 4)), "POSITION_IN_FUTURE");
  EXPECT_EQ(reason(Request(std::string(1025, 'x'))), "REQUEST_INVALID");
  grpc::ClientContext nobody;
  v1::SubscribeResponse message;
  const auto stream = stub().Subscribe(&nobody, Request(""));
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_EQ(client::GetDetails(client::ToAbslStatus(stream->Finish())).reason, "ACTOR_MISSING");
  Await([this] { return subscriptions().open() == 0; });
}

}  // namespace
}  // namespace jejak::service
