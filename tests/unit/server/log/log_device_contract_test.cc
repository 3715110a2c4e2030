// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/server/log/log_device_contract.h"

namespace jejak::log {
namespace {

INSTANTIATE_TEST_SUITE_P(Devices, LogDeviceContract, testing::ValuesIn(AllStores()),
                         [](const auto& store) { return store.param.name; });

TEST(MemoryLogDeviceTest, AFailedAppendStopsTheDeviceUntilItIsReopened) {
  for (bool stored : {false, true}) {
    const auto store = MemoryLogDevice::NewStore();
    MemoryLogDevice device(store);
    device.FailNextAppend(stored);
    const LogRecord record{{{Table::kMeta, "k", "v"}}};
    EXPECT_TRUE(absl::IsUnavailable(device.AppendIf(0, record)));
    EXPECT_TRUE(absl::IsFailedPrecondition(device.AppendIf(0, record)));
    EXPECT_TRUE(absl::IsFailedPrecondition(device.AppendIf(1, record)));
    MemoryLogDevice reopened(store);
    EXPECT_EQ(reopened.Tail(), stored ? 1u : 0u);
    EXPECT_TRUE(reopened.AppendIf(reopened.Tail(), record).ok());
  }
}

}  // namespace
}  // namespace jejak::log
