"""Clips and stills on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge_alpr.scene.clip import SceneError, render_clip, render_still
from edge_alpr.scene.drive import Drive
from edge_alpr.scene.view import PinholeView
from fixtures.scenes import still

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.types import Colour, Moment

SMALL = PinholeView(width=320, height=180, focal_px=512.0)


def test_a_clip_can_be_read_again_frame_by_frame(tmp_path: Path) -> None:
    drive = Drive(1, passes=1, fps=4, view=SMALL)
    path = tmp_path / "clip.avi"
    truth = render_clip(path, drive)
    assert truth == drive.truth
    capture = cv2.VideoCapture(str(path))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(4)
    read = 0
    for wanted, _ in drive.frames():
        there, picture = capture.read()
        assert there
        assert np.abs(picture.astype(np.int16) - wanted).mean() < 6
        read += 1
    assert read == len(drive)
    assert not capture.read()[0]
    capture.release()


def test_frames_may_come_by_way_of_a_watcher(tmp_path: Path) -> None:
    drive = Drive(1, passes=1, fps=2, view=SMALL)
    seen: list[float] = []

    def watched() -> Iterator[tuple[Colour, Moment]]:
        for picture, at in drive.frames():
            seen.append(at.mono_s)
            yield picture, at

    render_clip(tmp_path / "clip.avi", drive, watched())
    assert len(seen) == len(drive)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="nowhere"):
        render_clip(tmp_path / "nowhere" / "clip.avi", Drive(1, passes=1, view=SMALL))


@pytest.mark.parametrize("plates", [0, 1, 4])
def test_a_still_has_as_many_plates_as_asked_for(plates: int) -> None:
    rendered = still(plates)
    assert rendered.picture.shape == (720, 1280, 3)
    assert len(rendered.plates) == plates
    for plate in rendered.plates:
        assert (plate.corners > 0).all()
        assert (plate.corners < [1280, 720]).all()


def test_every_plate_of_a_still_can_be_seen() -> None:
    """Inside its corners there is light paper with dark text, or the other way round."""
    rendered = still(4)
    grey = cv2.cvtColor(rendered.picture, cv2.COLOR_BGR2GRAY)
    for plate in rendered.plates:
        (x1, y1), (x2, y2) = plate.corners.min(0).astype(int), plate.corners.max(0).astype(int)
        dark, light = np.percentile(grey[y1:y2, x1:x2], [5, 95])
        assert light - dark > 60


def test_stills_repeat_with_their_seed() -> None:
    one, two, other = (render_still(seed, 1, view=SMALL) for seed in (1, 1, 2))
    assert np.array_equal(one.picture, two.picture)
    assert one.plates[0].text == two.plates[0].text != other.plates[0].text


@pytest.mark.parametrize("plates", [-1, 5])
def test_a_number_that_does_not_fit_is_refused(plates: int) -> None:
    with pytest.raises(ValueError, match="0 to 4"):
        render_still(1, plates, view=SMALL)
