"""``edge-alpr eval``: labelled pictures and clips with known passes, all of them rendered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import pytest

from edge_alpr.cli import main
from edge_alpr.evaluate.labels import LABELS
from edge_alpr.evaluate.truth import ClipTruth, TruePass, write_truth
from edge_alpr.geometry import Box, bounding_box

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.scene.clip import Still
    from fixtures.scenes import RenderedClip

pytestmark = pytest.mark.model


@pytest.fixture
def labelled(tmp_path: Path, stills: Callable[..., Still]) -> Path:
    """A rendered picture of two plates and its labels."""
    folder = tmp_path / "cars"
    folder.mkdir()
    still = stills(2)
    cv2.imwrite(str(folder / "a.png"), still.picture)
    boxes = [bounding_box(plate.corners) for plate in still.plates]
    plates = [
        {"box": [b.x1, b.y1, b.x2, b.y2], "text": p.text, "corners": p.corners.tolist()}
        for p, b in zip(still.plates, boxes, strict=True)
    ]
    label = json.dumps({"image": "a.png", "plates": plates})
    (folder / LABELS).write_text(label + "\n", encoding="utf-8")
    return folder


def known(clip: RenderedClip, folder: Path) -> Path:
    """The clip of a fixture with its truth beside it, in a folder of its own."""
    (folder / "drive.avi").symlink_to(clip.path)
    passes = tuple(
        TruePass(
            id=t.text, text=t.text, corners=t.corners, readable=tuple(t.corners), light=t.light
        )
        for t in clip.truth
    )
    truth = ClipTruth("drive.avi", clip.fps, clip.frames, (1280, 720), passes)
    write_truth(folder / "drive.truth.json", truth)
    return folder


def test_pictures_are_measured(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "--json", str(labelled)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["whole"]["plates"] == 2
    assert figures["whole"]["recall"]["k"] == 2
    assert figures["whole"]["folded"]["k"] == 2
    assert figures["crops"]["folded"]["n"] == 2
    assert figures["whole"]["corner_error"]["n"] == 2


def test_a_report_is_written(
    labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report"
    assert main(["eval", str(labelled.parent), "--report", str(out)]) == 0
    assert "folder: cars" in capsys.readouterr().out
    assert "<table>" in (out / "report.html").read_text(encoding="utf-8")
    assert json.loads((out / "figures.json").read_text(encoding="utf-8"))["whole"]["pictures"] == 1


def test_passes_are_measured(
    day_clip: RenderedClip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = known(day_clip, tmp_path)
    assert main(["eval", "--passes", "--json", str(folder)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["passes"]["told"]["k"] == len(day_clip.truth)
    assert figures["passes"]["folded"]["k"] == len(day_clip.truth)
    assert figures["passes"]["duplicates"] == 0
    assert figures["passes"]["evidence"]["share"] == 1.0
    assert figures["passes"]["single_folded"]["k"] > 0


def test_a_pass_that_is_not_there_is_missed_and_gets_its_picture(
    day_clip: RenderedClip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The control: truth that names another plate, in another place, is not met."""
    (tmp_path / "drive.avi").symlink_to(day_clip.path)
    elsewhere = Box(5, 5, 65, 20).corners()
    corners = dict.fromkeys(day_clip.truth[0].corners, elsewhere)
    one = TruePass(id="x", text="ZZ9999", corners=corners, readable=tuple(corners))
    truth = ClipTruth("drive.avi", day_clip.fps, day_clip.frames, (1280, 720), (one,))
    write_truth(tmp_path / "drive.truth.json", truth)
    out = tmp_path / "report"
    arguments = ["eval", "--passes", "--no-single", "--report", str(out), str(tmp_path)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "false events         2 in" in printed
    assert "missed: ZZ9999" in (out / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [[], ["--passes"], ["--only", "other"]])
def test_an_empty_folder_is_named(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", *arguments, str(tmp_path)]) == 70
    assert str(tmp_path) in capsys.readouterr().err


def test_a_picture_that_cannot_be_read_is_named(
    labelled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (labelled / "a.png").write_bytes(b"no picture")
    assert main(["eval", str(labelled)]) == 1
    assert "a.png" in capsys.readouterr().err
