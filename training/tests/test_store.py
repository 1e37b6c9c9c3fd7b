"""The ring of samples: growing, replaced, read while it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge_training.crops import STORED_HEIGHT, STORED_WIDTH, Sample
from edge_training.reader_net import CROP_HEIGHT, CROP_WIDTH, STEPS
from edge_training.regions import admitted
from edge_training.store import UNKNOWN, Part, Store, steps_of

if TYPE_CHECKING:
    from pathlib import Path


PLACES = ((20.0, 0), (100.0, 0), (180.0, 0))


def _sample(level: int) -> Sample:
    return Sample(np.full((STORED_HEIGHT, STORED_WIDTH), level, np.uint8), "AB1", PLACES, "de")


def _filled(folder: Path, name: str, levels: range, capacity: int = 8) -> Part:
    part = Part(folder, name, capacity)
    for level in levels:
        part.put(_sample(level))
    part.publish()
    return part


def _levels(part: Part) -> set[int]:
    rows = [part.record(k) for k in range(part.held)]
    return {int(row["crop"][0, 0]) for row in rows if row is not None}


def test_samples_come_back(tmp_path: Path) -> None:
    _filled(tmp_path, "rendered-0", range(3))
    row = Part(tmp_path, "rendered-0").record(1)
    assert row is not None
    assert row["crop"].min() == row["crop"].max() == 1
    assert row["text"].tolist()[:4] == [11, 12, 2, 0]
    assert row["centre"].tolist()[:4] == [20, 100, 180, UNKNOWN]
    assert row["region"] == b"de"


def test_unpublished_samples_are_not_drawn(tmp_path: Path) -> None:
    part = _filled(tmp_path, "rendered-0", range(2))
    part.put(_sample(9))
    assert Part(tmp_path, "rendered-0").held == 2


def test_a_full_ring_replaces_the_oldest(tmp_path: Path) -> None:
    part = _filled(tmp_path, "rendered-0", range(11))
    assert part.held == 8
    assert _levels(part) == set(range(3, 11))


def test_a_reopened_part_goes_on_where_it_stopped(tmp_path: Path) -> None:
    _filled(tmp_path, "rendered-0", range(5))
    part = _filled(tmp_path, "rendered-0", range(5, 7))
    assert part.written == 7
    assert _levels(part) == set(range(7))


def test_a_part_of_another_capacity_is_refused(tmp_path: Path) -> None:
    _filled(tmp_path, "rendered-0", range(1), capacity=8)
    with pytest.raises(ValueError, match="delete it"):
        Part(tmp_path, "rendered-0", 9)


def test_a_record_that_is_being_replaced_is_not_handed_out(tmp_path: Path) -> None:
    part = _filled(tmp_path, "rendered-0", range(1))
    part._ring["serial"][0] = 0
    assert part.record(0) is None


def test_a_batch_is_mixed_by_shares(tmp_path: Path) -> None:
    _filled(tmp_path, "rendered-0", range(8))
    _filled(tmp_path, "rendered-1", range(8))
    _filled(tmp_path, "photographed", range(100, 104))
    batch = Store(tmp_path, {"rendered": 0.75, "photographed": 0.25}).draw(
        np.random.default_rng(1), 400
    )
    assert batch.crops.shape == (400, CROP_HEIGHT, CROP_WIDTH)
    assert (batch.regions == admitted(["de"])).all()
    photographed = (batch.crops[:, 0, 0] >= 100).mean()
    assert 0.17 < photographed < 0.33


def test_a_missing_share_goes_to_the_others(tmp_path: Path) -> None:
    _filled(tmp_path, "rendered-0", range(4))
    store = Store(tmp_path, {"rendered": 0.7, "photographed": 0.3})
    assert len(store.draw(np.random.default_rng(1), 5).crops) == 5


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no samples"):
        Store(tmp_path, {"rendered": 1.0}).draw(np.random.default_rng(1), 1)


def test_steps_follow_the_window() -> None:
    centres = np.array([8, 104, 199, UNKNOWN], np.uint8)
    lines = np.array([0, 0, 1, 0], np.uint8)
    assert steps_of(centres, lines, 8).tolist() == [0, 24, 47 + STEPS, -1]
    assert steps_of(centres, lines, 16).tolist() == [0, 22, 45 + STEPS, -1]
