// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/rebuild_benchmark.h"

#include "server/app/app.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "tests/support/world.h"

#include "jejak/v1/admin_service.grpc.pb.h"
#include "jejak/v1/history_service.grpc.pb.h"
#include "jejak/v1/lokus_service.grpc.pb.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <utility>

namespace jejak::benchmark {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kQuestions = 60;
constexpr char kOffice[] = "offices/ri";

double Milliseconds(SteadyClock::time_point since) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - since).count();
}

double Percentile(std::vector<double> values, std::size_t percent) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) * percent / 100];
}

// A question about the past, and its answer as bytes.
using Question = std::function<absl::StatusOr<std::string>(client::Client&)>;

template <typename Stub, typename Request, typename Response>
Question Asking(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                Request request) {
  return [method,
          request = std::move(request)](client::Client& client) -> absl::StatusOr<std::string> {
    JEJAK_ASSIGN_OR_RETURN(const Response response, client.Call(method, request));
    return response.SerializeAsString();
  };
}

// Lists, trails and searches of different moments.
absl::StatusOr<std::vector<Question>> MakeQuestions(client::Client& client, std::uint64_t log_size,
                                                    std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto moment = [&](v1::ReadOptions& read) {
    read.set_as_of_position(log_size / 2 + random() % (log_size / 2));
  };
  v1::ListLokusRequest all;
  all.set_parent("programs/dp3-2021");
  all.set_page_size(500);
  JEJAK_ASSIGN_OR_RETURN(const v1::ListLokusResponse lokus,
                         client.Call(&v1::LokusService::Stub::ListLokus, all));
  if (lokus.lokus().empty()) return absl::FailedPreconditionError("there is no lokus");
  std::vector<Question> questions;
  for (int i = 0; i < kQuestions; ++i) {
    const std::string& name =
        lokus.lokus(static_cast<int>(random() % static_cast<std::uint64_t>(lokus.lokus_size())))
            .name();
    if (i % 3 == 0) {
      v1::ListLokusRequest request;
      request.set_parent("programs/dp3-2021");
      request.set_page_size(20);
      moment(*request.mutable_read());
      questions.push_back(Asking(&v1::LokusService::Stub::ListLokus, request));
    } else if (i % 3 == 1) {
      v1::ListLokusHistoryRequest request;
      request.set_name(name);
      moment(*request.mutable_read());
      questions.push_back(Asking(&v1::HistoryService::Stub::ListLokusHistory, request));
    } else {
      v1::SearchEventsRequest request;
      request.set_filter(absl::StrCat("lokus = \"", name, "\" AND late_days >= 1"));
      moment(*request.mutable_read());
      questions.push_back(Asking(&v1::HistoryService::Stub::SearchEvents, request));
    }
  }
  return questions;
}

// What readers and writers share.
struct Run {
  std::string address;
  std::vector<Question> questions;
  std::vector<std::string> answers;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> wrong{0};
  Mutex mutex;
  CondVar stopped;
  absl::Status failure ABSL_GUARDED_BY(mutex);
  std::vector<double> read_ms ABSL_GUARDED_BY(mutex);
  std::vector<double> write_ms ABSL_GUARDED_BY(mutex);

  void Fail(const absl::Status& status) {
    MutexLock lock(mutex);
    failure = status;
    stop = true;
    stopped.NotifyAll();
  }
};

void ReadOn(Run& run, std::uint64_t seed) {
  const auto client = test::NewClient(run.address);
  std::mt19937_64 random(seed);
  while (!run.stop) {
    const std::size_t i = random() % run.questions.size();
    const auto begin = SteadyClock::now();
    const auto answer = run.questions[i](*client);
    if (!answer.ok()) return run.Fail(answer.status());
    if (*answer != run.answers[i]) ++run.wrong;
    MutexLock lock(run.mutex);
    run.read_ms.push_back(Milliseconds(begin));
  }
}

void WriteOn(Run& run) {
  const auto client = test::NewClient(run.address);
  for (int i = 0; !run.stop; ++i) {
    const std::string title = absl::StrCat("KPU ", i);
    const auto begin = SteadyClock::now();
    const auto renamed =
        client->Call(&v1::OfficeService::Stub::RenameOffice, test::Rename(kOffice, title));
    if (!renamed.ok()) return run.Fail(renamed.status());
    {
      MutexLock lock(run.mutex);
      run.write_ms.push_back(Milliseconds(begin));
    }
    v1::GetOfficeRequest get;
    get.set_name(kOffice);
    const auto office = client->Call(&v1::OfficeService::Stub::GetOffice, get);
    if (!office.ok()) return run.Fail(office.status());
    if (office->title() != title) ++run.wrong;
  }
}

absl::StatusOr<v1::GetServerStatusResponse> Status(client::Client& client) {
  return client.Call(&v1::AdminService::Stub::GetServerStatus, v1::GetServerStatusRequest());
}

// Runs readers and the writer until `until` says so or fails.
absl::StatusOr<RebuildPhase> RunPhase(const std::string& name, Run& run, int readers,
                                      const std::function<absl::StatusOr<bool>()>& until) {
  run.stop = false;
  {
    MutexLock lock(run.mutex);
    run.read_ms.clear();
    run.write_ms.clear();
  }
  const auto begin = SteadyClock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < readers; ++i) {
    threads.emplace_back([&run, i] { ReadOn(run, static_cast<std::uint64_t>(i)); });
  }
  threads.emplace_back([&run] { WriteOn(run); });
  absl::StatusOr<bool> done = false;
  while (done.ok() && !*done && !run.stop) {
    {
      MutexLock lock(run.mutex);
      if (!run.stop) run.stopped.WaitFor(run.mutex, std::chrono::milliseconds(20));
    }
    done = until();
  }
  run.stop = true;
  for (std::thread& thread : threads) thread.join();
  JEJAK_RETURN_IF_ERROR(done.status());
  MutexLock lock(run.mutex);
  JEJAK_RETURN_IF_ERROR(run.failure);
  RebuildPhase phase;
  phase.name = name;
  phase.seconds = Milliseconds(begin) / 1000;
  phase.reads = run.read_ms.size();
  phase.writes = run.write_ms.size();
  phase.read_p50_ms = Percentile(run.read_ms, 50);
  phase.read_p99_ms = Percentile(run.read_ms, 99);
  phase.write_p50_ms = Percentile(run.write_ms, 50);
  phase.write_p99_ms = Percentile(run.write_ms, 99);
  return phase;
}

// A phase with a build, which `start` begins.
absl::StatusOr<RebuildPhase> RunBuild(const std::string& name, Run& run, int readers,
                                      client::Client& client, const absl::Status& started,
                                      v1::ViewBuild& build) {
  JEJAK_RETURN_IF_ERROR(started);
  JEJAK_ASSIGN_OR_RETURN(RebuildPhase phase,
                         RunPhase(name, run, readers, [&]() -> absl::StatusOr<bool> {
                           JEJAK_ASSIGN_OR_RETURN(const auto status, Status(client));
                           build = status.view_build();
                           return !build.running();
                         }));
  if (!build.error().empty()) return absl::InternalError(build.error());
  phase.events = build.size();
  return phase;
}

}  // namespace

absl::StatusOr<RebuildResult> RunRebuildBenchmark(const RebuildBenchmarkOptions& options) {
  app::Config config;
  config.data = options.data;
  config.listen = "127.0.0.1:0";
  config.dev = true;
  std::atomic<bool> failed{false};
  JEJAK_ASSIGN_OR_RETURN(
      const auto app, app::App::Start(config, [&failed](const absl::Status&) { failed = true; }));
  const auto client = test::NewClient(app->address());
  RebuildResult result;
  for (bool level = false; !level;) {
    // A read of the newest waits for the view, and gives up after a while.
    v1::GetOfficeRequest get;
    get.set_name(kOffice);
    client->Call(&v1::OfficeService::Stub::GetOffice, get).status().IgnoreError();
    JEJAK_ASSIGN_OR_RETURN(const auto status, Status(*client));
    result.log_size = status.log_size();
    level = status.view_size() == status.log_size();
  }

  Run run;
  run.address = app->address();
  JEJAK_ASSIGN_OR_RETURN(run.questions, MakeQuestions(*client, result.log_size, options.seed));
  for (const Question& question : run.questions) {
    JEJAK_ASSIGN_OR_RETURN(run.answers.emplace_back(), question(*client));
  }
  const auto begin = SteadyClock::now();
  JEJAK_ASSIGN_OR_RETURN(result.phases.emplace_back(),
                         RunPhase("no build", run, options.readers, [&]() -> absl::StatusOr<bool> {
                           return Milliseconds(begin) >= absl::ToDoubleMilliseconds(options.before);
                         }));
  v1::ViewBuild build;
  JEJAK_ASSIGN_OR_RETURN(
      result.phases.emplace_back(),
      RunBuild(
          "rebuild", run, options.readers, *client,
          client->Call(&v1::AdminService::Stub::RebuildView, v1::RebuildViewRequest()).status(),
          build));
  JEJAK_ASSIGN_OR_RETURN(
      result.phases.emplace_back(),
      RunBuild(
          "compare", run, options.readers, *client,
          client->Call(&v1::AdminService::Stub::CompareViews, v1::CompareViewsRequest()).status(),
          build));
  result.compared_keys = build.keys();
  result.differing_keys = build.differing_keys();
  result.wrong_answers = run.wrong;
  if (failed) return absl::InternalError("the server failed");
  return result;
}

std::string ToTable(const RebuildResult& result) {
  std::string table = absl::StrFormat(
      "%d events in the log\n%-10s %8s %10s %9s %9s %9s %9s %9s %9s\n", result.log_size, "", "s",
      "events/s", "reads/s", "p50 ms", "p99 ms", "writes/s", "p50 ms", "p99 ms");
  for (const RebuildPhase& phase : result.phases) {
    const auto rate = [&phase](std::uint64_t count) {
      return phase.seconds > 0 ? static_cast<double>(count) / phase.seconds : 0;
    };
    absl::StrAppendFormat(&table, "%-10s %8.1f %10.0f %9.0f %9.2f %9.2f %9.0f %9.2f %9.2f\n",
                          phase.name, phase.seconds, rate(phase.events), rate(phase.reads),
                          phase.read_p50_ms, phase.read_p99_ms, rate(phase.writes),
                          phase.write_p50_ms, phase.write_p99_ms);
  }
  absl::StrAppendFormat(&table, "wrong answers %d, keys compared %d, differing %d\n",
                        result.wrong_answers, result.compared_keys, result.differing_keys);
  return table;
}

}  // namespace jejak::benchmark
