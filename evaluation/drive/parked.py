"""This file makes the scene of a parked vehicle: it comes, stands for long and leaves; light flickers, people pass.

It must be told once, and its leaving once, whatever walks before it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_alpr.scene.plate import draw_plate
from edge_alpr.scene.view import PinholeView
from evaluation.drive.actors import Flicker, draw_board, draw_walker
from evaluation.drive.camera import draw_camera
from evaluation.drive.film import Cast
from evaluation.drive.journey import Journey
from evaluation.drive.mount import mount_photograph, mount_rendered
from evaluation.drive.plan import KERBS, MADE_UP, make_actor
from evaluation.drive.plate_free import lettered

if TYPE_CHECKING:
    from edge_alpr.evaluate.labels import LabelledPlate, Photograph
    from evaluation.drive.camera import Camera

FPS: Final = 4.0
"""Half an hour at fifteen frames a second would be 27,000 frames; what matters here are seconds and minutes."""
COMES_S: Final = 30.0
LEAVES_S: Final = 30.0
"""Before and after it stands: the road without it."""
WIDE_PX: Final = 90.0
"""Width of the plate that stands: what is asked here is not whether it can be read."""
KERB: Final = "far kerb"
STANDS_M: Final = 14.0
"""How far away it stands."""
BESIDE_M: Final = 1.2
"""The camera looks so far beside it, towards the road."""
WALKERS_A_MINUTE: Final = 4


def _aim(rng: np.random.Generator, light: str, width_m: float) -> Camera:
    """A camera as any other, turned to the kerb and zoomed so that the plate that stands there is large enough."""
    drawn = draw_camera(rng, light, FPS)
    away, above = math.hypot(STANDS_M, KERBS[KERB] - BESIDE_M), float(rng.uniform(2.0, 4.5))
    view = PinholeView(
        drawn.view.width,
        drawn.view.height,
        focal_px=WIDE_PX / width_m * away,
        above_m=above,
        yaw_deg=math.degrees(math.atan2(KERBS[KERB] - BESIDE_M, STANDS_M)),
        pitch_deg=math.degrees(math.atan2(above - 0.6, away)),
        roll_deg=drawn.view.roll_deg,
    )
    return replace(drawn, view=view)


def plan_parked(
    minutes: float,
    *,
    seed: int = 1,
    light: str = "day",
    photograph: tuple[Photograph, LabelledPlate] | None = None,
) -> Cast:
    """A vehicle that stands for all of the time but the first and the last half minute."""
    rng = np.random.default_rng([seed, 17])
    seconds = 60.0 * minutes
    mounted = (
        mount_rendered(draw_plate(str(rng.choice(MADE_UP)), rng))
        if photograph is None
        else mount_photograph(*photograph)
    )
    stands_s = seconds - COMES_S - LEAVES_S
    camera = _aim(rng, light, mounted.plate.width_m)
    journey = Journey(COMES_S + stands_s / 2, STANDS_M, -5.0, stands_s)
    owner = make_actor(rng, mounted, KERB, KERBS[KERB], journey)
    passing = tuple(
        lettered(rng, float(at_s)) for at_s in np.arange(45.0, seconds, 60.0) + rng.uniform(-9, 9)
    )
    walkers = tuple(
        draw_walker(rng, float(rng.uniform(0, seconds)), across=bool(rng.random() < 0.7))
        for _ in range(round(WALKERS_A_MINUTE * minutes))
    )
    return Cast(
        name=f"parked-{seed}-{light}",
        kind="parked",
        seed=int(rng.integers(1 << 30)),
        seconds=seconds,
        camera=camera,
        actors=(owner, *passing),
        walkers=walkers,
        boards=tuple(draw_board(rng) for _ in range(2)),
        flicker=Flicker(rng, 0.2),
        conditions={"light": light, "stands_s": stands_s},
    )
