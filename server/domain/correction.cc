// SPDX-License-Identifier: Apache-2.0

#include "server/domain/correction.h"

#include "server/domain/bounds.h"
#include "server/domain/common_errors.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jejak::domain {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// A field of a message somewhere in the resource. Never repeated, never a message.
struct Place {
  Message* message;
  const FieldDescriptor* field;
};

struct Step {
  std::string field;
  std::optional<int> index;
};

// "indicators[0]". Nothing if it is not written as we would write it.
std::optional<Step> ParseStep(absl::string_view text) {
  const std::size_t open = text.find('[');
  if (open == absl::string_view::npos) return Step{std::string(text), std::nullopt};
  if (!absl::ConsumeSuffix(&text, "]")) return std::nullopt;
  const absl::string_view digits = text.substr(open + 1);
  int index = 0;
  if (!absl::SimpleAtoi(digits, &index) || index < 0 || absl::StrCat(index) != digits) {
    return std::nullopt;
  }
  return Step{std::string(text.substr(0, open)), index};
}

// Null if there is no such element.
Message* Element(Message& message, const FieldDescriptor* field, std::optional<int> index) {
  const Reflection* reflection = message.GetReflection();
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return nullptr;
  if (index.has_value()) {
    return *index < reflection->FieldSize(message, field)
               ? reflection->MutableRepeatedMessage(&message, field, *index)
               : nullptr;
  }
  return reflection->HasField(message, field) ? reflection->MutableMessage(&message, field)
                                              : nullptr;
}

std::optional<Place> FindPlace(Message& root, absl::string_view path) {
  Message* message = &root;
  const std::vector<std::string> steps = absl::StrSplit(path, '.');
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::optional<Step> step = ParseStep(steps[i]);
    if (!step.has_value()) return std::nullopt;
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(step->field);
    if (field == nullptr || field->is_repeated() != step->index.has_value()) return std::nullopt;
    if (i + 1 == steps.size()) {
      if (field->is_repeated() || field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        return std::nullopt;
      }
      return Place{message, field};
    }
    message = Element(*message, field, step->index);
    if (message == nullptr) return std::nullopt;
  }
  return std::nullopt;
}

std::string GetText(const Place& place) {
  const Reflection* reflection = place.message->GetReflection();
  const Message& message = *place.message;
  switch (place.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->GetString(message, place.field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection->GetUInt32(message, place.field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection->GetUInt64(message, place.field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection->GetInt32(message, place.field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection->GetInt64(message, place.field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, place.field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection->GetEnum(message, place.field)->name();
    default:
      return "";
  }
}

// True if the text is an integer of type T, which `set` is then given.
template <typename T, typename Set>
bool SetInteger(const std::string& text, Set set) {
  T value = 0;
  if (!absl::SimpleAtoi(text, &value)) return false;
  set(value);
  return true;
}

// False, and nothing is changed, if the text is not a value of the field's type.
bool SetText(const Place& place, const std::string& text) {
  const Reflection* reflection = place.message->GetReflection();
  Message* message = place.message;
  const FieldDescriptor* field = place.field;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection->SetString(message, field, text);
      return true;
    case FieldDescriptor::CPPTYPE_UINT32:
      return SetInteger<std::uint32_t>(
          text, [&](std::uint32_t value) { reflection->SetUInt32(message, field, value); });
    case FieldDescriptor::CPPTYPE_UINT64:
      return SetInteger<std::uint64_t>(
          text, [&](std::uint64_t value) { reflection->SetUInt64(message, field, value); });
    case FieldDescriptor::CPPTYPE_INT32:
      return SetInteger<std::int32_t>(
          text, [&](std::int32_t value) { reflection->SetInt32(message, field, value); });
    case FieldDescriptor::CPPTYPE_INT64:
      return SetInteger<std::int64_t>(
          text, [&](std::int64_t value) { reflection->SetInt64(message, field, value); });
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text != "true" && text != "false") return false;
      reflection->SetBool(message, field, text == "true");
      return true;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = field->enum_type()->FindValueByName(text);
      if (value == nullptr || value->number() == 0) return false;
      reflection->SetEnum(message, field, value);
      return true;
    }
    default:
      return false;
  }
}

// "indicators[0].numerator" as "indicators[*].numerator".
std::string Generalized(absl::string_view path) {
  std::string result;
  bool inside = false;
  for (const char c : path) {
    if (c == ']') inside = false;
    if (!inside) result.push_back(c);
    if (c == '[') {
      inside = true;
      result.push_back('*');
    }
  }
  return result;
}

// How the path is allowed; nothing if it is not.
std::optional<absl::string_view> FindAllowed(absl::string_view path,
                                             absl::Span<const absl::string_view> allowed) {
  const std::string general = Generalized(path);
  for (const absl::string_view pattern : allowed) {
    if (absl::StripSuffix(pattern, "?") == general) return pattern;
  }
  return std::nullopt;
}

// What the value of the field has to be.
std::string Expected(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.options().GetExtension(v1::bounds).format() == v1::FORMAT_DATE
                 ? "a date, YYYY-MM-DD"
                 : "a text that is not empty";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("a name of ", field.enum_type()->name());
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    default:
      return "a number";
  }
}

}  // namespace

absl::StatusOr<event::v1::FactCorrected> DecideCorrection(
    const Context& context, const Message& state, absl::string_view stream,
    const v1::Correction& correction, absl::Span<const absl::string_view> allowed) {
  const std::string& path = correction.field();
  const std::optional<absl::string_view> pattern = FindAllowed(path, allowed);
  if (!pattern.has_value()) return FieldNotCorrectable(path);
  const std::unique_ptr<Message> after(state.New());
  after->CopyFrom(state);
  const std::optional<Place> place = FindPlace(*after, path);
  if (!place.has_value()) return FieldNotCorrectable(path);
  const std::string was = GetText(*place);
  const bool is_string = place->field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  const bool may_be_empty = absl::EndsWith(*pattern, "?");
  if (is_string && was.empty() && !may_be_empty) return FieldNotCorrectable(path);

  if (correction.approver() == context.actor.name) return CorrectorIsApprover();
  if (!context.world.IsEventOf(correction.corrected_position(), stream)) {
    return CorrectedEventUnknown(stream);
  }

  const std::string& value = correction.value();
  const bool may_be_set = !is_string || !value.empty() || may_be_empty;
  if (!may_be_set || !SetText(*place, value)) {
    return CorrectionValueInvalid(path, Expected(*place->field));
  }
  if (const std::string problem = ValueProblem(*place->message, *place->field, -1);
      !problem.empty()) {
    return CorrectionValueInvalid(path, absl::StrCat(Expected(*place->field), "; this ", problem));
  }
  const std::string now = GetText(*place);
  if (now == was) return CorrectionWithoutEffect(path);

  event::v1::FactCorrected event;
  event.set_corrected_position(correction.corrected_position());
  event.set_field(path);
  event.set_was(was);
  event.set_now(now);
  event.set_reason(correction.reason());
  event.set_approver(correction.approver());
  return event;
}

void ApplyCorrection(const event::v1::FactCorrected& event, Message& state) {
  const std::optional<Place> place = FindPlace(state, event.field());
  if (place.has_value()) SetText(*place, event.now());
}

}  // namespace jejak::domain
