"""This file shows findings: as a table for a person, line by line as they are made, or as JSON."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge_alpr.doctor.finding import Finding, Grade

SCHEMA: Final = "doctor/1.0"
WIDTH: Final = 110
_NAME: Final = 21
_MARKS: Final[dict[Grade, str]] = {"ok": "OK  ", "warn": "WARN", "fail": "FAIL", "skip": "  - "}
_COLOURS: Final[dict[Grade, str]] = {"ok": "32", "warn": "33", "fail": "31;1", "skip": "2"}


def row(found: Finding, *, colour: bool = False) -> str:
    """One finding, wrapped; its mend below it after an arrow."""
    mark = _MARKS[found.grade]
    if colour:
        mark = f"\033[{_COLOURS[found.grade]}m{mark}\033[0m"
    indent = " " * (_NAME + 6)
    lines = _wrapped(found.told)
    if found.mend is not None:
        lines += [
            f"{'-> ' if not n else '   '}{line}" for n, line in enumerate(_wrapped(found.mend))
        ]
    shown = f"{mark} {found.check:{_NAME}} {lines[0]}"
    return "\n".join([shown, *(indent + line for line in lines[1:])])


def summary(findings: Iterable[Finding]) -> str:
    """The last line."""
    grades = [found.grade for found in findings]
    failed, warned = grades.count("fail"), grades.count("warn")
    if not failed and not warned:
        return "Nothing is wrong with what could be checked."
    return f"{failed} to be mended, {warned} to be looked at."


def report(findings: Sequence[Finding], at: str, software: str) -> dict[str, Any]:
    """Everything, for programs."""
    return {
        "schema": SCHEMA,
        "at": at,
        "software": software,
        "fails": sum(found.grade == "fail" for found in findings),
        "warns": sum(found.grade == "warn" for found in findings),
        "findings": [
            {"check": f.check, "grade": f.grade, "told": f.told, "mend": f.mend} for f in findings
        ],
    }


def as_json(findings: Sequence[Finding], at: str, software: str) -> str:
    return json.dumps(report(findings, at, software), indent=2, ensure_ascii=False)


def _wrapped(text: str) -> list[str]:
    width = WIDTH - _NAME - 6
    lines = [line for part in text.splitlines() for line in textwrap.wrap(part, width)]
    return lines or [""]
