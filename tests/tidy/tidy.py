#!/usr/bin/env python3
"""The house rules that a program can hold. Prints each breach as file:line and exits 1 if any.

Usage: tidy.py SOURCE_FOLDER
"""
import os
import pathlib
import re
import sys

from tidy_text import check_function_length, check_text, code_of

# The one table of arrows: what the files of a folder may include besides their own folder's. A
# folder stands for all its headers; a header stands for itself, where little is wanted of much.
# An arrow that nothing needs is a breach too, so the table is what the code is.
ARROWS = {
    "base": [],
    "crypto": ["base"],
    "consensus": ["base", "crypto"],
    "ledger": ["base", "crypto"],
    "storage": ["base", "crypto", "consensus", "ledger"],
    "api": ["base", "crypto", "ledger"],
    "client": ["base", "crypto", "ledger", "api"],
    "node": ["base", "crypto", "consensus", "ledger", "storage", "api"],
    "node/http": ["base", "crypto", "consensus/block.h", "ledger", "storage/audit.h",
                  "storage/day_index.h", "storage/errc.h",
                  "storage/signed_index.h", "api", "node", "proto"],
    "node/peer": ["base", "crypto", "consensus", "ledger", "storage/errc.h", "api", "node"],
    "node/driver": ["base", "crypto", "consensus", "ledger", "storage", "api", "node"],
    "node/pipeline": ["base", "crypto", "consensus", "ledger", "storage", "api", "node",
                      "node/driver", "node/http/server.h", "node/peer"],
    "network": ["base", "crypto", "ledger", "storage/high_water_mark.h", "api", "client",
                "node/config.h", "node/keys.h", "node/placement.h"],
    "testing": ["base", "crypto", "ledger", "api", "client", "network"],
    "include/tallystick": ["ledger", "client", "testing"],
    "book": ["base", "crypto", "ledger", "api", "client"],
    "book/made_up": ["base", "crypto", "ledger", "api", "book"],
    "cli": ["base", "crypto", "ledger", "storage/audit.h", "storage/audit_compare.h",
            "storage/audit_source.h", "storage/errc.h", "storage/evidence.h",
            "storage/log_seals.h", "api", "client",
            "node/evidence_json.h", "node/keys.h", "node/recovery.h",
            "node/pipeline/backup.h", "node/pipeline/recover_node.h", "node/pipeline/run_node.h",
            "network", "book", "book/made_up"],
}
# Which of somebody else's libraries a folder knows, by the first part of its headers' names.
OTHERS = {
    "crypto": ["openssl", "sodium.h"],
    "storage": ["rocksdb"],
    "api": ["boost"],
    "client": ["boost"],
    "node": ["boost", "toml++"],
    "node/http": ["boost", "prometheus", "spdlog"],
    "node/peer": ["boost", "google", "openssl", "spdlog"],
    "node/pipeline": ["boost", "spdlog"],
    "network": ["boost", "toml++"],
    "testing": ["boost"],
    "include/tallystick": ["tallystick"],
    "book": ["boost"],
    "cli": ["boost", "CLI"],
}
# Their names stay out of these folders' headers; rocks*.h are inside of storage/.
HIDDEN_IN = {"crypto", "storage", "client", "node", "network", "testing"}
CLI_PARSER = "cli/command.cpp"              # the only file that pays for CLI11's header
# Same input, same output, on every machine: no thread, no lock, no clock.
STILL = {"consensus", "ledger", "node/driver"}
THREAD_HEADERS = {"thread", "mutex", "shared_mutex", "condition_variable", "future"}
# Namespace = folder, but for these.
NAMESPACES = {"base": "tally", "include/tallystick": "tallystick"}
# Declared ahead in our headers, so that their own need not be included.
DECLARED_AHEAD = {"CLI", "boost", "rocksdb"}
# Sources that may include everything, and that nothing includes.
OUTSIDE = ["tests", "bench", "examples"]


def sources(root):
    """Each C++ source below root, with its folder; build folders and hidden ones left out."""
    for folder, below, files in os.walk(root):
        below[:] = sorted(name for name in below if name[0] != "." and name != "build")
        for name in sorted(files):
            if name.endswith((".h", ".cpp")):
                path = pathlib.Path(folder) / name
                yield path.parent.relative_to(root).as_posix(), path


def is_outside(folder):
    return folder.split("/")[0] in OUTSIDE


class Tidy:
    def __init__(self, root, arrows=None):
        self.root = pathlib.Path(root).resolve()
        self.arrows = ARROWS if arrows is None else arrows
        self.breaches = []
        self.used = set()           # (folder, arrow)
        self.folders = {}           # folder -> one of its files
        self.includes = {}          # folder -> {file -> [(line, file of the same folder)]}

    def breach(self, path, line, text):
        self.breaches.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def run(self):
        for folder, path in sources(self.root):
            lines = path.read_text(encoding="utf-8").split("\n")
            if lines and lines[-1] == "":
                lines.pop()
            say = lambda line, text, path=path: self.breach(path, line, text)
            check_text(folder, path, lines, say)
            check_function_length(lines, say)
            self.folders.setdefault(folder, path)
            if is_outside(folder):
                continue
            if folder not in self.arrows:
                say(1, f"{folder}/ is not in the table of arrows (tests/tidy/tidy.py)")
                continue
            code = code_of(lines)
            self.check_includes(folder, path, lines)
            self.check_stillness(folder, path, lines, code)
            self.check_namespaces(folder, path, code)
        self.check_arrows_used()
        self.check_include_circles()
        self.check_libraries()
        self.check_readmes()
        self.check_commands_are_run()
        return self.breaches

    # Arrows.

    def check_includes(self, folder, path, lines):
        for number, line in enumerate(lines, 1):
            found = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            if found and found.group(1) == '"':
                self.check_arrow(folder, path, number, found.group(2))
            elif found:
                self.check_other(folder, path, number, found.group(2))

    def check_arrow(self, folder, path, number, target):
        other = target.rpartition("/")[0]
        if other == "" or (other not in self.arrows and other not in self.arrows[folder]
                           and not is_outside(other)):
            self.breach(path, number, f'"{target}": project includes are written from the root')
        elif other == folder:
            self.includes.setdefault(folder, {}).setdefault(
                path.relative_to(self.root).as_posix(), []).append((number, target))
        elif target in self.arrows[folder]:
            self.used.add((folder, target))
        elif other in self.arrows[folder]:
            self.used.add((folder, other))
        else:
            self.breach(path, number, f"{folder}/ must not include {target}")

    def check_other(self, folder, path, number, target):
        top = target.split("/")[0]
        if not ("/" in target or target == "sodium.h") or top in {"sys", "netinet"}:
            return  # the standard library's, or the system's
        if top not in OTHERS.get(folder, []):
            self.breach(path, number, f"{folder}/ must not include <{target}>")
        elif path.suffix == ".h" and folder in HIDDEN_IN and not path.name.startswith("rocks"):
            self.breach(path, number, f"<{target}> in a header: keep it in .cpp files here")
        if top == "CLI" and path.relative_to(self.root).as_posix() != CLI_PARSER:
            self.breach(path, number, f"<{target}> is for {CLI_PARSER} alone")

    def check_arrows_used(self):
        for folder, arrows in self.arrows.items():
            if folder not in self.folders:
                continue
            for arrow in arrows:
                if (folder, arrow) not in self.used:
                    self.breach(self.folders[folder], 1,
                                f"nothing in {folder}/ needs its arrow to {arrow}: remove it")
        circle = find_circle({folder: [folder_of(arrow) for arrow in arrows]
                              for folder, arrows in self.arrows.items()})
        if circle:
            self.breaches.append("the table of arrows goes in a circle: " + " > ".join(circle))

    def check_include_circles(self):
        for files in self.includes.values():
            circle = find_circle({file: [target for _, target in targets]
                                  for file, targets in files.items()})
            if circle:
                line = next(n for n, target in files[circle[0]] if target == circle[1])
                self.breach(self.root / circle[0], line,
                            "files include each other in a circle: " + " > ".join(circle))

    def check_libraries(self):
        """A folder's library links those of the folders that it may include, all of them."""
        for folder in sorted(self.folders):
            path = self.root / folder / "CMakeLists.txt"
            if is_outside(folder) or not path.exists():
                continue
            text = path.read_text(encoding="utf-8")
            linked = set()
            for block in re.findall(r"target_link_libraries\(tally_(.*?)\)", text, re.S):
                names = re.findall(r"tally::(\w+)", block)
                linked |= {self.folder_of_library(name) for name in names}
            wanted = {self.home_of(folder_of(arrow)) for part, arrows in self.arrows.items()
                      if self.home_of(part) == folder for arrow in arrows} - {folder}
            for other in sorted(linked - wanted - {folder}):
                self.breach(path, 1, f"links the library of {other}/, "
                                     f"which {folder}/ may not include")
            for other in sorted(wanted - linked):
                self.breach(path, 1, f"does not link the library of {other}/, "
                                     f"which {folder}/ includes")

    def home_of(self, folder):
        """The folder whose library holds these sources: itself, or else the one above."""
        above = folder.rpartition("/")[0]
        own = above == "" or (self.root / folder / "CMakeLists.txt").exists()
        return folder if own else self.home_of(above)

    def folder_of_library(self, name):
        """The longest folder that the name begins with: storage_rocks is one of storage/."""
        fitting = [folder for folder in self.arrows
                   if (name + "_").startswith(folder.replace("/", "_") + "_")]
        return max(fitting, key=len, default=name)

    # What a folder is.

    def check_stillness(self, folder, path, lines, code):
        if folder not in STILL:
            return
        for number, line in enumerate(lines, 1):
            found = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
            if found and found.group(1) in THREAD_HEADERS:
                self.breach(path, number, f"{folder}/ knows no threads: <{found.group(1)}>")
            if found and found.group(1) == "base/wall_clock.h":
                self.breach(path, number, f"{folder}/ knows no clock: {found.group(1)}")
        for number, line in enumerate(code, 1):
            if re.search(r"::\s*now\s*\(", line):
                self.breach(path, number, f"{folder}/ knows no clock: now()")

    def check_namespaces(self, folder, path, code):
        own = NAMESPACES.get(folder, "tally::" + folder.replace("/", "::"))
        depth = 0
        for number, line in enumerate(code, 1):
            found = re.match(r"\s*(?:inline\s+)?namespace\b\s*([\w:]*)\s*\{", line)
            if found and depth == 0 and found.group(1) != own:
                name = found.group(1)
                if name.split("::")[0] not in DECLARED_AHEAD | {"std"}:
                    self.breach(path, number, f"opens namespace {name or 'without a name'}; "
                                              f"this folder's is {own}")
            depth += line.count("{") - line.count("}")

    def check_readmes(self):
        """Each folder of the product has a README, and each of OUTSIDE one for all below it."""
        wanted = {folder.split("/")[0] if is_outside(folder) else folder for folder in self.folders}
        for folder in sorted(wanted):
            readme = self.root / folder / "README.md"
            if not readme.exists():
                self.breaches.append(f"{folder}/: has sources and no README.md")
            elif folder in self.arrows:
                self.check_may_include(folder, readme)

    def check_may_include(self, folder, readme):
        text = readme.read_text(encoding="utf-8")
        found = re.search(r"^May include:(.*?)(\n\n|\Z)", text, re.M | re.S)
        if not found:
            return
        line = text[:found.start()].count("\n") + 1
        said = set(re.findall(r"`([\w/]+)/`", found.group(1)))
        true = {folder_of(arrow) for arrow in self.arrows[folder]}
        for other in sorted(said - true):
            self.breach(readme, line, f"says that {folder}/ may include {other}/; it may not")
        for other in sorted(true - said):
            self.breach(readme, line, f"does not say that {folder}/ may include {other}/")

    def check_commands_are_run(self):
        """Commands on the pages that people read stand in console blocks, which a test runs."""
        for page in [self.root / "README.md", *sorted((self.root / "docs").glob("*.md"))]:
            if not page.exists():
                continue
            block = None
            for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
                if line.lstrip().startswith("```"):
                    block = line.strip()[3:] if block is None else None
                elif block is None and re.match(r"(    |\t)(\$ )?tallystick ", line) or (
                        block not in (None, "console") and line.startswith("$ ")):
                    self.breach(page, number, "a command outside of a console block is never run")


def folder_of(arrow):
    return arrow.rpartition("/")[0] if arrow.endswith(".h") else arrow


def find_circle(graph):
    """A circle in a graph of name -> names, its first name repeated at the end; else None."""
    done = set()

    def walk(name, way):
        if name in way:
            return way[way.index(name):] + [name]
        if name in done:
            return None
        for other in graph.get(name, []):
            circle = walk(other, way + [name])
            if circle:
                return circle
        done.add(name)
        return None

    for name in graph:
        circle = walk(name, [])
        if circle:
            return circle
    return None


def main():
    breaches = Tidy(sys.argv[1]).run()
    for line in breaches:
        print(line)
    print(f"tidy: {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
