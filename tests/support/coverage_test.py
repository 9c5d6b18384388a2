#!/usr/bin/env python3
"""Judges made-up results with coverage.py: what it must find, and what it must let pass."""
import unittest

from coverage import Measured, Outcome, Unreachable, judge

FILE = "server/answer/denial.cpp"
ENTRY = Unreachable(FILE, "deny", "!node", "true", "an example")


def measured(outcomes: dict[Outcome, tuple[int, set[str]]], lines: dict[int, int] | None = None) -> Measured:
    result = Measured.__new__(Measured)
    result.outcomes = outcomes
    result.lines = {FILE: lines or {1: 1}}
    return result


def at(line: int, count: int, function: str = "_ZN5doors4denyE", condition: str = "!node", never: str = "true"
       ) -> dict[Outcome, tuple[int, set[str]]]:
    return {Outcome(FILE, line, 7, condition, never): (count, {function})}


class Judge(unittest.TestCase):
    def test_all_reached(self) -> None:
        self.assertEqual(judge(measured(at(10, 1)), []), [])

    def test_a_missed_branch_is_told(self) -> None:
        self.assertEqual(judge(measured(at(10, 0)), []), [f"{FILE}:10: never true: !node"])

    def test_a_missed_line_is_told(self) -> None:
        self.assertEqual(judge(measured({}, {3: 1, 4: 0}), []), [f"{FILE}:4: never run"])

    def test_a_named_branch_passes_with_its_line(self) -> None:
        self.assertEqual(judge(measured(at(10, 0), {10: 0}), [ENTRY]), [])

    def test_a_name_holds_for_its_function_condition_and_outcome_alone(self) -> None:
        for other in (at(20, 0, function="_ZN5doors9deny_nameE"), at(20, 0, condition="node"), at(20, 0, never="false")):
            wrong = judge(measured(at(10, 0) | other), [ENTRY])
            self.assertEqual([line.partition(": ")[0] for line in wrong], [f"{FILE}:20"])

    def test_a_name_that_is_not_needed_is_told(self) -> None:
        for outcomes in ({}, at(10, 1)):
            self.assertIn("is reached, or is not there", judge(measured(outcomes), [ENTRY])[0])

    def test_a_name_for_two_places_is_told(self) -> None:
        self.assertIn("stands 2 times", judge(measured(at(10, 0) | at(12, 0)), [ENTRY])[0])


if __name__ == "__main__":
    unittest.main()
