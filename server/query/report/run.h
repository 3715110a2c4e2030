// SPDX-License-Identifier: Apache-2.0
//
// File: run.h
//
// Answers a report: walks the sections of its plan in order and hands each row on as soon as it is
// known, so that an answer of any size takes no more memory than a page. A section that is asked
// for each row of another one walks that one again.

#ifndef JEJAK_SERVER_QUERY_REPORT_RUN_H_
#define JEJAK_SERVER_QUERY_REPORT_RUN_H_

#include "server/query/reader.h"
#include "server/query/report/plan.h"

#include "jejak/v1/report.pb.h"

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include <cstdint>

namespace jejak::query::report {

struct RunRequest {
  const Plan* plan = nullptr;
  // As Plan::Check gave them.
  Arguments arguments;
  // The answer is as of this size of the log, which the view has reached, and of this moment: days
  // are counted up to it.
  std::uint64_t size = 0;
  absl::Time moment;
  v1::Language language = v1::LANGUAGE_ENGLISH;
};

// Takes a row; false if it takes no more, which ends the answer as truncated.
using Sink = absl::FunctionRef<absl::StatusOr<bool>(const v1::ReportRow& row)>;
// Is told how far it is, often; false cancels.
using Progress = absl::FunctionRef<bool(const v1::OperationProgress& progress)>;

// What the answer was made from: all of the header but who asked, what for and when. Blocking; for
// no thread of gRPC. RESOURCE_NOT_FOUND for a resource that a parameter names and that is not there
// at that size; REPORT_MOMENT_IN_FUTURE, REPORT_TOO_COMPLEX, REPORT_CANCELLED, what the reader and
// the log return, and the errors of `sink`. Where a list or a difference of one outer row is too
// large, it is left out, and the answer is truncated.
absl::StatusOr<v1::ReportHeader> Run(const Reader& reader, const RunRequest& request,
                                     const Present& present, Sink sink, Progress progress);

}  // namespace jejak::query::report

#endif  // JEJAK_SERVER_QUERY_REPORT_RUN_H_
