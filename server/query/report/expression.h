// SPDX-License-Identifier: Apache-2.0
//
// File: expression.h
//
// The language of report plans: what a cell shows, which rows count, and what a filter compares
// with. An expression is pure: its value follows from the rows and parameters it names. The grammar
// is in server/doc/reports.md.
//
//   lokus.active_agen > lokus.agen_quota.max
//   days(handover.handed_over_on, today)
//   agen.requirements[requirement = 'AGE'].checked_on
//
// A template is text with expressions in braces: "{lokus.active_agen}/{lokus.agen_quota.max}".

#ifndef JEJAK_SERVER_QUERY_REPORT_EXPRESSION_H_
#define JEJAK_SERVER_QUERY_REPORT_EXPRESSION_H_

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "jejak/event/v1/envelope.pb.h"
#include "jejak/v1/report.pb.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace jejak::query::report {

// A text, a whole number, yes or no, a list of values, or nothing.
struct Value {
  enum class Kind { kNone, kText, kNumber, kBool, kList };
  Kind kind = Kind::kNone;
  std::string text;
  std::int64_t number = 0;  // 1 for yes.
  std::vector<Value> list;

  static Value Text(std::string text);
  static Value Number(std::int64_t number);
  static Value Bool(bool yes);

  // True for nothing, an empty text and an empty list.
  bool Empty() const;
  // Yes, a number that is not 0, or anything else that is not empty.
  bool Holds() const;
};

// What is known of a value before there is one. Times are texts that are not to be compared: their
// offsets differ.
enum class Type { kAny, kText, kNumber, kBool, kTime, kList };

// What an expression may name.
struct Scope {
  // The type of the rows of each section. Those of v1::EventRow have `event` and `payload` too.
  std::map<std::string, const google::protobuf::Descriptor*> rows;
  std::map<std::string, v1::ReportParameterKind> parameters;
};

// A row as expressions see it. Nothing is owned.
struct Row {
  const google::protobuf::Message* message = nullptr;
  // Of an event: its envelope and what is in it. Null if no expression asks for them.
  const event::v1::Envelope* event = nullptr;
  const google::protobuf::Message* payload = nullptr;
};

// What the names stand for.
struct Environment {
  std::map<std::string, Row> rows;
  // A value for each parameter of the scope; empty if none was given.
  std::map<std::string, std::string> parameters;
  // The moment the report is as of.
  absl::Time moment;
  v1::Language language = v1::LANGUAGE_ENGLISH;

  // Set by an evaluation. True if it met personal data that is masked.
  mutable bool masked = false;
  // Steps taken; over limits::kReportStepsMax everything is empty.
  mutable std::uint64_t steps = 0;
};

class Expression {
 public:
  // INVALID_ARGUMENT, with the column, for what cannot be read, an unknown name, field or function,
  // a wrong type, or more than limits::kReportExpressionBytesMax or kReportExpressionDepthMax.
  static absl::StatusOr<Expression> Parse(absl::string_view text, const Scope& scope);

  Value Evaluate(const Environment& environment) const;
  Type type() const;
  bool IsParameter() const;
  // The sections whose `event` or `payload` it names.
  const std::set<std::string>& events() const { return events_; }

  // If it is the path of a repeated field of messages: their type. Else null.
  const google::protobuf::Descriptor* MessageType() const;
  // REQUIRES: MessageType() != nullptr. Valid as long as the rows.
  std::vector<const google::protobuf::Message*> Messages(const Environment& environment) const;

  // Public for the parser only.
  struct Node;

 private:
  std::shared_ptr<const Node> root_;
  std::set<std::string> events_;
};

// How a value is shown: a list is joined by commas, yes and no are words of the language.
std::string TextOf(const Value& value, v1::Language language);

class Template {
 public:
  // As Expression::Parse. "{{" and "}}" stand for braces.
  static absl::StatusOr<Template> Parse(absl::string_view text, const Scope& scope);

  // The text; empty if all its expressions are, and it has some.
  std::string Fill(const Environment& environment) const;
  // The text of a filter, in which values stand as literals. Empty if a parameter was not given:
  // the condition is not asked. Nothing if another value is empty: no row can be found by it.
  std::optional<std::string> FillFilter(const Environment& environment) const;
  // The same with a literal of the right type instead of each value, to check it by.
  std::string SampleFilter() const;

  const std::set<std::string>& events() const { return events_; }

 private:
  struct Part {
    std::string text;
    std::optional<Expression> expression;
  };
  std::vector<Part> parts_;
  std::set<std::string> events_;
};

}  // namespace jejak::query::report

#endif  // JEJAK_SERVER_QUERY_REPORT_EXPRESSION_H_
