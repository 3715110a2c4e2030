#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules about the tree that no compiler checks.

Run it by hand: tests/tidy/tidy.py [ROOT]. Prints FILE:LINE: what is wrong, and what to do instead;
exits with 1 if there is something. tidy_test.py shows that each rule finds what it should.

A rule is a function that takes a Tree and yields Findings; RULES lists them. Exceptions stand in
the tables below, each with its reason.
"""

import collections
import os
import re
import sys

Finding = collections.namedtuple("Finding", "path line message")

SKIPPED_FOLDERS = {"build", ".git", ".cache", "dist", "node_modules", "__pycache__", "corpus"}

# What a stage of the server may include of the others (the flow in server/README.md).
STAGES = {
    "base": set(),
    "log": {"base"},
    "vault": {"base"},
    "content": {"base"},
    "domain": {"base"},
    "command": {"base", "content", "domain", "log", "vault"},
    "view": {"base"},
    "projection": {"base", "domain", "log", "view"},
    "query": {"base", "domain", "log", "projection", "view"},
    "access": {"base", "domain"},
    "audit": {"base", "log"},
    "service": {"access", "audit", "base", "command", "content", "domain", "projection", "query", "vault"},
    "app": None,  # The composition root sees everything.
}
# Single headers that a stage may include beyond that, and why.
SHARED_HEADERS = {
    ("command", "server/projection/fold.h"): "the sequencer and the projector fold events alike",
}
# Of the log, a client that checks proofs sees the entry and the hashes of the tree.
PUBLIC_HEADERS = {"server/log/entry.h", "server/log/merkle.h", "server/log/tile_edge.h"}

# server/**.cc without a test of its own, and why.
UNTESTED = {
    "server/main.cc": "flags and signals; the integration tests start it",
    "server/base/check.cc": "prints and aborts",
    "server/base/version.cc": "one constant",
    "server/base/clock.cc": "reads the clock of the machine",
    "server/domain/aggregate.cc": "every test of a decider goes through it",
    "server/domain/refusal.cc": "every test of a refusal goes through it",
    "server/domain/registry.cc": "a table; every test of a decider goes through it",
}
# Sources that the test of another file covers. The tests must exist.
COVERED_BY = {
    # The name policy_test is that of a test of the domain.
    "server/audit/policy.cc": "tests/unit/server/audit/trust_policy_test.cc",
    # The name program_test is that of a test of the command line.
    "server/domain/program/program.cc":
        "tests/unit/server/domain/program/program_decider_test.cc",
    "server/log/event_log.cc": "tests/unit/server/log/event_log_contract_test.cc",
    "server/log/memory_log_device.cc": "tests/unit/server/log/log_device_contract_test.cc",
    "server/service/runner.cc": "tests/integration/server_test.cc",
    "server/log/rocksdb_options.cc": "tests/unit/server/log/rocksdb_log_device_test.cc",
}
UNTESTED_PATTERNS = {
    r"server/app/.*": "wiring; the integration tests start it",
    r"server/service/\w+/\w+_service\.cc": "a call per method; the integration tests drive them",
    r".*/(\w+_)?errors\.cc": "texts; what refuses, and the reason, is tested where it is decided",
}

# Banned calls: pattern, where it is banned, where it is allowed all the same, and the remedy.
Ban = collections.namedtuple("Ban", "pattern inside allowed remedy")
BANS = [
    Ban(r"\babsl::Now\b|\bsystem_clock::now\b|\bgettimeofday\b|\bclock_gettime\b",
        ("server/",), ("server/base/clock.cc",),
        "time comes from Clock (server/base/clock.h), so that tests can set it"),
    Ban(r"\bstd::random_device\b|\bstd::mt19937|\bs?rand\s*\(",
        ("server/",), ("server/base/",),
        "randomness comes from server/base, so that there is one source of it"),
    Ban(r"\b(?:secure_)?getenv\b",
        ("server/", "client/"), ("server/main.cc", "client/cli/main.cc", "client/cli/config.cc"),
        "the environment is read where flags are read, and handed down as a value"),
    Ban(r"\bstd::string_view\b", ("server/", "client/", "tests/"), (),
        "use absl::string_view: Debian's Abseil does not convert between the two"),
    Ban(r"\bstd::(?:cout|cerr)\b|\bf?printf\s*\(", ("server/",),
        ("server/main.cc", "server/base/check.cc"),
        "log through spdlog in server/app, or return the text to the caller"),
    Ban(r"\babsl::SleepFor\b|\bsleep_(?:for|until)\b|\b(?:u|nano)?sleep\s*\(",
        ("server/", "tests/"), (),
        "wait for a condition, a future or a notification; in tests set the FakeClock"),
    Ban(r"\babsl::Mutex\b|\babsl::MutexLock\b", ("server/", "client/", "tests/"), (),
        "use server/base/mutex.h: TSan reports false races in Debian's absl::Mutex"),
    Ban(r"\bthrow\b|\bcatch\s*\(|\btry\s*\{", ("server/", "client/", "tests/"), (),
        "return absl::Status; call the overload that does not throw"),
]

# Files that may do what a ban forbids, and why: (path, what is banned) -> reason.
EXEMPT = {
    ("client/cli/config.cc", "try"): "toml++ reports wrong files by throwing",
    ("client/cli/config.cc", "catch"): "toml++ reports wrong files by throwing",
    ("server/main.cc", "try"): "CLI11 reports wrong flags by throwing",
    ("server/main.cc", "catch"): "CLI11 reports wrong flags by throwing",
    ("server/app/app.cc", "system_clock::now"): "gRPC takes the end of a shutdown as a wall time",
    ("server/service/runner.cc", "system_clock::now"): "gRPC gives deadlines as wall times",
    ("server/service/record/document_service.cc", "system_clock::now"): "gRPC takes the time of an alarm as a wall time",
}

LEFTOVER = re.compile(r"\b(?:%s)\b" % "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")))
TOP = r"(?:proto|server|client|tests|deploy|cmake|\.ci)"


class Tree:
    """The files of a folder, read once."""

    def __init__(self, root):
        self.root = root
        self.paths = []
        self._texts = {}
        for folder, folders, files in os.walk(root):
            folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
            relative = os.path.relpath(folder, root)
            for name in sorted(files):
                self.paths.append(os.path.normpath(os.path.join(relative, name)))
        self.path_set = set(self.paths)

    def text(self, path):
        if path not in self._texts:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                self._texts[path] = file.read()
        return self._texts[path]

    def exists(self, path):
        return os.path.exists(os.path.join(self.root, path))

    def sources(self, *suffixes, inside=("server/", "client/", "tests/")):
        return [p for p in self.paths if p.endswith(suffixes) and p.startswith(inside)]


TOKENS = re.compile(
    r'(?P<skip>//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\\ ]*)\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\')',
    re.DOTALL)


def code_of(text):
    """The text of a C++ file without comments and literals, line numbers kept."""
    return TOKENS.sub(lambda match: "\n" * match.group("skip").count("\n"), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def includes(text):
    """(line, path, is quoted) of each #include."""
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', text, re.MULTILINE):
        yield line_of(text, match.start()), match.group(2), match.group(1) == '"'


def cmake_mentions(tree, path):
    """True if a CMakeLists.txt in the folder of a file or above names it."""
    folder = os.path.dirname(path)
    while True:
        lists = os.path.join(folder, "CMakeLists.txt")
        if lists in tree.path_set:
            name = os.path.relpath(path, folder or ".")
            if re.search(r"(?<![\w./-])%s(?![\w.-])" % re.escape(name), tree.text(lists)):
                return True
        if not folder:
            return False
        folder = os.path.dirname(folder)


def check_listed(tree):
    """Each source is built."""
    for path in tree.sources(".cc"):
        if not cmake_mentions(tree, path):
            yield Finding(path, 1, "no CMakeLists.txt names it, so nothing builds it: add it to "
                          "the one of its folder, or delete it")


def check_mirrored(tree):
    """Each source of the server has its test, and each unit test lies where its source does."""
    for path in tree.sources(".cc", inside=("server/",)):
        if path in UNTESTED or path in COVERED_BY or any(re.fullmatch(p, path) for p in UNTESTED_PATTERNS):
            continue
        test = "tests/unit/" + path[:-len(".cc")] + "_test.cc"
        if test not in tree.path_set:
            yield Finding(path, 1, f"it has no test: write {test}, or give the reason in UNTESTED "
                          "of tests/tidy/tidy.py")
    folders = {os.path.dirname(path) for path in tree.sources(".h", ".cc")}
    for path in tree.sources("_test.cc", inside=("tests/unit/",)):
        folder = os.path.dirname(path)[len("tests/unit/"):]
        if folder not in folders:
            yield Finding(path, 1, f"there is nothing in {folder}/ that it could test: move the "
                          "test to where its source is")
    for path in (*UNTESTED, *COVERED_BY, *COVERED_BY.values()):
        if path not in tree.path_set:
            yield Finding("tests/tidy/tidy.py", 1, f"a table names {path}, which is gone: remove it")


def check_layers(tree):
    """Includes follow the stages."""
    for path in tree.sources(".h", ".cc", inside=("server/", "client/")):
        parts = path.split("/")
        stage = parts[1] if parts[0] == "server" and len(parts) > 2 else None
        if stage is not None and stage not in STAGES:
            yield Finding(path, 1, f"server/{stage} is not a stage: add it to STAGES in "
                          "tests/tidy/tidy.py, with what it may see")
            continue
        for line, included, _ in includes(tree.text(path)):
            target = included.split("/")
            if (parts[0] == "client" and target[0] == "server" and
                    target[1] not in ("audit", "base") and included not in PUBLIC_HEADERS):
                yield Finding(path, line, f"the client includes {included}: it sees only protos, "
                              "server/base and server/audit; go through the API")
            elif target[0] == "tests":
                yield Finding(path, line, f"{included} is for tests: move it out of tests/, or do "
                              "without it")
            elif parts[0] == "server" and target[0] == "client":
                yield Finding(path, line, f"the server includes {included}: it must not know its "
                              "clients")
            elif stage is not None and STAGES[stage] is not None and target[0] == "server":
                if (target[1] != stage and target[1] not in STAGES[stage] and
                        (stage, included) not in SHARED_HEADERS):
                    allowed = ", ".join(sorted(STAGES[stage])) or "nothing"
                    yield Finding(path, line, f"server/{stage} includes {included}, and may see of "
                                  f"the other stages: {allowed}; hand the value in from outside")


def check_engines(tree):
    """RocksDB and gRPC stay where they belong."""
    for path in tree.sources(".h", ".cc"):
        for line, included, _ in includes(tree.text(path)):
            if included.startswith("rocksdb/"):
                if not (os.path.basename(path).startswith("rocksdb_") or
                        path.startswith(("server/view/", "server/vault/", "tests/"))):
                    yield Finding(path, line, "RocksDB is seen only by files named rocksdb_* and by "
                                  "server/view and server/vault: use their interface")
            if included.startswith(("grpc/", "grpcpp/")) or included.endswith(".grpc.pb.h"):
                if not path.startswith(("server/service/", "server/app/", "client/", "tests/")):
                    yield Finding(path, line, "gRPC is seen only by server/service, server/app and "
                                  "client: take and return messages and absl::Status")


def check_bans(tree):
    """Calls that are banned are not made."""
    for path in tree.sources(".h", ".cc"):
        code = code_of(tree.text(path))
        for ban in BANS:
            if not path.startswith(ban.inside) or path.startswith(ban.allowed or ("\0",)):
                continue
            for match in re.finditer(ban.pattern, code):
                what = match.group().rstrip(" ({")
                if (path, what) not in EXEMPT:
                    yield Finding(path, line_of(code, match.start()), f"{what}: {ban.remedy}")


def check_leftovers(tree):
    """Nothing is left for later."""
    suffixes = (".h", ".cc", ".ts", ".proto", ".py", ".sh", ".cmake", ".txt", ".md", ".json", ".yaml",
                ".ini", ".toml")
    for path in tree.paths:
        if path.endswith(suffixes) or is_script(tree, path):
            for match in LEFTOVER.finditer(tree.text(path)):
                yield Finding(path, line_of(tree.text(path), match.start()),
                              f"{match.group()}: do it, or file an issue and say nothing here")


def is_script(tree, path):
    return "." not in os.path.basename(path) and tree.text(path).startswith("#!")


def check_license_lines(tree):
    """The license stands on line 1 (line 2 below #!)."""
    for path in tree.paths:
        name = os.path.basename(path)
        if path.startswith("proto/google/"):
            continue
        if not (name.endswith((".h", ".cc", ".ts", ".proto", ".py", ".sh", ".cmake")) or
                name == "CMakeLists.txt" or is_script(tree, path)):
            continue
        lines = tree.text(path).split("\n", 2)
        line = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        mark = "//" if name.endswith((".h", ".cc", ".ts", ".proto")) else "#"
        if line != f"{mark} SPDX-License-Identifier: Apache-2.0":
            yield Finding(path, 1, f'begin the file with "{mark} SPDX-License-Identifier: '
                          'Apache-2.0" (after #!, where there is one)')


def check_headers(tree):
    """Guards are named after the path, and each header says what it is."""
    for path in tree.sources(".h"):
        text = tree.text(path)
        guard = "JEJAK_" + re.sub(r"[^A-Za-z0-9]", "_", path).upper() + "_"
        if not re.search(r"^#ifndef %s\n#define %s$" % (guard, guard), text, re.MULTILINE):
            yield Finding(path, 1, f"the header guard must be {guard}")
        if f"\n// File: {os.path.basename(path)}\n//\n" not in text:
            yield Finding(path, 1, f'begin the header with "// File: {os.path.basename(path)}", an '
                          'empty "//" line, and what the file is for')


def check_links(tree):
    """Links and paths in markdown point somewhere."""
    for path in tree.paths:
        if not path.endswith(".md"):
            continue
        text = tree.text(path)
        folder = os.path.dirname(path)
        for match in re.finditer(r"\]\(([^)\s]+)\)", text):
            target = match.group(1).split("#")[0]
            if not target or re.match(r"[a-z]+:", target):
                continue
            if not tree.exists(os.path.join(folder, target)):
                yield Finding(path, line_of(text, match.start()),
                              f"the link {match.group(1)} points nowhere: correct or remove it")
        for match in re.finditer(r"`(%s/[\w./-]*)`" % TOP, text):
            target = match.group(1)
            if not (tree.exists(target) or tree.exists(os.path.join(folder, target))):
                yield Finding(path, line_of(text, match.start()),
                              f"{target} does not exist: correct or remove it")


RULES = [check_listed, check_mirrored, check_layers, check_engines, check_bans, check_leftovers,
         check_license_lines, check_headers, check_links]


def check(root):
    """All findings in the folder, ordered by file."""
    tree = Tree(root)
    return sorted({finding for rule in RULES for finding in rule(tree)})


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../..")
    findings = check(root)
    for finding in findings:
        print(f"{finding.path}:{finding.line}: {finding.message}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
