// SPDX-License-Identifier: Apache-2.0

#include "server/service/validator.h"

#include "server/base/limits.h"
#include "server/command/status_proto.h"
#include "server/domain/office/region_table.h"
#include "server/domain/refusal.h"

#include "google/api/field_behavior.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/rpc/error_details.pb.h"
#include "jejak/v1/common.pb.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"

#include <algorithm>
#include <string>

namespace jejak::service {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool AllOf(absl::string_view text, bool (*accept)(char)) {
  return std::all_of(text.begin(), text.end(), accept);
}

bool IsLowerAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsToken(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

// Well-formed UTF-8 (RFC 3629) without control characters. Protobuf has refused bad UTF-8 already
// when it parsed; requests made in process come here without that.
bool IsCleanText(absl::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) return false;
    const std::size_t size = byte < 0x80       ? 1
                             : byte >> 5 == 6  ? 2
                             : byte >> 4 == 14 ? 3
                             : byte >> 3 == 30 ? 4
                                               : 0;
    if (size == 0 || i + size > text.size()) return false;
    for (std::size_t k = 1; k < size; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    if (size > 1) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      // C1 control characters; longer than needed; surrogates; past the last code point.
      if ((byte == 0xC2 && second < 0xA0) || byte < 0xC2 || (byte == 0xE0 && second < 0xA0) ||
          (byte == 0xED && second > 0x9F) || (byte == 0xF0 && second < 0x90) ||
          (byte == 0xF4 && second > 0x8F) || byte > 0xF4) {
        return false;
      }
    }
    i += size;
  }
  return true;
}

bool IsDate(absl::string_view text) {
  absl::CivilDay day;
  // Only YYYY-MM-DD: the parser alone would take more.
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && IsDigit(text[0]) &&
         absl::ParseCivilTime(text, &day) && day.year() >= 1900 && day.year() <= 2199 &&
         absl::FormatCivilTime(day) == text;
}

// The range that timestamp.proto states. Code behind this counts microseconds in 64 bits.
bool IsTimestamp(const google::protobuf::Timestamp& time) {
  return time.seconds() >= -62'135'596'800 && time.seconds() <= 253'402'300'799 &&
         time.nanos() >= 0 && time.nanos() <= 999'999'999;
}

bool IsResourceName(absl::string_view text) {
  if (text.size() > limits::kResourceNameBytesMax) return false;
  for (absl::string_view segment : absl::StrSplit(text, '/')) {
    if (segment.empty() || segment == "." || segment == ".." || !AllOf(segment, IsToken)) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool HasFormat(absl::string_view text, v1::Format format) {
  if (text.empty()) return format == v1::FORMAT_UNSPECIFIED;
  switch (format) {
    case v1::FORMAT_ID:
      return text.size() <= 63 && IsLowerAlnum(text.front()) && IsLowerAlnum(text.back()) &&
             AllOf(text, [](char c) { return IsLowerAlnum(c) || c == '.' || c == '-'; });
    case v1::FORMAT_RESOURCE_NAME:
      return IsResourceName(text);
    case v1::FORMAT_DATE:
      return IsDate(text);
    case v1::FORMAT_REGION_CODE:
      return domain::ParseRegionCode(text).has_value();
    case v1::FORMAT_SHA256:
      return text.size() == 64 &&
             AllOf(text, [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
    case v1::FORMAT_REQUEST_ID:
      return text.size() <= 64 && AllOf(text, [](char c) { return IsToken(c) || c == ':'; });
    case v1::FORMAT_NATIONAL_ID:
      return text.size() == 16 && AllOf(text, IsDigit);
    case v1::FORMAT_PHONE: {
      const absl::string_view digits = text.substr(text.front() == '+' ? 1 : 0);
      return digits.size() >= 6 && digits.size() <= 20 && AllOf(digits, IsDigit);
    }
    case v1::FORMAT_AGEN_ID: {
      const absl::string_view digits =
          text.substr(text.front() >= 'a' && text.front() <= 'z' ? 1 : 0);
      return !digits.empty() && digits.size() <= 10 && AllOf(digits, IsDigit);
    }
    default:
      return IsCleanText(text);
  }
}

namespace {

class Walk {
 public:
  google::rpc::BadRequest violations;

  void CheckMessage(const Message& message, const std::string& path, int depth) {
    if (depth > limits::kNestingDepthMax) {
      Add(path, "is nested too deep");
      return;
    }
    const Reflection* reflection = message.GetReflection();
    if (!reflection->GetUnknownFields(message).empty()) {
      Add(path.empty() ? "(request)" : path, "has a field this server does not know");
    }
    const auto* descriptor = message.GetDescriptor();
    if (descriptor == google::protobuf::Timestamp::descriptor()) {
      if (!IsTimestamp(static_cast<const google::protobuf::Timestamp&>(message))) {
        Add(path, "is not a time between the years 1 and 9999");
      }
      return;
    }
    if (descriptor == v1::LocalTime::descriptor() &&
        static_cast<const v1::LocalTime&>(message).time().nanos() % 1000 != 0) {
      Add(absl::StrCat(path, ".time"), "is finer than a microsecond");
    }
    for (int i = 0; i < descriptor->field_count(); ++i) {
      Field(message, descriptor->field(i), path, depth);
    }
  }

 private:
  void Add(const std::string& field, absl::string_view what) {
    if (violations.field_violations_size() >= static_cast<int>(limits::kViolationsMax)) return;
    auto* violation = violations.add_field_violations();
    violation->set_field(field);
    violation->set_description(std::string(what));
  }

  static bool HasBehavior(const FieldDescriptor* field, google::api::FieldBehavior behavior) {
    const auto& options = field->options();
    for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
      if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
    }
    return false;
  }

  void Field(const Message& message, const FieldDescriptor* field, const std::string& parent,
             int depth) {
    const Reflection* reflection = message.GetReflection();
    const v1::FieldBounds& bounds = field->options().GetExtension(v1::bounds);
    const std::string path =
        parent.empty() ? field->name() : absl::StrCat(parent, ".", field->name());
    const int size = field->is_repeated() ? reflection->FieldSize(message, field)
                                          : (reflection->HasField(message, field) ? 1 : 0);
    if (size > 0 && HasBehavior(field, google::api::OUTPUT_ONLY)) {
      Add(path, "is set by the server");
      return;
    }
    if (size == 0 && HasBehavior(field, google::api::REQUIRED)) {
      Add(path, "is required");
      return;
    }
    if (field->is_repeated()) {
      const std::size_t max = bounds.max_items() > 0 ? bounds.max_items() : limits::kItemsDefault;
      if (static_cast<std::size_t>(size) > max) {
        Add(path, absl::StrCat("has ", size, " items; at most ", max));
        return;
      }
      if (static_cast<std::uint32_t>(size) < bounds.min_items()) {
        Add(path, absl::StrCat("needs at least ", bounds.min_items(), " items"));
        return;
      }
    }
    for (int i = 0; i < size; ++i) {
      const std::string item = field->is_repeated() ? absl::StrCat(path, "[", i, "]") : path;
      Value(message, field, field->is_repeated() ? i : -1, item, bounds, depth);
    }
  }

  void Value(const Message& message, const FieldDescriptor* field, int index,
             const std::string& path, const v1::FieldBounds& bounds, int depth) {
    const Reflection* r = message.GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        CheckMessage(index < 0 ? r->GetMessage(message, field)
                               : r->GetRepeatedMessage(message, field, index),
                     path, depth + 1);
        return;
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string text =
            index < 0 ? r->GetString(message, field) : r->GetRepeatedString(message, field, index);
        const std::size_t max =
            bounds.max_bytes() > 0 ? bounds.max_bytes() : limits::kStringBytesDefault;
        if (text.size() > max) {
          Add(path, absl::StrCat("is ", text.size(), " bytes long; at most ", max));
        } else if (text.empty() ? index >= 0
                                : field->type() == FieldDescriptor::TYPE_STRING &&
                                      !HasFormat(text, bounds.format())) {
          Add(path,
              bounds.format() == v1::FORMAT_UNSPECIFIED || text.empty()
                  ? "is empty, or has characters that are not text"
                  : absl::StrCat("does not have the form of ", v1::Format_Name(bounds.format())));
        }
        return;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value = index < 0 ? r->GetEnumValue(message, field)
                                    : r->GetRepeatedEnumValue(message, field, index);
        if (field->enum_type()->FindValueByNumber(value) == nullptr || value == 0) {
          Add(path, "is not a value this server knows");
        }
        return;
      }
      case FieldDescriptor::CPPTYPE_UINT32:
        Range(r->GetUInt32(message, field), path, bounds);
        return;
      case FieldDescriptor::CPPTYPE_INT32:
        Range(r->GetInt32(message, field), path, bounds);
        return;
      case FieldDescriptor::CPPTYPE_UINT64:
        if (bounds.max() > 0 &&
            r->GetUInt64(message, field) > static_cast<std::uint64_t>(bounds.max())) {
          Add(path, absl::StrCat("must be at most ", bounds.max()));
        }
        return;
      case FieldDescriptor::CPPTYPE_INT64:
        Range(r->GetInt64(message, field), path, bounds);
        return;
      case FieldDescriptor::CPPTYPE_BOOL:
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return;
    }
  }

  void Range(std::int64_t value, const std::string& path, const v1::FieldBounds& bounds) {
    if (bounds.min() == 0 && bounds.max() == 0) return;
    if (value < bounds.min() || value > bounds.max()) {
      Add(path, absl::StrCat("must be between ", bounds.min(), " and ", bounds.max()));
    }
  }
};

}  // namespace

absl::Status Validate(const Message& request) {
  Walk walk;
  walk.CheckMessage(request, "", 0);
  if (walk.violations.field_violations_size() == 0) return absl::OkStatus();
  const auto& first = walk.violations.field_violations(0);
  absl::Status status = domain::Refusal(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID",
                                        absl::StrCat(first.field(), " ", first.description()))
                            .Needed("a request within the bounds of the API");
  command::AddDetail(walk.violations, status);
  return status;
}

}  // namespace jejak::service
