// SPDX-License-Identifier: Apache-2.0
//
// File: report.h
//
// Reports from the command line: start one, wait for it, and write its answer.

#ifndef JEJAK_CLIENT_CLI_REPORT_H_
#define JEJAK_CLIENT_CLI_REPORT_H_

#include "client/cli/output.h"
#include "client/cpp/client.h"

#include "jejak/v1/report.pb.h"
#include "jejak/v1/report_service.pb.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <functional>
#include <ostream>
#include <string>

namespace jejak::cli {

// Adds the value of a parameter, "days=30". A usage error if there is no "=".
absl::Status AddParameter(absl::string_view text, v1::RunReportRequest* request);

// Starts a report and waits until it is done; `progress`, if given, is told how far it is. The
// report's own error if it has no answer.
absl::StatusOr<v1::Operation> RunReport(
    client::Client* client, const v1::RunReportRequest& request,
    const std::function<void(const v1::OperationProgress&)>& progress = nullptr);

// Calls `visit` for each row of the answer of an operation that is done, in order, page by page.
// Ends with the first error.
absl::Status ForEachReportRow(client::Client* client, const std::string& operation,
                              const std::function<absl::Status(const v1::ReportRow&)>& visit);

// Gives the rows of an answer, in order, to `visit`; ends with the first error.
using ReportRows =
    std::function<absl::Status(const std::function<absl::Status(const v1::ReportRow&)>& visit)>;

// Writes an answer as tables, one for each section, or as CSV, HTML, JSON, JSON lines or YAML, each
// with what the answer was made from. The records of CSV begin with the id of their section, whose
// first one has the titles of the columns; those of the section "report" are labels and values. The
// format "name" gives the ids of the sections with their numbers of rows. Of a table, one section
// is held in memory at a time; of JSON and YAML, all; of the others, a row.
absl::Status WriteReport(const v1::ReportHeader& header, const ReportRows& rows,
                         const OutputOptions& options, std::ostream& out);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_REPORT_H_
