// SPDX-License-Identifier: Apache-2.0

#include "server/query/diff.h"

#include "server/base/limits.h"

#include "google/protobuf/text_format.h"
#include "google/protobuf/timestamp.pb.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include <algorithm>

namespace jejak::query {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsLeftOut(const FieldDescriptor& field) {
  return field.name() == "etag" || field.name() == "update_time" || field.name() == "sealed";
}

bool IsScalar(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
         field.message_type()->full_name() ==
             google::protobuf::Timestamp::descriptor()->full_name();
}

// A value as text: `index` is -1 for a field that is not repeated.
std::string TextOf(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    return index < 0 ? reflection.GetString(message, &field)
                     : reflection.GetRepeatedString(message, &field, index);
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    google::protobuf::Timestamp time;
    time.CopyFrom(index < 0 ? reflection.GetMessage(message, &field)
                            : reflection.GetRepeatedMessage(message, &field, index));
    return absl::FormatTime(absl::RFC3339_full,
                            absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()),
                            absl::UTCTimeZone());
  }
  std::string text;
  google::protobuf::TextFormat::PrintFieldValueToString(message, &field, index, &text);
  return text;
}

void Compare(const Message& before, const Message& after, const std::string& prefix,
             std::vector<FieldDifference>& differences) {
  const Descriptor& type = *before.GetDescriptor();
  const Reflection& reflection = *before.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (IsLeftOut(field)) continue;
    const std::string path = absl::StrCat(prefix, field.name());
    // How many there are; of a field that is not repeated at most one.
    const auto count = [&](const Message& message) {
      if (field.is_repeated()) return reflection.FieldSize(message, &field);
      if (field.has_presence()) return reflection.HasField(message, &field) ? 1 : 0;
      return 1;
    };
    const int old_count = count(before);
    const int new_count = count(after);
    for (int n = 0; n < std::max(old_count, new_count); ++n) {
      const int index = field.is_repeated() ? n : -1;
      const std::string one = field.is_repeated() ? absl::StrCat(path, "[", n, "]") : path;
      if (IsScalar(field)) {
        FieldDifference difference{one, n < old_count ? TextOf(before, field, index) : "",
                                   n < new_count ? TextOf(after, field, index) : ""};
        if (difference.before != difference.after) differences.push_back(std::move(difference));
        continue;
      }
      const auto get = [&](const Message& message, int size) -> const Message& {
        if (n >= size) {
          return *reflection.GetMessageFactory()->GetPrototype(field.message_type());
        }
        return index < 0 ? reflection.GetMessage(message, &field)
                         : reflection.GetRepeatedMessage(message, &field, index);
      };
      Compare(get(before, old_count), get(after, new_count), absl::StrCat(one, "."), differences);
    }
  }
}

}  // namespace

std::vector<FieldDifference> Differences(const Message& before, const Message& after) {
  std::vector<FieldDifference> differences;
  Compare(before, after, "", differences);
  return differences;
}

}  // namespace jejak::query
