// SPDX-License-Identifier: Apache-2.0

#include "server/service/validator.h"

#include "server/base/limits.h"
#include "server/command/status_proto.h"
#include "server/domain/bounds.h"
#include "server/domain/refusal.h"

#include "google/api/field_behavior.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/rpc/error_details.pb.h"
#include "jejak/v1/common.pb.h"

#include "absl/strings/str_cat.h"

#include <string>

namespace jejak::service {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The range that timestamp.proto states. Code behind this counts microseconds in 64 bits.
bool IsTimestamp(const google::protobuf::Timestamp& time) {
  return time.seconds() >= -62'135'596'800 && time.seconds() <= 253'402'300'799 &&
         time.nanos() >= 0 && time.nanos() <= 999'999'999;
}

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
      Value(message, field, field->is_repeated() ? i : -1, item, depth);
    }
  }

  void Value(const Message& message, const FieldDescriptor* field, int index,
             const std::string& path, int depth) {
    const Reflection* reflection = message.GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CheckMessage(index < 0 ? reflection->GetMessage(message, field)
                             : reflection->GetRepeatedMessage(message, field, index),
                   path, depth + 1);
    } else if (const std::string problem = domain::ValueProblem(message, *field, index);
               !problem.empty()) {
      Add(path, problem);
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
