"""Files of truth: what is written is read again, what is wrong is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_alpr.evaluate.truth import ClipTruth, TruePass, TruthError, read_truth, write_truth
from edge_alpr.geometry import Box

DOCS = Path(__file__).parents[3] / "docs/evaluation.md"


def clip() -> ClipTruth:
    quad = np.array([[10, 20], [40, 21], [40, 30], [10, 29]], np.float32)
    one = TruePass(
        id="c-0",
        text="XK0001",
        corners={3: quad, 4: quad + 2},
        readable=(4,),
        region="gb",
        lane="near",
        direction="approaching",
        light="day",
        speed_mps=9.5,
        angle_deg=20.0,
        source="rendered",
    )
    return ClipTruth("c.avi", 15.0, 6, (64, 48), (one,), "passes", {"seed": 1})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "c.truth.json"
    write_truth(path, clip())
    found = read_truth(path)
    (one,), (true,) = found.passes, clip().passes
    assert (found.name, found.fps, found.frames, found.seconds) == ("c.avi", 15.0, 6, 0.4)
    assert (one.id, one.text, one.readable, one.lane, one.speed_mps) == (
        true.id, true.text, true.readable, true.lane, true.speed_mps,
    )  # fmt: skip
    assert set(one.corners) == {3, 4}
    np.testing.assert_allclose(one.corners[3], true.corners[3], atol=0.05)
    assert found.conditions == {"seed": 1}


def test_a_box_is_enough_where_corners_are_not_known(tmp_path: Path) -> None:
    path = tmp_path / "c.truth.json"
    write_truth(path, clip())
    document = json.loads(path.read_text(encoding="utf-8"))
    document["passes"][0]["frames"]["3"] = {"box": [1, 2, 31, 12], "corners": None}
    del document["passes"][0]["readable"]
    path.write_text(json.dumps(document), encoding="utf-8")
    (one,) = read_truth(path).passes
    assert one.box(3) == Box(1, 2, 31, 12)
    assert one.box(5) is None
    assert one.readable == (3, 4)


def test_the_example_in_the_documents_can_be_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "example.truth.json"
    path.write_text(example, encoding="utf-8")
    (one,) = read_truth(path).passes
    assert one.readable == (13,)
    assert set(one.corners) == {12, 13}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "other"}, "format"),
        ({"fps": "fast"}, "could not convert"),
        ({"frame": [1]}, "unpack"),
        ({"passes": [{"id": "1"}]}, "frames"),
        ({"passes": [{"id": "1", "text": "A", "frames": {"0": {"corners": [[1, 2]]}}}]}, "four"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    path = tmp_path / "c.truth.json"
    write_truth(path, clip())
    document = json.loads(path.read_text(encoding="utf-8")) | change
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(TruthError, match=says) as raised:
        read_truth(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("content", ["{", "[]"])
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "c.truth.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TruthError):
        read_truth(path)
    with pytest.raises(TruthError, match="cannot be read"):
        read_truth(tmp_path / "missing.json")
