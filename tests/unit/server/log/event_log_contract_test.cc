// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/server/log/event_log_contract.h"

namespace jejak::log {

INSTANTIATE_TEST_SUITE_P(Devices, EventLogContract, testing::ValuesIn(AllStores()),
                         [](const auto& store) { return store.param.name; });

}  // namespace jejak::log
