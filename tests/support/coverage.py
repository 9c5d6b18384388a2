#!/usr/bin/env python3
"""Runs unit tests of a build with the preset `coverage` and tells which lines and branches of the query path they
reach: server/message, server/answer, and the wire reader. Exit code 0: all, but for the branches named below.

    coverage.py BUILD SOURCE
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TESTS = ("server_answer_test", "server_message_test", "zones_dns_test")
MEASURED = re.compile(r"^(server/(message|answer)/[^/]+\.(cpp|h)|zones/dns/wire_reader\.h)$")

# Branches that no input reaches: file, condition, what it never is, why.
UNREACHABLE: list[tuple[str, str, str, str]] = [
    ("server/answer/additional.cpp", "zone.apex().rrset(RRType::ns, ns)", "false", "no zone is loaded without NS at its apex"),
    ("server/answer/denial.cpp", "node", "false", "an NSEC or NSEC3 zone has one for every name; checked when mapped"),
    ("server/answer/denial.cpp", "node.rrset(type, rrset)", "false", "what an image refers to as NSEC or NSEC3 is one"),
    ("server/answer/denial.cpp", "!node", "true", "a chain of NSEC3 without the apex is no chain to an image"),
    ("server/answer/denial.cpp", "provable", "false", "the same"),
    ("server/answer/redirect.cpp", "!owner.rrset(RRType::dname, dname)", "true", "a look-up says so of nodes with DNAME alone"),
    ("server/answer/referral.cpp", "cut.rrset(RRType::ns, rrset)", "false", "a zone cut is where NS is"),
    ("server/answer/respond.cpp", "case QueryVerdict::silence", "true", "answer() ends before; the compiler wants each case"),
]


def tool(name: str) -> str:
    for candidate in (name, f"{name}-14"):
        if found := shutil.which(candidate):
            return found
    sys.exit(f"coverage: no {name}; the package llvm has it")


def run_tests(build: pathlib.Path, profile: pathlib.Path) -> list[pathlib.Path]:
    programs = []
    for name in TESTS:
        found = [path for path in build.rglob(name) if path.is_file() and os.access(path, os.X_OK)]
        if len(found) != 1:
            sys.exit(f"coverage: {name} is not built")
        programs += found
    raw = []
    for program in programs:
        raw.append(profile.parent / f"{program.name}.profraw")
        subprocess.run([program], cwd=program.parent, env=os.environ | {"LLVM_PROFILE_FILE": str(raw[-1])},
                       stdout=subprocess.DEVNULL, check=True, timeout=600)
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", *raw, "-o", profile], check=True)
    return programs


def export(programs: list[pathlib.Path], profile: pathlib.Path, source: pathlib.Path) -> dict[str, dict]:
    """What llvm-cov says of the measured files, by their paths in the source tree."""
    objects = [str(programs[0])] + [part for program in programs[1:] for part in ("-object", str(program))]
    done = subprocess.run([tool("llvm-cov"), "export", f"-instr-profile={profile}", *objects], check=True,
                          stdout=subprocess.PIPE)
    files = {os.path.relpath(os.path.realpath(file["filename"]), source): file
             for file in json.loads(done.stdout)["data"][0]["files"]}
    return {path: file for path, file in files.items() if MEASURED.search(path)}


def missed_branches(file: dict, text: list[str]) -> tuple[int, list[tuple[int, str, str]]]:
    """How many branch outcomes there are, and those that never came: line, condition, "true" or "false". What
    several instances of a template or several programs share counts together. That no case of a switch matches is
    no outcome: the compiler sees to it that each enumerator has one."""
    taken: dict[tuple, list[int]] = {}
    for line, column, end_line, end_column, true, false, *_ in file["branches"]:
        if text[line - 1].lstrip().startswith("switch ("):
            continue
        counts = taken.setdefault((line, column, end_line, end_column), [0, 0])
        counts[0] += true
        counts[1] += false
    missed = []
    for (line, column, end_line, end_column), counts in sorted(taken.items()):
        condition = text[line - 1][column - 1:end_column - 1 if line == end_line else None]
        missed += [(line, condition, outcome) for outcome, count in zip(("true", "false"), counts) if count == 0]
    return 2 * len(taken), missed


def main() -> None:
    build, source = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as directory:
        profile = pathlib.Path(directory, "merged.profdata")
        files = export(run_tests(build, profile), profile, source)
    print(f"{'file':44} {'lines':>13} {'branches':>13}")
    unnamed, named, lines, covered, outcomes, reached = [], 0, 0, 0, 0, 0
    for path, file in sorted(files.items()):
        text = pathlib.Path(source, path).read_text(encoding="utf-8").splitlines()
        count, missed = missed_branches(file, text)
        of_lines = file["summary"]["lines"]
        lines, covered = lines + of_lines["count"], covered + of_lines["covered"]
        outcomes, reached = outcomes + count, reached + count - len(missed)
        print(f"{path:44} {of_lines['covered']:5} of {of_lines['count']:4} {count - len(missed):5} of {count:4}")
        for line, condition, outcome in missed:
            if any((path, condition, outcome) == (name, part, way) for name, part, way, _ in UNREACHABLE):
                named += 1
            else:
                unnamed.append(f"{path}:{line}: never {outcome}: {condition}")
    print(f"{'all':44} {covered:5} of {lines:4} {reached:5} of {outcomes:4}   "
          f"{100 * covered / lines:.1f} % of lines, {100 * reached / outcomes:.1f} % of branches, {named} named as unreachable")
    if unnamed:
        sys.exit("\n".join(unnamed))


if __name__ == "__main__":
    main()
