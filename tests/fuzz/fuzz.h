// SPDX-License-Identifier: Apache-2.0
//
// File: fuzz.h
//
// What a fuzz target is: one function over bytes that come from anywhere. It stops the process,
// with JEJAK_CHECK, if a promise does not hold for them.

#ifndef JEJAK_TESTS_FUZZ_FUZZ_H_
#define JEJAK_TESTS_FUZZ_FUZZ_H_

#include "server/base/check.h"

#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>

// Named and called by libFuzzer, or by replay_main.cc. Always returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace jejak::fuzz {

inline absl::string_view AsText(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace jejak::fuzz

#endif  // JEJAK_TESTS_FUZZ_FUZZ_H_
