#!/usr/bin/env python3
"""Runs a page's `console` blocks as written, in an empty folder, with the built binary on the path.

Usage: commands.py PAGE BINARY
Lines after `$ ` are commands, with the lines that belong to them; output stands in blocks of other
kinds. Each must exit with 0. Only the ports are not the page's: the network is made beforehand on
ports that the system chooses, and the API port that it names, 7101, is that of the first node.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

page = pathlib.Path(sys.argv[1]).resolve()
binary = pathlib.Path(sys.argv[2]).resolve()
clone = pathlib.Path(__file__).resolve().parent.parent.parent


def commands(text):
    for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
        current = None
        for line in block.splitlines():
            if line.startswith("$ "):
                if current is not None:
                    yield current
                current = line[2:]
            elif current is not None:
                current += "\n" + line
        if current is not None:
            yield current


def run(command, folder, environment):
    print("$ " + command, flush=True)
    return subprocess.run(["bash", "-c", command], cwd=folder, env=environment, timeout=120,
                          stdin=subprocess.DEVNULL).returncode


def addresses(folder):
    """Where the nodes listen, by where the page says that they do: host:port."""
    found = {}
    for number in (1, 2, 3):
        text = (folder / f"tallystick-net/n{number}/node.toml").read_text(encoding="utf-8")
        listens = re.search(r"^\[api\]\nlisten = '(.*?)'", text, re.M).group(1)
        found[f"127.0.0.1:{7100 + number}"] = listens
    return found


def main():
    text = page.read_text(encoding="utf-8")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tally-commands-"))
    environment = dict(os.environ, PATH=f"{binary.parent}:{os.environ['PATH']}")
    environment.pop("TALLYSTICK_DIR", None)
    count = 0
    # The commands are given in the clone; what they make goes into the folder.
    os.symlink(clone / "examples", folder / "examples")
    try:
        if run("tallystick network init --free-ports", folder, environment) != 0:
            return 1
        listens = addresses(folder)
        for command in commands(text):
            count += 1
            for usual, free in listens.items():
                command = command.replace(usual, free)
            code = run(command, folder, environment)
            if code != 0:
                print(f"{page.name}: exit {code}")
                return 1
        print(f"{page.name}: {count} commands ran")
        return 0 if count > 0 else 1
    finally:
        subprocess.run([binary, "network", "clean", "--yes"], cwd=folder, env=environment,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
