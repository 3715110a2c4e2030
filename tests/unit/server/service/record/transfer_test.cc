// SPDX-License-Identifier: Apache-2.0

#include "server/service/record/transfer.h"

#include "server/base/limits.h"
#include "server/domain/refusal.h"

#include "google/rpc/error_details.pb.h"

#include <gtest/gtest.h>

#include <deque>

namespace jejak::service {
namespace {

TEST(TransferTest, WhoFindsNoPlaceIsToldSoAndAPlaceIsFreeAgainAfterOneEnds) {
  SimulatedClock clock(absl::FromUnixSeconds(1'622'505'600));
  std::atomic<int> under_way{0};
  std::deque<Transfer> transfers;
  for (int i = 0; i < limits::kTransfersMax; ++i) {
    EXPECT_EQ(transfers.emplace_back(under_way, clock).Check(), absl::OkStatus()) << i;
  }
  {
    const Transfer one_more(under_way, clock);
    EXPECT_EQ(one_more.Check().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(domain::GetReason(one_more.Check()), "TOO_MANY_TRANSFERS");
    transfers.pop_front();
    EXPECT_EQ(domain::GetReason(one_more.Check()), "TOO_MANY_TRANSFERS") << "it came too early";
  }
  EXPECT_EQ(Transfer(under_way, clock).Check(), absl::OkStatus());
  EXPECT_EQ(transfers.back().Check(), absl::OkStatus());
  transfers.clear();
  EXPECT_EQ(under_way, 0);
}

TEST(TransferTest, ATransferHasItsTimeAndNoMore) {
  SimulatedClock clock(absl::FromUnixSeconds(1'622'505'600));
  std::atomic<int> under_way{0};
  const Transfer transfer(under_way, clock);
  clock.Advance(limits::kTransferTimeMax);
  EXPECT_EQ(transfer.Check(), absl::OkStatus());
  clock.Advance(absl::Microseconds(1));
  EXPECT_EQ(transfer.Check().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(domain::GetReason(transfer.Check()), "TRANSFER_TOO_LONG");
}

}  // namespace
}  // namespace jejak::service
