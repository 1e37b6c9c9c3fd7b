"""Release gates: what is met, what is not, what was not run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from evaluation.gates import GateError, read_gates

if TYPE_CHECKING:
    from pathlib import Path

FIGURES: dict[str, Any] = {"passes": {"told": {"share": 0.9, "n": 10}, "duplicates": 2}}


def gates(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "gates.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("gate", "state"),
    [
        ("figure: passes/told, at_least: 0.9", "met"),
        ("figure: passes/told, at_least: 0.91", "failed"),
        ("figure: passes/duplicates, at_most: 2", "met"),
        ("figure: passes/duplicates, at_most: 1", "failed"),
        ("figure: passes/nothing, at_most: 1", "failed"),
        ("figure: parked/told, at_least: 1", "not run"),
    ],
)
def test_a_figure_is_held_against_its_gate(tmp_path: Path, gate: str, state: str) -> None:
    (only,) = read_gates(gates(tmp_path, f"- {{name: it, {gate}}}\n"))
    result = only.judge(FIGURES)
    assert result.state == state
    assert str(result).startswith(f"{state:8} it: ")


def test_a_share_of_nothing_meets_no_gate(tmp_path: Path) -> None:
    (gate,) = read_gates(gates(tmp_path, "- {name: it, figure: a/b, at_least: 0}\n"))
    assert gate.judge({"a": {"b": {"share": None, "n": 0}}}).state == "failed"


@pytest.mark.parametrize(
    "text",
    [
        "- {name: it}\n",
        "- {name: it, figure: a}\n",
        "- {name: it, figure: a, at_least: 1, atmost: 2}\n",
        "- it\n",
    ],
)
def test_a_gate_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(GateError, match="gate 1"):
        read_gates(gates(tmp_path, text))


def test_the_shipped_gates_can_be_read_and_ask_of_every_part() -> None:
    shipped = read_gates()
    assert {gate.figure[0] for gate in shipped} == {"photographs", "passes", "plate-free", "parked"}
    assert len({gate.name for gate in shipped}) == len(shipped)
