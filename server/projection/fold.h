// SPDX-License-Identifier: Apache-2.0
//
// File: fold.h
//
// From recorded events to states: used by the sequencer, the projector and the history.

#ifndef JEJAK_SERVER_PROJECTION_FOLD_H_
#define JEJAK_SERVER_PROJECTION_FOLD_H_

#include "server/domain/aggregate.h"
#include "server/log/event_log.h"

#include "jejak/event/v1/envelope.pb.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <memory>

namespace jejak::projection {

// The envelope in the payload. DATA_LOSS if it is none, or was erased.
absl::StatusOr<event::v1::Envelope> ParseEnvelope(const log::RecordedEvent& event);

// The meta of a recorded event, for Evolve.
domain::EventMeta MetaOf(const log::Entry& entry, const event::v1::Envelope& envelope);

// Folds a stream up to a revision. Null if the stream does not exist or is of no known kind.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> FoldStream(const log::EventLog& log,
                                                                      absl::string_view stream,
                                                                      std::uint64_t to_revision);

}  // namespace jejak::projection

#endif  // JEJAK_SERVER_PROJECTION_FOLD_H_
