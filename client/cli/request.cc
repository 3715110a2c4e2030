// SPDX-License-Identifier: Apache-2.0

#include "client/cli/request.h"

#include "client/cli/api.h"
#include "client/cli/failure.h"
#include "server/base/status_macros.h"

#include "google/protobuf/util/json_util.h"
#include "jejak/v1/field_bounds.pb.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

#include <memory>
#include <optional>

namespace jejak::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// attendance.party.proxy_for.person.name is as deep as requests go.
constexpr int kFlagDepth = 5;

std::string ToKebab(absl::string_view snake) { return absl::StrReplaceAll(snake, {{"_", "-"}}); }
std::string ToSnake(absl::string_view kebab) { return absl::StrReplaceAll(kebab, {{"-", "_"}}); }

// What all values of an enum begin with: that of the first without "UNSPECIFIED".
absl::string_view PrefixOf(const EnumDescriptor& type) {
  return absl::StripSuffix(type.value(0)->name(), "UNSPECIFIED");
}

bool IsOptions(const Descriptor* type) {
  return type != nullptr && (type->full_name() == "jejak.v1.WriteOptions" ||
                             type->full_name() == "jejak.v1.ReadOptions");
}

std::string ValueName(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return field.is_repeated() ? "BOOL" : "";
    case FieldDescriptor::CPPTYPE_STRING:
      return "TEXT";
    case FieldDescriptor::CPPTYPE_ENUM:
      return "NAME";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "JSON";
    default:
      return "NUMBER";
  }
}

void AddFlags(const Descriptor& type, const std::string& prefix, int depth,
              std::vector<Flag>* flags) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (IsOutputOnly(field) || IsOptions(field.message_type())) continue;
    Flag flag{absl::StrCat(prefix, ToKebab(field.name())),
              ValueName(field),
              CommentOf(field),
              {},
              depth == 1 && IsRequired(field)};
    if (field.enum_type() != nullptr) {
      for (int v = 1; v < field.enum_type()->value_count(); ++v) {
        flag.values.push_back(ShortName(*field.enum_type()->value(v)));
      }
    }
    const std::string name = flag.name;
    flags->push_back(std::move(flag));
    const Descriptor* message = field.message_type();
    if (message != nullptr && depth < kFlagDepth &&
        !absl::StartsWith(message->full_name(), "google.protobuf.")) {
      AddFlags(*message, absl::StrCat(name, "."), depth + 1, flags);
    }
  }
}

const EnumValueDescriptor* FindEnumValue(const EnumDescriptor& type, absl::string_view text) {
  const std::string name = absl::AsciiStrToUpper(ToSnake(text));
  if (const auto* value = type.FindValueByName(name); value != nullptr) return value;
  return type.FindValueByName(absl::StrCat(PrefixOf(type), name));
}

absl::Status BadValue(absl::string_view flag, absl::string_view value, absl::string_view wanted) {
  return UsageError(absl::StrCat("--", flag, ": \"", value, "\" is not ", wanted));
}

absl::Status BadTime(absl::string_view flag, absl::string_view value) {
  return UsageError(absl::StrCat("--", flag, ": \"", value, "\": expected a time with an offset, ",
                                 "e.g. 2021-12-31T23:59:59+07:00"));
}

// The offset at the end of a time, "Z" or "+07:00".
std::optional<int> OffsetMinutes(absl::string_view time) {
  constexpr std::size_t kBytes = 6;
  if (absl::EndsWith(time, "Z")) return 0;
  if (time.size() < kBytes) return std::nullopt;
  const absl::string_view offset = time.substr(time.size() - kBytes);
  int hours = 0;
  int minutes = 0;
  if ((offset[0] != '+' && offset[0] != '-') || offset[3] != ':' ||
      !absl::SimpleAtoi(offset.substr(1, 2), &hours) ||
      !absl::SimpleAtoi(offset.substr(4), &minutes)) {
    return std::nullopt;
  }
  return (hours * 60 + minutes) * (offset[0] == '-' ? -1 : 1);
}

// A time in UTC, as JSON takes it, and the offset it was given in.
struct Moment {
  std::string utc;
  int offset_minutes;
};

// Nothing if `time` has no offset, can be read in several ways, or is none that a Timestamp holds.
std::optional<Moment> ParseMoment(absl::string_view time) {
  constexpr std::int64_t kLastYear = 9999;
  std::string error;
  absl::Time instant;
  const std::optional<int> minutes = OffsetMinutes(time);
  // Abseil takes more forms of offsets than RFC 3339 has.
  if (!minutes.has_value() || !absl::ParseTime(absl::RFC3339_full, time, &instant, &error)) {
    return std::nullopt;
  }
  const std::int64_t year = absl::ToCivilYear(instant, absl::UTCTimeZone()).year();
  if (year < 1 || year > kLastYear) return std::nullopt;
  return Moment{absl::FormatTime("%E4Y-%m-%dT%H:%M:%E9SZ", instant, absl::UTCTimeZone()), *minutes};
}

template <typename Number, typename Set, typename Add>
absl::Status SetNumber(absl::string_view flag, absl::string_view value, bool repeated, Set set,
                       Add add) {
  Number number = 0;
  if (!absl::SimpleAtoi(value, &number)) return BadValue(flag, value, "a number");
  repeated ? add(number) : set(number);
  return absl::OkStatus();
}

absl::Status SetMessage(Message* message, const FieldDescriptor& field, absl::string_view flag,
                        absl::string_view value) {
  const Reflection* reflection = message->GetReflection();
  // Timestamps and the like are JSON strings; people leave out the quotes.
  std::string json(absl::StripAsciiWhitespace(value));
  if (absl::StartsWith(field.message_type()->full_name(), "google.protobuf.") &&
      !absl::StartsWith(json, "\"")) {
    json = absl::StrCat("\"", json, "\"");
  }
  if (field.is_repeated() && absl::StartsWith(json, "[")) {
    const auto list = nlohmann::json::parse(json, nullptr, false);
    if (!list.is_array()) return BadValue(flag, value, "JSON");
    for (const auto& element : list) {
      JEJAK_RETURN_IF_ERROR(SetMessage(message, field, flag, element.dump()));
    }
    return absl::OkStatus();
  }
  const bool is_time = field.message_type()->full_name() == "google.protobuf.Timestamp";
  if (is_time && !ParseMoment(absl::StripPrefix(absl::StripSuffix(json, "\""), "\""))) {
    return BadTime(flag, value);
  }
  Message* target = field.is_repeated() ? reflection->AddMessage(message, &field)
                                        : reflection->MutableMessage(message, &field);
  std::unique_ptr<Message> parsed(target->New());
  if (absl::Status status = FromJson(json, parsed.get()); !status.ok()) {
    return UsageError(absl::StrCat("--", flag, ": ", status.message()));
  }
  target->MergeFrom(*parsed);
  return absl::OkStatus();
}

absl::Status SetLeaf(Message* message, const FieldDescriptor& field, absl::string_view flag,
                     absl::string_view value) {
  const Reflection* reflection = message->GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      repeated ? reflection->AddString(message, &field, std::string(value))
               : reflection->SetString(message, &field, std::string(value));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL: {
      bool truth = false;
      if (!absl::SimpleAtob(value, &truth)) return BadValue(flag, value, "true or false");
      repeated ? reflection->AddBool(message, &field, truth)
               : reflection->SetBool(message, &field, truth);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      for (const absl::string_view part : absl::StrSplit(value, ',')) {
        const EnumValueDescriptor* found = FindEnumValue(*field.enum_type(), part);
        if (found == nullptr) {
          std::vector<std::string> names;
          for (int i = 1; i < field.enum_type()->value_count(); ++i) {
            names.push_back(ShortName(*field.enum_type()->value(i)));
          }
          return BadValue(flag, part, absl::StrCat("one of ", absl::StrJoin(names, ", ")));
        }
        repeated ? reflection->AddEnum(message, &field, found)
                 : reflection->SetEnum(message, &field, found);
      }
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT32:
      return SetNumber<std::uint32_t>(
          flag, value, repeated, [&](auto n) { reflection->SetUInt32(message, &field, n); },
          [&](auto n) { reflection->AddUInt32(message, &field, n); });
    case FieldDescriptor::CPPTYPE_UINT64:
      return SetNumber<std::uint64_t>(
          flag, value, repeated, [&](auto n) { reflection->SetUInt64(message, &field, n); },
          [&](auto n) { reflection->AddUInt64(message, &field, n); });
    case FieldDescriptor::CPPTYPE_INT32:
      return SetNumber<std::int32_t>(
          flag, value, repeated, [&](auto n) { reflection->SetInt32(message, &field, n); },
          [&](auto n) { reflection->AddInt32(message, &field, n); });
    case FieldDescriptor::CPPTYPE_INT64:
      return SetNumber<std::int64_t>(
          flag, value, repeated, [&](auto n) { reflection->SetInt64(message, &field, n); },
          [&](auto n) { reflection->AddInt64(message, &field, n); });
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetMessage(message, field, flag, value);
    default:
      return UsageError(absl::StrCat("--", flag, " cannot be set by a flag"));
  }
}

// Whether the field at the end of `path` is set in `message`.
bool HasPath(const Message& message, absl::string_view path) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(ToSnake(parts.first));
  if (field == nullptr || field->is_repeated()) return false;
  if (!message.GetReflection()->HasField(message, field)) return false;
  return parts.second.empty() ||
         HasPath(message.GetReflection()->GetMessage(message, field), parts.second);
}

absl::Status SetPath(Message* message, absl::string_view path, absl::string_view flag,
                     absl::string_view value) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(ToSnake(parts.first));
  if (field == nullptr) return UsageError(absl::StrCat("unknown flag --", flag));
  if (parts.second.empty()) return SetLeaf(message, *field, flag, value);
  if (field->message_type() == nullptr) return UsageError(absl::StrCat("unknown flag --", flag));
  const Reflection* reflection = message->GetReflection();
  if (!field->is_repeated()) {
    return SetPath(reflection->MutableMessage(message, field), parts.second, flag, value);
  }
  const int size = reflection->FieldSize(*message, field);
  Message* last =
      size == 0 ? nullptr : reflection->MutableRepeatedMessage(message, field, size - 1);
  if (last == nullptr || HasPath(*last, parts.second))
    last = reflection->AddMessage(message, field);
  return SetPath(last, parts.second, flag, value);
}

// Sets the moment that a flag gives: --valid a time, --as-of-position a position, the others
// either.
absl::Status SetMoment(absl::string_view flag, absl::string_view text, Message* read) {
  std::uint64_t position = 0;
  if (flag != "valid" && absl::SimpleAtoi(text, &position)) {
    return SetField(read, "as-of-position", text);
  }
  if (flag == "as-of-position") return BadValue(flag, text, "a log position");
  const std::optional<Moment> moment = ParseMoment(text);
  if (moment.has_value()) {
    return SetField(read, flag == "valid" ? "valid-time" : "as-of-time", moment->utc);
  }
  if (flag == "valid") return BadTime(flag, text);
  return UsageError(absl::StrCat("--", flag, ": \"", text,
                                 "\": expected a log position or a time with an offset, ",
                                 "e.g. 2021-12-31T23:59:59+07:00"));
}

Message* MutableOptions(Message* request, const char* field_name) {
  const FieldDescriptor* field = request->GetDescriptor()->FindFieldByName(field_name);
  if (field == nullptr || !IsOptions(field->message_type())) return nullptr;
  return request->GetReflection()->MutableMessage(request, field);
}

}  // namespace

std::vector<Flag> FlagsOf(const Descriptor& request) {
  std::vector<Flag> flags;
  AddFlags(request, "", 1, &flags);
  return flags;
}

absl::Status SetField(Message* message, absl::string_view flag, absl::string_view value) {
  return SetPath(message, flag, flag, value);
}

absl::Status FromJson(absl::string_view json, Message* message) {
  const google::protobuf::util::Status status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "not a ", message->GetDescriptor()->name(),
      " in JSON: ", absl::string_view(status.message().data(), status.message().size())));
}

std::string ShortName(const EnumValueDescriptor& value) {
  if (value.number() == 0) return "";
  return absl::AsciiStrToLower(ToKebab(absl::StripPrefix(value.name(), PrefixOf(*value.type()))));
}

bool IsDryRun(const Message& request) { return HasPath(request, "write.validate-only"); }

void RemovePersonalData(Message* request) {
  const Reflection* reflection = request->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*request, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->options().GetExtension(v1::bounds).personal()) {
      reflection->ClearField(request, field);
    } else if (field->message_type() != nullptr && field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(*request, field); ++i) {
        RemovePersonalData(reflection->MutableRepeatedMessage(request, field, i));
      }
    } else if (field->message_type() != nullptr) {
      RemovePersonalData(reflection->MutableMessage(request, field));
    }
  }
}

absl::Status SetOccurred(Message* write, absl::string_view time) {
  const std::optional<Moment> moment = ParseMoment(time);
  if (!moment.has_value()) return BadTime("occurred", time);
  // A zero in JSON would leave what was there.
  write->GetReflection()->ClearField(write,
                                     write->GetDescriptor()->FindFieldByName("occurred_time"));
  return SetField(write, "occurred-time",
                  absl::StrCat(R"({"time":")", moment->utc, R"(","utcOffsetMinutes":)",
                               moment->offset_minutes, "}"));
}

absl::Status ApplyOptions(const Arguments& arguments, Message* request) {
  Message* const write = MutableOptions(request, "write");
  for (const char* flag : {"request-id", "etag", "remark", "authority", "on-behalf-of",
                           "correlation-id", "occurred", "validate-only", "dry-run"}) {
    if (!arguments.Has(flag)) continue;
    if (write == nullptr) {
      return UsageError(absl::StrCat("--", flag, " is for commands; this is a question"));
    }
    const absl::string_view name = flag;
    if (name == "occurred") {
      JEJAK_RETURN_IF_ERROR(SetOccurred(write, arguments.Get(flag)));
    } else if (name == "validate-only" || name == "dry-run") {
      const bool dry = arguments.Is("validate-only") || arguments.Is("dry-run");
      JEJAK_RETURN_IF_ERROR(SetField(write, "validate-only", dry ? "true" : "false"));
    } else {
      JEJAK_RETURN_IF_ERROR(SetField(write, name, arguments.Get(flag)));
    }
  }
  if (arguments.Has("as-of") && arguments.Has("as-of-position")) {
    return UsageError("--as-of and --as-of-position are two moments; give one of them");
  }
  static constexpr std::pair<const char*, const char*> kMoments[] = {
      {"as-of", "read"}, {"as-of-position", "read"}, {"valid", "read"}, {"from", "from"}};
  for (const auto& [flag, field] : kMoments) {
    if (!arguments.Has(flag)) continue;
    Message* const read = MutableOptions(request, field);
    if (read == nullptr) {
      return UsageError(absl::StrCat("--", flag, " is for questions that have such a moment"));
    }
    JEJAK_RETURN_IF_ERROR(SetMoment(flag, arguments.Get(flag), read));
  }
  return absl::OkStatus();
}

}  // namespace jejak::cli
