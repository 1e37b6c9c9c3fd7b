"""The licence rule is code: what may only judge never trains."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge_training.photographs import DATA_SETS, LicenceError, for_judging, for_training
from edge_training.render import training_photographs
from edge_training.samples import real_plates
from edge_training.score import load_judges

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = [
    ("a", "train", {}),
    ("b", "val", {}),
    ("c", "train", {"synthetic": True}),
    ("d", "train", {"crop": True}),
]


def _data_set(root: Path, name: str) -> None:
    folder = root / name
    folder.mkdir()
    lines = []
    for stem, split, more in ROWS:
        cv2.imwrite(str(folder / f"{stem}.png"), np.full((60, 200), 128, np.uint8))
        plate = {
            "box": [20, 10, 180, 50],
            "corners": None,
            "text": f"TEST{ord(stem) % 10}",
            "region": "xx",
        }
        lines.append({"image": f"{stem}.png", "plates": [plate], "split": split} | more)
    (folder / "labels.jsonl").write_text("\n".join(map(json.dumps, lines)))


def test_only_the_train_split_trains_and_nothing_rendered(tmp_path: Path) -> None:
    _data_set(tmp_path, "romania")
    assert [p.path.stem for p in for_training(tmp_path, "romania")] == ["a", "d"]


@pytest.mark.parametrize("name", [n for n, known in DATA_SETS.items() if known.use == "judge"])
def test_a_judge_is_refused_for_training(tmp_path: Path, name: str) -> None:
    _data_set(tmp_path, name)
    with pytest.raises(LicenceError, match="judges only"):
        for_training(tmp_path, name)
    assert training_photographs(tmp_path) == []


def test_every_agpl_folder_is_a_judge() -> None:
    assert all(d.use == "judge" for d in DATA_SETS.values() if d.licence.startswith("AGPL"))


@pytest.mark.parametrize("ask", [for_training, for_judging])
def test_a_folder_that_nobody_wrote_down_is_refused(
    tmp_path: Path, ask: Callable[[Path, str], object]
) -> None:
    _data_set(tmp_path, "found-on-the-web")
    with pytest.raises(LicenceError, match="no licence"):
        ask(tmp_path, "found-on-the-web")


def test_judges_are_the_val_split_or_everything_of_a_judge(tmp_path: Path) -> None:
    _data_set(tmp_path, "romania")
    _data_set(tmp_path, "openalpr-eu")
    judges = load_judges(tmp_path)
    assert len(judges["romania"].texts) == 1
    assert len(judges["openalpr-eu"].texts) == 3
    assert judges["romania"].crops.shape == (1, 1, 64, 192)


def test_nothing_that_trains_also_judges(tmp_path: Path) -> None:
    _data_set(tmp_path, "romania")
    trains = {p.path for p in for_training(tmp_path, "romania")}
    judged = {p.path for p in for_judging(tmp_path, "romania")}
    assert trains
    assert judged
    assert not trains & judged


def test_real_plates_keep_their_place(tmp_path: Path) -> None:
    _data_set(tmp_path, "romania")
    plates = real_plates(list(for_training(tmp_path, "romania")))
    assert [plate.text for plate in plates] == ["TEST7", "TEST0"]
    assert np.allclose(plates[0].quad[0], [20, 10])
