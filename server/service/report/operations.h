// SPDX-License-Identifier: Apache-2.0
//
// File: operations.h
//
// Reports that run or have run: started by a call that returns at once, worked on one after another
// by a thread of their own, and held for a while for whoever started them. All bounds are in
// server/base/limits.h: how many there are, how many of one actor, how long they are held, and how
// many bytes of rows they keep.

#ifndef JEJAK_SERVER_SERVICE_REPORT_OPERATIONS_H_
#define JEJAK_SERVER_SERVICE_REPORT_OPERATIONS_H_

#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/base/thread_pool.h"
#include "server/service/report/spool.h"

#include "jejak/v1/report.pb.h"
#include "jejak/v1/report_service.pb.h"

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace jejak::service {

// Thread-safe.
class Operations {
 public:
  // Is told how far the work is; false means that it is to stop.
  using Progress = absl::FunctionRef<bool(const v1::OperationProgress& progress)>;
  // Puts the rows into the spool and returns the header.
  using Work = std::function<absl::StatusOr<v1::ReportHeader>(Spool& spool, Progress progress)>;

  // `folder` belongs to the operations: what is in it is removed. UNAVAILABLE. The clock is not
  // owned.
  static absl::StatusOr<std::unique_ptr<Operations>> Open(std::string folder, Clock* clock);
  // Cancels what runs, and waits for it.
  ~Operations();
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  // Starts an operation and returns it as it is at once. The oldest one of the actor that has ended
  // makes place if there are too many. RESOURCE_EXHAUSTED, reason TOO_MANY_REPORTS.
  absl::StatusOr<v1::Operation> Start(const std::string& actor, const std::string& report,
                                      Work work);

  // OPERATION_UNKNOWN: there is none, it has expired, or another actor started it.
  absl::StatusOr<v1::Operation> Get(absl::string_view actor, absl::string_view name);
  // One that has not begun ends at once; one that has ended stays as it is. OPERATION_UNKNOWN.
  absl::StatusOr<v1::Operation> Cancel(absl::string_view actor, absl::string_view name);
  // A page of rows. OPERATION_UNKNOWN, OPERATION_NOT_DONE, OPERATION_FAILED, PAGE_SIZE_INVALID,
  // PAGE_TOKEN_INVALID, PAGE_TOKEN_MISMATCH. Reads a file.
  absl::StatusOr<v1::ListReportRowsResponse> Rows(absl::string_view actor,
                                                  const v1::ListReportRowsRequest& request);

 private:
  struct Held {
    std::string actor;
    // Only what the lock protects; `work` has its own copy of nothing.
    v1::Operation operation;
    std::unique_ptr<Spool> spool;
    std::atomic<bool> cancelled = false;
    // True once the work was taken up.
    bool begun = false;
    absl::Time expires = absl::InfiniteFuture();
  };

  Operations(std::string folder, Clock* clock);
  void RunOne(const std::shared_ptr<Held>& held, const Work& work);
  void End(Held& held, absl::StatusOr<v1::ReportHeader> header, std::unique_ptr<Spool> spool)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Forgets what has expired.
  void Expire() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Forgets the oldest one that has ended, of an actor if it is not empty; false if there is none.
  bool MakePlace(absl::string_view actor) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<Held>> Find(absl::string_view actor, absl::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string folder_;
  Clock* const clock_;
  Mutex mutex_;
  // By when they were started.
  std::map<std::uint64_t, std::shared_ptr<Held>> held_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t started_ ABSL_GUARDED_BY(mutex_) = 0;
  // Last, so that it has ended before what it works on goes.
  ThreadPool pool_;
};

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_REPORT_OPERATIONS_H_
