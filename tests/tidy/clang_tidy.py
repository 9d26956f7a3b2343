#!/usr/bin/env python3
"""clang-tidy of several sources as one text, since it goes through all headers for each source.

Usage: clang_tidy.py --groups FILE...   which of them may stand in one text: a line each
       clang_tidy.py BUILD FILE...      what clang-tidy finds in these, as one text; exits 1 if any

Thirty seconds go by for a source of a hundred lines, of which its own lines need one. So sources of
one folder follow each other in a text, as in a unity build, unless their unnamed namespaces have a
name in common; what is found is told with its place in its own file. If the compiler does not take
the text after all, each source is looked at alone.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ARGUMENTS = [
    # GCC's warnings are unknown to clang; Asio must be told that clang knows coroutines.
    "-Wno-unknown-warning-option",
    "-DBOOST_ASIO_HAS_CO_AWAIT=1",
    "-DBOOST_ASIO_HAS_STD_COROUTINE=1",
]
# What one text of many sources has, and each of them alone has not.
OF_THE_TEXT = ["-Wno-shadow"]
CHECKS_OF_THE_TEXT = "-readability-duplicate-include"
GROUP_MAX = 32


def declared(line):
    """The name that a line at the left margin declares, as far as can be seen; else None."""
    if not line[:1].isalpha():
        return None
    found = (re.match(r"(?:struct|class|enum class|enum|using|namespace) (?:\w+::)*(\w+)", line)
             or re.search(r"\b(k[A-Z]\w+)", line) or re.search(r"(\w+)\s*[({\[=;]", line))
    return found and found.group(1)


def own_names(path):
    """Names in the unnamed namespaces of a source, with their lines: an alias may be there twice."""
    names = {}
    inside = False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line == "namespace {":
            inside = True
        elif line == "}  // namespace":
            inside = False
        elif inside and declared(line):
            alias = line.startswith(("using ", "namespace "))
            names[declared(line)] = line if alias else str(path)
    return names


def names_of_headers(folder):
    """Their types and constants; functions of one name are overloads."""
    found = {declared(line) for header in folder.glob("*.h")
             for line in header.read_text(encoding="utf-8").splitlines()} - {None}
    return {name for name in found if re.match("k?[A-Z]", name)}


def groups(files):
    """The files in groups, each of one folder, in the order in which their first ones were given."""
    made = []       # [folder, names, files]
    of_headers = {}
    for file in files:
        path = pathlib.Path(file)
        names = own_names(path)
        known = of_headers.setdefault(path.parent, names_of_headers(path.parent))
        fitting = [] if known & names.keys() else [
            group for group in made if group[0] == path.parent and len(group[2]) < GROUP_MAX
            and all(group[1].get(name, line) == line for name, line in names.items())]
        if fitting:
            fitting[0][1].update(names)
            fitting[0][2].append(file)
        else:
            # What hides a name of a header stands alone.
            folder = None if known & names.keys() else path.parent
            made.append([folder, names, [file]])
    return [group[2] for group in made]


def clang_tidy(build, source, more=()):
    command = ["clang-tidy-14", "-p", build, "--quiet", source]
    command += [f"--extra-arg={argument}" for argument in ARGUMENTS] + list(more)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.returncode, done.stdout


def flags_of(build, file):
    """How a source is compiled, without what it is and what becomes of it."""
    path = str(pathlib.Path(file).resolve())
    entries = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
    words = next(entry for entry in entries if entry["file"] == path)["command"].split()
    words = [word.replace('\\"', '"') for word in words[1:]]
    cut = words.index("-o")
    return [word for word in words[:cut] + words[cut + 2:] if word not in ("-c", path)]


def look_at_text(build, files):
    """As one text; None if the compiler does not take it."""
    places = []
    text = []
    for file in files:
        for number, line in enumerate(pathlib.Path(file).read_text(encoding="utf-8").split("\n"), 1):
            places.append(f"{file}:{number}:")
            text.append(line)
    flags = flags_of(build, files[0])
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "text.cpp")
        pathlib.Path(name).write_text("\n".join(text), encoding="utf-8")
        command = ["clang-tidy-14", "--quiet", f"--config-file={os.getcwd()}/.clang-tidy",
                   f"--checks={CHECKS_OF_THE_TEXT}", name, "--", *flags, *ARGUMENTS, *OF_THE_TEXT]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if "[clang-diagnostic-" in done.stdout:
        return None
    said = re.sub(re.escape(name) + r":(\d+):", lambda found: places[int(found.group(1)) - 1],
                  done.stdout)
    return done.returncode, said


def main():
    if sys.argv[1] == "--groups":
        for group in groups(sys.argv[2:]):
            print(" ".join(group))
        return 0
    build, files = sys.argv[1], sys.argv[2:]
    results = []
    if len(files) > 1:
        result = look_at_text(build, files)
        results = [result] if result else []
    if not results:
        results = [clang_tidy(build, file) for file in files]
    for _, said in results:
        print(said, end="")
    return 1 if any(code != 0 for code, _ in results) else 0


if __name__ == "__main__":
    sys.exit(main())
