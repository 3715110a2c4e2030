// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/history_benchmark.h"

#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/log/open_log.h"
#include "server/projection/fold.h"
#include "server/projection/projector.h"
#include "server/query/reader.h"
#include "server/query/search.h"
#include "server/view/view_folder.h"
#include "tests/benchmark/generator.h"
#include "tests/benchmark/schedule.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <utility>

namespace jejak::benchmark {
namespace {

constexpr std::uint32_t kPageSize = 50;

// The stores of a data folder as far as history needs them.
struct Store {
  std::unique_ptr<log::EventLog> log;
  std::unique_ptr<view::ViewFolder> views;
  std::shared_ptr<view::ViewStore> view;
  std::unique_ptr<query::Reader> reader;
};

void Say(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

absl::Status MakeStore(const std::string& folder, std::uint64_t events) {
  std::error_code error;
  if (std::filesystem::exists(folder, error)) return absl::OkStatus();
  // Under its name only once it is whole.
  const std::string making = absl::StrCat(folder, ".making");
  std::filesystem::remove_all(making, error);
  JEJAK_ASSIGN_OR_RETURN(const GeneratorReport report,
                         Generate(making, GeneratorOptions::ForEvents(events)));
  Say(absl::StrFormat("generated %d events in %.0f s, %.0f/s", report.events, report.seconds,
                      static_cast<double>(report.events) / report.seconds));
  std::filesystem::rename(making, folder, error);
  return error ? absl::UnavailableError(error.message()) : absl::OkStatus();
}

absl::Status BuildView(const Store& store) {
  const std::uint64_t missing = store.log->DurableSize() - store.view->Size();
  if (missing == 0) return absl::OkStatus();
  const auto begin = std::chrono::steady_clock::now();
  std::promise<absl::Status> reached;
  projection::Projector projector(
      projection::Projector::Options{.log = store.log.get(), .views = store.views.get()});
  projector.Wake();
  projector.WhenReached(store.log->DurableSize(), absl::InfiniteFuture(),
                        [&](const absl::Status& status) { reached.set_value(status); });
  JEJAK_RETURN_IF_ERROR(reached.get_future().get());
  JEJAK_RETURN_IF_ERROR(store.view->Flush());
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  Say(absl::StrFormat("built the view of %d events in %.0f s, %.0f/s", missing, seconds,
                      static_cast<double>(missing) / seconds));
  return absl::OkStatus();
}

// Brings the store to the state it is in on a server that has run for a while: its files merged,
// and read before. Otherwise the long log is asked of the disk and the short one of memory.
absl::Status SettleDown(const view::ViewStore& view, const std::string& folder) {
  Mutex mutex;
  CondVar never;
  MutexLock lock(mutex);
  while (view.Merging()) never.WaitFor(mutex, std::chrono::milliseconds(100));
  std::error_code error;
  std::vector<char> bytes(1 << 20);
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (!file.is_regular_file(error)) continue;
    std::ifstream stream(file.path(), std::ios::binary);
    while (stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) continue;
  }
  return error ? absl::UnavailableError(error.message()) : absl::OkStatus();
}

absl::StatusOr<Store> OpenStore(const std::string& folder) {
  Store store;
  log::EventLog::Options options;
  options.anchor_path = folder + "/anchor";
  JEJAK_ASSIGN_OR_RETURN(store.log, log::OpenLog(folder + "/log", options));
  JEJAK_ASSIGN_OR_RETURN(store.views, view::ViewFolder::Open(folder + "/view", store.log->log_id(),
                                                             store.log->DurableSize()));
  store.view = store.views->Current();
  JEJAK_RETURN_IF_ERROR(BuildView(store));
  JEJAK_RETURN_IF_ERROR(SettleDown(*store.view, folder));
  store.reader = std::make_unique<query::Reader>(store.log.get(), store.view);
  return store;
}

std::string TimeText(absl::CivilSecond civil) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromCivil(civil, absl::UTCTimeZone()),
                          absl::UTCTimeZone());
}

std::string Between(absl::CivilSecond from, absl::CivilSecond to) {
  return absl::StrCat("commit_time >= \"", TimeText(from), "\" AND commit_time < \"", TimeText(to),
                      "\"");
}

// The question about what an event is about; empty if it is about nothing of the kind.
struct Kind {
  std::string name;
  std::function<std::string(const log::Entry&, const event::v1::Envelope&)> filter;
};

std::vector<Kind> Kinds() {
  const auto time = [](const log::Entry& entry) {
    return absl::FromUnixMicros(entry.commit_time_us);
  };
  return {
      {"one lokus",
       [](const log::Entry& entry, const event::v1::Envelope&) -> std::string {
         for (const std::string& tag : entry.tags) {
           if (absl::StartsWith(tag, "lokus:")) return absl::StrCat("lokus = ", tag.substr(6));
         }
         return "";
       }},
      {"one office in a month",
       [time](const log::Entry& entry, const event::v1::Envelope& envelope) {
         const absl::CivilMonth month = absl::ToCivilMonth(time(entry), absl::UTCTimeZone());
         return absl::StrCat("under = ", envelope.office(), " AND ",
                             Between(absl::CivilSecond(month), absl::CivilSecond(month + 1)));
       }},
      {"one actor in a year",
       [time](const log::Entry& entry, const event::v1::Envelope&) {
         const absl::CivilYear year = absl::ToCivilYear(time(entry), absl::UTCTimeZone());
         return absl::StrCat("actor = ", entry.actor, " AND ",
                             Between(absl::CivilSecond(year), absl::CivilSecond(year + 1)));
       }},
  };
}

// Questions about what random events are about, so that busy subjects are asked for more often.
absl::StatusOr<std::vector<std::string>> DrawFilters(const Store& store, const Kind& kind,
                                                     int count, Random& random) {
  std::vector<std::string> filters;
  const std::uint64_t size = store.log->DurableSize();
  while (filters.size() < static_cast<std::size_t>(count)) {
    JEJAK_ASSIGN_OR_RETURN(const log::RecordedEvent event, store.log->Read(random.Next() % size));
    JEJAK_ASSIGN_OR_RETURN(const event::v1::Envelope envelope, projection::ParseEnvelope(event));
    std::string filter = kind.filter(event.entry, envelope);
    if (!filter.empty()) filters.push_back(std::move(filter));
  }
  return filters;
}

// In milliseconds.
absl::StatusOr<double> Ask(const Store& store, const std::string& filter) {
  v1::SearchEventsRequest request;
  request.set_filter(filter);
  request.set_page_size(kPageSize);
  const auto begin = std::chrono::steady_clock::now();
  const auto page = store.reader->SearchEvents(request, store.view->Size());
  const auto end = std::chrono::steady_clock::now();
  JEJAK_RETURN_IF_ERROR(page.status());
  if (page->events().empty()) return absl::InternalError(absl::StrCat("no events: ", filter));
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

absl::Status CountSeeks(const Store& store, const std::vector<std::string>& filters,
                        HistoryFigures& figures) {
  for (const std::string& filter : filters) {
    query::SearchRequest request;
    request.filter = filter;
    request.page_size = kPageSize;
    JEJAK_ASSIGN_OR_RETURN(const query::SearchPage page,
                           query::Search(*store.log, *store.view, request, store.view->Size()));
    figures.mean_seeks += static_cast<double>(page.seeks) / static_cast<double>(filters.size());
    figures.mean_rows +=
        static_cast<double>(page.rows.size()) / static_cast<double>(filters.size());
    figures.max_seeks = std::max(figures.max_seeks, page.seeks);
  }
  return absl::OkStatus();
}

double Percentile(std::vector<double> values, int percent) {
  std::sort(values.begin(), values.end());
  const std::size_t at = values.size() * static_cast<std::size_t>(percent) / 100;
  return values[std::min(at, values.size() - 1)];
}

absl::StatusOr<HistoryQuestion> Measure(const HistoryBenchmarkOptions& options,
                                        const std::array<Store, 2>& stores, const Kind& kind) {
  HistoryQuestion question;
  question.name = kind.name;
  Random random(options.seed);
  std::array<std::vector<double>, 2> p50;
  std::array<std::vector<double>, 2> p99;
  std::vector<double> growth_p50;
  std::vector<double> growth_p99;
  // The first time nothing is kept.
  for (int repetition = 0; repetition <= options.repetitions; ++repetition) {
    std::array<std::vector<std::string>, 2> filters;
    std::array<std::vector<double>, 2> took;
    for (std::size_t s = 0; s < 2; ++s) {
      JEJAK_ASSIGN_OR_RETURN(filters[s], DrawFilters(stores[s], kind, options.questions, random));
    }
    for (std::size_t i = 0; i < filters[0].size(); ++i) {
      // In turn, and each as often the first.
      for (std::size_t turn = 0; turn < 2; ++turn) {
        const std::size_t s = (i + turn) % 2;
        JEJAK_ASSIGN_OR_RETURN(took[s].emplace_back(), Ask(stores[s], filters[s][i]));
      }
    }
    if (repetition == 0) {
      question.filter = filters[1].front();
      for (std::size_t s = 0; s < 2; ++s) {
        JEJAK_RETURN_IF_ERROR(CountSeeks(stores[s], filters[s], question.figures[s]));
      }
      continue;
    }
    for (std::size_t s = 0; s < 2; ++s) {
      p50[s].push_back(Percentile(took[s], 50));
      p99[s].push_back(Percentile(took[s], 99));
    }
    growth_p50.push_back(p50[1].back() / p50[0].back());
    growth_p99.push_back(p99[1].back() / p99[0].back());
  }
  for (std::size_t s = 0; s < 2; ++s) {
    question.figures[s].p50_ms = Percentile(p50[s], 50);
    question.figures[s].p99_ms = Percentile(p99[s], 50);
  }
  question.growth_p50 = Percentile(growth_p50, 50);
  question.growth_p99 = Percentile(growth_p99, 50);
  return question;
}

}  // namespace

absl::StatusOr<std::vector<HistoryQuestion>> RunHistoryBenchmark(
    const HistoryBenchmarkOptions& options) {
  if (options.questions < 1 || options.repetitions < 1 || options.events[0] < 1 ||
      options.events[1] < 1) {
    return absl::InvalidArgumentError("at least one event, question and repetition");
  }
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  std::array<Store, 2> stores;
  for (std::size_t s = 0; s < 2; ++s) {
    const std::string folder = absl::StrCat(options.folder, "/", options.events[s]);
    JEJAK_RETURN_IF_ERROR(MakeStore(folder, options.events[s]));
    JEJAK_ASSIGN_OR_RETURN(stores[s], OpenStore(folder));
  }
  std::vector<HistoryQuestion> questions;
  for (const Kind& kind : Kinds()) {
    JEJAK_ASSIGN_OR_RETURN(questions.emplace_back(), Measure(options, stores, kind));
  }
  return questions;
}

std::string ToTable(const HistoryBenchmarkOptions& options,
                    const std::vector<HistoryQuestion>& questions) {
  std::string table =
      absl::StrFormat("%-22s %10s %9s %9s %11s %10s %9s\n", "first page of", "events", "p50 ms",
                      "p99 ms", "mean seeks", "max seeks", "rows");
  for (const HistoryQuestion& question : questions) {
    for (std::size_t s = 0; s < 2; ++s) {
      const HistoryFigures& figures = question.figures[s];
      absl::StrAppendFormat(&table, "%-22s %10d %9.3f %9.3f %11.1f %10d %9.1f\n", question.name,
                            options.events[s], figures.p50_ms, figures.p99_ms, figures.mean_seeks,
                            figures.max_seeks, figures.mean_rows);
    }
    absl::StrAppendFormat(&table, "%-22s %10s %9.2f %9.2f\n", "", "growth", question.growth_p50,
                          question.growth_p99);
  }
  return table;
}

std::string ToJson(const HistoryBenchmarkOptions& options,
                   const std::vector<HistoryQuestion>& questions) {
  nlohmann::ordered_json json;
  json["questions"] = options.questions;
  json["repetitions"] = options.repetitions;
  json["page_size"] = kPageSize;
  for (const HistoryQuestion& question : questions) {
    nlohmann::ordered_json one;
    one["name"] = question.name;
    one["filter"] = question.filter;
    for (std::size_t s = 0; s < 2; ++s) {
      const HistoryFigures& figures = question.figures[s];
      one["stores"].push_back({{"events", options.events[s]},
                               {"p50_ms", figures.p50_ms},
                               {"p99_ms", figures.p99_ms},
                               {"mean_seeks", figures.mean_seeks},
                               {"max_seeks", figures.max_seeks},
                               {"mean_rows", figures.mean_rows}});
    }
    one["growth_p50"] = question.growth_p50;
    one["growth_p99"] = question.growth_p99;
    json["history"].push_back(std::move(one));
  }
  return json.dump(2) + "\n";
}

}  // namespace jejak::benchmark
