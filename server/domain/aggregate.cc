// SPDX-License-Identifier: Apache-2.0

#include "server/domain/aggregate.h"

#include "server/base/check.h"
#include "server/domain/messages.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace jejak::domain {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The one message that is set in a oneof, or null.
const Message* OneofMessage(const Message& message, const char* oneof) {
  const auto* descriptor = message.GetDescriptor()->FindOneofByName(oneof);
  if (descriptor == nullptr) return nullptr;
  const Reflection* reflection = message.GetReflection();
  const FieldDescriptor* field = reflection->GetOneofFieldDescriptor(message, descriptor);
  return field == nullptr ? nullptr : &reflection->GetMessage(message, field);
}

void SetTime(absl::Time time, const char* field_name, Message& state) {
  const FieldDescriptor* field = state.GetDescriptor()->FindFieldByName(field_name);
  JEJAK_CHECK(field != nullptr);
  SetMicros(absl::ToUnixMicros(time), static_cast<google::protobuf::Timestamp&>(
                                          *state.GetReflection()->MutableMessage(&state, field)));
}

}  // namespace

bool NameMatches(absl::string_view name, absl::string_view pattern) {
  const std::vector<absl::string_view> names = absl::StrSplit(name, '/');
  const std::vector<absl::string_view> patterns = absl::StrSplit(pattern, '/');
  if (names.size() != patterns.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty() || (patterns[i] != "*" && patterns[i] != names[i])) return false;
  }
  return true;
}

std::string NamePrefix(absl::string_view name, int segments) {
  std::size_t end = 0;
  for (int i = 0; i < segments; ++i) {
    if (i > 0) {
      if (end >= name.size()) return "";
      ++end;
    }
    const std::size_t slash = name.find('/', end);
    end = slash == absl::string_view::npos ? name.size() : slash;
  }
  return std::string(name.substr(0, end));
}

absl::string_view LastSegment(absl::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == absl::string_view::npos ? name : name.substr(slash + 1);
}

void AddTag(absl::string_view kind, absl::string_view name, std::vector<std::string>& tags) {
  if (name.empty()) return;
  std::string tag = absl::StrCat(kind, ":", name);
  if (!absl::c_linear_search(tags, tag)) tags.push_back(std::move(tag));
}

const Message* InnerEvent(const event::v1::Envelope& envelope) {
  const Message* aggregate_event = OneofMessage(envelope, "event");
  return aggregate_event == nullptr ? nullptr : OneofMessage(*aggregate_event, "event");
}

void StampState(const EventMeta& meta, Message& state) {
  const Descriptor* descriptor = state.GetDescriptor();
  const Reflection* reflection = state.GetReflection();
  reflection->SetString(&state, descriptor->FindFieldByName("name"), meta.stream);
  reflection->SetString(&state, descriptor->FindFieldByName("etag"), absl::StrCat(meta.revision));
  if (meta.revision == 1) SetTime(meta.commit_time, "create_time", state);
  SetTime(meta.commit_time, "update_time", state);
}

}  // namespace jejak::domain
