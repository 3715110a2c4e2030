// SPDX-License-Identifier: Apache-2.0

#include "server/query/valid_time.h"

#include "server/base/status_macros.h"
#include "server/domain/messages.h"
#include "server/projection/event_row.h"
#include "server/projection/fold.h"
#include "server/projection/projector.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include <algorithm>
#include <string>

namespace jejak::query {
namespace {

using google::protobuf::Message;

absl::StatusOr<v1::EventRow> RowAt(const view::ViewStore& view, std::uint64_t position) {
  JEJAK_ASSIGN_OR_RETURN(const std::string bytes,
                         view.PostingRow(projection::kAllEvents, position));
  v1::EventRow row;
  if (!row.ParseFromString(bytes)) {
    return absl::DataLossError(absl::StrCat("the row of event ", position, " cannot be read"));
  }
  return row;
}

// The row of the resource after the first `size` events; null if there was none.
absl::StatusOr<std::unique_ptr<Message>> FindRow(const view::ViewStore& view,
                                                 const domain::Aggregate& aggregate,
                                                 absl::string_view name, std::uint64_t size) {
  JEJAK_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                         view.Get(projection::TableOf(aggregate), name, size));
  if (!bytes.has_value()) return nullptr;
  std::unique_ptr<Message> state = aggregate.NewState();
  if (!state->ParseFromString(*bytes)) {
    return absl::DataLossError(absl::StrCat("the row of ", name, " cannot be read"));
  }
  return state;
}

// The revision a state is of; 0 for none.
std::uint64_t RevisionOf(const Message* state) {
  std::uint64_t revision = 0;
  if (state == nullptr) return revision;
  const auto* etag = state->GetDescriptor()->FindFieldByName("etag");
  const bool is_number =
      absl::SimpleAtoi(state->GetReflection()->GetString(*state, etag), &revision);
  return is_number ? revision : 0;
}

}  // namespace

absl::StatusOr<std::uint64_t> RecordedInTime(const log::EventLog& log, const Moment& moment) {
  if (moment.is_known()) return moment.size;
  JEJAK_ASSIGN_OR_RETURN(const std::uint64_t size,
                         log.SizeAt(absl::FromUnixMicros(moment.valid_us)));
  return std::min(size, moment.size);
}

absl::StatusOr<bool> Counts(const view::ViewStore& view, const v1::EventRow& row,
                            const Moment& moment, std::uint64_t recorded) {
  if (row.position() < recorded) return true;
  if (row.position() >= moment.size || moment.is_known()) return false;
  if (!row.correction()) return domain::MicrosOf(row.occurred_time()) <= moment.valid_us;
  v1::EventRow corrected = row;
  while (corrected.correction()) {
    // Each lies before the one that corrects it, so this ends.
    if (corrected.corrected_position() >= corrected.position()) return false;
    JEJAK_ASSIGN_OR_RETURN(corrected, RowAt(view, corrected.corrected_position()));
  }
  return Counts(view, corrected, moment, recorded);
}

absl::StatusOr<std::unique_ptr<Message>> FindState(const log::EventLog& log,
                                                   const view::ViewStore& view,
                                                   const domain::Aggregate& aggregate,
                                                   absl::string_view name, const Moment& moment,
                                                   std::uint64_t recorded) {
  recorded = std::min(recorded, moment.size);
  JEJAK_ASSIGN_OR_RETURN(std::unique_ptr<Message> state, FindRow(view, aggregate, name, recorded));
  if (recorded == moment.size) return state;
  JEJAK_ASSIGN_OR_RETURN(const std::unique_ptr<Message> known,
                         FindRow(view, aggregate, name, moment.size));
  const std::uint64_t revision = RevisionOf(known.get());
  // Most resources of a list have nothing that came later.
  if (revision == RevisionOf(state.get())) return state;
  absl::Status folded;
  JEJAK_RETURN_IF_ERROR(log.ScanStream(
      name, RevisionOf(state.get()) + 1, revision, [&](const log::RecordedEvent& event) {
        folded = [&]() -> absl::Status {
          JEJAK_ASSIGN_OR_RETURN(const v1::EventRow row, RowAt(view, event.entry.position));
          JEJAK_ASSIGN_OR_RETURN(const bool counts, Counts(view, row, moment, recorded));
          // Nothing of a resource counts without the event that made it.
          if (!counts || (state == nullptr && event.entry.revision > 1)) return absl::OkStatus();
          JEJAK_ASSIGN_OR_RETURN(const event::v1::Envelope envelope,
                                 projection::ParseEnvelope(event));
          if (state == nullptr) state = aggregate.NewState();
          aggregate.EvolveState(projection::MetaOf(event.entry, envelope), envelope, *state);
          return absl::OkStatus();
        }();
        return folded.ok();
      }));
  JEJAK_RETURN_IF_ERROR(folded);
  return state;
}

}  // namespace jejak::query
