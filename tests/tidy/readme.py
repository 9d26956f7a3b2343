#!/usr/bin/env python3
"""Runs the README's `console` blocks as written, in an empty folder, with the built binary on the path.

Usage: readme.py README BINARY
Lines after `$ ` are commands, with their here-documents. Each must exit with 0. Only the ports are
not the README's: the network is made beforehand on ports that the system chooses.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

readme = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
binary = pathlib.Path(sys.argv[2]).resolve()


def commands():
    for block in re.findall(r"^```console\n(.*?)^```", readme, re.M | re.S):
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
    return subprocess.run(["bash", "-c", command], cwd=folder, env=environment, timeout=120).returncode


def main():
    folder = tempfile.mkdtemp(prefix="tally-readme-")
    environment = dict(os.environ, PATH=f"{binary.parent}:{os.environ['PATH']}")
    count = 0
    # The commands are given in the clone; what they make goes into the folder.
    os.symlink(pathlib.Path(sys.argv[1]).resolve().parent / "examples", pathlib.Path(folder) / "examples")
    try:
        if run("tallystick network init --free-ports", folder, environment) != 0:
            return 1
        for command in commands():
            count += 1
            code = run(command, folder, environment)
            if code != 0:
                print(f"readme: exit {code}")
                return 1
        print(f"readme: {count} commands ran")
        return 0 if count > 0 else 1
    finally:
        subprocess.run([binary, "network", "clean"], cwd=folder, env=environment,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
