"""A log from the pieces that a collector has: all of it, or a word about what is missing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.audit.checkpoint import Checkpoint
from edge_alpr.audit.join import join, names_in
from edge_alpr.audit.merkle import leaf_hash, root_of
from edge_alpr.errors import AuditError
from fakes.keys import UNIT_KEY
from fixtures.audit_logs import MadeLog

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "o/s/u/camera"


@pytest.fixture
def made(tmp_path: Path) -> MadeLog:
    return MadeLog(tmp_path / "camera.jsonl", ORIGIN).unit_days(20)


def pieces(made: MadeLog, size: int = 7) -> list[dict[str, Any]]:
    lines = made.path.read_text("utf-8").splitlines()
    found = []
    for first in range(0, len(lines), size):
        end = min(first + size, len(lines))
        leaves = [leaf_hash(line.encode()) for line in lines[:end]]
        note = Checkpoint(ORIGIN, end, root_of(leaves)).signed(UNIT_KEY)
        piece = {"log": ORIGIN, "first": first, "lines": lines[first:end], "checkpoint": str(note)}
        found.append(piece)
    return found


def test_pieces_in_any_order_some_twice_make_the_log(made: MadeLog) -> None:
    some = pieces(made)
    some = [
        *some,
        *some[1:3],
        {"log": "o/s/u/uplink", "first": 0, "lines": ["x"], "checkpoint": ""},
    ]
    random.Random(1).shuffle(some)
    data, checkpoints = join(some, ORIGIN)
    assert data == made.path.read_bytes()
    assert checkpoints[-1] == made.checkpoint()
    assert names_in(some) == [ORIGIN, "o/s/u/uplink"]


def test_a_missing_piece_is_told(made: MadeLog) -> None:
    some = pieces(made)
    with pytest.raises(AuditError, match="7 entries are missing, the first is 14"):
        join(some[:2] + some[3:], ORIGIN)


def test_pieces_that_contradict_each_other_are_told(made: MadeLog) -> None:
    some = pieces(made)
    other = {**some[1], "lines": [line.replace("n", "m") for line in some[1]["lines"]]}
    with pytest.raises(AuditError, match="in two forms"):
        join([*some, other], ORIGIN)


def test_a_log_of_which_there_is_nothing_is_told(made: MadeLog) -> None:
    with pytest.raises(AuditError, match="no piece"):
        join(pieces(made), "o/s/other/camera")
