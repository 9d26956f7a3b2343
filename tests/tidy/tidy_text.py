"""Rules on the text of one file, without a look at others."""
import re

COLUMNS_MAX = 100
FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70

# What may read as it likes: tests, and what reads line by line or a part of a file.
OUTSIDE = {"tests", "bench", "examples"}
STREAMED = {"cli/import.cpp", "cli/network.cpp", "network/ports.cpp", "network/process.cpp"}

NOT_CODE = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])\''
                      r'|//[^\n]*|/\*.*?\*/', re.S)


def code_of(lines):
    """The lines with comments and the insides of literals blanked, each line still in its place."""
    text = NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), "\n".join(lines))
    return text.split("\n")


def check_text(folder, path, lines, breach):
    if len(lines) > FILE_LINES_MAX:
        breach(len(lines), f"longer than {FILE_LINES_MAX} lines")
    if path.suffix == ".h" and (not lines or lines[0].strip() != "#pragma once"):
        breach(1, "a header begins with #pragma once")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            breach(number, f"longer than {COLUMNS_MAX} columns")
        if line != line.rstrip() or "\t" in line:
            breach(number, "trailing space or tab")
        code = line.split("//")[0]
        if re.search(r"std::cerr\s*<<\s*\"DEBUG|printf\(\"DEBUG", code):
            breach(number, "leftover debug text")
        if folder.split("/")[0] not in OUTSIDE:
            if "json::parse(" in code:
                breach(number, "api/json_text.h is the one way from text to JSON")
            if "std::ifstream" in code and f"{folder}/{path.name}" not in STREAMED:
                breach(number, "files are read with a bound: base/bounded_input.h")
        if folder == "ledger" and re.search(r"\b(float|double|long double)\b", code):
            breach(number, "floating point in ledger/")
        if re.search(r"\bNOLINT\b", line) and "NOLINT(" not in line:
            breach(number, "NOLINT without the name of a check")


def check_function_length(lines, breach):
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
                breach(start, f"a function of {number - start} lines")
            start = None
