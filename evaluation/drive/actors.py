"""Who and what else is in the road: people on foot, boards with lettering, rain, and light that flickers.

None of them carries a plate; all of them can be taken for one, or hide one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.scene.bands import ink
from edge_alpr.scene.glyphs import draw_text_mask
from edge_alpr.scene.looks import Bgr
from edge_alpr.scene.paint import Layer, blend, to_subpixels
from edge_alpr.types import Colour

if TYPE_CHECKING:
    from edge_alpr.geometry import Points
    from edge_alpr.scene.light import Light
    from edge_alpr.scene.view import PinholeView

CLOTHES: Final[tuple[Bgr, ...]] = (
    (60, 40, 30), (40, 40, 150), (160, 150, 140), (30, 90, 40), (20, 20, 22), (150, 90, 50),
)  # fmt: skip
SKIN: Final = (140, 170, 205)

WORDS: Final = (
    "TAXI", "BAKERY", "OPEN 24H", "SALE 50", "EXIT 7", "ROUTE 66", "TDI 2.0", "4X4", "V6 TURBO",
    "STOP", "ZONE 30", "TRANSPORT", "CALL 0800 555 0199", "CAFE", "PIZZA", "NO 12", "BUS 148",
    "AMBULANCE", "POLICE", "RENT ME", "SINCE 1984", "HOTEL", "PARKING", "LONG VEHICLE", "GTI",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody on foot, walking across the picture or along the road."""

    start: tuple[float, float]
    """x and z in metres at ``at_s``."""
    way: tuple[float, float]
    """Metres a second in x and z."""
    at_s: float
    clothes: Bgr
    tall_m: float = 1.75

    def place(self, now_s: float) -> tuple[float, float]:
        """x and z in metres."""
        since = now_s - self.at_s
        return self.start[0] + self.way[0] * since, self.start[1] + self.way[1] * since

    def outline(self, view: PinholeView, now_s: float) -> Points:
        """``(4, 2)`` pixels: what is hidden behind them."""
        x, z = self.place(now_s)
        half, tall = 0.26, self.tall_m
        corners = [[x - half, tall, z], [x + half, tall, z], [x + half, 0, z], [x - half, 0, z]]
        return view.project(np.array(corners))

    def draw(self, picture: Colour, view: PinholeView, now_s: float, light: Light) -> None:
        """In place."""
        x, z = self.place(now_s)
        swing = 0.3 * math.sin(2 * math.pi * 1.9 * (now_s - self.at_s))
        whole = Layer(picture, np.zeros(picture.shape[:2], np.uint8), 0, 0)
        lit = light.on(np.array([0.0, 0.0, -1.0]), 0.4, 1 / (1 + (z / 14) ** 2))
        t = self.tall_m

        def piece(points: list[tuple[float, float]], colour: Bgr) -> None:
            seen = view.project(np.array([[x + u, y, z] for u, y in points]))
            whole.fill(seen, np.minimum(np.array(colour) * lit, 255))

        for step in (swing, -swing):
            piece(
                [(-0.1, 0.5 * t), (0.1, 0.5 * t), (0.1 + step, 0), (-0.05 + step, 0)], (45, 42, 40)
            )
        piece(
            [(-0.24, 0.83 * t), (0.24, 0.83 * t), (0.2, 0.45 * t), (-0.2, 0.45 * t)], self.clothes
        )
        angles = np.linspace(0, 2 * math.pi, 12, endpoint=False)
        head = [(0.11 * math.cos(a), 0.92 * t + 0.13 * math.sin(a)) for a in angles]
        piece(head, SKIN)


def draw_walker(rng: np.random.Generator, at_s: float, *, across: bool) -> Walker:
    """Somebody who crosses the road, or walks on the near pavement in front of it."""
    pace = float(rng.uniform(0.9, 1.9)) * (1 if rng.random() < 0.5 else -1)
    if across:
        start, way = (3.5, float(rng.uniform(5, 14))), (pace, 0.0)
    else:
        start, way = (float(rng.uniform(-0.3, 0.2)), 7.0), (0.0, pace)
    clothes = CLOTHES[int(rng.integers(len(CLOTHES)))]
    return Walker(start, way, at_s, clothes, float(rng.uniform(1.5, 1.95)))


@dataclass(frozen=True)
class Board:
    """A flat board with lettering: a shop's sign, a road sign, a poster, the tailgate of a van."""

    picture: Colour
    at: tuple[float, float, float]
    """Its middle: x, y, z in metres."""
    size: tuple[float, float]
    """Width and height in metres."""

    def draw(self, picture: Colour, view: PinholeView, light: Light) -> None:
        """In place."""
        x, y, z = self.at
        w, h = self.size[0] / 2, self.size[1] / 2
        own = [[x - w, y + h, z], [x + w, y + h, z], [x + w, y - h, z], [x - w, y - h, z]]
        layer = Layer(picture, np.zeros(picture.shape[:2], np.uint8), 0, 0)
        factor = light.on(np.array([0.0, 0.0, -1.0]), 0.5, 1 / (1 + (z / 14) ** 2))
        back = 0.9 * light.illuminator / (1 + (z / 14) ** 2)
        cover = np.full(self.picture.shape[:2], 255, np.uint8)
        quad = view.project(np.array(own))
        layer.paste(self.picture, cover, quad, np.minimum(factor + back, 1.05))


def draw_board(rng: np.random.Generator) -> Board:
    """A board somewhere beside or above the road."""
    words = WORDS[int(rng.integers(len(WORDS)))]
    at = (
        float(rng.choice([rng.uniform(-1.5, 0.2), rng.uniform(6.9, 9.0)])),
        float(rng.uniform(0.5, 3.2)),
        float(rng.uniform(7, 28)),
    )
    tall = float(rng.uniform(0.12, 0.6))
    picture = letter(rng, words)
    return Board(picture, at, (tall * picture.shape[1] / picture.shape[0], tall))


def letter(rng: np.random.Generator, words: str) -> Colour:
    """``(H, W, 3)``: words on a plain ground, with a rim or without."""
    dark = rng.integers(10, 90, 3).astype(np.uint8)
    pale = rng.integers(170, 250, 3).astype(np.uint8)
    ground, writing = (pale, dark) if rng.random() < 0.6 else (dark, pale)
    mask = draw_text_mask(words, 60, weight=float(rng.uniform(10, 17)))
    edge = int(rng.integers(8, 40))
    picture = np.full((mask.shape[0] + 2 * edge, mask.shape[1] + 2 * edge, 3), ground, np.uint8)
    blue, green, red = (int(part) for part in writing)
    ink(picture, mask, edge, edge, (blue, green, red))
    if rng.random() < 0.5:
        corner = (picture.shape[1] - 4, picture.shape[0] - 4)
        cv2.rectangle(picture, (3, 3), corner, (blue, green, red), 3)
    return picture


class Rain:
    """Streaks that are elsewhere in each frame."""

    def __init__(self, rng: np.random.Generator, drops: int) -> None:
        self._rng = rng
        self._drops = drops

    def draw(self, picture: Colour) -> None:
        """In place."""
        h, w = picture.shape[:2]
        cover = np.zeros((h, w), np.uint8)
        starts = self._rng.uniform((0, -40), (w, h), (self._drops, 2))
        for (x, y), length in zip(starts, self._rng.uniform(12, 45, self._drops), strict=True):
            line = to_subpixels(np.array([[x, y], [x + 0.12 * length, y + length]]))
            start, end = tuple(map(int, line[0])), tuple(map(int, line[1]))
            cv2.line(cover, start, end, 70, 1, cv2.LINE_AA, 4)
        picture[:] = blend(picture, np.full_like(picture, 215), cover)


class Flicker:
    """Light that changes: clouds in seconds, a lamp at once."""

    def __init__(self, rng: np.random.Generator, depth: float) -> None:
        self._phase = rng.uniform(0, 2 * math.pi, 3)
        self._seed = int(rng.integers(1 << 30))
        self._depth = depth

    def gain(self, now_s: float) -> float:
        """What the picture's brightness is multiplied by."""
        clouds = sum(
            math.sin(now_s * f + p) for f, p in zip((0.11, 0.37, 0.9), self._phase, strict=True)
        )
        sudden = np.random.default_rng([self._seed, int(now_s * 2)]).random() < 0.05
        return 1 + self._depth * (clouds / 3 - 0.5 * sudden)

    def apply(self, picture: Colour, now_s: float) -> Colour:
        """The picture, brighter or darker."""
        if self._depth <= 0:
            return picture
        return cv2.convertScaleAbs(picture, alpha=self.gain(now_s)).astype(np.uint8)
