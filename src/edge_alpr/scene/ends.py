"""The faces of vehicles as flat pictures: front with lamps and grille, rear with its lights, windscreens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from edge_alpr.scene.glyphs import Mask
    from edge_alpr.scene.looks import Bgr
    from edge_alpr.types import Colour

PIXELS_PER_M: Final = 220

HEADLAMP_U: Final = 0.76
"""Where a lamp's centre sits, as a share of half the width."""

HEADLAMP_Y: Final = 0.78
"""And as a share of the front's height, from its lower edge."""


class _Sheet:
    """A canvas with u in -1..1 across and v in 0..1 up, mirrored left to right."""

    def __init__(self, width_m: float, height_m: float, colour: Bgr) -> None:
        self.w, self.h = round(width_m * PIXELS_PER_M), max(8, round(height_m * PIXELS_PER_M))
        self.picture: Colour = np.full((self.h, self.w, 3), colour, np.uint8)

    def shape(self, points: list[tuple[float, float]], colour: Bgr, *, both: bool = True) -> None:
        """A filled polygon; with ``both`` also its mirror image."""
        for sign in (1, -1) if both else (1,):
            corners = np.array([[(1 + sign * u) / 2 * self.w, (1 - v) * self.h] for u, v in points])
            cv2.fillPoly(
                self.picture, [np.round(corners * 16).astype(np.int32)], colour, cv2.LINE_AA, 4
            )

    def bar(self, u: float, v1: float, v2: float, colour: Bgr) -> None:
        """A bar across the middle, from -u to u."""
        self.shape([(-u, v1), (u, v1), (u, v2), (-u, v2)], colour, both=False)

    def shade(self, top: float, middle: float, bottom: float) -> None:
        """Lighter above, darker below, as a bulging sheet under the sky is."""
        rows = np.interp(np.linspace(0, 1, self.h), [0, 0.18, 0.5, 1], [top, middle, 1.0, bottom])
        shaded = self.picture * rows[:, None, None]
        columns = 1 - 0.16 * np.abs(np.linspace(-1, 1, self.w)) ** 3
        self.picture[:] = np.clip(shaded * columns[None, :, None], 0, 255).astype(np.uint8)


def _scaled(colour: Bgr, by: float) -> Bgr:
    b, g, r = (min(255, round(part * by)) for part in colour)
    return b, g, r


def paint_front(width_m: float, height_m: float, paint: Bgr, rng: np.random.Generator) -> Colour:
    """A vehicle's front from lower edge to bonnet: ``(h, w, 3)`` at `PIXELS_PER_M`."""
    sheet = _Sheet(width_m, height_m, paint)
    sheet.shade(1.12, 1.05, 0.72)
    dark: Bgr = (26, 25, 24)
    chrome: Bgr = (196, 196, 194)
    grille_low, grille_top = 0.6, 0.92
    sheet.shape(
        [(-0.5, grille_low), (0.5, grille_low), (0.56, grille_top), (-0.56, grille_top)],
        dark,
        both=False,
    )
    style = int(rng.integers(3))
    if style == 0:
        for v in np.linspace(grille_low + 0.05, grille_top - 0.06, 4):
            sheet.bar(0.52, v, v + 0.025, (88, 88, 86))
    elif style == 1:
        for u in np.linspace(0.04, 0.48, 10):
            sheet.shape([(u, 0.62), (u + 0.018, 0.62), (u + 0.018, 0.9), (u, 0.9)], (96, 96, 94))
    else:
        sheet.bar(0.56, 0.74, 0.78, chrome)
    sheet.bar(0.53, grille_top - 0.02, grille_top + 0.015, chrome if style else dark)
    badge = (sheet.w // 2, round(sheet.h * (1 - 0.79)))
    cv2.circle(sheet.picture, badge, round(sheet.h * 0.08), chrome, -1, cv2.LINE_AA)
    cv2.circle(sheet.picture, badge, round(sheet.h * 0.05), (90, 70, 60), -1, cv2.LINE_AA)
    lamp = [(0.58, 0.66), (0.62, 0.9), (0.98, 0.97), (1.0, 0.74)]
    sheet.shape([(u, v) for u, v in lamp], (58, 56, 54))
    inner = [(0.62, 0.69), (0.65, 0.86), (0.93, 0.92), (0.95, 0.75)]
    sheet.shape(inner, (206, 204, 198))
    for u in (0.71, 0.85):
        for sign in (1, -1):
            centre = (round((1 + sign * u) / 2 * sheet.w), round(sheet.h * (1 - HEADLAMP_Y)))
            cv2.circle(
                sheet.picture, centre, round(sheet.h * 0.075), (120, 116, 110), -1, cv2.LINE_AA
            )
            cv2.circle(
                sheet.picture, centre, round(sheet.h * 0.05), (250, 250, 246), -1, cv2.LINE_AA
            )
    sheet.shape([(-0.6, 0.08), (0.6, 0.08), (0.52, 0.3), (-0.52, 0.3)], dark, both=False)
    for v in (0.13, 0.19, 0.25):
        sheet.bar(0.54, v, v + 0.02, (62, 62, 60))
    sheet.shape([(0.68, 0.1), (0.66, 0.32), (0.9, 0.36), (0.92, 0.14)], (40, 39, 38))
    sheet.shape([(0.74, 0.17), (0.73, 0.27), (0.84, 0.29), (0.85, 0.19)], (170, 168, 160))
    sheet.bar(1.0, 0.0, 0.05, (30, 30, 30))
    sheet.bar(1.0, 0.565, 0.578, _scaled(paint, 0.62))
    return sheet.picture


def paint_rear(width_m: float, height_m: float, paint: Bgr, rng: np.random.Generator) -> Colour:
    """A vehicle's rear from bumper to boot lid: ``(h, w, 3)`` at `PIXELS_PER_M`."""
    sheet = _Sheet(width_m, height_m, paint)
    sheet.shade(1.14, 1.04, 0.7)
    red: Bgr = (44, 36, 176)
    deep: Bgr = (26, 20, 104)
    if rng.random() < 0.5:
        lamp = [(0.6, 0.62), (0.62, 0.86), (1.0, 0.95), (1.0, 0.6)]
    else:
        lamp = [(0.78, 0.42), (0.74, 0.95), (1.0, 0.98), (1.0, 0.42)]
    sheet.shape(lamp, deep)
    middle = np.mean(lamp, axis=0)
    small = [(m[0] * 0.8 + middle[0] * 0.2, m[1] * 0.8 + middle[1] * 0.2) for m in lamp]
    sheet.shape(small, red)
    u1, v1 = small[0]
    sheet.shape(
        [
            (u1 + 0.03, v1 + 0.03),
            (u1 + 0.09, v1 + 0.03),
            (u1 + 0.09, v1 + 0.09),
            (u1 + 0.03, v1 + 0.09),
        ],
        (210, 214, 220),
    )
    # The recess of the plate, with its lamp above.
    sheet.shape(
        [(-0.42, 0.5), (0.42, 0.5), (0.46, 0.9), (-0.46, 0.9)], _scaled(paint, 0.72), both=False
    )
    sheet.bar(0.3, 0.9, 0.945, _scaled(paint, 0.5))
    sheet.bar(1.0, 0.37, 0.385, _scaled(paint, 0.5))
    sheet.bar(0.98, 0.3, 0.37, _scaled(paint, 1.1))
    sheet.bar(0.86, 0.02, 0.16, (36, 36, 36))
    sheet.shape([(0.64, 0.2), (0.64, 0.25), (0.88, 0.25), (0.88, 0.2)], red)
    if rng.random() < 0.6:
        sheet.shape([(0.5, 0.02), (0.5, 0.1), (0.64, 0.1), (0.64, 0.02)], (150, 150, 148))
    return sheet.picture


def paint_windscreen(width_m: float, height_m: float, *, driver: bool) -> tuple[Colour, Mask]:
    """Dark glass that mirrors the sky, with what can be seen behind it, and the glass's outline."""
    sheet = _Sheet(width_m, height_m, (52, 46, 40))
    for u in (-0.45, 0.45):
        sheet.shape(
            [(u - 0.17, 0.0), (u - 0.14, 0.62), (u + 0.14, 0.62), (u + 0.17, 0.0)],
            (34, 31, 29),
            both=False,
        )
        sheet.shape(
            [(u - 0.08, 0.62), (u - 0.08, 0.8), (u + 0.08, 0.8), (u + 0.08, 0.62)],
            (34, 31, 29),
            both=False,
        )
    if driver:
        head = (round(sheet.w * 0.73), round(sheet.h * 0.34))
        cv2.ellipse(
            sheet.picture,
            head,
            (sheet.w // 20, sheet.h // 7),
            0,
            0,
            360,
            (66, 76, 98),
            -1,
            cv2.LINE_AA,
        )
        wheel = (round(sheet.w * 0.73), round(sheet.h * 0.98))
        cv2.ellipse(
            sheet.picture,
            wheel,
            (sheet.w // 9, sheet.h // 4),
            0,
            180,
            360,
            (24, 22, 21),
            5,
            cv2.LINE_AA,
        )
    # The sky's mirror image: bright above, and one slanting streak.
    rows = np.linspace(1, 0, sheet.h, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, sheet.w, dtype=np.float32)[None]
    streak = np.exp(-((columns + 0.25 - 0.5 * rows) ** 2) / 0.02) * 0.22
    share = np.clip(0.42 * rows**1.5 + streak, 0, 0.7)[..., None]
    mixed = sheet.picture * (1 - share) + np.array((222, 206, 190), np.float32) * share
    sheet.picture[:] = mixed.astype(np.uint8)
    sheet.bar(1.0, 0.0, 0.06, (22, 21, 20))
    return sheet.picture, _rounded(sheet.w, sheet.h, 0.12)


def _rounded(width: int, height: int, share: float) -> NDArray[np.uint8]:
    cover = np.zeros((height, width), np.uint8)
    radius = max(1, round(height * share))
    cv2.rectangle(cover, (radius, 1), (width - 1 - radius, height - 2), 255, -1)
    cv2.rectangle(cover, (1, radius), (width - 2, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(cover, (x, y), radius - 1, 255, -1, cv2.LINE_AA)
    return cover
