// SPDX-License-Identifier: Apache-2.0

#include "server/projection/fold.h"

#include "server/base/status_macros.h"

#include "absl/strings/str_cat.h"

namespace jejak::projection {

using google::protobuf::Message;

absl::StatusOr<event::v1::Envelope> ParseEnvelope(const log::RecordedEvent& event) {
  event::v1::Envelope envelope;
  if (event.payload_erased || !envelope.ParseFromString(event.payload)) {
    return absl::DataLossError(
        absl::StrCat("the payload at position ", event.entry.position, " is no envelope"));
  }
  return envelope;
}

domain::EventMeta MetaOf(const log::Entry& entry, const event::v1::Envelope& envelope) {
  domain::EventMeta meta;
  meta.stream = entry.stream;
  meta.position = entry.position;
  meta.revision = entry.revision;
  meta.commit_time = absl::FromUnixMicros(entry.commit_time_us);
  meta.actor = entry.actor;
  meta.office = envelope.office();
  meta.policy_version = envelope.policy_version();
  meta.region_catalog_version = envelope.region_catalog_version();
  return meta;
}

absl::StatusOr<std::unique_ptr<Message>> FoldStream(const log::EventLog& log,
                                                    absl::string_view stream,
                                                    std::uint64_t to_revision) {
  const domain::Aggregate* aggregate = domain::FindAggregate(stream);
  if (aggregate == nullptr) return nullptr;
  std::unique_ptr<Message> state;
  absl::Status parsed;
  JEJAK_RETURN_IF_ERROR(
      log.ScanStream(stream, 1, to_revision, [&](const log::RecordedEvent& event) {
        const absl::StatusOr<event::v1::Envelope> envelope = ParseEnvelope(event);
        if (!envelope.ok()) {
          parsed = envelope.status();
          return false;
        }
        if (state == nullptr) state = aggregate->NewState();
        aggregate->EvolveState(MetaOf(event.entry, *envelope), *envelope, *state);
        return true;
      }));
  JEJAK_RETURN_IF_ERROR(parsed);
  return state;
}

}  // namespace jejak::projection
