// SPDX-License-Identifier: Apache-2.0

#include "server/service/record/transfer.h"

#include "server/base/limits.h"
#include "server/command/status_proto.h"
#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::service {
namespace {

using domain::Refusal;

absl::Status TooManyTransfers() {
  absl::Status status = Refusal(absl::StatusCode::kResourceExhausted, "TOO_MANY_TRANSFERS",
                                absl::StrCat("at most ", limits::kTransfersMax,
                                             " contents are sent and fetched at a time"))
                            .Needed("try again a little later");
  command::AddRetry(absl::Milliseconds(500), status);
  return status;
}

absl::Status TransferTooLong() {
  return Refusal(absl::StatusCode::kDeadlineExceeded, "TRANSFER_TOO_LONG",
                 absl::StrCat("a content is sent or fetched within ",
                              absl::FormatDuration(limits::kTransferTimeMax)))
      .Needed("a faster connection, or a smaller file");
}

}  // namespace

Transfer::Transfer(std::atomic<int>& under_way, Clock& clock)
    : under_way_(under_way),
      clock_(clock),
      start_(clock.Now()),
      has_place_(++under_way <= limits::kTransfersMax) {}

absl::Status Transfer::Check() const {
  if (!has_place_) return TooManyTransfers();
  return clock_.Now() - start_ > limits::kTransferTimeMax ? TransferTooLong() : absl::OkStatus();
}

}  // namespace jejak::service
