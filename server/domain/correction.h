// SPDX-License-Identifier: Apache-2.0
//
// File: correction.h
//
// A mistake is corrected by an event that names the event it corrects; nothing is edited (R45).
// Every aggregate does it in the same way, by the path of a field in its resource:
//
//   absl::StatusOr<event::v1::FactCorrected> corrected =
//       DecideCorrection(context, state, stream, request.correction(), {"title", "local_title?"});
//
// and in Evolve, `case Event::kFactCorrected: ApplyCorrection(event.fact_corrected(), state);`.
//
// A path is field names joined by dots; a repeated field has an index: "indicators[0].numerator".

#ifndef JEJAK_SERVER_DOMAIN_CORRECTION_H_
#define JEJAK_SERVER_DOMAIN_CORRECTION_H_

#include "server/domain/world.h"

#include "google/protobuf/message.h"
#include "jejak/event/v1/correction.pb.h"
#include "jejak/v1/common.pb.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace jejak::domain {

// Checks a correction of `state`, the resource of `stream`. `allowed` are paths in which "[*]"
// stands for any index. The field is a string, an integer, a bool or an enum. A string that is
// empty has not been stated, so there is nothing to correct, and none becomes empty; unless its
// path ends in "?", as in "local_title?". The new value keeps the bounds that the field has in the
// proto of the resource (bounds.h), which are those of the request that states it.
//
// FIELD_NOT_CORRECTABLE (not allowed, not stated, or there is no such element),
// CORRECTOR_IS_APPROVER (R43), CORRECTED_EVENT_UNKNOWN, CORRECTION_VALUE_INVALID,
// CORRECTION_WITHOUT_EFFECT. Rules of the aggregate about the new value, e.g. R32, are up to the
// caller, who can try it on a copy with ApplyCorrection.
absl::StatusOr<event::v1::FactCorrected> DecideCorrection(
    const Context& context, const google::protobuf::Message& state, absl::string_view stream,
    const v1::Correction& correction, absl::Span<const absl::string_view> allowed);

// Sets the field to the new value. What cannot be applied (a field or element that is not there, a
// value that does not parse) is left alone: an event never fails.
void ApplyCorrection(const event::v1::FactCorrected& event, google::protobuf::Message& state);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_CORRECTION_H_
