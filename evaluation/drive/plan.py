"""This file draws casts: who drives through which clip, how fast, in which light, with which plate.

A clip has one camera and one light; three lanes, each at its own pace; vehicles that follow each other in each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from edge_alpr.scene.body import SHAPES
from edge_alpr.scene.plate import draw_plate
from edge_alpr.scene.series import SERIES
from edge_alpr.scene.vehicle import PAINTS, Vehicle
from evaluation.drive.actors import Flicker, Rain, draw_board, draw_walker
from evaluation.drive.camera import draw_camera
from evaluation.drive.film import Actor, Cast
from evaluation.drive.journey import Journey
from evaluation.drive.mount import MountedPlate, mount_photograph, mount_rendered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge_alpr.evaluate.labels import LabelledPlate, Photograph
    from edge_alpr.scene.view import PinholeView

K = TypeVar("K")

LANES: Final = {"near": 1.5, "middle": 3.6, "far": 5.7}
"""Where the lanes' middles are, in metres from the camera across the road."""
KERBS: Final = {"near kerb": -0.7, "far kerb": 7.7}
"""Where vehicles are parked."""

SPEEDS: Final = {"slow": (4.0, 8.0), "medium": (8.0, 15.0), "fast": (15.0, 28.0)}
"""Metres a second."""

LIGHT_SHARES: Final = {"day": 0.3, "overcast": 0.15, "dusk": 0.1, "night": 0.25, "ir": 0.2}
FPS_SHARES: Final = {15.0: 0.6, 10.0: 0.1, 25.0: 0.15, 30.0: 0.15}

PASSES_A_CLIP: Final = 12
RENDERED_SHARE: Final = 0.15
"""Share of the passes that carry a rendered plate even where there are photographs."""
FIRST_S: Final = 3.0
LAST_S: Final = 2.5
"""Empty road at both ends: for the gate's background, and for the last vehicle to be given up."""

MADE_UP: Final = tuple(region for region in SERIES)


def plan_passes(
    passes: int,
    photographs: Sequence[tuple[Photograph, LabelledPlate]],
    *,
    seed: int = 1,
    light: str | None = None,
) -> Iterator[Cast]:
    """Casts with so many passes in all, one clip after the other.

    Args:
        passes: how many vehicles with a plate.
        photographs: plates with a text to be carried by them, in any order; each is used once if there are enough.
            Without any, all plates are rendered.
        seed: decides the rest.
        light: of `camera.LIGHTS`, if it shall be the same in all clips.
    """
    rng = np.random.default_rng([seed, 7])
    order = rng.permutation(len(photographs))
    used = 0
    clips = -(-passes // PASSES_A_CLIP)
    lights = _spread(rng, LIGHT_SHARES, clips)
    rates = _spread(rng, FPS_SHARES, clips)
    for clip in range(clips):
        own = np.random.default_rng([seed, 8, clip])
        wanted = min(PASSES_A_CLIP, passes - clip * PASSES_A_CLIP)
        plates: list[MountedPlate] = []
        for _ in range(wanted):
            if photographs and own.random() >= RENDERED_SHARE:
                plates.append(mount_photograph(*photographs[order[used % len(order)]]))
                used += 1
            else:
                region = str(own.choice(MADE_UP))
                plates.append(mount_rendered(draw_plate(region, own)))
        yield _cast(f"passes-{seed}-{clip:03}", own, plates, light or lights[clip], rates[clip])


def _spread(rng: np.random.Generator, shares: dict[K, float], count: int) -> list[K]:
    """``count`` of the keys, in proportion to their shares, shuffled."""
    keys = list(shares)
    edges = np.cumsum(list(shares.values())) / sum(shares.values())
    places = np.searchsorted(edges, (np.arange(count) + 0.5) / count)
    return [keys[int(place)] for place in rng.permutation(places)]


def _cast(
    name: str, rng: np.random.Generator, plates: list[MountedPlate], light: str, fps: float
) -> Cast:
    camera = draw_camera(rng, light, fps)
    lanes = list(LANES)
    per_lane: dict[str, list[MountedPlate]] = {lane: [] for lane in lanes}
    parked = plates.pop() if len(plates) > 3 and rng.random() < 0.5 else None
    for number, plate in enumerate(plates):
        per_lane[lanes[number % 3]].append(plate)
    actors: list[Actor] = []
    end_s = FIRST_S
    for lane, carried in per_lane.items():
        pace = float(rng.uniform(*SPEEDS[str(rng.choice(list(SPEEDS)))]))
        forward = -1.0 if rng.random() < (0.7 if lane == "near" else 0.5) else 1.0
        at_s = FIRST_S + float(rng.uniform(0.0, 1.5))
        for plate in carried:
            speed = pace * float(rng.uniform(0.96, 1.04))
            journey = Journey(at_s + 40.0 / pace if forward < 0 else at_s, 10.0, forward * speed)
            actors.append(make_actor(rng, plate, lane, LANES[lane], journey))
            end_s = max(end_s, at_s + 50.0 / pace)
            at_s += float(rng.uniform(1.3, 3.2)) + 9.0 / pace
    seconds = min(end_s + LAST_S, 60.0)
    if parked is not None:
        kerb = "far kerb" if rng.random() < 0.7 else "near kerb"
        place = stand_m(camera.view, KERBS[kerb]) or 20.0
        stand = Journey(seconds / 2, place, -5.0, stands_s=4 * seconds)
        actors.append(make_actor(rng, parked, kerb, KERBS[kerb], stand))
    walkers = tuple(
        draw_walker(rng, float(rng.uniform(0, seconds)), across=bool(rng.random() < 0.5))
        for _ in range(int(rng.integers(0, 4)))
    )
    return Cast(
        name,
        "passes",
        int(rng.integers(1 << 30)),
        seconds,
        camera,
        tuple(actors),
        walkers,
        tuple(draw_board(rng) for _ in range(int(rng.integers(0, 3)))),
        Rain(np.random.default_rng(int(rng.integers(1 << 30))), 250)
        if rng.random() < 0.15
        else None,
        Flicker(rng, 0.1) if rng.random() < 0.2 else None,
        {
            "light": light,
            "exposure_ms": round(camera.exposure_s * 1000, 2),
            "readout_ms": round(camera.readout_s * 1000, 1),
            "above_m": round(camera.view.above_m, 2),
            "focal_px": round(camera.view.focal_px),
            "sway_px": round(camera.sway_px, 1),
        },
    )


def stand_m(view: PinholeView, lane_x: float) -> float | None:
    """How far away a vehicle must stand for its plate to be well inside the picture, in metres; None if it never is."""
    for away in np.arange(7.0, 40.0, 0.5):
        (x, y) = view.project(np.array([[lane_x, 0.5, away]]))[0].tolist()
        if 0.1 < x / view.width < 0.9 and 0.1 < y / view.height < 0.9:
            return float(away)
    return None


def make_actor(
    rng: np.random.Generator,
    mounted: MountedPlate,
    lane: str,
    lane_x: float,
    journey: Journey,
) -> Actor:
    """A vehicle that carries a plate on the end that is seen."""
    vehicle = Vehicle(
        SHAPES[int(rng.integers(len(SHAPES)))],
        PAINTS[int(rng.integers(len(PAINTS)))],
        mounted.plate,
        lane_x + float(rng.uniform(-0.15, 0.15)),
        rear=journey.speed > 0,
        seed=int(rng.integers(1 << 30)),
    )
    return Actor(vehicle, journey, mounted, lane)
