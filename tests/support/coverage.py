#!/usr/bin/env python3
"""Runs unit tests of a build with the preset `coverage` and tells which lines and branches of the query path they
reach: server/message, server/answer, and the wire reader. Exit code 0: all, but for the branches named below, each of
which is there and was not reached.

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
from typing import NamedTuple

TESTS = ("server_answer_test", "server_message_test", "zones_dns_test")
MEASURED = re.compile(r"^(server/(message|answer)/[^/]+\.(cpp|h)|zones/dns/wire_reader\.h)$")



class Unreachable(NamedTuple):
    """A branch that no input takes. It names one place: the condition stands once in that function."""
    file: str
    function: str
    condition: str
    never: str  # "true" or "false"
    because: str


UNREACHABLE = [
    Unreachable("server/answer/denial.cpp", "add_denial", "node", "false",
                "an NSEC or NSEC3 zone has one for every name; checked when mapped"),
    Unreachable("server/answer/denial.cpp", "add_denial", "node.rrset(type, rrset)", "false",
                "what an image refers to as NSEC or NSEC3 is one"),
    Unreachable("server/answer/denial.cpp", "add_encloser_proof", "node", "false",
                "a chain of NSEC3 without the apex is no chain to an image"),
    Unreachable("server/answer/denial.cpp", "add_encloser_proof", "!node", "true", "the same"),
    Unreachable("server/answer/denial.cpp", "add_encloser_and_wildcard", "provable", "false", "the same"),
    Unreachable("server/answer/look_ahead.cpp", "prefetch_servers", "!found.node.rrset(RRType::ns, servers)", "true",
                "a zone cut is where NS is"),
    Unreachable("server/answer/redirect.cpp", "follow_dname", "!owner.rrset(RRType::dname, dname)", "true",
                "a look-up says so of nodes with DNAME alone"),
    Unreachable("server/answer/referral.cpp", "refer", "cut.rrset(RRType::ns, rrset)", "false",
                "a zone cut is where NS is"),
    Unreachable("server/answer/respond.cpp", "outcome_of", "case QueryVerdict::silence", "true",
                "answer() ends before; the compiler wants each case"),
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


def llvm_cov(form: str, programs: list[pathlib.Path], profile: pathlib.Path) -> str:
    objects = [str(programs[0])] + [part for program in programs[1:] for part in ("-object", str(program))]
    done = subprocess.run([tool("llvm-cov"), "export", f"-format={form}", f"-instr-profile={profile}", *objects],
                          check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


class Outcome(NamedTuple):
    """One way out of a condition. Instances of a template, and what several programs share, are one."""
    file: str
    line: int
    column: int
    condition: str
    never: str  # "true" or "false", if it never came

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: never {self.never}: {self.condition}"


class Measured:
    """What the tests reached of the measured files."""

    def __init__(self, programs: list[pathlib.Path], profile: pathlib.Path, source: pathlib.Path) -> None:
        self.source = source
        self.texts: dict[str, list[str]] = {}
        self.lines = self.read_lines(llvm_cov("lcov", programs, profile))
        self.outcomes = self.read_outcomes(json.loads(llvm_cov("text", programs, profile))["data"][0]["functions"])

    def measured(self, filename: str) -> str | None:
        """The path in the source tree, if the file is one that is measured."""
        path = os.path.relpath(os.path.realpath(filename), self.source)
        return path if MEASURED.search(path) else None

    def text(self, file: str) -> list[str]:
        if file not in self.texts:
            self.texts[file] = pathlib.Path(self.source, file).read_text(encoding="utf-8").splitlines()
        return self.texts[file]

    def read_lines(self, tracefile: str) -> dict[str, dict[int, int]]:
        """Per file how often each line ran. What the compiler may take as unreachable is no line."""
        lines: dict[str, dict[int, int]] = {}
        file = None
        for record in tracefile.splitlines():
            kind, _, rest = record.partition(":")
            if kind == "SF":
                file = self.measured(rest)
            elif kind == "DA" and file:
                line, count = (int(number) for number in rest.split(",")[:2])
                if self.text(file)[line - 1].strip() != "__builtin_unreachable();":
                    lines.setdefault(file, {})[line] = count
        return lines

    def read_outcomes(self, functions: list[dict]) -> dict[Outcome, tuple[int, set[str]]]:
        """How often each came, and in which (mangled) functions. That no case of a switch matches is no outcome: the
        compiler sees to it that each enumerator has one."""
        outcomes: dict[Outcome, tuple[int, set[str]]] = {}
        for function in functions:
            files = [self.measured(filename) for filename in function["filenames"]]
            for line, column, end_line, end_column, true, false, file_id, *_ in function["branches"]:
                if not (file := files[file_id]):
                    continue
                text = self.text(file)[line - 1]
                if text.lstrip().startswith("switch ("):
                    continue
                condition = text[column - 1:end_column - 1 if line == end_line else None]
                for never, count in (("true", true), ("false", false)):
                    outcome = Outcome(file, line, column, condition, never)
                    before, where = outcomes.get(outcome, (0, set()))
                    outcomes[outcome] = before + count, where | {function["name"]}
        return outcomes

    def missed(self) -> list[Outcome]:
        return sorted(outcome for outcome, (count, _) in self.outcomes.items() if count == 0)

    def is_named_by(self, outcome: Outcome, entry: Unreachable) -> bool:
        in_function = any(f"{len(entry.function)}{entry.function}" in name for name in self.outcomes[outcome][1])
        return in_function and (outcome.file, outcome.condition, outcome.never) == (entry.file, entry.condition, entry.never)


def judge(measured: Measured, entries: list[Unreachable]) -> list[str]:
    """What is wrong: branches and lines that were not reached and are not named, and names that do not hold."""
    wrong = []
    missed = measured.missed()
    named: set[Outcome] = set()
    for entry in entries:
        places = [outcome for outcome in missed if measured.is_named_by(outcome, entry)]
        if len(places) != 1:
            what = "is reached, or is not there" if not places else f"stands {len(places)} times"
            wrong.append(f"named as unreachable, but {what}: {entry.file}: {entry.function}: never {entry.never}: "
                         f"{entry.condition}")
        named.update(places)
    wrong += [str(outcome) for outcome in missed if outcome not in named]
    named_lines = {(outcome.file, outcome.line) for outcome in named}
    wrong += [f"{file}:{line}: never run" for file, lines in sorted(measured.lines.items())
              for line, count in sorted(lines.items()) if count == 0 and (file, line) not in named_lines]
    return wrong


def print_table(measured: Measured, named: int) -> None:
    rows = []
    for file, lines in sorted(measured.lines.items()):
        counts = [count for outcome, (count, _) in measured.outcomes.items() if outcome.file == file]
        rows.append((file, sum(map(bool, lines.values())), len(lines), sum(map(bool, counts)), len(counts)))
    rows.append(("all", *(sum(row[column] for row in rows) for column in range(1, 5))))
    print(f"{'file':44} {'lines':>13} {'branches':>13}")
    for file, covered, lines, reached, outcomes in rows:
        print(f"{file:44} {covered:5} of {lines:4} {reached:5} of {outcomes:4}")
    _, covered, lines, reached, outcomes = rows[-1]
    print(f"{100 * covered / lines:.1f} % of lines, {100 * reached / outcomes:.1f} % of branches; "
          f"{named} branches named as unreachable")


def main() -> None:
    build, source = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as directory:
        profile = pathlib.Path(directory, "merged.profdata")
        measured = Measured(run_tests(build, profile), profile, source)
    print_table(measured, len(UNREACHABLE))
    if wrong := judge(measured, UNREACHABLE):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
