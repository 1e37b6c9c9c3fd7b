"""This file holds figures against the release gates of gates.yaml: which are met, which are not, which were not run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

GATES: Final = Path(__file__).with_name("gates.yaml")

State = Literal["met", "failed", "not run"]


class GateError(Exception):
    """A file of gates that says something impossible."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One figure that a release must reach."""

    name: str
    figure: tuple[str, ...]
    """Where it is in the figures, key by key."""
    at_least: float | None
    at_most: float | None
    goal: float | None
    """What we are after, where that is more than a release needs."""

    def judge(self, figures: dict[str, Any]) -> Result:
        """Met or not; ``not run`` where that part of the evaluation was left out."""
        if self.figure[0] not in figures:
            return Result(self, None, "not run")
        value = _find(figures, self.figure)
        if value is None:
            return Result(self, None, "failed")
        high_enough = self.at_least is None or value >= self.at_least
        low_enough = self.at_most is None or value <= self.at_most
        return Result(self, value, "met" if high_enough and low_enough else "failed")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a gate."""

    gate: Gate
    value: float | None
    state: State

    def __str__(self) -> str:
        gate = self.gate
        least = "" if gate.at_least is None else f"at least {gate.at_least:g}"
        most = "" if gate.at_most is None else f"at most {gate.at_most:g}"
        goal = "" if gate.goal is None else f", goal {gate.goal:g}"
        value = "no figure" if self.value is None else f"{self.value:g}"
        return f"{self.state:8} {gate.name}: {value} ({least}{most}{goal})"


def _find(figures: Any, keys: tuple[str, ...]) -> float | None:
    """A number, or the share of what has one."""
    for key in keys:
        if not isinstance(figures, dict) or key not in figures:
            return None
        figures = figures[key]
    if isinstance(figures, dict):
        figures = figures.get("share")
    return float(figures) if isinstance(figures, int | float) else None


def read_gates(path: Path = GATES) -> tuple[Gate, ...]:
    """The gates of a YAML file.

    Raises:
        GateError: a gate has no name, no figure or no limit, or a word that is not known.
    """
    gates = []
    for number, entry in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")), 1):
        known = {"name", "figure", "at_least", "at_most", "goal"}
        if not isinstance(entry, dict) or not {"name", "figure"} <= set(entry) <= known:
            raise GateError(
                f"{path}: gate {number} needs name and figure, and may have {sorted(known)}"
            )
        if "at_least" not in entry and "at_most" not in entry:
            raise GateError(f"{path}: gate {number} ({entry['name']}) has no limit")
        gates.append(
            Gate(
                name=str(entry["name"]),
                figure=tuple(str(entry["figure"]).split("/")),
                at_least=entry.get("at_least"),
                at_most=entry.get("at_most"),
                goal=entry.get("goal"),
            )
        )
    return tuple(gates)
