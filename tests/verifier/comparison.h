// SPDX-License-Identifier: Apache-2.0
//
// File: comparison.h
//
// The same questions to both verifiers: this program's verdict, and that of the one in TypeScript,
// as client/console/verifier/src/batch.ts reads and answers them.

#ifndef JEJAK_TESTS_VERIFIER_COMPARISON_H_
#define JEJAK_TESTS_VERIFIER_COMPARISON_H_

#include "server/base/check.h"
#include "server/base/hash.h"
#include "tests/support/temp_folder.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

namespace jejak::audit {

// Draws, the same ones in every run. JEJAK_SEED, a number, gives others.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {
    const char* other = std::getenv("JEJAK_SEED");
    if (other != nullptr) engine_.seed(seed + 1'000 * std::strtoull(other, nullptr, 10));
  }

  // REQUIRES: bound > 0.
  std::size_t Below(std::size_t bound) { return engine_() % bound; }
  bool OneIn(std::size_t bound) { return Below(bound) == 0; }
  // Of any number of bits, so that small and large ones come alike.
  std::uint64_t Number() { return engine_() >> Below(64); }
  Hash SomeHash() { return Sha256({std::to_string(engine_())}); }
  std::string Bytes(std::size_t size) {
    std::string bytes;
    while (bytes.size() < size) bytes.push_back(static_cast<char>(Below(256)));
    return bytes;
  }
  template <typename Container>
  const auto& Pick(const Container& container) {
    return *(std::begin(container) + static_cast<std::ptrdiff_t>(Below(std::size(container))));
  }

 private:
  std::mt19937_64 engine_;
};

// What must come out, whatever the verifiers agree on.
enum class Expect { kEither, kVerified, kRefused };

class Comparison {
 public:
  explicit Comparison(std::string name) : name_(std::move(name)), requests_(folder_ / "requests") {}

  // `request` is a line of batch.ts without its newline.
  void Add(const std::string& request, const absl::Status& verdict,
           Expect expect = Expect::kEither) {
    if (expect != Expect::kEither && verdict.ok() != (expect == Expect::kVerified)) {
      Report(request, absl::StrCat("unexpected here: ", verdict.ToString()));
    }
    requests_ << request << '\n';
    verdicts_.push_back(verdict.ok() ? "" : verdict.ToString());
  }

  // Asks the other verifier, and fails the test for each line that it answers otherwise.
  void Run() {
    requests_.close();
    const char* script = std::getenv("JEJAK_VERIFIER");
    ASSERT_NE(script, nullptr) << "JEJAK_VERIFIER is not the path of verify.js: run it by ctest";
    const std::string command = absl::StrCat("node '", script, "' batch <'", folder_ / "requests",
                                             "' >'", folder_ / "answers", "'");
    ASSERT_EQ(std::system(command.c_str()), 0) << command;

    std::ifstream requests(folder_ / "requests");
    std::ifstream answers(folder_ / "answers");
    std::string request;
    std::string answer;
    std::size_t verified = 0;
    for (const std::string& error : verdicts_) {
      ASSERT_TRUE(std::getline(requests, request) && std::getline(answers, answer));
      const bool ok = answer == R"({"ok":true})";
      ASSERT_TRUE(ok || absl::StartsWith(answer, R"({"ok":false,)")) << answer;
      if (ok) ++verified;
      if (ok != error.empty()) {
        Report(request,
               absl::StrCat("C++: ", error.empty() ? "verified" : error, "\nTypeScript: ", answer));
      }
    }
    ASSERT_FALSE(std::getline(answers, answer)) << answer;
    // What both refuse always, or never, is not tested here.
    EXPECT_GT(verified, 0u);
    EXPECT_LT(verified, verdicts_.size());
    std::cout << name_ << ": " << verdicts_.size() << " asked, " << verified << " verified\n";
    EXPECT_EQ(reports_, 0u);
  }

  std::size_t size() const { return verdicts_.size(); }

 private:
  // The first ones in full.
  void Report(absl::string_view request, absl::string_view what) {
    if (++reports_ <= 10) ADD_FAILURE() << name_ << ": " << what << "\n" << request;
  }

  const std::string name_;
  const test::TempFolder folder_;
  std::ofstream requests_;
  // Empty: verified. Else why not.
  std::vector<std::string> verdicts_;
  std::size_t reports_ = 0;
};

}  // namespace jejak::audit

#endif  // JEJAK_TESTS_VERIFIER_COMPARISON_H_
