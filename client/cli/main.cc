// SPDX-License-Identifier: Apache-2.0

#include "client/cli/program.h"

#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

int main(int argc, char** argv) {
  jejak::cli::Surroundings surroundings{std::cin,
                                        std::cout,
                                        std::cerr,
                                        jejak::cli::SystemEnvironment(),
                                        isatty(STDOUT_FILENO) == 1,
                                        isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1};
  return jejak::cli::Run(std::vector<std::string>(argv + 1, argv + argc), surroundings);
}
