// SPDX-License-Identifier: Apache-2.0

#include "server/base/version.h"

namespace jejak {

const char kVersion[] = JEJAK_VERSION;

}  // namespace jejak
