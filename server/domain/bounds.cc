// SPDX-License-Identifier: Apache-2.0

#include "server/domain/bounds.h"

#include "server/base/limits.h"
#include "server/domain/office/region_table.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace jejak::domain {
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

bool IsResourceName(absl::string_view text) {
  if (text.size() > limits::kResourceNameBytesMax) return false;
  for (absl::string_view segment : absl::StrSplit(text, '/')) {
    if (segment.empty() || segment == "." || segment == ".." || !AllOf(segment, IsToken)) {
      return false;
    }
  }
  return true;
}

std::string TextProblem(absl::string_view text, const FieldDescriptor& field) {
  const v1::FieldBounds& bounds = field.options().GetExtension(v1::bounds);
  const std::size_t max = bounds.max_bytes() > 0 ? bounds.max_bytes() : limits::kStringBytesDefault;
  if (text.size() > max) return absl::StrCat("is ", text.size(), " bytes long; at most ", max);
  if (text.empty()
          ? !field.is_repeated()
          : field.type() != FieldDescriptor::TYPE_STRING || HasFormat(text, bounds.format())) {
    return "";
  }
  return bounds.format() == v1::FORMAT_UNSPECIFIED || text.empty()
             ? "is empty, or has characters that are not text"
             : absl::StrCat("does not have the form of ", v1::Format_Name(bounds.format()));
}

std::string NumberProblem(std::int64_t value, const v1::FieldBounds& bounds) {
  if (bounds.min() == 0 && bounds.max() == 0) return "";
  if (value >= bounds.min() && value <= bounds.max()) return "";
  return absl::StrCat("must be between ", bounds.min(), " and ", bounds.max());
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
      return ParseRegionCode(text).has_value();
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

std::string ValueProblem(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection* r = message.GetReflection();
  const FieldDescriptor* f = &field;
  const v1::FieldBounds& bounds = field.options().GetExtension(v1::bounds);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return TextProblem(
          index < 0 ? r->GetString(message, f) : r->GetRepeatedString(message, f, index), field);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value =
          index < 0 ? r->GetEnumValue(message, f) : r->GetRepeatedEnumValue(message, f, index);
      return field.enum_type()->FindValueByNumber(value) == nullptr || value == 0
                 ? "is not a value this server knows"
                 : "";
    }
    case FieldDescriptor::CPPTYPE_UINT32:
      return NumberProblem(r->GetUInt32(message, f), bounds);
    case FieldDescriptor::CPPTYPE_INT32:
      return NumberProblem(r->GetInt32(message, f), bounds);
    case FieldDescriptor::CPPTYPE_INT64:
      return NumberProblem(r->GetInt64(message, f), bounds);
    case FieldDescriptor::CPPTYPE_UINT64:
      return bounds.max() > 0 && r->GetUInt64(message, f) > static_cast<std::uint64_t>(bounds.max())
                 ? absl::StrCat("must be at most ", bounds.max())
                 : "";
    case FieldDescriptor::CPPTYPE_MESSAGE:
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "";
  }
  return "";
}

}  // namespace jejak::domain
