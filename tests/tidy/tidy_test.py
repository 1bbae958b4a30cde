#!/usr/bin/python3
"""The rules of the house hold for this project; and each of them complains about a small tree that breaks it.

tidy_test.py ROOT [unittest options]
"""
import sys
import unittest

import checks
import rules

ROOT = sys.argv.pop(1) if len(sys.argv) > 1 else "."


class TheProject(unittest.TestCase):
    def check(self, function):
        complaints = function(checks.read_tree(ROOT))
        self.assertFalse(complaints, f"{function.__doc__}\n" + "\n".join(complaints))

    def test_rules(self):
        self.check(rules.check_rules)

    def test_is_really_read(self):
        self.assertIn("hub/base/result.h", checks.read_tree(ROOT))


for _function in checks.ALL:
    setattr(TheProject, "test" + _function.__name__.removeprefix("check"), lambda self, f=_function: self.check(f))

_BASE = "hub/base/a.h"
_HEADER = "// What it is.\n#pragma once\n"


def _core(line):
    return {"hub/core/a.cc": line + "\n"}


def _include(path, included):
    return {path: f'#include "{included}"\n', included: _HEADER}


# What is wrong, the check that must say so, the tree, and a piece of the complaint.
BROKEN = [
    ("a folder at the top", checks.check_top_level, {"tools/x.py": ""}, "tools:1"),
    ("base includes a queue", checks.check_layers, _include(_BASE, "queues/queue.h"), "hub/base may not include queues/queue.h"),
    ("policy includes core", checks.check_layers, _include("hub/policy/a.h", "hub/core/core.h"), "may not"),
    ("queues include topics", checks.check_layers, _include("queues/a.cc", "topics/topic.h"), "queues may not"),
    ("topics include queues", checks.check_layers, _include("topics/a.cc", "queues/queue.h"), "topics may not"),
    ("queues include policy", checks.check_layers, _include("queues/a.cc", "hub/policy/policy.h"), "queues may not"),
    ("core includes engine", checks.check_layers, _include("hub/core/a.cc", "hub/engine/engine.h"), "hub/core may not"),
    ("core includes an adapter", checks.check_layers, _include("hub/core/a.cc", "adapters/zmq/a.h"), "hub/core may not"),
    ("engine includes an adapter", checks.check_layers, _include("hub/engine/a.cc", "adapters/rocksdb/a.h"), "hub/engine may not"),
    ("a codec includes the engine", checks.check_layers, _include("adapters/wire/native/a.cc", "hub/engine/a.h"), "may not"),
    ("a codec includes another", checks.check_layers, _include("adapters/wire/native/a.cc", "adapters/wire/http/a.h"), "may not"),
    ("an adapter includes another", checks.check_layers, _include("adapters/zmq/a.cc", "adapters/yaml/a.h"), "adapters/zmq may not"),
    ("an adapter includes the wiring", checks.check_layers, _include("adapters/zmq/a.cc", "hub/cli/a.h"), "adapters/zmq may not"),
    ("the product includes a test", checks.check_layers, _include("hub/main.cc", "tests/support/a.h"), "hub may not"),
    ("an unknown folder", checks.check_layers, {"hub/extra/a.cc": ""}, "not in the layer table"),
    ("an include beside itself", checks.check_layers, {"queues/a.cc": '#include "queue.h"\n', "queues/queue.h": _HEADER}, "begin at the root"),
    ("ours in angle brackets", checks.check_layers, {"queues/a.cc": "#include <hub/base/a.h>\n"}, "it is ours"),
    ("a clock", checks.check_purity, _core("auto now = std::chrono::steady_clock::now();"), "reads a clock"),
    ("a clock's alias", checks.check_purity, _core("using Clock = std::chrono::system_clock;"), "reads a clock"),
    ("time(nullptr)", checks.check_purity, _core("auto t = std::time(nullptr);"), "reads a clock"),
    ("gettimeofday", checks.check_purity, _core("gettimeofday(&tv, nullptr);"), "reads a clock"),
    ("random_device", checks.check_purity, _core("std::random_device device;"), "randomness"),
    ("rand", checks.check_purity, _core("int r = rand();"), "randomness"),
    ("a file stream", checks.check_purity, _core("std::ifstream in(path);"), "opens a file"),
    ("fopen", checks.check_purity, _core('FILE* f = fopen("x", "r");'), "outside"),
    ("open", checks.check_purity, _core("int fd = ::open(path, 0);"), "outside"),
    ("the environment", checks.check_purity, _core('const char* h = std::getenv("HOME");'), "outside"),
    ("a thread", checks.check_purity, _core("std::thread t(f);"), "threads"),
    ("a mutex", checks.check_purity, {"queues/a.h": "std::mutex mutex_;\n"}, "threads"),
    ("its header", checks.check_purity, {"hub/policy/a.h": "#include <mutex>\n"}, "threads"),
    ("the engine reads a clock", checks.check_purity, {"hub/engine/a.cc": "steady_clock::now();\n"}, "reads a clock"),
    ("the engine opens a file", checks.check_purity, {"hub/engine/a.cc": "#include <fstream>\n"}, "outside"),
    ("yaml-cpp in a header", checks.check_heavy_headers, {"hub/base/a.h": "#include <yaml-cpp/yaml.h>\n"}, "yaml-cpp"),
    ("msgpack in a header", checks.check_heavy_headers, {"adapters/zmq/a.h": "#include <msgpack.hpp>\n"}, "msgpack"),
    ("rocksdb in a header", checks.check_heavy_headers, {"hub/engine/a.h": "#include <rocksdb/db.h>\n"}, "rocksdb"),
    ("zmq in a header", checks.check_heavy_headers, {"adapters/client/a.h": "#include <zmq.hpp>\n"}, "zmq"),
    ("simdjson in a header", checks.check_heavy_headers, {"hub/base/a.h": "#include <simdjson.h>\n"}, "simdjson"),
    ("CLI11 in a header", checks.check_heavy_headers, {"adapters/zmq/a.h": "#include <CLI/CLI.hpp>\n"}, "CLI"),
    ("a header without a word", checks.check_headers, {"queues/a.h": "#pragma once\n"}, "begin with a comment"),
    ("a header without a guard", checks.check_headers, {"queues/a.h": "// A queue.\n"}, "#pragma once"),
    ("a machine's path", checks.check_machine_paths, {"tests/run.sh": "cd /" + "home/someone\n"}, "tests/run.sh:1"),
    ("a source in no list", checks.check_listed, {"queues/a.cc": "", "queues/CMakeLists.txt": "b.cc"}, "queues/a.cc"),
    ("a source in a longer name", checks.check_listed, {"queues/a.cc": "", "queues/CMakeLists.txt": "aa.cc a.cc.in"}, "queues/a.cc"),
    ("a test in no list", checks.check_listed, {"tests/x/a_test.py": "", "tests/x/CMakeLists.txt": ""}, "a_test.py"),
    ("a folder in no list", checks.check_listed, {"tests/x/CMakeLists.txt": "", "tests/CMakeLists.txt": "y"}, "tests/x"),
]

# What none of them may complain about.
SOUND = {
    "CMakeLists.txt": "add_subdirectory(hub/core)\nadd_subdirectory(hub/engine)\nadd_subdirectory(adapters/yaml)\nadd_subdirectory(tests)\n",
    ".gitignore": "/build*/\n",
    "hub/core/CMakeLists.txt": "hub_library(hub_core SOURCES core.cc DEPENDS hub_base)\n",
    "hub/core/core.h": _HEADER + '#include "queues/queue.h"\nInstant time() const;\nvoid Reopen(int file);\n',
    "hub/core/core.cc": '#include "hub/core/core.h"\n\n#include <string>\n// A std::mutex would be wrong here: system_clock, rand().\n'
                        'const char* kText = "std::thread";\nint n = 1\'000; store.open(1); now.time(0);\n/* #include "adapters/zmq/a.h" */\n',
    "hub/engine/CMakeLists.txt": "engine.cc",
    "hub/engine/engine.cc": '#include <thread>\n#include "hub/core/core.h"\nstd::thread thread_;\n',
    "adapters/yaml/CMakeLists.txt": "reader.cc",
    "adapters/yaml/reader.cc": "#include <yaml-cpp/yaml.h>\nstd::ifstream in;\n",
    "queues/queue.h": _HEADER,
    "tests/CMakeLists.txt": "hub_test(a SOURCES support/fake.cc ${PROJECT_SOURCE_DIR}/tests/support/far.cc)",
    "tests/support/fake.cc": "",
    "tests/support/far.cc": "",
    "README.md": "See https://example.org/home/page.\n",
}


class TheChecks(unittest.TestCase):
    def test_complain_about_what_is_wrong(self):
        for what, check, tree, piece in BROKEN:
            with self.subTest(what):
                self.assertIn(piece, "\n".join(check(tree)))

    def test_each_has_something_to_complain_about(self):
        self.assertEqual(set(checks.ALL), {check for _, check, _, _ in BROKEN})

    def test_are_silent_about_what_is_right(self):
        for check in checks.ALL:
            with self.subTest(check.__name__):
                self.assertEqual([], check(SOUND))


class TheRules(unittest.TestCase):
    def test_belong_to_the_test_below(self):
        text = "// rule: policies 1.3 words of it\n// rule: sqs 7 more\n// A remark.\nTEST(PolicyTest, Decide) {\n"
        self.assertEqual(([("policies", "1.3", "words of it", "PolicyTest.Decide", 4),
                           ("sqs", "7", "more", "PolicyTest.Decide", 4)], []), rules.rules_of("tests/a_test.cc", text))

    def test_are_read_in_python(self):
        text = "    # rule: sqs 7 more\n    def test_more(self):\n"
        self.assertEqual(([("sqs", "7", "more", "test_more", 2)], []), rules.rules_of("tests/a_test.py", text))

    def test_complain_when_there_is_none(self):
        for text in ("// rule: sqs 7 more\nint x;\nTEST(A, B) {\n", "// rule: sqs 7 more\n"):
            self.assertEqual(([], ["tests/a_test.cc:1: no test stands below this rule"]), rules.rules_of("tests/a_test.cc", text))

    def test_complain_of_a_tag_without_words(self):
        for tag in ("// rule: sqs 7", "// rule:sqs 7 more", "//rule: sqs 7 more", "// Rule: sqs 7 more"):
            self.assertEqual(([], ["tests/a_test.cc:1: write: rule: specification number words"]),
                             rules.rules_of("tests/a_test.cc", tag + "\nTEST(A, B) {\n"))

    def test_are_listed_and_have_the_test_that_they_want(self):
        tagged = "// rule: sqs 7 more\nTEST(A, B) {\n"
        for what, listed, test, complaint in [
            ("tested", "sqs 7  behaviour  more", tagged, None),
            ("a remark, an empty line", "# Those of SQS.\n\nsqs 7  behaviour  more", tagged, None),
            ("not yet to be tested", "sqs 7  wire  more", "", None),
            ("tested early", "sqs 7  wire  more", tagged, None),
            ("not to be tested", "sqs 7  absent  more: nobody wants it", "", None),
            ("tested by hand", "sqs 7  elsewhere  more: by hand", "", None),
            ("no test", "sqs 7  behaviour  more", "", "tests/rules.txt:1: no test is tagged with sqs 7: more"),
            ("another's test", "sqs 7  wire  a\nsqs 8  behaviour  b", tagged, "tests/rules.txt:2: no test is tagged with sqs 8: b"),
            ("not listed", "sqs 8  wire  more", tagged, "tests/a_test.cc:2: tests/rules.txt does not list sqs 7"),
            ("no list", "", tagged, "tests/a_test.cc:2: tests/rules.txt does not list sqs 7"),
            ("tested and absent", "sqs 7  absent  a: b", tagged, "tests/a_test.cc:2: sqs 7 is absent, as tests/rules.txt has it"),
            ("absent, and no reason", "sqs 7  absent  more", "", "tests/rules.txt:1: say after a colon why"),
            ("elsewhere, and not where", "sqs 7  elsewhere  more", "", "tests/rules.txt:1: say after a colon by what"),
            ("twice", "sqs 7  wire  a\nsqs 7  wire  b", "", "tests/rules.txt:2: sqs 7 is listed twice"),
            ("unknown kind", "sqs 7  later  a", "", "tests/rules.txt:1: write: specification number kind words, with one of "
                                                   "behaviour, wire, elsewhere, absent"),
        ]:
            with self.subTest(what):
                tree = {"tests/rules.txt": listed + "\n", "tests/a_test.cc": test}
                self.assertEqual([complaint] if complaint else [], rules.check_rules(tree))


if __name__ == "__main__":
    unittest.main()
