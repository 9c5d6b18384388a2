#!/usr/bin/env python3
"""Runs clang-tidy over the sources of server/, sync/ and zones/, by the compile commands of a build. A file that passed
is remembered by all that it is made of (its own text and that of every header, the command, .clang-tidy, the program), so
the next run reads only what changed. Exit code 0: nothing found.

    tidy.py BUILD SOURCE [--jobs N] [FOLDER...]

What passed is remembered in $DOORS_TIDY_CACHE, or BUILD/tidy: an empty file each, named by the hash.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import threading

PROGRAM = "clang-tidy"
SECONDS_A_FILE = 600
printing = threading.Lock()


def compile_commands(build: pathlib.Path, source: pathlib.Path, folders: list[str]) -> dict[pathlib.Path, list[str]]:
    """Of each file below the folders its compile command, without what is about the output."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        file = pathlib.Path(entry["file"])
        if any(file.is_relative_to(source / folder) for folder in folders):
            arguments = shlex.split(entry["command"])
            commands[file] = arguments[:arguments.index("-o")]
    return commands


def read_files(file: pathlib.Path, command: list[str]) -> list[str]:
    """The files that a compilation reads, itself first."""
    rule = subprocess.run([*command, "-M", file], check=True, stdout=subprocess.PIPE, text=True, timeout=SECONDS_A_FILE)
    return rule.stdout.replace("\\\n", " ").split()[1:]


class Stamps:
    """What passed before."""

    def __init__(self, build: pathlib.Path, source: pathlib.Path) -> None:
        self.source = source
        self.directory = pathlib.Path(os.environ.get("DOORS_TIDY_CACHE") or build / "tidy")
        self.directory.mkdir(parents=True, exist_ok=True)
        version = subprocess.run([PROGRAM, "--version"], check=True, stdout=subprocess.PIPE).stdout
        self.common = version + (source / ".clang-tidy").read_bytes()
        self.known: dict[str, bytes] = {}

    def of(self, file: pathlib.Path, command: list[str]) -> pathlib.Path:
        total = hashlib.sha256(self.common)
        total.update(" ".join(command).replace(str(self.source), ".").encode())
        for path in read_files(file, command):
            if path not in self.known:
                self.known[path] = hashlib.sha256(pathlib.Path(path).read_bytes()).digest()
            total.update(self.known[path])
        return self.directory / total.hexdigest()


def tidy(file: pathlib.Path, command: list[str], build: pathlib.Path, stamps: Stamps) -> str:
    """"known", "passed" or "failed"; what clang-tidy says is printed."""
    stamp = stamps.of(file, command)
    if stamp.exists():
        return "known"
    try:
        done = subprocess.run([PROGRAM, "-quiet", "-p", build, file], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=SECONDS_A_FILE)
        passed, said = done.returncode == 0, done.stdout + ("" if done.returncode == 0 else done.stderr)
    except subprocess.TimeoutExpired:
        passed, said = False, f"{file}: not done after {SECONDS_A_FILE} s\n"
    if passed:
        stamp.touch()
    with printing:
        print(said, end="", flush=True)
    return "passed" if passed else "failed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("build", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("source", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("folders", nargs="*", metavar="FOLDER", default=["server", "sync", "zones"])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    commands = compile_commands(asked.build, asked.source, asked.folders)
    if not commands:
        sys.exit("tidy: no compile command for a file there")
    stamps = Stamps(asked.build, asked.source)
    counts = {"known": 0, "passed": 0, "failed": 0}
    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        for outcome in pool.map(lambda item: tidy(*item, asked.build, stamps), sorted(commands.items())):
            counts[outcome] += 1
    print(f"{len(commands)} files: {counts['passed']} passed, {counts['known']} had passed before, "
          f"{counts['failed']} failed")
    sys.exit(counts["failed"] > 0)


if __name__ == "__main__":
    main()
