"""This file makes clips without any plate: streets with signs, lettering, rain and people; photographs panned across.

Every event of such a clip is false. The road is never empty for long, so that the motion gate stays open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.capture.picture import load_picture, to_luma
from edge_alpr.evaluate.truth import ClipTruth
from edge_alpr.scene.body import SHAPES
from edge_alpr.scene.glyphs import draw_text_mask
from edge_alpr.scene.plate import Plate
from edge_alpr.scene.vehicle import PAINTS, Vehicle
from edge_alpr.types import Frame, Moment
from evaluation.drive.actors import WORDS, Flicker, Rain, draw_board, draw_walker
from evaluation.drive.camera import FRAME_WH, draw_camera
from evaluation.drive.film import START_UTC_S, Actor, Cast
from evaluation.drive.journey import Journey
from evaluation.drive.plan import LANES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from edge_alpr.types import Colour

FPS: Final = 5.0
"""Low, so that hours are affordable; what is taken for a plate stands there for many frames all the same."""
CLIP_S: Final = 1200.0
"""A unit looks at one street for years: what it takes for a plate there it tells of once, not every few minutes."""
VEHICLES_S: Final = 15.0
"""A vehicle comes so often."""
LETTERING_Y: Final = (0.66, 0.95)
"""Height of the lettering on vehicles, in metres: above where a plate is."""
EACH_S: Final = 20.0
"""How long one photograph is looked at."""


def plan_streets(seconds: float, *, seed: int = 1) -> Iterator[Cast]:
    """Rendered streets of so many seconds in all, in every light."""
    lights = ("day", "night", "ir", "overcast", "dusk")
    for clip in range(-(-int(seconds) // int(CLIP_S))):
        rng = np.random.default_rng([seed, 11, clip])
        light = lights[clip % len(lights)]
        camera = draw_camera(rng, light, FPS)
        actors = tuple(
            lettered(rng, float(at_s + rng.uniform(-5, 5)))
            for at_s in np.arange(4.0, CLIP_S, VEHICLES_S)
        )
        walkers = tuple(
            draw_walker(rng, float(rng.uniform(0, CLIP_S)), across=bool(rng.random() < 0.6))
            for _ in range(120)
        )
        yield Cast(
            name=f"street-{seed}-{clip:03}",
            kind="plate-free",
            seed=int(rng.integers(1 << 30)),
            seconds=min(CLIP_S, seconds - clip * CLIP_S),
            camera=camera,
            actors=actors,
            walkers=walkers,
            boards=tuple(draw_board(rng) for _ in range(int(rng.integers(3, 9)))),
            rain=Rain(np.random.default_rng([seed, 12, clip]), 300) if clip % 2 else None,
            flicker=Flicker(rng, 0.12),
            conditions={"light": light},
        )


def lettered(rng: np.random.Generator, at_s: float) -> Actor:
    """A vehicle without a plate that has lettering on its paint instead."""
    paint = PAINTS[int(rng.integers(len(PAINTS)))]
    mask = draw_text_mask(WORDS[int(rng.integers(len(WORDS)))], 60, weight=13)
    ink = 35 if sum(paint) > 330 else 215
    tall = float(rng.uniform(0.06, 0.22))
    letters = Plate(
        region="",
        text="",
        width_m=min(tall * mask.shape[1] / mask.shape[0], 1.5),
        height_m=tall,
        picture=np.full((*mask.shape, 3), ink, np.uint8),
        cover=mask,
        bare=True,
    )
    lane = str(rng.choice(list(LANES)))
    forward = 1.0 if rng.random() < 0.5 else -1.0
    high = float(rng.uniform(*LETTERING_Y))
    shape = replace(SHAPES[int(rng.integers(len(SHAPES)))], plate_front=high, plate_rear=high)
    seed = int(rng.integers(1 << 30))
    vehicle = Vehicle(shape, paint, letters, LANES[lane], rear=forward > 0, seed=seed)
    return Actor(vehicle, Journey(at_s, 12.0, forward * float(rng.uniform(4, 9))), None, lane)


class Panorama:
    """A `FrameSource` that moves slowly over photographs without plates, each for a while."""

    live = False

    def __init__(
        self, paths: Sequence[Path], *, seconds: float, seed: int = 1, name: str = "panorama"
    ) -> None:
        if not paths:
            raise ValueError("a panorama needs photographs")
        self._paths = paths
        self._seed = seed
        self._closed = False
        self.fps = FPS
        self.frame_count = round(seconds * FPS)
        self.truth = ClipTruth(name, FPS, self.frame_count, FRAME_WH, (), "plate-free")

    def close(self) -> None:
        self._closed = True

    def frames(self) -> Iterator[Frame]:
        """Every frame in order."""
        each = round(EACH_S * FPS)
        rng = np.random.default_rng([self._seed, 13])
        shown: Colour | None = None
        path = np.zeros((2, 3))
        dark = 1.0
        for sequence in range(self.frame_count):
            if self._closed:
                return
            if sequence % each == 0 or shown is None:
                shown = load_picture(self._paths[(sequence // each) % len(self._paths)])
                path = rng.uniform((0.3, 0.3, 1.0), (0.7, 0.7, 1.8), (2, 3))
                dark = float(rng.choice([1.0, 1.0, 0.35]))
            x, y, zoom = path[0] + (path[1] - path[0]) * (sequence % each) / each
            picture = _look_at(shown, float(x), float(y), float(zoom))
            noise = rng.normal(0, 3.0 / dark**0.5, picture.shape[:2])[..., None]
            taken = np.clip(picture * dark + noise, 0, 255).astype(np.uint8)
            at_s = sequence / FPS
            yield Frame(
                luma=to_luma(taken),
                at=Moment(at_s, START_UTC_S + at_s),
                sequence=sequence,
                colour=taken,
            )


def _look_at(picture: Colour, x: float, y: float, zoom: float) -> Colour:
    """The picture filling a frame, enlarged by ``zoom`` around a place given in shares of it."""
    height, width = picture.shape[:2]
    scale = max(FRAME_WH[0] / width, FRAME_WH[1] / height) * zoom
    half_w, half_h = FRAME_WH[0] / 2 / scale, FRAME_WH[1] / 2 / scale
    cx = float(np.clip(x * width, half_w, width - half_w))
    cy = float(np.clip(y * height, half_h, height - half_h))
    matrix = np.array(
        [[scale, 0, FRAME_WH[0] / 2 - scale * cx], [0, scale, FRAME_WH[1] / 2 - scale * cy]]
    )
    return cv2.warpAffine(picture, matrix, FRAME_WH, flags=cv2.INTER_LINEAR).astype(np.uint8)
