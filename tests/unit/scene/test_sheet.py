"""The picture sheet."""

from __future__ import annotations

import numpy as np
import pytest

from edge_alpr.scene.sheet import BAD, GOOD, TILE_WH, Tile, draw_sheet

CORNERS = np.array([[600, 400], [700, 402], [700, 424], [600, 422]], np.float32)


def tile(read: str = "AB123", **changes) -> Tile:  # type: ignore[no-untyped-def]
    picture = np.full((720, 1280, 3), 70, np.uint8)
    return Tile(
        **{
            "picture": picture,
            "corners": CORNERS,
            "read": read,
            "note": "truth",
            "colour": GOOD,
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(0, 1, 1), (1, 1, 1), (4, 4, 1), (5, 4, 2), (10, 5, 2)]
)
def test_tiles_are_laid_in_rows(count: int, columns: int, rows: int) -> None:
    sheet = draw_sheet("t", "", [tile() for _ in range(count)])
    assert sheet.shape[1] // TILE_WH[0] == columns
    assert sheet.shape[0] // (TILE_WH[1] + 74) == rows


def test_the_outline_has_the_tiles_colour_and_the_picture_is_not_changed() -> None:
    one = tile(colour=BAD)
    before = one.picture.copy()
    sheet = draw_sheet("t", "s", [one])
    assert (sheet == np.array(BAD, np.uint8)).all(axis=2).sum() > 200
    assert np.array_equal(one.picture, before)


@pytest.mark.parametrize("shift", [[-595, -395], [570, 290], [-595, 290]])
def test_a_plate_at_the_border_is_no_problem(shift: list[int]) -> None:
    draw_sheet("t", "s", [tile(corners=(CORNERS + shift).astype(np.float32))])


def test_a_long_note_is_cut_and_not_an_error() -> None:
    draw_sheet("t", "s", [tile(note="x" * 200)])
