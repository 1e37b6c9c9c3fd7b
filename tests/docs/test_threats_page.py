"""docs/threats.md: every proof that it names is explained, and every file of one exists and tests something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/threats.md").read_text(encoding="utf-8")
NAME = r"(?:PRV|SEC|REL)-\d+|AIM|HOSTILE|REVOKED|SIGNED|ROLLBACK"


def rows(heading: str, next_heading: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    section = PAGE.split(f"## {heading}")[1].split(f"## {next_heading}")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


THREATS = rows("Line by line", "The proofs")
PROOFS = {row[0]: re.findall(r"`([^`]+\.(?:py|sh))`", row[1]) for row in rows("The proofs", "ETSI")}
PROVISIONS = rows("ETSI", "nothing after it")


def test_all_threats_are_there_each_with_what_remains() -> None:
    assert [row[0] for row in THREATS] == [f"T{n}" for n in range(1, len(THREATS) + 1)]
    assert len(THREATS) >= 15
    assert all(len(row) == 5 and all(row) for row in THREATS)


@pytest.mark.parametrize("row", [*THREATS, *PROVISIONS], ids=lambda row: row[0])
def test_every_proof_that_is_named_is_explained(row: list[str]) -> None:
    named = re.findall(NAME, row[3])
    assert named or row[3] == "-"
    assert set(named) <= set(PROOFS)


@pytest.mark.parametrize("name", PROOFS)
def test_every_file_of_a_proof_exists_and_tests_something(name: str) -> None:
    assert PROOFS[name]
    for file in PROOFS[name]:
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "def test_" in text or file.endswith(".sh")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests/trust").glob("test_*.py")), ids=lambda p: p.name
)
def test_every_trust_suite_is_on_the_page(path: Path) -> None:
    if path.name != "test_searching.py":  # the search that the others use
        assert f"`tests/trust/{path.name}`" in PAGE


def test_the_provisions_are_complete() -> None:
    assert [row[0] for row in PROVISIONS] == [f"5.{n}" for n in range(1, 14)]
