// SPDX-License-Identifier: Apache-2.0
//
// File: office_log.h
//
// A log in memory with events of offices, for tests of what is computed from a log.

#ifndef JEJAK_TESTS_UNIT_SERVER_PROJECTION_OFFICE_LOG_H_
#define JEJAK_TESTS_UNIT_SERVER_PROJECTION_OFFICE_LOG_H_

#include "server/base/check.h"
#include "server/base/clock.h"
#include "server/domain/aggregate.h"
#include "server/log/event_log.h"
#include "server/log/memory_log_device.h"

#include "jejak/event/v1/envelope.pb.h"

#include "absl/strings/str_cat.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jejak {

class OfficeLog {
 public:
  explicit OfficeLog(
      std::shared_ptr<log::MemoryLogDevice::Store> store = log::MemoryLogDevice::NewStore()) {
    log::EventLog::Options options;
    options.clock = &clock;
    auto opened =
        log::EventLog::Open(std::make_unique<log::MemoryLogDevice>(std::move(store)), options);
    JEJAK_CHECK(opened.ok());
    log = *std::move(opened);
  }

  // Each append is durable when it returns, and has its position as result.
  std::uint64_t AppendPayload(const std::string& stream, const std::string& payload,
                              std::vector<std::string> tags = {},
                              std::optional<absl::Time> occurred = std::nullopt) {
    log::NewEvent event;
    event.stream = stream;
    event.event_type = "jejak.event.v1.Tested";
    event.actor = "officers/tester";
    event.payload = payload;
    event.tags = std::move(tags);
    if (occurred.has_value()) event.effective_time_us = absl::ToUnixMicros(*occurred);
    log::Commit commit;
    commit.events.push_back(std::move(event));
    log::Batch batch = log->NewBatch();
    const auto staged = log->Stage(commit, batch);
    JEJAK_CHECK(staged.ok());
    JEJAK_CHECK(log->Write(std::move(batch)).ok());
    clock.Advance(absl::Seconds(1));
    return staged->first_position;
  }
  // `occurred`: when it happened, if not now.
  std::uint64_t Append(const std::string& stream, const event::v1::Envelope& envelope,
                       std::optional<absl::Time> occurred = std::nullopt) {
    return AppendPayload(stream, envelope.SerializeAsString(), {absl::StrCat("office:", stream)},
                         occurred);
  }
  std::uint64_t Register(const std::string& office, const std::string& title,
                         const std::string& region_code = "",
                         std::optional<absl::Time> occurred = std::nullopt) {
    event::v1::Envelope envelope;
    envelope.set_office("offices/ri");
    auto& event = *envelope.mutable_office_event()->mutable_office_registered();
    event.set_title(title);
    event.set_region_code(region_code);
    event.set_level(v1::OFFICE_LEVEL_PROVINCE);
    event.set_valid_from("2003-01-01");
    return Append(office, envelope, occurred);
  }
  std::uint64_t Rename(const std::string& office, const std::string& title,
                       std::optional<absl::Time> occurred = std::nullopt) {
    event::v1::Envelope envelope;
    envelope.mutable_office_event()->mutable_office_renamed()->set_title(title);
    return Append(office, envelope, occurred);
  }
  // The correction of a title.
  std::uint64_t Correct(const std::string& office, std::uint64_t position,
                        const std::string& title) {
    event::v1::Envelope envelope;
    auto& event = *envelope.mutable_office_event()->mutable_fact_corrected();
    event.set_corrected_position(position);
    event.set_field("title");
    event.set_now(title);
    return Append(office, envelope);
  }

  SimulatedClock clock{absl::FromUnixSeconds(1'622'505'600)};
  std::unique_ptr<log::EventLog> log;
};

}  // namespace jejak

#endif  // JEJAK_TESTS_UNIT_SERVER_PROJECTION_OFFICE_LOG_H_
