// SPDX-License-Identifier: Apache-2.0
//
// File: yaml.h
//
// JSON values as YAML 1.2.

#ifndef JEJAK_CLIENT_CLI_YAML_H_
#define JEJAK_CLIENT_CLI_YAML_H_

#include "nlohmann/json.hpp"

#include <string>

namespace jejak::cli {

// `value` in block style, ending with a new line. Texts are in double quotes, so that none is taken
// for a number, a date or a truth; what could steer a terminal or is no character of YAML is
// escaped.
std::string ToYaml(const nlohmann::ordered_json& value);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_YAML_H_
