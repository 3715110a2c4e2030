// SPDX-License-Identifier: Apache-2.0
//
// File: program.h
//
// The program `jejak` as a function, so that tests and stories can run command lines.

#ifndef JEJAK_CLIENT_CLI_PROGRAM_H_
#define JEJAK_CLIENT_CLI_PROGRAM_H_

#include "client/cli/config.h"

#include <istream>
#include <ostream>
#include <string>
#include <vector>

namespace jejak::cli {

// What the program reads and writes. Data goes to `out`, messages to `err`.
struct Surroundings {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Environment environment;
  bool out_is_terminal = false;
  // A person reads `err` and answers on `in`, and can be asked before something is ended for good.
  bool interactive = false;
};

// Runs a command line without the program's name and returns its exit code (failure.h).
int Run(const std::vector<std::string>& tokens, const Surroundings& surroundings);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_PROGRAM_H_
