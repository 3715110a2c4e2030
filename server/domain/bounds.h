// SPDX-License-Identifier: Apache-2.0
//
// File: bounds.h
//
// Checks one value against the bounds stated in its proto (jejak.v1.bounds), and the defaults of
// limits.h where nothing is stated. Used for requests (server/service/validator.h) and for
// corrections (correction.h), so that a correction sets nothing that a request could not.

#ifndef JEJAK_SERVER_DOMAIN_BOUNDS_H_
#define JEJAK_SERVER_DOMAIN_BOUNDS_H_

#include "google/protobuf/message.h"
#include "jejak/v1/field_bounds.pb.h"

#include "absl/strings/string_view.h"

#include <string>

namespace jejak::domain {

// True if `text` has the shape. FORMAT_UNSPECIFIED: valid UTF-8 without control characters other
// than newline and tab. An empty text has no other shape.
bool HasFormat(absl::string_view text, v1::Format format);

// What the value of `field`, which is no message, breaks: words that follow the field's name, e.g.
// "is 300 bytes long; at most 200". They never repeat the value: it may be personal. Empty if it
// breaks nothing. `index` is that of an element, or -1 for a field that is not repeated; an element
// is not empty, while a single field that is empty has not been stated and breaks nothing.
std::string ValueProblem(const google::protobuf::Message& message,
                         const google::protobuf::FieldDescriptor& field, int index);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_BOUNDS_H_
