#!/usr/bin/env python3
"""Holds tidy.py to its rules: each finds its breach in a small tree that is broken in one place,
and a good tree passes.

Usage: tidy_self_test.py
"""
import pathlib
import tempfile
import unittest

import clang_tidy
import tidy

ARROWS = {"base": [], "crypto": ["base"], "ledger": ["base"], "storage": ["base", "ledger/types.h"],
          "node": ["ledger"], "node/http": ["base", "node"]}
GOOD = {
    "base/bytes.h": "#pragma once\n#include <string>\nnamespace tally {\n}  // namespace tally\n",
    "base/README.md": "# base\n",
    "crypto/digest.cpp": '#include "base/bytes.h"\n#include <openssl/evp.h>\n'
                         "namespace tally::crypto {\nnamespace {\n}  // namespace\n"
                         "}  // namespace tally::crypto\nnamespace std {\n}\n",
    "crypto/README.md": "# crypto\n\nMay include: `base/`, OpenSSL.\n",
    "ledger/types.h": '#pragma once\n#include "base/bytes.h"\nnamespace tally::ledger {\n'
                      "int now();  // as in Clock::now()\n}  // namespace tally::ledger\n",
    "ledger/README.md": "# ledger\n",
    "storage/store.h": '#pragma once\n#include "base/bytes.h"\n#include "ledger/types.h"\n'
                       "namespace tally::storage {\nconst char* kText = \"{ namespace x {\";\n"
                       "}  // namespace tally::storage\n",
    "storage/README.md": "# storage\n",
    "node/service.h": '#pragma once\n#include "ledger/types.h"\nnamespace tally::node {\n}\n',
    "node/README.md": "# node\n",
    "node/http/api.h": '#pragma once\n#include "base/bytes.h"\n#include "node/service.h"\n'
                       "namespace tally::node::http {\n}\n",
    "node/http/README.md": "# node/http\n",
    "tests/base/bytes_test.cpp": '#include "base/bytes.h"\n#include "node/http/api.h"\n',
    "tests/README.md": "# tests\n",
    "build/release/junk.cpp": '#include "nowhere.h"\n',
}


def breaches_of(changes, arrows=None):
    """What tidy says of the good tree with `changes`: file -> new text, or None to leave it out."""
    with tempfile.TemporaryDirectory(prefix="tally-tidy-") as folder:
        for name, text in {**GOOD, **changes}.items():
            if text is not None:
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return tidy.Tidy(folder, ARROWS if arrows is None else arrows).run()


class TidySelfTest(unittest.TestCase):
    def expect(self, part, changes, arrows=None):
        found = breaches_of(changes, arrows)
        self.assertEqual(1, len(found), found)
        self.assertIn(part, found[0])

    def add(self, name, text):
        """The good file with a line more, before its namespace."""
        head, brace, rest = GOOD[name].partition("namespace tally")
        return {name: head + text + "\n" + brace + rest}

    def test_a_good_tree_passes(self):
        self.assertEqual([], breaches_of({}))

    def test_an_include_against_the_arrows(self):
        self.expect("ledger/ must not include storage/store.h",
                    self.add("ledger/types.h", '#include "storage/store.h"'))
        self.expect("node/ must not include node/http/api.h",
                    self.add("node/service.h", '#include "node/http/api.h"'))
        self.expect("base/ must not include tests/support/catch.h",
                    self.add("base/bytes.h", '#include "tests/support/catch.h"'))

    def test_an_arrow_to_one_header_is_not_one_to_its_folder(self):
        self.expect("storage/ must not include ledger/rules.h",
                    self.add("storage/store.h", '#include "ledger/rules.h"'))

    def test_an_include_that_is_not_from_the_root(self):
        self.expect("written from the root", self.add("storage/store.h", '#include "rows.h"'))
        self.expect("written from the root", self.add("storage/store.h", '#include "../base/a.h"'))

    def test_an_arrow_that_nothing_needs(self):
        self.expect("nothing in crypto/ needs its arrow to base",
                    {"crypto/digest.cpp": "namespace tally::crypto {\n}\n"})

    def test_a_library_that_links_other_folders_than_it_includes(self):
        def cmake(libraries):
            return {"node/http/CMakeLists.txt":
                    "tally_library(node_http api.cpp)\n"
                    f"target_link_libraries(tally_node_http\n  PUBLIC {libraries})\n"}
        self.assertEqual([], breaches_of(cmake("tally::node PRIVATE tally::base")))
        self.expect("does not link the library of base/", cmake("tally::node"))
        self.expect("links the library of storage/, which node/http/ may not include",
                    cmake("tally::node tally::base tally::storage_rocks"))

    def test_a_table_that_goes_in_a_circle(self):
        self.expect("ledger > storage > ledger",
                    self.add("ledger/types.h", '#include "storage/store.h"'),
                    {**ARROWS, "ledger": ["base", "storage"]})

    def test_a_folder_that_the_table_does_not_know(self):
        self.expect("node/json/ is not in the table",
                    {"node/json/ids.h": "#pragma once\n", "node/json/README.md": ""})

    def test_files_that_include_each_other_in_a_circle(self):
        def header(other):
            return f'#pragma once\n#include "{other}"\nnamespace tally {{\n}}\n'
        self.expect("base/a.h > base/b.h > base/c.h > base/a.h",
                    {"base/a.h": header("base/b.h"), "base/b.h": header("base/c.h"),
                     "base/c.h": header("base/a.h")})

    def test_a_namespace_of_another_folder(self):
        for name, text in (("node/http/api.h", "namespace tally::node::peer {\n}"),
                           ("storage/store.h", "namespace tally::ledger {\nclass Ledger;\n}"),
                           ("crypto/digest.cpp", "namespace {\n}"),
                           ("ledger/types.h", "namespace tally {\nnamespace ledger {\n}\n}")):
            with self.subTest(name):
                self.expect("opens namespace", self.add(name, text))

    def test_a_folder_without_readme(self):
        for folder in ("base", "node/http", "tests"):
            self.expect(f"{folder}/: has sources and no README.md", {f"{folder}/README.md": None})

    def test_a_readme_that_tells_other_arrows(self):
        self.expect("says that crypto/ may include ledger/",
                    {"crypto/README.md": "May include: `base/`, `ledger/`.\n"})
        self.expect("does not say that node/http/ may include node/",
                    {"node/http/README.md": "May include:\n`base/`, Boost.\n\n`node/`\n"})

    def test_a_command_that_is_never_run(self):
        for text in ("    tallystick network up\n", "```\n$ tallystick network up\n```\n"):
            self.expect("never run", {"docs/CLI.md": text})
        self.assertEqual([], breaches_of(
            {"docs/CLI.md": "```console\n$ tallystick a |\n    tallystick b\n```\n",
             "README.md": "```sh\nmake demo\n```\n"}))

    def test_threads_and_clocks_where_all_is_still(self):
        for line in ("#include <thread>", "#include <mutex>", "#include <condition_variable>",
                     '#include "base/wall_clock.h"', "using Now = decltype(Clock::now());"):
            with self.subTest(line):
                self.expect("knows no", self.add("ledger/types.h", line))
        self.assertEqual([], breaches_of(self.add("storage/store.h", "#include <mutex>")))

    def test_libraries_of_others(self):
        self.expect("ledger/ must not include <boost/json.hpp>",
                    self.add("ledger/types.h", "#include <boost/json.hpp>"))
        self.expect("in a header", self.add("storage/store.h", "#include <rocksdb/db.h>"))
        self.assertEqual([], breaches_of(
            {"storage/rocks.h": "#pragma once\n#include <rocksdb/db.h>\n"}))

    def test_the_parser_of_the_command_line_is_known_to_one_file(self):
        arrows = {**ARROWS, "cli": []}
        files = {"cli/README.md": "", "cli/command.cpp": "#include <CLI/CLI.hpp>\n"}
        self.assertEqual([], breaches_of(files, arrows))
        self.expect("for cli/command.cpp alone",
                    {**files, "cli/words.cpp": "#include <CLI/CLI.hpp>\n"}, arrows)

    def test_text(self):
        for part, line in (("longer than 100 columns", "//" + "x" * 100),
                           ("trailing space", "int a; "), ("trailing space or tab", "int\ta;"),
                           ("leftover debug text", 'std::cerr << "DEBUG";'),
                           ("floating point", "double amount;"),
                           ("the one way from text to JSON", "auto a = boost::json::parse(b);"),
                           ("read with a bound", "std::ifstream file(path);"),
                           ("without the name of a check", "int b;  // NOLINT")):
            with self.subTest(part):
                self.expect(part, self.add("ledger/types.h", line))
        self.expect("begins with #pragma once", {"base/a.h": "// A header.\n#pragma once\n"})
        self.expect("longer than 800 lines", {"base/a.cpp": "int a;\n" * 801})

    def test_a_function_that_is_too_long(self):
        def function(lines):
            return {"base/a.cpp": "int a() {\n" + "    b();\n" * (lines - 1) + "}\n"}
        self.expect("a function of 71 lines", function(71))
        self.assertEqual([], breaches_of(function(70)))


class GroupsTest(unittest.TestCase):
    """What clang-tidy may look at as one text (clang_tidy.py)."""

    def groups_of(self, names, header=""):
        """Of sources a.cpp, b.cpp, ... whose unnamed namespaces hold these lines."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "types.h").write_text(header, encoding="utf-8")
            files = []
            for letter, lines in zip("abcdef", names):
                files.append(str(root / f"{letter}.cpp"))
                pathlib.Path(files[-1]).write_text(
                    f"namespace {{\n{lines}\n}}  // namespace\n", encoding="utf-8")
            return ["".join(pathlib.Path(file).stem for file in group)
                    for group in clang_tidy.groups(files)]

    def test_sources_with_a_name_in_common_stand_apart(self):
        self.assertEqual(["abc"], self.groups_of(["int one() {", "int two() {", "class Three {"]))
        self.assertEqual(["ac", "b"], self.groups_of(["int one() {", "int one() {", "class Two {"]))
        self.assertEqual(["ab", "c"], self.groups_of(
            ["using std::chrono::days;", "constexpr int kA = 1;", "constexpr long kA = 2;"]))

    def test_an_alias_may_be_there_twice(self):
        self.assertEqual(["ab"], self.groups_of(["using Clock = A;", "using Clock = A;"]))
        self.assertEqual(["ab"], self.groups_of(["using std::string;", "using std::vector;"]))
        self.assertEqual(["a", "b"], self.groups_of(["using Clock = A;", "using Clock = B;"]))

    def test_what_hides_a_name_of_a_header_stands_alone(self):
        self.assertEqual(["a", "bc"], self.groups_of(
            ["constexpr int kA = 1;", "int one();", "int two();"], "inline constexpr int kA = 3;"))


if __name__ == "__main__":
    unittest.main()
