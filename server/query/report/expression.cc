// SPDX-License-Identifier: Apache-2.0

#include "server/query/report/expression.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/aggregate.h"
#include "server/domain/dates.h"
#include "server/domain/messages.h"

#include "google/protobuf/timestamp.pb.h"
#include "jejak/v1/history.pb.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

#include <algorithm>
#include <utility>

namespace jejak::query::report {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

// One field on a path. Elements of a repeated field can be chosen by the value of one of theirs.
struct Step {
  std::string name;
  // Null below `payload`, where it depends on the event.
  const FieldDescriptor* field = nullptr;
  std::string chosen_by;
  std::shared_ptr<const Expression::Node> chosen;
};

enum class Op {
  kText,
  kNumber,
  kParameter,
  kToday,
  kMoment,
  kPath,
  kCount,
  kCall,
  kNot,
  kAnd,
  kOr,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kPlus,
  kMinus,
};

enum class Function {
  kBelow,
  kDate,
  kDays,
  kFirst,
  kHas,
  kIf,
  kJoin,
  kLast,
  kOneOf,
  kParent,
  kWithout,
};

struct FunctionInfo {
  const char* name;
  Function function;
  std::size_t least;
  std::size_t most;
  Type type;
};

constexpr FunctionInfo kFunctions[] = {
    {"below", Function::kBelow, 2, 2, Type::kBool},
    {"date", Function::kDate, 1, 1, Type::kText},
    {"days", Function::kDays, 2, 2, Type::kNumber},
    {"first", Function::kFirst, 1, 8, Type::kAny},
    {"has", Function::kHas, 2, 2, Type::kBool},
    {"if", Function::kIf, 3, 3, Type::kAny},
    {"join", Function::kJoin, 1, 2, Type::kText},
    {"last", Function::kLast, 1, 1, Type::kText},
    {"one_of", Function::kOneOf, 2, 16, Type::kBool},
    {"parent", Function::kParent, 1, 1, Type::kText},
    {"without", Function::kWithout, 2, 2, Type::kList},
};

bool IsTimestamp(const FieldDescriptor& field) {
  return field.message_type() != nullptr &&
         field.message_type()->full_name() ==
             google::protobuf::Timestamp::descriptor()->full_name();
}

bool IsMessage(const FieldDescriptor& field) {
  return field.message_type() != nullptr && !IsTimestamp(field);
}

// The sealed form is nobody's to see.
bool IsHidden(const FieldDescriptor& field) { return field.name() == "sealed"; }

Type TypeOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_ENUM:
      return Type::kText;
    case FieldDescriptor::CPPTYPE_BOOL:
      return Type::kBool;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Type::kTime;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      break;
  }
  return Type::kNumber;
}

// The name of an enum's value without the prefix; "" for the one that says nothing.
std::string ShortName(const google::protobuf::EnumValueDescriptor& value) {
  if (value.number() == 0) return "";
  absl::string_view zero = value.type()->value(0)->name();
  if (!absl::ConsumeSuffix(&zero, "UNSPECIFIED")) return value.name();
  absl::string_view name = value.name();
  absl::ConsumePrefix(&name, zero);
  return std::string(name);
}

bool HasName(const EnumDescriptor& type, absl::string_view name) {
  for (int i = 0; i < type.value_count(); ++i) {
    if (ShortName(*type.value(i)) == name) return true;
  }
  return false;
}

std::string FormatMoment(absl::Time time, absl::TimeZone zone) {
  const auto micros = static_cast<int>((time - absl::FromUnixSeconds(absl::ToUnixSeconds(time))) /
                                       absl::Microseconds(1));
  return absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%S", time, zone),
                      micros == 0 ? "" : absl::StrFormat(".%06d", micros),
                      zone == absl::UTCTimeZone() ? "Z" : absl::FormatTime("%Ez", time, zone));
}

// A time in the offset noted beside it, as it was on the clock there; what the server's clock said
// is in UTC.
std::string TimeText(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& r = *message.GetReflection();
  if (index < 0 && !r.HasField(message, &field)) return "";
  google::protobuf::Timestamp timestamp;
  timestamp.CopyFrom(index < 0 ? r.GetMessage(message, &field)
                               : r.GetRepeatedMessage(message, &field, index));
  absl::TimeZone zone = absl::UTCTimeZone();
  const FieldDescriptor* offset = message.GetDescriptor()->FindFieldByName("utc_offset_minutes");
  if (offset != nullptr && field.name() != "commit_time" && r.GetInt32(message, offset) != 0) {
    zone = absl::FixedTimeZone(r.GetInt32(message, offset) * 60);
  }
  return FormatMoment(absl::FromUnixMicros(domain::MicrosOf(timestamp)), zone);
}

Value ValueOf(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& r = *message.GetReflection();
  const bool one = index < 0;
  const auto number = [](auto n) { return Value::Number(static_cast<std::int64_t>(n)); };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return Value::Text(one ? r.GetString(message, &field)
                             : r.GetRepeatedString(message, &field, index));
    case FieldDescriptor::CPPTYPE_BOOL:
      return Value::Bool(one ? r.GetBool(message, &field)
                             : r.GetRepeatedBool(message, &field, index));
    case FieldDescriptor::CPPTYPE_ENUM:
      return Value::Text(ShortName(
          *(one ? r.GetEnum(message, &field) : r.GetRepeatedEnum(message, &field, index))));
    case FieldDescriptor::CPPTYPE_INT32:
      return number(one ? r.GetInt32(message, &field) : r.GetRepeatedInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return number(one ? r.GetInt64(message, &field) : r.GetRepeatedInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_UINT32:
      return number(one ? r.GetUInt32(message, &field)
                        : r.GetRepeatedUInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_UINT64:
      if (one && field.has_presence() && !r.HasField(message, &field)) return {};
      return number(one ? r.GetUInt64(message, &field)
                        : r.GetRepeatedUInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (IsTimestamp(field)) return Value::Text(TimeText(message, field, index));
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      break;
  }
  return {};
}

bool Equal(const Value& a, const Value& b) {
  if (a.kind == Value::Kind::kNumber && b.kind == Value::Kind::kNumber) return a.number == b.number;
  return TextOf(a, v1::LANGUAGE_ENGLISH) == TextOf(b, v1::LANGUAGE_ENGLISH);
}

// Of numbers by size, of anything else by bytes, which for dates is by time. What is empty is
// neither less nor more than anything.
int Order(const Value& a, const Value& b) {
  const auto order = [](const auto& left, const auto& right) {
    return left < right ? -1 : (right < left ? 1 : 0);
  };
  if (a.kind == Value::Kind::kNumber && b.kind == Value::Kind::kNumber) {
    return order(a.number, b.number);
  }
  return order(TextOf(a, v1::LANGUAGE_ENGLISH), TextOf(b, v1::LANGUAGE_ENGLISH));
}

bool Has(const Value& list, const Value& one) {
  if (list.kind != Value::Kind::kList) return !list.Empty() && Equal(list, one);
  return std::any_of(list.list.begin(), list.list.end(),
                     [&one](const Value& value) { return Equal(value, one); });
}

// The day of a date or a time.
std::optional<absl::CivilDay> DayOf(const Value& value) {
  if (const auto day = domain::ParseDate(value.text)) return day;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, value.text, &time, &error)) return std::nullopt;
  return domain::ParseDate(domain::Today(time));
}

// Every event there is.
const std::vector<const Descriptor*>& EventTypes() {
  static const auto* const types = [] {
    auto* found = new std::vector<const Descriptor*>();
    const Descriptor* envelope = event::v1::Envelope::descriptor();
    const auto* groups = envelope->FindOneofByName("event");
    for (int g = 0; g < groups->field_count(); ++g) {
      const Descriptor* group = groups->field(g)->message_type();
      for (int i = 0; i < group->field_count(); ++i) {
        if (group->field(i)->message_type() != nullptr) {
          found->push_back(group->field(i)->message_type());
        }
      }
    }
    return found;
  }();
  return *types;
}

// Whether the names lead to a field that can be shown.
bool Leads(const Descriptor& type, const std::vector<Step>& steps, std::size_t at) {
  const FieldDescriptor* field = type.FindFieldByName(steps[at].name);
  if (field == nullptr || IsHidden(*field)) return false;
  if (at + 1 == steps.size()) return !IsMessage(*field);
  return IsMessage(*field) && Leads(*field->message_type(), steps, at + 1);
}

}  // namespace

struct Expression::Node {
  Op op = Op::kText;
  Type type = Type::kText;
  // A literal; the name of a parameter; the section of a path.
  std::string text;
  std::int64_t number = 0;
  Function function = Function::kFirst;
  std::vector<Step> steps;
  // A path below `event` or `payload` of an event.
  bool of_event = false;
  bool of_payload = false;
  std::vector<Node> arguments;

  Value Evaluate(const Environment& environment) const;
  Value Call(const Environment& environment) const;
  const Message* Start(const Environment& environment) const;
  // Adds what the path leads to from `message` on. `element`, if given, is the message that names
  // without a section belong to.
  void Collect(const Message& message, std::size_t at, bool masked, const Environment& environment,
               std::vector<Value>& values) const;
  void CollectMessages(const Message& message, std::size_t at, const Environment& environment,
                       std::vector<const Message*>& found) const;
  // Whether an element is one that the step chooses.
  static bool Chosen(const Step& step, const Message& element, const Environment& environment);
};

namespace {

using Node = Expression::Node;

class Parser {
 public:
  Parser(absl::string_view text, const Scope& scope) : text_(text), scope_(scope) {}

  // From `at` on; ends at the end of the text, or at a brace that closes nothing.
  absl::StatusOr<Node> Parse(std::size_t* at) {
    at_ = *at;
    JEJAK_ASSIGN_OR_RETURN(Node node, ParseOr());
    SkipSpaces();
    *at = at_;
    return node;
  }

  std::set<std::string> events;

  static absl::Status Wrong(std::size_t column, absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("column ", column + 1, ": ", what));
  }

 private:
  void SkipSpaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool AtName() const {
    return at_ < text_.size() && absl::ascii_islower(static_cast<unsigned char>(text_[at_]));
  }
  std::string PeekName() const {
    std::size_t end = at_;
    while (end < text_.size() &&
           (absl::ascii_isalnum(static_cast<unsigned char>(text_[end])) || text_[end] == '_')) {
      ++end;
    }
    return std::string(text_.substr(at_, end - at_));
  }
  bool Take(absl::string_view sign) {
    SkipSpaces();
    if (!absl::StartsWith(text_.substr(at_), sign)) return false;
    at_ += sign.size();
    return true;
  }
  bool TakeWord(absl::string_view word) {
    SkipSpaces();
    if (!AtName() || PeekName() != word) return false;
    at_ += word.size();
    return true;
  }

  absl::StatusOr<Node> ParseOr() {
    if (++depth_ > limits::kReportExpressionDepthMax) return Wrong(at_, "it is nested too deeply");
    JEJAK_ASSIGN_OR_RETURN(Node left, ParseAnd());
    while (TakeWord("or")) {
      JEJAK_ASSIGN_OR_RETURN(Node right, ParseAnd());
      left = Join(Op::kOr, Type::kBool, std::move(left), std::move(right));
    }
    --depth_;
    return left;
  }

  absl::StatusOr<Node> ParseAnd() {
    JEJAK_ASSIGN_OR_RETURN(Node left, ParseNot());
    while (TakeWord("and")) {
      JEJAK_ASSIGN_OR_RETURN(Node right, ParseNot());
      left = Join(Op::kAnd, Type::kBool, std::move(left), std::move(right));
    }
    return left;
  }

  absl::StatusOr<Node> ParseNot() {
    if (!TakeWord("not")) return ParseComparison();
    if (++depth_ > limits::kReportExpressionDepthMax) return Wrong(at_, "it is nested too deeply");
    JEJAK_ASSIGN_OR_RETURN(Node inner, ParseNot());
    --depth_;
    Node node;
    node.op = Op::kNot;
    node.type = Type::kBool;
    node.arguments.push_back(std::move(inner));
    return node;
  }

  absl::StatusOr<Node> ParseComparison() {
    SkipSpaces();
    const std::size_t start = at_;
    JEJAK_ASSIGN_OR_RETURN(Node left, ParseSum());
    static constexpr std::pair<const char*, Op> kOperators[] = {
        {"!=", Op::kNotEqual}, {"<=", Op::kLessEqual}, {">=", Op::kGreaterEqual},
        {"=", Op::kEqual},     {"<", Op::kLess},       {">", Op::kGreater},
    };
    for (const auto& [sign, op] : kOperators) {
      if (!Take(sign)) continue;
      JEJAK_ASSIGN_OR_RETURN(Node right, ParseSum());
      for (const Node* side : {&left, &right}) {
        if (side->type == Type::kList) return Wrong(start, "a list is asked with has()");
        if (side->type == Type::kTime)
          return Wrong(start, "times are compared by date() or days()");
      }
      if (left.type != Type::kAny && right.type != Type::kAny && left.type != right.type) {
        return Wrong(start, "the sides are not of one kind");
      }
      JEJAK_RETURN_IF_ERROR(CheckEnum(left, right, start));
      JEJAK_RETURN_IF_ERROR(CheckEnum(right, left, start));
      return Join(op, Type::kBool, std::move(left), std::move(right));
    }
    return left;
  }

  // A text that is compared with an enum is one of its names.
  static absl::Status CheckEnum(const Node& path, const Node& literal, std::size_t column) {
    if (path.op != Op::kPath || literal.op != Op::kText || path.steps.empty()) {
      return absl::OkStatus();
    }
    const FieldDescriptor* field = path.steps.back().field;
    if (field == nullptr || field->enum_type() == nullptr ||
        HasName(*field->enum_type(), literal.text)) {
      return absl::OkStatus();
    }
    return Wrong(column, absl::StrCat("\"", literal.text, "\" is no ", field->enum_type()->name()));
  }

  absl::StatusOr<Node> ParseSum() {
    SkipSpaces();
    const std::size_t start = at_;
    JEJAK_ASSIGN_OR_RETURN(Node left, ParseTerm());
    while (true) {
      const bool plus = Take("+");
      if (!plus && !Take("-")) return left;
      JEJAK_ASSIGN_OR_RETURN(Node right, ParseTerm());
      for (const Node* side : {&left, &right}) {
        if (side->type != Type::kNumber && side->type != Type::kAny) {
          return Wrong(start, "only numbers are added and subtracted");
        }
      }
      left = Join(plus ? Op::kPlus : Op::kMinus, Type::kNumber, std::move(left), std::move(right));
    }
  }

  absl::StatusOr<Node> ParseTerm() {
    if (++nodes_ > limits::kReportExpressionNodesMax) return Wrong(at_, "it has too many parts");
    SkipSpaces();
    const std::size_t start = at_;
    Node node;
    if (Take("(")) {
      JEJAK_ASSIGN_OR_RETURN(node, ParseOr());
      if (!Take(")")) return Wrong(at_, "expected )");
      return node;
    }
    if (Take("#")) {
      if (++depth_ > limits::kReportExpressionDepthMax) {
        return Wrong(start, "it is nested too deeply");
      }
      allow_messages_ = true;
      JEJAK_ASSIGN_OR_RETURN(Node counted, ParseTerm());
      allow_messages_ = false;
      --depth_;
      if (counted.type != Type::kList && counted.type != Type::kAny) {
        return Wrong(start, "# counts what there are several of");
      }
      node.op = Op::kCount;
      node.type = Type::kNumber;
      node.arguments.push_back(std::move(counted));
      return node;
    }
    if (Take("'")) {
      const std::size_t end = text_.find('\'', at_);
      if (end == absl::string_view::npos) return Wrong(start, "the quotes are not closed");
      node.text = std::string(text_.substr(at_, end - at_));
      at_ = end + 1;
      return node;
    }
    if (at_ < text_.size() && absl::ascii_isdigit(static_cast<unsigned char>(text_[at_]))) {
      std::size_t end = at_;
      while (end < text_.size() && absl::ascii_isdigit(static_cast<unsigned char>(text_[end]))) {
        ++end;
      }
      node.op = Op::kNumber;
      node.type = Type::kNumber;
      if (!absl::SimpleAtoi(text_.substr(at_, end - at_), &node.number)) {
        return Wrong(start, "the number is too large");
      }
      at_ = end;
      return node;
    }
    if (!AtName()) return Wrong(start, "expected a value");
    const std::string name = PeekName();
    at_ += name.size();
    if (at_ < text_.size() && text_[at_] == '(') return ParseCall(name, start);
    return ParseNamed(name, start);
  }

  absl::StatusOr<Node> ParseCall(const std::string& name, std::size_t start) {
    const auto* found =
        std::find_if(std::begin(kFunctions), std::end(kFunctions),
                     [&name](const FunctionInfo& info) { return info.name == name; });
    if (found == std::end(kFunctions)) {
      return Wrong(start, absl::StrCat("there is no function \"", name, "\""));
    }
    ++at_;
    Node node;
    node.op = Op::kCall;
    node.function = found->function;
    node.type = found->type;
    const bool allow_messages = std::exchange(allow_messages_, false);
    while (!Take(")")) {
      if (!node.arguments.empty() && !Take(",")) return Wrong(at_, "expected , or )");
      JEJAK_ASSIGN_OR_RETURN(Node argument, ParseOr());
      node.arguments.push_back(std::move(argument));
    }
    allow_messages_ = allow_messages;
    if (node.arguments.size() < found->least || node.arguments.size() > found->most) {
      return Wrong(
          start, absl::StrCat("\"", name, "\" takes ", found->least,
                              found->most == found->least ? "" : absl::StrCat(" to ", found->most),
                              " values"));
    }
    return node;
  }

  absl::StatusOr<Node> ParseNamed(const std::string& name, std::size_t start) {
    Node node;
    node.text = name;
    if (name == "today" || name == "moment") {
      node.op = name == "today" ? Op::kToday : Op::kMoment;
      node.type = name == "today" ? Type::kText : Type::kTime;
      return node;
    }
    if (const auto parameter = scope_.parameters.find(name); parameter != scope_.parameters.end()) {
      node.op = Op::kParameter;
      node.type = Type::kText;
      if (parameter->second == v1::REPORT_PARAMETER_KIND_INTEGER) node.type = Type::kNumber;
      if (parameter->second == v1::REPORT_PARAMETER_KIND_TIME) node.type = Type::kTime;
      return node;
    }
    const auto row = scope_.rows.find(name);
    if (row == scope_.rows.end()) {
      return Wrong(start, absl::StrCat("there is no parameter or section \"", name, "\""));
    }
    node.op = Op::kPath;
    const Descriptor* type = row->second;
    bool several = false;
    while (at_ < text_.size() && text_[at_] == '.') {
      const std::size_t column = ++at_;
      const std::string field_name = AtName() ? PeekName() : "";
      at_ += field_name.size();
      if (node.steps.empty() && !node.of_event && !node.of_payload &&
          type == v1::EventRow::descriptor() &&
          (field_name == "event" || field_name == "payload")) {
        events.insert(name);
        node.of_event = field_name == "event";
        node.of_payload = field_name == "payload";
        type = node.of_event ? event::v1::Envelope::descriptor() : nullptr;
        continue;
      }
      Step step;
      step.name = field_name;
      if (node.of_payload) {
        node.steps.push_back(std::move(step));
        continue;
      }
      if (type == nullptr) return Wrong(column, "what stands before has no fields");
      step.field = type->FindFieldByName(field_name);
      if (step.field == nullptr || IsHidden(*step.field)) {
        return Wrong(column, absl::StrCat("there is no field \"", field_name, "\""));
      }
      type = IsMessage(*step.field) ? step.field->message_type() : nullptr;
      several = several || step.field->is_repeated();
      if (at_ < text_.size() && text_[at_] == '[') {
        JEJAK_RETURN_IF_ERROR(ParseChoice(step, type));
      }
      node.steps.push_back(std::move(step));
    }
    if (node.steps.empty()) return Wrong(start, absl::StrCat("name a field of \"", name, "\""));
    if (node.of_payload) {
      node.type = Type::kAny;
      const auto& types = EventTypes();
      if (std::none_of(types.begin(), types.end(),
                       [&node](const Descriptor* one) { return Leads(*one, node.steps, 0); })) {
        return Wrong(start, "no event has such a field");
      }
      return node;
    }
    const FieldDescriptor& last = *node.steps.back().field;
    if (type != nullptr && !(several && (allow_messages_ || at_ == text_.size()))) {
      return Wrong(start, absl::StrCat("name a field of \"", last.name(), "\""));
    }
    node.type = several ? Type::kList : TypeOf(last);
    return node;
  }

  // "[field = value]"
  absl::Status ParseChoice(Step& step, const Descriptor* type) {
    const std::size_t start = ++at_;
    if (type == nullptr || !step.field->is_repeated()) {
      return Wrong(start - 1, "[] chooses among repeated messages");
    }
    SkipSpaces();
    step.chosen_by = AtName() ? PeekName() : "";
    at_ += step.chosen_by.size();
    const FieldDescriptor* field = type->FindFieldByName(step.chosen_by);
    if (field == nullptr || field->is_repeated() || IsMessage(*field) || IsHidden(*field)) {
      return Wrong(start, absl::StrCat("cannot choose by \"", step.chosen_by, "\""));
    }
    if (!Take("=")) return Wrong(at_, "expected =");
    SkipSpaces();
    const std::size_t value_at = at_;
    if (++depth_ > limits::kReportExpressionDepthMax) return Wrong(at_, "it is nested too deeply");
    const bool allow_messages = std::exchange(allow_messages_, false);
    JEJAK_ASSIGN_OR_RETURN(Node value, ParseSum());
    allow_messages_ = allow_messages;
    --depth_;
    if (field->enum_type() != nullptr && value.op == Op::kText &&
        !HasName(*field->enum_type(), value.text)) {
      return Wrong(value_at,
                   absl::StrCat("\"", value.text, "\" is no ", field->enum_type()->name()));
    }
    step.chosen = std::make_shared<const Node>(std::move(value));
    if (!Take("]")) return Wrong(at_, "expected ]");
    return absl::OkStatus();
  }

  static Node Join(Op op, Type type, Node left, Node right) {
    Node node;
    node.op = op;
    node.type = type;
    node.arguments.push_back(std::move(left));
    node.arguments.push_back(std::move(right));
    return node;
  }

  absl::string_view text_;
  const Scope& scope_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t nodes_ = 0;
  // Whether a path may end at messages, which only can be counted.
  bool allow_messages_ = false;
};

}  // namespace

Value Value::Text(std::string text) {
  Value value;
  value.kind = Kind::kText;
  value.text = std::move(text);
  return value;
}

Value Value::Number(std::int64_t number) {
  Value value;
  value.kind = Kind::kNumber;
  value.number = number;
  return value;
}

Value Value::Bool(bool yes) {
  Value value;
  value.kind = Kind::kBool;
  value.number = yes ? 1 : 0;
  return value;
}

bool Value::Empty() const {
  return kind == Kind::kNone || (kind == Kind::kText && text.empty()) ||
         (kind == Kind::kList &&
          std::all_of(list.begin(), list.end(), [](const Value& one) { return one.Empty(); }));
}

bool Value::Holds() const {
  return kind == Kind::kNumber || kind == Kind::kBool ? number != 0 : !Empty();
}

std::string TextOf(const Value& value, v1::Language language) {
  switch (value.kind) {
    case Value::Kind::kNone:
      return "";
    case Value::Kind::kText:
      return value.text;
    case Value::Kind::kNumber:
      return absl::StrCat(value.number);
    case Value::Kind::kBool:
      if (language == v1::LANGUAGE_INDONESIAN) return value.number != 0 ? "ya" : "tidak";
      return value.number != 0 ? "yes" : "no";
    case Value::Kind::kList:
      break;
  }
  return absl::StrJoin(value.list, ", ", [language](std::string* to, const Value& one) {
    absl::StrAppend(to, TextOf(one, language));
  });
}

const Message* Expression::Node::Start(const Environment& environment) const {
  const auto row = environment.rows.find(text);
  if (row == environment.rows.end()) return nullptr;
  if (of_event) return row->second.event;
  return of_payload ? row->second.payload : row->second.message;
}

bool Expression::Node::Chosen(const Step& step, const Message& element,
                              const Environment& environment) {
  if (step.chosen == nullptr) return true;
  const FieldDescriptor* field = element.GetDescriptor()->FindFieldByName(step.chosen_by);
  return Has(step.chosen->Evaluate(environment), ValueOf(element, *field, -1));
}

void Expression::Node::Collect(const Message& message, std::size_t at, bool masked,
                               const Environment& environment, std::vector<Value>& values) const {
  if (++environment.steps > limits::kReportStepsMax) return;
  const Step& step = steps[at];
  const FieldDescriptor* field =
      step.field != nullptr ? step.field : message.GetDescriptor()->FindFieldByName(step.name);
  if (field == nullptr || IsHidden(*field)) return;
  const Reflection& r = *message.GetReflection();
  const int size = field->is_repeated() ? r.FieldSize(message, field) : 1;
  const bool last = at + 1 == steps.size();
  for (int i = 0; i < size; ++i) {
    const int index = field->is_repeated() ? i : -1;
    if (!IsMessage(*field)) {
      if (!last) return;
      Value value = ValueOf(message, *field, index);
      if (masked && field->name() != "subject" && !value.Empty()) environment.masked = true;
      values.push_back(std::move(value));
      continue;
    }
    // What is not there has no values, not those of an empty message.
    if (index < 0 && !r.HasField(message, field)) return;
    const Message& inner =
        index < 0 ? r.GetMessage(message, field) : r.GetRepeatedMessage(message, field, index);
    if (!Chosen(step, inner, environment)) continue;
    if (last) {
      values.push_back(Value::Number(1));
      continue;
    }
    Collect(inner, at + 1, masked || inner.GetDescriptor() == v1::Person::descriptor(), environment,
            values);
  }
}

void Expression::Node::CollectMessages(const Message& message, std::size_t at,
                                       const Environment& environment,
                                       std::vector<const Message*>& found) const {
  if (++environment.steps > limits::kReportStepsMax) return;
  const FieldDescriptor* field = steps[at].field;
  const Reflection& r = *message.GetReflection();
  const int size = field->is_repeated() ? r.FieldSize(message, field) : 1;
  for (int i = 0; i < size; ++i) {
    const Message& inner = field->is_repeated() ? r.GetRepeatedMessage(message, field, i)
                                                : r.GetMessage(message, field);
    if (!Chosen(steps[at], inner, environment)) continue;
    if (at + 1 == steps.size()) {
      found.push_back(&inner);
    } else {
      CollectMessages(inner, at + 1, environment, found);
    }
  }
}

Value Expression::Node::Evaluate(const Environment& environment) const {
  if (++environment.steps > limits::kReportStepsMax) return {};
  const auto argument = [&](std::size_t i) { return arguments[i].Evaluate(environment); };
  switch (op) {
    case Op::kText:
      return Value::Text(text);
    case Op::kNumber:
      return Value::Number(number);
    case Op::kToday:
      return Value::Text(domain::Today(environment.moment));
    case Op::kMoment:
      return Value::Text(FormatMoment(environment.moment, absl::FixedTimeZone(7 * 60 * 60)));
    case Op::kParameter: {
      const auto found = environment.parameters.find(text);
      if (found == environment.parameters.end() || found->second.empty()) return {};
      std::int64_t parsed = 0;
      if (type == Type::kNumber && absl::SimpleAtoi(found->second, &parsed)) {
        return Value::Number(parsed);
      }
      return Value::Text(found->second);
    }
    case Op::kPath: {
      const Message* start = Start(environment);
      if (start == nullptr) return {};
      std::vector<Value> values;
      Collect(*start, 0, false, environment, values);
      if (type != Type::kList && !(type == Type::kAny && values.size() > 1)) {
        return values.empty() ? Value() : std::move(values.front());
      }
      Value list;
      list.kind = Value::Kind::kList;
      list.list = std::move(values);
      return list;
    }
    case Op::kCount: {
      const Value counted = argument(0);
      if (counted.kind == Value::Kind::kList) {
        return Value::Number(static_cast<std::int64_t>(counted.list.size()));
      }
      return Value::Number(counted.Empty() ? 0 : 1);
    }
    case Op::kCall:
      return Call(environment);
    case Op::kNot:
      return Value::Bool(!argument(0).Holds());
    case Op::kAnd:
      return Value::Bool(argument(0).Holds() && argument(1).Holds());
    case Op::kOr:
      return Value::Bool(argument(0).Holds() || argument(1).Holds());
    case Op::kEqual:
      return Value::Bool(Equal(argument(0), argument(1)));
    case Op::kNotEqual:
      return Value::Bool(!Equal(argument(0), argument(1)));
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: {
      const Value left = argument(0);
      const Value right = argument(1);
      if (left.Empty() || right.Empty()) return Value::Bool(false);
      const int order = Order(left, right);
      return Value::Bool((op == Op::kLess && order < 0) || (op == Op::kLessEqual && order <= 0) ||
                         (op == Op::kGreater && order > 0) ||
                         (op == Op::kGreaterEqual && order >= 0));
    }
    case Op::kPlus:
    case Op::kMinus: {
      // Unsigned, so that no two numbers are too far apart.
      const auto a = static_cast<std::uint64_t>(argument(0).number);
      const auto b = static_cast<std::uint64_t>(argument(1).number);
      return Value::Number(static_cast<std::int64_t>(op == Op::kPlus ? a + b : a - b));
    }
  }
  return {};
}

Value Expression::Node::Call(const Environment& environment) const {
  const auto argument = [&](std::size_t i) { return arguments[i].Evaluate(environment); };
  const auto text_at = [&](std::size_t i) { return TextOf(argument(i), environment.language); };
  switch (function) {
    case Function::kBelow: {
      const std::string code = text_at(0);
      const auto is_below = [&](const Value& one) {
        const std::string above = TextOf(one, environment.language);
        return above.empty() || code == above || absl::StartsWith(code, absl::StrCat(above, "."));
      };
      const Value above = argument(1);
      if (above.kind != Value::Kind::kList) return Value::Bool(is_below(above));
      return Value::Bool(std::any_of(above.list.begin(), above.list.end(), is_below));
    }
    case Function::kDate: {
      const auto day = DayOf(argument(0));
      return day.has_value() ? Value::Text(domain::FormatDate(*day)) : Value();
    }
    case Function::kDays: {
      const auto from = DayOf(argument(0));
      const auto to = DayOf(argument(1));
      return from.has_value() && to.has_value() ? Value::Number(*to - *from) : Value();
    }
    case Function::kFirst:
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        Value value = argument(i);
        if (value.Empty()) continue;
        if (value.kind != Value::Kind::kList) return value;
        return *std::find_if(value.list.begin(), value.list.end(),
                             [](const Value& one) { return !one.Empty(); });
      }
      return {};
    case Function::kHas:
      return Value::Bool(Has(argument(0), argument(1)));
    case Function::kIf:
      return argument(0).Holds() ? argument(1) : argument(2);
    case Function::kJoin: {
      const Value list = argument(0);
      const std::string separator = arguments.size() > 1 ? text_at(1) : ", ";
      if (list.kind != Value::Kind::kList) return list;
      return Value::Text(
          absl::StrJoin(list.list, separator, [&](std::string* to, const Value& one) {
            absl::StrAppend(to, TextOf(one, environment.language));
          }));
    }
    case Function::kLast:
      return Value::Text(std::string(domain::LastSegment(text_at(0))));
    case Function::kOneOf: {
      const Value one = argument(0);
      for (std::size_t i = 1; i < arguments.size(); ++i) {
        if (Equal(one, argument(i))) return Value::Bool(true);
      }
      return Value::Bool(false);
    }
    case Function::kParent: {
      const std::string name = text_at(0);
      const auto segments = static_cast<int>(std::count(name.begin(), name.end(), '/')) + 1;
      return Value::Text(segments > 2 ? domain::NamePrefix(name, segments - 2) : "");
    }
    case Function::kWithout: {
      Value list = argument(0);
      const Value taken = argument(1);
      if (list.kind != Value::Kind::kList) return list;
      list.list.erase(std::remove_if(list.list.begin(), list.list.end(),
                                     [&taken](const Value& one) { return Has(taken, one); }),
                      list.list.end());
      return list;
    }
  }
  return {};
}

absl::StatusOr<Expression> Expression::Parse(absl::string_view text, const Scope& scope) {
  if (text.size() > limits::kReportExpressionBytesMax) return Parser::Wrong(0, "it is too long");
  Parser parser(text, scope);
  std::size_t at = 0;
  JEJAK_ASSIGN_OR_RETURN(Node node, parser.Parse(&at));
  if (at != text.size()) return Parser::Wrong(at, "expected an operator or the end");
  Expression expression;
  expression.root_ = std::make_shared<const Node>(std::move(node));
  expression.events_ = std::move(parser.events);
  return expression;
}

Value Expression::Evaluate(const Environment& environment) const {
  return root_->Evaluate(environment);
}

Type Expression::type() const { return root_->type; }

bool Expression::IsParameter() const { return root_->op == Op::kParameter; }

const Descriptor* Expression::MessageType() const {
  if (root_->op != Op::kPath || root_->of_payload || root_->type != Type::kList) return nullptr;
  const FieldDescriptor& last = *root_->steps.back().field;
  return IsMessage(last) ? last.message_type() : nullptr;
}

std::vector<const Message*> Expression::Messages(const Environment& environment) const {
  std::vector<const Message*> found;
  if (const Message* start = root_->Start(environment); start != nullptr) {
    root_->CollectMessages(*start, 0, environment, found);
  }
  return found;
}

absl::StatusOr<Template> Template::Parse(absl::string_view text, const Scope& scope) {
  if (text.size() > limits::kReportExpressionBytesMax) return Parser::Wrong(0, "it is too long");
  Template parsed;
  parsed.parts_.emplace_back();
  for (std::size_t at = 0; at < text.size();) {
    const absl::string_view rest = text.substr(at);
    if (absl::StartsWith(rest, "{{") || absl::StartsWith(rest, "}}")) {
      parsed.parts_.back().text.push_back(text[at]);
      at += 2;
    } else if (text[at] == '}') {
      return Parser::Wrong(at, "it closes nothing; write }}");
    } else if (text[at] == '{') {
      const std::size_t end = text.find('}', at);
      if (end == absl::string_view::npos) return Parser::Wrong(at, "the brace is not closed");
      absl::StatusOr<Expression> expression =
          Expression::Parse(text.substr(at + 1, end - at - 1), scope);
      if (!expression.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat("in the braces at column ", at + 1, ", ", expression.status().message()));
      }
      if (expression->MessageType() != nullptr) {
        return Parser::Wrong(at, "name a field of what is repeated");
      }
      parsed.events_.insert(expression->events().begin(), expression->events().end());
      parsed.parts_.back().expression = *std::move(expression);
      parsed.parts_.emplace_back();
      at = end + 1;
    } else {
      parsed.parts_.back().text.push_back(text[at++]);
    }
  }
  return parsed;
}

std::string Template::Fill(const Environment& environment) const {
  std::string text;
  bool any = parts_.size() <= 1;
  for (const Part& part : parts_) {
    absl::StrAppend(&text, part.text);
    if (!part.expression.has_value()) continue;
    const Value value = part.expression->Evaluate(environment);
    any = any || !value.Empty();
    absl::StrAppend(&text, TextOf(value, environment.language));
  }
  return any ? text : "";
}

std::optional<std::string> Template::FillFilter(const Environment& environment) const {
  std::string text;
  for (const Part& part : parts_) {
    absl::StrAppend(&text, part.text);
    if (!part.expression.has_value()) continue;
    const Value value = part.expression->Evaluate(environment);
    if (value.Empty()) {
      if (part.expression->IsParameter()) return "";
      return std::nullopt;
    }
    if (value.kind == Value::Kind::kNumber) {
      absl::StrAppend(&text, value.number);
    } else {
      absl::StrAppend(&text, "\"",
                      absl::StrReplaceAll(TextOf(value, v1::LANGUAGE_ENGLISH),
                                          {{"\\", "\\\\"}, {"\"", "\\\""}}),
                      "\"");
    }
  }
  return text;
}

std::string Template::SampleFilter() const {
  std::string text;
  for (const Part& part : parts_) {
    absl::StrAppend(&text, part.text);
    if (!part.expression.has_value()) continue;
    const Type type = part.expression->type();
    absl::StrAppend(&text, type == Type::kNumber ? "1"
                           : type == Type::kTime ? "\"2021-01-01T00:00:00Z\""
                                                 : "\"x\"");
  }
  return text;
}

}  // namespace jejak::query::report
