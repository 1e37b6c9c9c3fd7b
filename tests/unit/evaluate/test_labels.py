"""Folders of labelled photographs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.evaluate.labels import LABELS, LabelError, find_folders, read_photographs
from edge_alpr.geometry import Box

if TYPE_CHECKING:
    from pathlib import Path

PLATE = {"box": [1, 2, 31, 12], "text": "xk 00-1", "region": "gb"}


def folder(tmp_path: Path, *labels: Any) -> Path:
    lines = [label if isinstance(label, str) else json.dumps(label) for label in labels]
    (tmp_path / LABELS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_a_label_is_read(tmp_path: Path) -> None:
    label = {"image": "a.jpg", "plates": [PLATE], "split": "train", "complete": False}
    (one,) = read_photographs(folder(tmp_path, label, ""))
    assert (one.path, one.split, one.is_crop, one.is_complete) == (
        tmp_path / "a.jpg", "train", False, False,
    )  # fmt: skip
    (plate,) = one.plates
    assert (plate.box, plate.text, plate.region) == (Box(1, 2, 31, 12), "XK001", "gb")
    assert plate.corners is None


def test_what_is_left_out_has_its_usual_meaning(tmp_path: Path) -> None:
    (one,) = read_photographs(folder(tmp_path, {"image": "a.jpg", "plates": []}))
    assert (one.split, one.is_crop, one.is_rendered, one.is_complete) == ("val", False, False, True)


@pytest.mark.parametrize("text", [None, "", "--"])
def test_a_plate_may_have_no_text(tmp_path: Path, text: str | None) -> None:
    (one,) = read_photographs(folder(tmp_path, {"image": "a", "plates": [PLATE | {"text": text}]}))
    assert one.plates[0].text is None


@pytest.mark.parametrize(
    "wrong",
    [
        "{",
        "[]",
        {"plates": []},
        {"image": "a", "plates": [{}]},
        {"image": "a", "plates": [{"box": [1, 2, 3]}]},
        {"image": "a", "plates": [PLATE | {"corners": [[0, 0], [1, 1]]}]},
        {"image": "a", "plates": [PLATE | {"corners": [[0, 0], [0, 9], [9, 9], [9, 0]]}]},
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, wrong: Any) -> None:
    path = folder(tmp_path, {"image": "a", "plates": []}, wrong)
    with pytest.raises(LabelError, match=f"{LABELS}:2: not a label"):
        list(read_photographs(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="cannot be read"):
        list(read_photographs(tmp_path))


def test_folders_are_found_one_level_down(tmp_path: Path) -> None:
    for name in ("b", "a", "none"):
        (tmp_path / name).mkdir()
    folder(tmp_path / "b")
    folder(tmp_path / "a")
    assert find_folders(tmp_path) == [tmp_path / "a", tmp_path / "b"]
    assert find_folders(tmp_path / "a") == [tmp_path / "a"]
