#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tree keeps the rules of tidy.py, and each rule finds a planted violation."""

import os
import sys
import tempfile
import unittest
import unittest.mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402  (after the path is set)

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
SPDX = "// SPDX-License-Identifier: Apache-2.0\n"


def header(path, body=""):
    guard = "JEJAK_" + path.upper().replace("/", "_").replace(".", "_") + "_"
    return (f"{SPDX}//\n// File: {os.path.basename(path)}\n//\n// What it is for.\n\n"
            f"#ifndef {guard}\n#define {guard}\n\n{body}\n#endif\n")


class TreeTest(unittest.TestCase):
    def test_the_tree_keeps_the_rules(self):
        findings = [f"{f.path}:{f.line}: {f.message}" for f in tidy.check(ROOT)]
        self.assertEqual([], findings, "\n" + "\n".join(findings))


class PlantedViolationsTest(unittest.TestCase):
    """A small clean tree; each test spoils it in one way."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        # The tables of tidy.py name files of the real tree.
        for table in (tidy.COVERED_BY, tidy.UNTESTED):
            patch = unittest.mock.patch.dict(table, clear=True)
            patch.start()
            self.addCleanup(patch.stop)
        tidy.UNTESTED["server/main.cc"] = "for this test"
        self.files = {
            "server/main.cc": SPDX,
            "server/log/entry.h": header("server/log/entry.h"),
            "server/log/entry.cc": SPDX + '#include "server/base/hash.h"\n',
            "server/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\n"
                                     "x(main.cc log/entry.cc)\n",
            "tests/unit/server/log/entry_test.cc": SPDX,
            "tests/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\n"
                                    "jejak_test(unit/server/log/entry_test.cc)\n",
            "README.md": "See [the log](server/log/entry.h) and `server/log/`.\n",
        }

    def find(self):
        for path, text in self.files.items():
            full = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        return tidy.check(self.root)

    def assert_found(self, path, line, words):
        findings = self.find()
        self.assertTrue(
            any(f.path == path and f.line == line and words in f.message for f in findings),
            f"no finding at {path}:{line} with {words!r} in {findings}")

    def add_to_entry(self, *lines):
        """Adds lines to entry.cc from line 3 on."""
        self.files["server/log/entry.cc"] += "\n".join(lines) + "\n"

    def test_the_clean_tree_is_clean(self):
        self.assertEqual([], self.find())

    def test_a_test_that_is_not_built(self):
        self.files["tests/CMakeLists.txt"] = "# SPDX-License-Identifier: Apache-2.0\n"
        self.assert_found("tests/unit/server/log/entry_test.cc", 1, "no CMakeLists.txt names it")

    def test_another_file_name_that_ends_alike_does_not_count(self):
        self.files["server/CMakeLists.txt"] = self.files["server/CMakeLists.txt"].replace(
            "log/entry.cc", "log/no_entry.cc")
        self.assert_found("server/log/entry.cc", 1, "no CMakeLists.txt names it")

    def test_a_source_without_test(self):
        self.files["server/log/keys.cc"] = SPDX
        self.assert_found("server/log/keys.cc", 1, "tests/unit/server/log/keys_test.cc")

    def test_a_test_in_a_folder_without_source(self):
        self.files["tests/unit/server/gone/gone_test.cc"] = SPDX
        self.assert_found("tests/unit/server/gone/gone_test.cc", 1, "server/gone/")

    def test_an_exception_that_is_gone(self):
        del self.files["server/main.cc"]
        self.assert_found("tests/tidy/tidy.py", 1, "server/main.cc")

    def test_a_stage_that_sees_too_much(self):
        self.add_to_entry('#include "server/domain/world.h"')
        self.assert_found("server/log/entry.cc", 3, "may see of the other stages: base")

    def test_a_stage_that_nobody_knows(self):
        self.files["server/helper/helper.h"] = header("server/helper/helper.h")
        self.assert_found("server/helper/helper.h", 1, "is not a stage")

    def test_a_client_that_sees_the_server(self):
        self.files["client/cpp/client.h"] = header("client/cpp/client.h",
                                                   '#include "server/log/event_log.h"')
        self.assert_found("client/cpp/client.h", 10, "only protos")

    def test_a_server_that_sees_a_test(self):
        self.add_to_entry('#include "tests/support/scenario.h"')
        self.assert_found("server/log/entry.cc", 3, "is for tests")

    def test_a_stray_rocksdb_include(self):
        self.add_to_entry("#include <rocksdb/db.h>")
        self.assert_found("server/log/entry.cc", 3, "files named rocksdb_*")

    def test_a_stray_grpc_include(self):
        self.add_to_entry('#include "jejak/v1/lokus_service.grpc.pb.h"')
        self.assert_found("server/log/entry.cc", 3, "gRPC is seen only by")

    def test_each_banned_call(self):
        calls = ["absl::Now();", "std::random_device seed;", 'getenv("HOME");',
                 "std::string_view text;", "std::cout << 1;", "absl::SleepFor(one);",
                 "absl::Mutex mutex;", "throw 1;", "} catch (...) {"]
        self.add_to_entry(*calls)
        found = {f.line for f in self.find()}
        self.assertEqual(set(range(3, 3 + len(calls))), found)

    def test_a_sleep_in_a_test(self):
        self.files["tests/unit/server/log/entry_test.cc"] += "std::this_thread::sleep_for(one);\n"
        self.assert_found("tests/unit/server/log/entry_test.cc", 2, "FakeClock")

    def test_comments_and_literals_are_not_calls(self):
        self.add_to_entry("// absl::Now() is banned.", "/* throw", "*/", 'f("getenv");',
                          'g(R"pb(std::cout)pb");', "int million = 1'000'000;")
        self.assertEqual([], self.find())

    def test_something_left_for_later(self):
        self.add_to_entry("// TO" + "DO: later")
        self.assert_found("server/log/entry.cc", 3, "do it")

    def test_a_missing_license_line(self):
        self.files["deploy/tool"] = "#!/usr/bin/env bash\necho\n"
        self.assert_found("deploy/tool", 1, "SPDX")

    def test_a_wrong_guard(self):
        self.files["server/log/entry.h"] = header("server/log/entries.h").replace(
            "entries.h", "entry.h")
        self.assert_found("server/log/entry.h", 1, "JEJAK_SERVER_LOG_ENTRY_H_")

    def test_a_header_that_does_not_say_what_it_is(self):
        self.files["server/log/entry.h"] = self.files["server/log/entry.h"].replace("File: ", "")
        self.assert_found("server/log/entry.h", 1, "// File: entry.h")

    def test_a_dead_link(self):
        self.files["README.md"] += "\n[Gone](server/gone.md)\n"
        self.assert_found("README.md", 3, "points nowhere")

    def test_a_dead_path(self):
        self.files["README.md"] += "\nSee `server/gone/`.\n"
        self.assert_found("README.md", 3, "does not exist")


if __name__ == "__main__":
    unittest.main()
