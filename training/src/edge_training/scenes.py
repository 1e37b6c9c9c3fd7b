"""Composes the detector's training pictures: a window of a photograph, its plates, plates put in, and look-alikes.

Everything is pasted into the window after zooming, at the window's own resolution, so that neither sharpness nor
resampling gives a pasted plate away. Pasted plates have exact corners, which most photographs do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from edge_alpr.geometry import PAD_LEVEL, Box, Luma, Points, bounding_box, quad_size
from edge_training.detector_lookalikes import draw_look_alike
from edge_training.detector_paste import Texture, framed, lit, paste, see_from_an_angle
from edge_training.detector_targets import Marks
from edge_training.detector_window import (
    HUGE,
    LARGE,
    TOO_LARGE,
    WINDOW,
    Draft,
    Scene,
    as_row,
    open_window,
    plate_width,
)
from edge_training.sensor import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_training.chance import Chance

REPLACED = 0.35
"""How often a photographed plate is covered by a pasted one."""

ADDED, MOST_ADDED = 0.45, 3
"""How often another plate is put anywhere, again and again, and how many at most."""

FILLED, ROOMY = 0.7, 0.15
"""How often another photograph is seen where a window is padding, if that is more than `ROOMY` of it."""

COVERED = 0.06
"""How often a plate too large to be found at this scale is put over everything."""

DISTRACTED = 0.5
"""How often another look-alike is put anywhere, again and again."""

INEXACT_WIDTH = 60.0
"""A texture whose edges are known to some percent only has believable corners up to this width in pixels."""


class Props(Protocol):
    """What can be put into a scene."""

    def plate(self, chance: Chance) -> tuple[Texture, bool]:
        """A plate seen from straight ahead, and whether its edges are the texture's edges to the pixel."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One training picture: ``luma (WINDOW, WINDOW) uint8`` and the plates in it."""

    luma: Luma
    marks: Marks


def compose(chance: Chance, scenes: Sequence[Scene], props: Props) -> Picture:
    """One picture; the same ``chance`` gives the same picture."""
    draft = open_window(chance, chance.pick(scenes))
    if 1 - float(draft.inside.mean()) > ROOMY and chance.happens(FILLED):
        draft.put_before(open_window(chance, chance.pick(scenes)))
    if chance.happens(COVERED):
        _cover(chance, draft, props)
    labelled = len(draft.boxes)
    for index in range(labelled):
        if draft.learn[index] and chance.happens(REPLACED):
            _replace(chance, draft, index, props)
    while chance.happens(ADDED) and len(draft.boxes) < labelled + MOST_ADDED:
        _add(chance, draft, props)
    while chance.happens(DISTRACTED):
        _distract(chance, draft)
    heights = [float(b[3] - b[1]) for b, ok in zip(draft.boxes, draft.learn, strict=True) if ok]
    blur_scale = float(np.clip(min(heights, default=20.0), 8, 36))
    harsh = chance.happens(0.7)
    luma = record(draft.luma.astype(np.float32), chance, blur_scale, harsh=harsh)
    return Picture(luma, draft.marks(luma))


def _replace(chance: Chance, draft: Draft, index: int, props: Props) -> None:
    """Put a plate over one that is there, large enough to hide it."""
    texture, exact = props.plate(chance)
    x1, y1, x2, y2 = (float(v) for v in draft.boxes[index])
    width = max((x2 - x1) * chance.uniform(1.0, 1.15), (y2 - y1) * 1.08 * texture.aspect)
    if width > LARGE * 1.2:
        return
    light = _brightness(draft.luma, Box(x1, y1, x2, y2))
    middle = np.array([(x1 + x2) / 2, (y1 + y2) / 2], np.float32)
    quad = _put(chance, draft.luma, texture, width=width, middle=middle, light=light)
    _note(draft, quad, exact=exact, instead_of=index)


def _cover(chance: Chance, draft: Draft, props: Props) -> None:
    """Put a plate over most of the window whose characters are themselves as large as plates."""
    texture, exact = props.plate(chance)
    width, middle = chance.log_uniform(TOO_LARGE * 1.1, HUGE), _anywhere(chance)
    light = float(draft.luma.mean())
    quad = _put(chance, draft.luma, texture, width=width, middle=middle, light=light)
    draft.hide(bounding_box(quad))
    _note(draft, quad, exact=exact)


def _add(chance: Chance, draft: Draft, props: Props) -> None:
    """Put one more plate anywhere, if there is room."""
    texture, exact = props.plate(chance)
    width, middle = plate_width(chance), _anywhere(chance)
    box = _reach(width, texture.aspect, middle, 0.6)
    if not draft.meets(box):
        light = _brightness(draft.luma, box)
        quad = _put(chance, draft.luma, texture, width=width, middle=middle, light=light)
        _note(draft, quad, exact=exact)


def _distract(chance: Chance, draft: Draft) -> None:
    """Put something anywhere that is no plate."""
    texture = draw_look_alike(chance, draft.luma)
    width, middle = chance.log_uniform(14, LARGE), _anywhere(chance)
    box = _reach(width, texture.aspect, middle, 0.75)
    if not draft.meets(box):
        light = _brightness(draft.luma, box)
        _put(chance, draft.luma, texture, width=width, middle=middle, light=light)


def _put(
    chance: Chance, luma: Luma, texture: Texture, *, width: float, middle: Points, light: float
) -> Points:
    """Paste ``texture``, ``width`` pixels wide around ``middle``, lit as its surroundings are; returns its corners."""
    whole, source = framed(chance, lit(chance, texture, light))
    quad: Points = see_from_an_angle(chance, texture.aspect, width) + middle
    paste(chance, luma, whole, source, quad)
    return quad


def _note(draft: Draft, quad: Points, *, exact: bool, instead_of: int | None = None) -> None:
    believed = exact or quad_size(quad)[0] < INEXACT_WIDTH
    corners = quad if believed else np.full_like(quad, np.nan)
    draft.note(as_row(bounding_box(quad)), corners, instead_of=instead_of)


def _anywhere(chance: Chance) -> Points:
    return np.array([chance.uniform(0.02, 0.98), chance.uniform(0.02, 0.98)], np.float32) * WINDOW


def _reach(width: float, aspect: float, middle: Points, share: float) -> Box:
    """A box around ``middle`` with ``share`` of the width and height on each side."""
    half = np.array([width, width / aspect]) * share
    return Box(*(float(v) for v in (*(middle - half), *(middle + half))))


def _brightness(luma: Luma, box: Box) -> float:
    """Mean of the window at ``box``; 114 where that is outside."""
    x1, y1 = int(max(0.0, box.x1)), int(max(0.0, box.y1))
    place = luma[y1 : int(max(0.0, box.y2)) + 1, x1 : int(max(0.0, box.x2)) + 1]
    return float(place.mean()) if place.size else float(PAD_LEVEL)
