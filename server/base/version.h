// SPDX-License-Identifier: Apache-2.0
//
// File: version.h
//
// The version, which stands in the root CMakeLists.txt and nowhere else.

#ifndef JEJAK_SERVER_BASE_VERSION_H_
#define JEJAK_SERVER_BASE_VERSION_H_

namespace jejak {

// E.g. "0.1.0".
extern const char kVersion[];

}  // namespace jejak

#endif  // JEJAK_SERVER_BASE_VERSION_H_
