// SPDX-License-Identifier: Apache-2.0
//
// File: history_checker.h
//
// Compares what clients were told with what the log holds after a crash. A violation is a sentence;
// none is a pass. What nobody was told may be there or not: an unanswered command has one effect or
// none.

#ifndef JEJAK_TESTS_CRASH_HISTORY_CHECKER_H_
#define JEJAK_TESTS_CRASH_HISTORY_CHECKER_H_

#include "server/log/open_log.h"

#include "jejak/event/v1/envelope.pb.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace jejak::test {

// A command as its client knows it.
struct SentCommand {
  enum class Answer { kUnknown, kAccepted, kRefused };
  std::string actor;
  std::string request_id;
  Answer answer = Answer::kUnknown;
  // With kAccepted.
  std::uint64_t first_position = 0;
  std::uint32_t event_count = 0;
};

struct LoggedEvent {
  std::uint64_t position = 0;
  std::string actor;
  std::string request_id;
  std::string stream;
  std::uint64_t revision = 0;
  std::string event_id;
};

struct LoggedHistory {
  std::vector<LoggedEvent> events;
  // What is stored under each request id that was asked for, by (actor, request id): the number of
  // events, or -1 for a refusal. Absent: nothing is stored.
  std::map<std::pair<std::string, std::string>, int> outcomes;
};

// Reads a log that no server has open. Errors as for log::OpenLog.
inline absl::StatusOr<LoggedHistory> ReadHistory(const std::string& path,
                                                 const std::string& anchor_path,
                                                 const std::vector<SentCommand>& sent) {
  log::EventLog::Options options;
  options.anchor_path = anchor_path;
  const auto log = log::OpenLog(path, options);
  if (!log.ok()) return log.status();
  LoggedHistory history;
  absl::Status status =
      (*log)->Scan(0, (*log)->DurableSize(), [&](const log::RecordedEvent& event) {
        event::v1::Envelope envelope;
        if (!envelope.ParseFromString(event.payload)) return false;
        history.events.push_back(
            {event.entry.position, event.entry.actor, envelope.request_id(), event.entry.stream,
             event.entry.revision,
             std::string(event.entry.event_id.begin(), event.entry.event_id.end())});
        return true;
      });
  if (!status.ok()) return status;
  if (history.events.size() != (*log)->DurableSize()) return absl::DataLossError("no envelope");
  for (const SentCommand& command : sent) {
    const auto outcome = (*log)->ReadOutcome(absl::StrCat(command.actor, "\n", command.request_id));
    if (!outcome.ok()) return outcome.status();
    if (!outcome->has_value()) continue;
    history.outcomes[{command.actor, command.request_id}] =
        (*outcome)->refusal().empty() ? static_cast<int>((*outcome)->event_count()) : -1;
  }
  return history;
}

// `seen` are the event ids that a watch delivered, by position.
inline std::vector<std::string> FindViolations(const LoggedHistory& history,
                                               const std::vector<SentCommand>& sent,
                                               const std::map<std::uint64_t, std::string>& seen) {
  std::vector<std::string> violations;
  const auto violated = [&](const auto&... parts) { violations.push_back(absl::StrCat(parts...)); };

  std::map<std::string, std::uint64_t> revisions;
  struct Effect {
    std::uint64_t first_position = 0;
    std::uint32_t event_count = 0;
  };
  std::map<std::pair<std::string, std::string>, Effect> effects;
  for (std::size_t i = 0; i < history.events.size(); ++i) {
    const LoggedEvent& event = history.events[i];
    if (event.position != i) violated("position ", event.position, " is the event number ", i);
    if (event.revision != ++revisions[event.stream]) {
      violated("revision ", event.revision, " of ", event.stream, " at ", i);
    }
    Effect& effect = effects[{event.actor, event.request_id}];
    if (effect.event_count == 0) effect.first_position = i;
    if (effect.first_position + effect.event_count != i) {
      violated(event.request_id, " of ", event.actor, " has a second effect at ", i);
    }
    ++effect.event_count;
  }

  for (const SentCommand& command : sent) {
    const std::string name = absl::StrCat(command.request_id, " of ", command.actor);
    const auto found = effects.find({command.actor, command.request_id});
    const Effect effect = found == effects.end() ? Effect() : found->second;
    const auto stored = history.outcomes.find({command.actor, command.request_id});
    const bool refused = stored != history.outcomes.end() && stored->second == -1;
    const int stored_events = stored == history.outcomes.end() || refused ? 0 : stored->second;
    if (static_cast<std::uint32_t>(stored_events) != effect.event_count) {
      violated(name, " has ", effect.event_count, " events and an outcome of ", stored_events);
    }
    if (command.answer == SentCommand::Answer::kAccepted) {
      if (stored == history.outcomes.end())
        violated(name, " was accepted, and its outcome is lost");
      if (refused) violated(name, " was accepted, and is stored as refused");
      if (effect.event_count != command.event_count ||
          (effect.event_count > 0 && effect.first_position != command.first_position)) {
        violated(name, " was accepted with ", command.event_count, " events at ",
                 command.first_position, ", and has ", effect.event_count, " at ",
                 effect.first_position);
      }
    } else if (command.answer == SentCommand::Answer::kRefused && effect.event_count > 0) {
      violated(name, " was refused, and has an effect at ", effect.first_position);
    }
    if (found != effects.end()) effects.erase(found);
  }
  for (const auto& [command, effect] : effects) {
    violated(command.second, " of ", command.first, " was never sent, and has an effect at ",
             effect.first_position);
  }
  for (const auto& [position, event_id] : seen) {
    if (position >= history.events.size() || history.events[position].event_id != event_id) {
      violated("the event that was seen at ", position, " is gone");
    }
  }
  return violations;
}

}  // namespace jejak::test

#endif  // JEJAK_TESTS_CRASH_HISTORY_CHECKER_H_
