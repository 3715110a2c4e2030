// SPDX-License-Identifier: Apache-2.0

#include "server/query/filter.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/refusal.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace jejak::query {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status OrderInvalid(absl::string_view what) {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, "ORDER_INVALID", what)
      .Needed("fields of the resource, each with an optional desc, joined by commas");
}

// A resource's fields that are not to be asked about.
bool IsHidden(const FieldDescriptor* field) { return field->name() == "sealed"; }

bool IsTimestamp(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field->message_type()->full_name() == "google.protobuf.Timestamp";
}

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("_./:+-").find(c) != absl::string_view::npos;
}

// LOKUS_STATE_MAPPED, or MAPPED in any case.
const EnumValueDescriptor* FindValue(const EnumDescriptor* descriptor, absl::string_view text) {
  const std::string upper = absl::StrReplaceAll(absl::AsciiStrToUpper(text), {{"-", "_"}});
  if (const EnumValueDescriptor* value = descriptor->FindValueByName(upper)) return value;
  // The prefix is that of the zero value, which is called PREFIX_UNSPECIFIED.
  absl::string_view zero = descriptor->value(0)->name();
  if (!absl::EndsWith(zero, "UNSPECIFIED")) return nullptr;
  zero.remove_suffix(sizeof("UNSPECIFIED") - 1);
  return descriptor->FindValueByName(absl::StrCat(zero, upper));
}

// The fields that can be asked about.
std::string FieldsOf(const Descriptor* message) {
  std::vector<std::string> names;
  for (int i = 0; i < message->field_count(); ++i) {
    if (!IsHidden(message->field(i))) names.push_back(message->field(i)->name());
  }
  return OneOf(names);
}

// The values of an enum as they can be written, without "unspecified".
std::string ValuesOf(const EnumDescriptor* type) {
  absl::string_view prefix = type->value(0)->name();
  if (!absl::ConsumeSuffix(&prefix, "UNSPECIFIED")) prefix = "";
  std::vector<std::string> names;
  for (int i = 1; i < type->value_count(); ++i) {
    names.emplace_back(absl::StripPrefix(type->value(i)->name(), prefix));
  }
  return OneOf(names);
}

std::int64_t NumberOf(const Message& message, const FieldDescriptor* field, int index) {
  const Reflection* r = message.GetReflection();
  const bool repeated = index >= 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return repeated ? r->GetRepeatedUInt32(message, field, index) : r->GetUInt32(message, field);
    case FieldDescriptor::CPPTYPE_INT32:
      return repeated ? r->GetRepeatedInt32(message, field, index) : r->GetInt32(message, field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return static_cast<std::int64_t>(repeated ? r->GetRepeatedUInt64(message, field, index)
                                                : r->GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return repeated ? r->GetRepeatedInt64(message, field, index) : r->GetInt64(message, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return repeated ? r->GetRepeatedEnumValue(message, field, index)
                      : r->GetEnumValue(message, field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return (repeated ? r->GetRepeatedBool(message, field, index) : r->GetBool(message, field))
                 ? 1
                 : 0;
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      // Only timestamps get here.
      const Message& time = r->GetMessage(message, field);
      const Descriptor* d = time.GetDescriptor();
      return time.GetReflection()->GetInt64(time, d->FindFieldByName("seconds")) * 1'000'000 +
             time.GetReflection()->GetInt32(time, d->FindFieldByName("nanos")) / 1000;
    }
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      break;
  }
  return 0;
}

std::string TextOf(const Message& message, const FieldDescriptor* field, int index) {
  const Reflection* r = message.GetReflection();
  return index >= 0 ? r->GetRepeatedString(message, field, index) : r->GetString(message, field);
}

template <typename T>
int Compare(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

}  // namespace

std::string OneOf(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), limits::kNamesListedMax);
  return absl::StrCat(
      "one of ",
      absl::StrJoin(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      shown < names.size() ? ", ..." : "");
}

absl::Status FilterInvalid(std::size_t column, absl::string_view what, absl::string_view needed) {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, "FILTER_INVALID",
                         absl::StrCat("filter, column ", column + 1, ": ", what))
      .Needed(needed.empty() ? "conditions of the form FIELD OPERATOR LITERAL, joined by AND"
                             : needed)
      .Meta("column", absl::StrCat(column + 1));
}

class Filter::Parser {
 public:
  Parser(absl::string_view text, const Descriptor* resource) : text_(text), resource_(resource) {}

  absl::StatusOr<Filter> Parse() {
    Filter filter;
    if (text_.size() > limits::kFilterBytesMax) {
      return FilterInvalid(0, "it is too long",
                           absl::StrCat("at most ", limits::kFilterBytesMax, " bytes"));
    }
    SkipSpaces();
    while (at_ < text_.size()) {
      if (!filter.conditions_.empty()) {
        if (!TakeWord("AND")) return AndMissing();
        absl::StrAppend(&filter.normalized_, " AND ");
      }
      if (filter.conditions_.size() >= limits::kFilterConditionsMax) {
        return FilterInvalid(at_, "too many conditions",
                             absl::StrCat("at most ", limits::kFilterConditionsMax, " conditions"));
      }
      Condition condition;
      JEJAK_RETURN_IF_ERROR(ParseCondition(condition, filter.normalized_));
      filter.conditions_.push_back(std::move(condition));
      SkipSpaces();
    }
    return filter;
  }

 private:
  absl::Status AndMissing() const {
    const absl::string_view rest = text_.substr(at_);
    const absl::string_view word = rest.substr(0, rest.find(' '));
    if (absl::EqualsIgnoreCase(word, "AND")) {
      return FilterInvalid(at_, "expected AND", "AND in capitals between conditions");
    }
    if (absl::EqualsIgnoreCase(word, "OR")) {
      return FilterInvalid(at_, "expected AND", "a question for each: there is no OR");
    }
    return FilterInvalid(at_, "expected AND");
  }

  void SkipSpaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool TakeWord(absl::string_view word) {
    SkipSpaces();
    if (!absl::StartsWith(text_.substr(at_), word)) return false;
    const std::size_t end = at_ + word.size();
    if (end < text_.size() && text_[end] != ' ') return false;
    at_ = end;
    return true;
  }

  absl::Status ParseCondition(Condition& condition, std::string& normalized) {
    SkipSpaces();
    condition.column = at_;
    const Descriptor* message = resource_;
    while (true) {
      const std::size_t start = at_;
      while (at_ < text_.size() &&
             (absl::ascii_isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) {
        ++at_;
      }
      const std::string name(text_.substr(start, at_ - start));
      if (name.empty()) return FilterInvalid(start, "expected a field", FieldsOf(message));
      const FieldDescriptor* field = message->FindFieldByName(name);
      if (field == nullptr || IsHidden(field)) {
        return FilterInvalid(start, absl::StrCat("there is no field \"", name, "\""),
                             FieldsOf(message));
      }
      condition.path.push_back(field);
      absl::StrAppend(&normalized, name);
      if (at_ < text_.size() && text_[at_] == '.') {
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || IsTimestamp(field)) {
          return FilterInvalid(at_, absl::StrCat("\"", name, "\" has no fields"));
        }
        message = field->message_type();
        ++at_;
        normalized.push_back('.');
        continue;
      }
      break;
    }
    SkipSpaces();
    static constexpr std::pair<const char*, Operator> kOperators[] = {
        {"!=", Operator::kNotEqual}, {"<=", Operator::kLessEqual}, {">=", Operator::kGreaterEqual},
        {"=", Operator::kEqual},     {"<", Operator::kLess},       {">", Operator::kGreater},
        {":", Operator::kHas},
    };
    const auto* found = std::find_if(
        std::begin(kOperators), std::end(kOperators),
        [this](const auto& one) { return absl::StartsWith(text_.substr(at_), one.first); });
    if (found == std::end(kOperators)) {
      return FilterInvalid(at_, "expected an operator", "one of = != < <= > >= :");
    }
    condition.op = found->second;
    const absl::string_view op(found->first);
    at_ += op.size();
    absl::StrAppend(&normalized, op == ":" ? "" : " ", op, op == ":" ? "" : " ");
    SkipSpaces();
    return ParseLiteral(condition, normalized);
  }

  absl::Status ParseLiteral(Condition& condition, std::string& normalized) {
    const std::size_t start = at_;
    condition.literal_column = start;
    std::string literal;
    bool quoted = false;
    if (at_ < text_.size() && text_[at_] == '"') {
      quoted = true;
      ++at_;
      while (at_ < text_.size() && text_[at_] != '"') {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        literal.push_back(text_[at_++]);
      }
      if (at_ >= text_.size()) return FilterInvalid(start, "the quotes are not closed");
      ++at_;
    } else if (at_ < text_.size() && text_[at_] == '*') {
      ++at_;
      if (condition.op != Operator::kHas) return FilterInvalid(start, "* goes with : only");
      condition.any = true;
      normalized.push_back('*');
      return absl::OkStatus();
    } else {
      while (at_ < text_.size() && IsWordCharacter(text_[at_])) literal.push_back(text_[at_++]);
      if (literal.empty()) return FilterInvalid(start, "expected a literal");
    }
    const FieldDescriptor* field = condition.path.back();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        condition.text = literal;
        absl::StrAppend(&normalized, "\"",
                        absl::StrReplaceAll(literal, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_ENUM: {
        const EnumValueDescriptor* value = FindValue(field->enum_type(), literal);
        if (value == nullptr) {
          return FilterInvalid(start,
                               absl::StrCat("\"", literal, "\" is no ", field->enum_type()->name()),
                               ValuesOf(field->enum_type()));
        }
        if (condition.op != Operator::kEqual && condition.op != Operator::kNotEqual &&
            condition.op != Operator::kHas) {
          return FilterInvalid(start, "an enum has no order", "= or !=");
        }
        condition.number = value->number();
        absl::StrAppend(&normalized, value->name());
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        if (literal != "true" && literal != "false") {
          return FilterInvalid(start, "expected true or false", "true or false");
        }
        condition.number = literal == "true" ? 1 : 0;
        absl::StrAppend(&normalized, literal);
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        absl::Time time;
        std::string error;
        if (!IsTimestamp(field) || !absl::ParseTime(absl::RFC3339_full, literal, &time, &error)) {
          if (!IsTimestamp(field)) {
            return FilterInvalid(start, "name a field inside it, or ask with :*",
                                 FieldsOf(field->message_type()));
          }
          return FilterInvalid(start, "expected a time like 2021-06-10T09:00:00+07:00",
                               "a time with an offset, e.g. 2021-12-31T23:59:59+07:00");
        }
        condition.number = absl::ToUnixMicros(time);
        absl::StrAppend(&normalized, "\"", literal, "\"");
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return FilterInvalid(start, "this field cannot be compared");
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64:
        break;
    }
    if (quoted || !absl::SimpleAtoi(literal, &condition.number)) {
      return FilterInvalid(start, "expected a whole number", "a whole number");
    }
    absl::StrAppend(&normalized, condition.number);
    return absl::OkStatus();
  }

  absl::string_view text_;
  const Descriptor* resource_;
  std::size_t at_ = 0;
};

absl::StatusOr<Filter> Filter::Parse(absl::string_view text, const Descriptor* resource) {
  return Parser(text, resource).Parse();
}

bool Filter::Holds(const Condition& condition, const Message& message, std::size_t depth) {
  const FieldDescriptor* field = condition.path[depth];
  const Reflection* reflection = message.GetReflection();
  const bool last = depth + 1 == condition.path.size();
  const bool is_message =
      field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsTimestamp(field);
  const int size = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
  if (!last) {
    for (int i = 0; i < size; ++i) {
      const Message& inner = field->is_repeated()
                                 ? reflection->GetRepeatedMessage(message, field, i)
                                 : reflection->GetMessage(message, field);
      if (Holds(condition, inner, depth + 1)) return true;
    }
    return false;
  }
  if (condition.any) {
    if (field->is_repeated()) return size > 0;
    if (field->has_presence()) return reflection->HasField(message, field);
    return field->cpp_type() == FieldDescriptor::CPPTYPE_STRING
               ? !reflection->GetString(message, field).empty()
               : NumberOf(message, field, -1) != 0;
  }
  if (is_message) return false;
  for (int i = 0; i < size; ++i) {
    const int index = field->is_repeated() ? i : -1;
    int order = 0;
    bool has = false;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      const std::string value = TextOf(message, field, index);
      order = Compare(value, condition.text);
      has = field->is_repeated() ? order == 0 : absl::StrContains(value, condition.text);
    } else {
      order = Compare(NumberOf(message, field, index), condition.number);
      has = order == 0;
    }
    const bool holds = (condition.op == Operator::kEqual && order == 0) ||
                       (condition.op == Operator::kNotEqual && order != 0) ||
                       (condition.op == Operator::kLess && order < 0) ||
                       (condition.op == Operator::kLessEqual && order <= 0) ||
                       (condition.op == Operator::kGreater && order > 0) ||
                       (condition.op == Operator::kGreaterEqual && order >= 0) ||
                       (condition.op == Operator::kHas && has);
    if (holds) return true;
  }
  return false;
}

bool Filter::Matches(const Message& resource) const {
  for (const Condition& condition : conditions_) {
    if (!Holds(condition, resource, 0)) return false;
  }
  return true;
}

absl::StatusOr<Order> Order::Parse(absl::string_view text, const Descriptor* resource) {
  Order order;
  if (absl::StripAsciiWhitespace(text).empty()) return order;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    const std::vector<std::string> words =
        absl::StrSplit(absl::StripAsciiWhitespace(part), ' ', absl::SkipEmpty());
    if (words.empty() || words.size() > 2 || (words.size() == 2 && words[1] != "desc")) {
      return OrderInvalid(absl::StrCat("\"", part, "\" is not a field with an optional desc"));
    }
    const FieldDescriptor* field = resource->FindFieldByName(words[0]);
    if (field == nullptr || IsHidden(field) || field->is_repeated() ||
        (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsTimestamp(field))) {
      return OrderInvalid(absl::StrCat("cannot order by \"", words[0], "\""));
    }
    if (order.keys_.size() >= limits::kOrderByFieldsMax) return OrderInvalid("too many fields");
    order.keys_.push_back(Key{field, words.size() == 2});
  }
  if (order.keys_.size() == 1 && order.keys_[0].field->name() == "name" &&
      !order.keys_[0].descending) {
    order.keys_.clear();
  }
  return order;
}

bool Order::Before(const Message& a, const Message& b) const {
  for (const Key& key : keys_) {
    const int order = key.field->cpp_type() == FieldDescriptor::CPPTYPE_STRING
                          ? Compare(TextOf(a, key.field, -1), TextOf(b, key.field, -1))
                          : Compare(NumberOf(a, key.field, -1), NumberOf(b, key.field, -1));
    if (order != 0) return key.descending ? order > 0 : order < 0;
  }
  const FieldDescriptor* name = a.GetDescriptor()->FindFieldByName("name");
  return TextOf(a, name, -1) < TextOf(b, name, -1);
}

}  // namespace jejak::query
