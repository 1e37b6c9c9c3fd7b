"""Paints what stands around the road: sky, trees, the row of houses, lamp posts and bollards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_alpr.scene.facade import paint_facade
from edge_alpr.scene.paint import cloudy
from edge_alpr.scene.street import HOUSES_X, LAMP_HEIGHT, LAMPS, arm_end, lamp_light

if TYPE_CHECKING:
    from edge_alpr.scene.view import PinholeView
    from edge_alpr.scene.world import World

_HOUSES_FROM_M: Final = 7.0
_HOUSES_LONG_M: Final = 90.0
_HOUSES_TALL_M: Final = 8.0

_TREES: Final = (((112, 132, 118), 46), ((62, 92, 76), 34))
"""Two rows: colour, and height in pixels of a 720 line picture; the farther one first."""


def paint_sky(world: World, rng: np.random.Generator) -> None:
    """Blue above, pale at the horizon, with clouds; at night a faint glow of the town."""
    h, w = world.view.height, world.view.width
    rows = np.arange(h, dtype=np.float32)[:, None, None]
    low = max(float(_horizon(world.view, w / 2)), 1.0)
    down = np.clip(rows / low, 0, 1)
    top = np.array([225, 178, 128], np.float32)
    bottom = np.array([238, 226, 212], np.float32)
    world.surface[:] = top * (1 - down) + bottom * down
    cloud = np.clip(cloudy(rng, h, w, 260, 6) + 0.05, 0, 1)[..., None]
    world.surface += (250 - world.surface) * cloud * 0.75
    glow = np.exp(-((rows - low) ** 2) / (2 * 60.0**2))
    world.shining += glow * np.array([26, 24, 26], np.float32)


def paint_trees(world: World, rng: np.random.Generator) -> None:
    """Two rows of trees where the road ends."""
    h, w = world.view.height, world.view.width
    xs = np.arange(w, dtype=np.float64)
    horizon = _horizon(world.view, xs)
    scale = h / 720
    for depth, (tone, tall) in enumerate(_TREES):
        rough = cloudy(rng, 1, w, 90, 6)[0]
        top = horizon - scale * (tall * (1.0 + 0.55 * rough) - 8 * depth)
        crown = np.concatenate([np.stack([xs, top], 1), [[w, h], [0, h]]]).astype(np.float32)
        world.fill(crown, tone, 1 + np.float32(0.22) * cloudy(rng, h, w, 16, 4))


def _horizon(view: PinholeView, x: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """The picture row of the horizon at a column."""
    (x1, y1), (x2, y2) = view.project(np.array([[-30.0, 0, 400.0], [300.0, 0, 400.0]])).tolist()
    return np.asarray(y1 + (y2 - y1) * (np.asarray(x) - x1) / (x2 - x1))


def paint_houses(world: World, rng: np.random.Generator) -> None:
    """The row of houses behind the far pavement, laid in perspective."""
    view = world.view
    colours, windows = paint_facade(rng, _HOUSES_LONG_M, _HOUSES_TALL_M)
    near, far = _HOUSES_FROM_M, _HOUSES_FROM_M + _HOUSES_LONG_M
    x, tall = HOUSES_X, _HOUSES_TALL_M
    quad = view.project(np.array([[x, tall, near], [x, tall, far], [x, 0, far], [x, 0, near]]))
    h, w = colours.shape[:2]
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    # Drawn twice as large and then reduced: the far windows are finer than pixels.
    matrix = cv2.getPerspectiveTransform(source, quad * 2)
    size, double = (view.width, view.height), (2 * view.width, 2 * view.height)

    def seen(flat: NDArray[np.float32]) -> NDArray[np.float32]:
        large = cv2.warpPerspective(flat, matrix, double, flags=cv2.INTER_LINEAR)
        return cv2.resize(large, size, interpolation=cv2.INTER_AREA).astype(np.float32)

    share = seen(np.ones((h, w), np.float32))
    lit = np.repeat(0.9 * lamp_light(x, np.linspace(near, far, w))[None], h, 0)
    world.surface += seen(colours) - world.surface * share[..., None]
    world.shining += seen(windows) - world.shining * share[..., None]
    world.lamp += seen(lit) - world.lamp * share
    world.sky[share > 0.5] = 0


def paint_lamp_posts(world: World, rng: np.random.Generator) -> None:
    """Posts with their lamps' glare, and bollards along the far kerb; ``rng`` leaves them alone."""
    del rng
    view, top = world.view, LAMP_HEIGHT
    ys, xs = np.mgrid[0 : view.height, 0 : view.width].astype(np.float32)
    for x, z in sorted(LAMPS, key=lambda place: -place[1]):
        _paint_tube(world, x, z, half=0.07, tall=top)
        end = arm_end(x)
        arm = np.array([[x, top, z], [end, top + 0.1, z], [end, top, z], [x, top - 0.12, z]])
        world.fill(view.project(arm), (92, 92, 90))
        lamp = np.array([end, top, z])
        (column, row), size = view.project(lamp[None])[0].tolist(), view.pixels_per_metre(lamp)
        d2 = ((xs - column) ** 2 + (ys - row) ** 2) / (size * 0.35) ** 2
        glare = np.array([150, 215, 255], np.float32)
        world.shining += ((1 / (1 + d2) ** 1.5)[..., None] * glare).astype(np.float32)
    for z in np.arange(8.0, 60.0, 2.4).tolist():
        _paint_tube(world, 7.3, z, half=0.05, tall=0.85)


def _paint_tube(world: World, x: float, z: float, *, half: float, tall: float) -> None:
    """An upright tube, light on the left and dark on the right."""
    for left, right, tone in ((-1.0, -0.2, 128), (-0.2, 0.4, 104), (0.4, 1.0, 74)):
        x1, x2 = x + left * half, x + right * half
        upright = np.array([[x1, 0, z], [x2, 0, z], [x2, tall, z], [x1, tall, z]])
        world.fill(world.view.project(upright), (tone, tone, tone))
