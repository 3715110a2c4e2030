// SPDX-License-Identifier: Apache-2.0
//
// File: scripted_program.h
//
// The story that the generator tells (domain.md 2 and 7), as chains of commands.

#ifndef JEJAK_TESTS_BENCHMARK_SCRIPTED_PROGRAM_H_
#define JEJAK_TESTS_BENCHMARK_SCRIPTED_PROGRAM_H_

#include "tests/benchmark/generator.h"
#include "tests/benchmark/schedule.h"

#include "absl/status/status.h"
#include "absl/time/time.h"

#include <functional>
#include <memory>

namespace jejak::benchmark {

class ScriptedProgram {
 public:
  // Puts a chain beside those that run.
  using Start = std::function<void(std::unique_ptr<Chain>)>;
  // `content` is not owned.
  ScriptedProgram(const GeneratorOptions& options, content::ContentStore* content, Start start);
  ~ScriptedProgram();

  // Stores the contents the documents and catalogs refer to, and starts the first chain.
  absl::Status Begin();

  // When the first command is given, and when the last year has ended.
  absl::Time from() const;
  absl::Time to() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jejak::benchmark

#endif  // JEJAK_TESTS_BENCHMARK_SCRIPTED_PROGRAM_H_
