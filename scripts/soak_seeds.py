#!/usr/bin/env python3
"""Simulates many seeds in parallel processes and says how far it is.

Usage: soak_seeds.py BUILD_FOLDER SEEDS [--first N] [--jobs N] [--compare OTHER_BUILD_FOLDER]

A seed that fails is told with the command that replays it and with its timeline; then it ends with
1. With --compare each seed is run by two builds (other flags, another compiler), and the numbers
that stand for the whole run must be equal.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time

TEST = "tests/simulation_test"
CASE = "seeds of a soak"
PORTION = 20                # seeds of one process: what is lost when one fails


def run(build, first, count):
    """Output of a portion of seeds, and whether it held."""
    environment = dict(os.environ, TALLY_SEED=str(first), TALLY_SIMULATIONS=str(count))
    done = subprocess.run([os.path.join(build, TEST), CASE], env=environment, text=True,
                          capture_output=True, check=False)
    return done.stdout + done.stderr, done.returncode == 0


def hashes(output):
    """seed -> the number of its run."""
    return dict(re.findall(r"^seed (\d+) hash ([0-9a-f]+)$", output, re.M))


def soak_portion(options, first, count):
    output, held = run(options.build, first, count)
    if not held:
        return output
    mine = hashes(output)
    if len(mine) != count:
        return f"seeds {first}..{first + count - 1}: only {len(mine)} were run\n{output}"
    if options.compare is None:
        return None
    other, held = run(options.compare, first, count)
    theirs = hashes(other)
    differing = [seed for seed in mine if theirs.get(seed) != mine[seed]]
    if held and not differing:
        return None
    return f"{options.compare} runs otherwise at the seeds {', '.join(differing)}\n" + (
        "" if held else other)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("seeds", type=int)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--compare")
    options = parser.parse_args()

    begun = time.monotonic()
    end = options.first + options.seeds
    portions = [(first, min(PORTION, end - first)) for first in range(options.first, end, PORTION)]
    done = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = {pool.submit(soak_portion, options, *portion): portion for portion in portions}
        for portion in concurrent.futures.as_completed(waiting):
            wrong = portion.result()
            if wrong is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                print(f"\n{wrong}\nsoak: replay with TALLY_SEED=<the seed above> "
                      f"{os.path.join(options.build, TEST)} '{CASE}'", file=sys.stderr)
                return 1
            done += waiting[portion][1]
            rate = done / (time.monotonic() - begun)
            print(f"\rsoak: {done} of {options.seeds} seeds, {rate:.0f} a second",
                  end="", flush=True)
    print(f"\nsoak: {done} seeds held")
    return 0


if __name__ == "__main__":
    sys.exit(main())
