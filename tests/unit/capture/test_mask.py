"""What is private is black in every frame, and all the rest is as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_alpr.capture.mask import MaskedSource, MaskSettings, burn
from edge_alpr.types import Frame, Moment
from fakes.source import FakeSource, blank_frames

HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
TRIANGLE = ((0.75, 0.25), (1.0, 0.75), (0.5, 0.75))


def frame(*, coloured: bool = True) -> Frame:
    luma = np.full((90, 160), 200, np.uint8)
    return Frame(luma, Moment(0, 0), 0, colour=np.dstack([luma] * 3) if coloured else None)


@pytest.mark.parametrize("coloured", [False, True])
def test_a_polygon_is_black_in_grey_and_in_colour(coloured: bool) -> None:
    seen = frame(coloured=coloured)
    masked = burn(seen, MaskSettings(private=(HALF, TRIANGLE)))
    for before, after in ((seen.luma, masked.luma), (seen.colour, masked.colour)):
        if before is None or after is None:
            assert before is after
            continue
        assert (before == 200).all(), "the frame of others was written to"
        assert (after[:, :80] == 0).all()
        assert (after[60, 110:130] == 0).all(), "the middle of the triangle"
        assert (after[:, 150:] == 200)[:30].all()
        assert (after[:10, 90:] == 200).all()


def test_the_small_picture_is_masked_too() -> None:
    seen = replace(frame(), small=np.full((45, 80), 200, np.uint8))
    small = burn(seen, MaskSettings(private=(HALF,))).small
    assert small is not None
    assert (small[:, :40] == 0).all()
    assert (small[:, 44:] == 200).all()


def test_a_pixel_that_is_only_touched_is_burnt_too() -> None:
    """A strip half a pixel wide between two pixel centres."""
    x1, x2 = 40.6 / 160, 41.1 / 160
    strip = ((x1, 0.0), (x2, 0.0), (x2, 1.0), (x1, 1.0))
    masked = burn(frame(), MaskSettings(private=(strip,)))
    assert (masked.luma[:, 40:42] == 0).all()


def test_without_polygons_the_frame_is_itself() -> None:
    seen = frame()
    assert burn(seen, MaskSettings()) is seen


def test_a_masked_source_is_the_source_but_for_the_mask() -> None:
    source = FakeSource([blank_frames(3)], live=False)
    masked = MaskedSource(source, MaskSettings(private=(HALF,)))
    assert masked.live is False
    frames = list(masked.frames())
    for before, after in zip(blank_frames(3), frames, strict=True):
        assert (after.luma[:, :8] == 0).all()
        assert (after.luma[:, 12:] == before.luma[:, 12:]).all()
        assert replace(after, luma=before.luma).at == before.at
    masked.close()
    assert source.is_closed
