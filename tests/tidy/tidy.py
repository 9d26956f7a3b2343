#!/usr/bin/env python3
"""The house rules that a program can hold. Prints each breach as file:line and exits 1 if any.

Usage: tidy.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1]).resolve()
FOLDERS = ["base", "crypto", "consensus", "ledger", "storage", "node", "tests", "bench", "examples"]
# Who may include whom: a folder sees itself and what is listed (DESIGN: folders and arrows).
ARROWS = {
    "base": set(),
    "crypto": {"base"},
    "consensus": {"crypto", "base"},
    "ledger": {"crypto", "base"},
    "storage": {"consensus", "ledger", "crypto", "base"},
    "node": {"storage", "consensus", "ledger", "crypto", "base"},
}
# Parts of node/ are layers too: each may use the parts before it that are listed.
NODE_ARROWS = {
    "": set(),
    "json": {""},
    "peer": {""},
    "http": {"", "json"},
    "pipeline": {"", "peer", "http", "json"},
    "client": {"", "json"},
    "network": {"", "client", "json"},
    "testing": {"", "network", "client", "json"},
    "book": {"", "client", "json", "network"},
    "cli": {"", "json", "client", "network", "book", "pipeline", "testing"},
}
PURE = {"base", "consensus", "ledger"}      # no third-party header at all
COLUMNS_MAX = 100
FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70
breaches = []


def breach(path, line, text):
    breaches.append(f"{path.relative_to(ROOT)}:{line}: {text}")


def sources():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".h", ".cpp"}:
                yield folder, path


def check_includes(folder, path, lines):
    is_header = path.suffix == ".h"
    for number, line in enumerate(lines, 1):
        found = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if not found:
            continue
        kind, target = found.groups()
        top = target.split("/")[0]
        if kind == '"':
            if folder in ARROWS:
                if top == "tests":
                    breach(path, number, "production code includes tests/")
                elif top in ARROWS and top != folder and top not in ARROWS[folder]:
                    breach(path, number, f"{folder}/ must not include {top}/")
                elif top not in ARROWS and not target.endswith(".pb.h"):
                    breach(path, number, "project includes are written from the root")
            if folder == "node" and top == "node":
                check_node_include(path, number, target)
        else:
            third_party = "/" in target and top not in {"sys"} or target in {"sodium.h"}
            if folder in PURE and third_party:
                breach(path, number, f"{folder}/ includes a third-party header")
            if is_header and folder in {"crypto", "storage"} and third_party:
                if path.name != "rocks.h" and not path.name.startswith("rocks_"):
                    breach(path, number, "third-party headers stay in .cpp files here")


def check_node_include(path, number, target):
    parts = path.relative_to(ROOT / "node").parts
    own = parts[0] if len(parts) > 1 else ""
    pieces = target.split("/")
    other = pieces[1] if len(pieces) > 2 else ""
    if own not in NODE_ARROWS or other not in NODE_ARROWS:
        breach(path, number, "a part of node/ that tests/tidy does not know")
    elif other != own and other not in NODE_ARROWS[own]:
        breach(path, number, f"node/{own} must not include node/{other}")


def check_text(folder, path, lines):
    if len(lines) > FILE_LINES_MAX:
        breach(path, len(lines), f"longer than {FILE_LINES_MAX} lines")
    if path.suffix == ".h" and (not lines or lines[0].strip() != "#pragma once"):
        breach(path, 1, "a header begins with #pragma once")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            breach(path, number, f"longer than {COLUMNS_MAX} columns")
        if line != line.rstrip() or "\t" in line:
            breach(path, number, "trailing space or tab")
        code = line.split("//")[0]
        if re.search(r"std::cerr\s*<<\s*\"DEBUG|printf\(\"DEBUG", code):
            breach(path, number, "leftover debug text")
        if folder == "ledger" and re.search(r"\b(float|double|long double)\b", code):
            breach(path, number, "floating point in ledger/")
        if re.search(r"\bNOLINT\b", line) and "NOLINT(" not in line and "NOLINTNEXTLINE(" not in line:
            breach(path, number, "NOLINT without the name of a check")


def check_function_length(path, lines):
    # A function body is a brace that opens at the end of an unindented (or namespace-level) line
    # and closes at column 0, the layout that clang-format gives.
    start = None
    for number, line in enumerate(lines, 1):
        if re.match(r"^(class|struct|enum|namespace|union)\b", line):
            continue
        if start is None and re.match(r"^[A-Za-z_~].*\{$", line) and "(" in line:
            start = number
        elif start is None and re.match(r"^\s{4,}.*\)\s*(const)?\s*(noexcept)?\s*\{$", line):
            previous = lines[number - 2] if number > 1 else ""
            if re.match(r"^[A-Za-z_~]", previous) and not previous.endswith(":"):
                start = number - 1
        elif start is not None and line.startswith("}"):
            if number - start > FUNCTION_LINES_MAX and not lines[start - 1].startswith("TEST_CASE"):
                breach(path, start, f"a function of {number - start} lines")
            start = None


def main():
    for folder, path in sources():
        lines = path.read_text(encoding="utf-8").split("\n")
        if lines and lines[-1] == "":
            lines.pop()
        check_includes(folder, path, lines)
        check_text(folder, path, lines)
        check_function_length(path, lines)
    for line in breaches:
        print(line)
    print(f"tidy: {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
