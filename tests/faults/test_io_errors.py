"""REL-8: writes and syncs that fail. Never a false acknowledgement, and all goes on when the card does."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.spool import database
from faults.errors import Failing, fail_now_and_then

if TYPE_CHECKING:
    from pathlib import Path

    from faults.conftest import Count, Publish


def many_lives(
    count: int, folder: Path, patch: pytest.MonkeyPatch, probability: float
) -> list[Failing]:
    lives = []
    for seed in range(count):
        lives.append(fail_now_and_then(seed, folder / str(seed), patch, probability=probability))
        shutil.rmtree(folder / str(seed))
    return lives


def figures(lives: list[Failing]) -> dict[str, Any]:
    return {
        "lives": len(lives),
        "failures": sum(life.failures for life in lives),
        "acknowledged": sum(life.well.acknowledged for life in lives),
        "acknowledged_and_lost": sum(life.ill.lost + life.well.lost for life in lives),
        "damaged": sum(life.ill.damaged + life.well.damaged for life in lives),
        "false_messages": sum(life.ill.false + life.well.false for life in lives),
        "not_recovered": sum(not life.recovers for life in lives),
    }


@pytest.mark.parametrize("probability", [0.01, 0.05, 0.1, 0.5])
def test_an_acknowledgement_is_true_whatever_failed_before_and_after_it(
    probability: float,
    fast_folder: Path,
    count: Count,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lives = many_lives(count(20, 500), fast_folder, monkeypatch, probability)
    found = figures(lives)
    publish("REL-8", f"modelled card, p={probability}", **found)
    assert found["failures"] > found["lives"]
    assert found["acknowledged"] > 50 * found["lives"]
    assert found["acknowledged_and_lost"] == 0
    assert found["damaged"] == found["false_messages"] == found["not_recovered"] == 0


def test_control_a_log_that_is_believed_at_the_start_gives_false_acknowledgements(
    fast_folder: Path, count: Count, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed to be synced can be read back from the system's memory, until the power goes."""
    monkeypatch.setattr(database, "_fold_log", lambda _db, _path: None)
    found = figures(many_lives(count(60, 500), fast_folder, monkeypatch, 0.05))
    publish("REL-8", "control: log believed at the start, p=0.05", **found)
    assert found["acknowledged_and_lost"] > 0
