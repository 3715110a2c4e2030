// SPDX-License-Identifier: Apache-2.0

#include "client/cli/yaml.h"

#include "gtest/gtest.h"

namespace jejak::cli {
namespace {

std::string Yaml(const char* json) { return ToYaml(nlohmann::ordered_json::parse(json)); }

TEST(YamlTest, ObjectsAndListsAreBlocksInTheOrderOfTheDocument) {
  EXPECT_EQ(Yaml(R"({"b": {"c": 1, "d": [true, {"e": "x", "f": [[2, 3], {}]}]}, "a": null})"),
            "b:\n"
            "  c: 1\n"
            "  d:\n"
            "    - true\n"
            "    - e: \"x\"\n"
            "      f:\n"
            "        - - 2\n"
            "          - 3\n"
            "        - {}\n"
            "a: null\n");
  EXPECT_EQ(Yaml("{}"), "{}\n");
  EXPECT_EQ(Yaml("[]"), "[]\n");
}

TEST(YamlTest, ATextIsNeverTakenForAnythingElse) {
  EXPECT_EQ(Yaml(R"({"a": "no", "b": "2021-06-10", "c": "x: #y\n\"z\"", "d": "18"})"),
            "a: \"no\"\nb: \"2021-06-10\"\nc: \"x: #y\\n\\\"z\\\"\"\nd: \"18\"\n");
  EXPECT_EQ(Yaml(R"({"on": 1, "No": 2, "@type": 3, "18.06": 4, "": 5})"),
            "\"on\": 1\n\"No\": 2\n\"@type\": 3\n\"18.06\": 4\n\"\": 5\n");
}

TEST(YamlTest, WhatYamlLacksOrCouldSteerATerminalIsEscaped) {
  EXPECT_EQ(Yaml("\"\\u001b[2J \\u007f \\u0085 \\u2028 \\u202e \\ufeff \xE6\x9D\x91\""),
            "\"\\u001b[2J \\u007f \\u0085 \\u2028 \\u202e \\ufeff \xE6\x9D\x91\"\n");
}

}  // namespace
}  // namespace jejak::cli
