// SPDX-License-Identifier: Apache-2.0
//
// Any text is an expression, a template, or refused with a column; and what is accepted has a
// value.

#include "server/query/report/expression.h"
#include "tests/fuzz/fuzz.h"

#include "jejak/v1/agen.pb.h"
#include "jejak/v1/history.pb.h"
#include "jejak/v1/lokus.pb.h"

#include "absl/strings/match.h"

namespace {

using namespace jejak::query::report;  // NOLINT

void CheckError(const absl::Status& status) {
  JEJAK_CHECK(absl::IsInvalidArgument(status));
  JEJAK_CHECK(absl::StrContains(status.message(), "column "));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view text = jejak::fuzz::AsText(data, size);
  Scope scope;
  scope.rows = {{"lokus", jejak::v1::Lokus::descriptor()},
                {"agen", jejak::v1::Agen::descriptor()},
                {"entry", jejak::v1::EventRow::descriptor()}};
  scope.parameters = {{"days", jejak::v1::REPORT_PARAMETER_KIND_INTEGER},
                      {"office", jejak::v1::REPORT_PARAMETER_KIND_RESOURCE},
                      {"at", jejak::v1::REPORT_PARAMETER_KIND_TIME}};
  jejak::v1::Lokus lokus;
  lokus.set_name("programs/p/lokus/18");
  lokus.add_indicators()->set_numerator(3);
  lokus.add_categories(jejak::v1::LOKUS_CATEGORY_LOW_TURNOUT);
  jejak::v1::Agen agen;
  agen.add_requirements()->set_checked_on("2021-06-01");
  jejak::v1::EventRow entry;
  jejak::event::v1::Envelope envelope;
  Environment environment;
  environment.rows = {{"lokus", {&lokus}}, {"agen", {&agen}}, {"entry", {&entry, &envelope}}};
  environment.parameters = {{"days", "9223372036854775807"}, {"office", "offices/1"}, {"at", ""}};
  environment.moment = absl::UnixEpoch();

  const auto expression = Expression::Parse(text, scope);
  if (expression.ok()) {
    TextOf(expression->Evaluate(environment), jejak::v1::LANGUAGE_INDONESIAN);
    if (expression->MessageType() != nullptr) expression->Messages(environment);
  } else {
    CheckError(expression.status());
  }
  const auto parsed = Template::Parse(text, scope);
  if (parsed.ok()) {
    parsed->Fill(environment);
    parsed->FillFilter(environment);
    parsed->SampleFilter();
  } else {
    CheckError(parsed.status());
  }
  return 0;
}
