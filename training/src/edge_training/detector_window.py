"""Opens a window onto a photograph: zoomed to a wanted plate width, mirrored, turned, its labels following."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_alpr.geometry import PAD_LEVEL, Box, Letterbox, Luma, Points, bounding_box
from edge_training.detector_mine import Mined
from edge_training.detector_targets import Floats, Marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from edge_training.chance import Chance
    from edge_training.photographs import Photograph

WINDOW = 256
"""Side of a training picture in pixels."""

TINY, SMALL, LARGE = 12.0, 30.0, 200.0
"""A third of the plates is `TINY` to `SMALL` pixels wide in the window, the rest `SMALL` to `LARGE`."""

TOO_LARGE, HUGE = 260.0, 800.0
"""From `TOO_LARGE` on a plate is denied: it does not fit into what a cell sees, and would be found in pieces. The
firmware finds it on a smaller copy of the picture. Between `LARGE` and `TOO_LARGE` either answer will do."""

HUGE_SHOWN = 0.12
"""How often a window opens onto a plate that is `LARGE` to `HUGE`."""

FARTHEST = 0.7
"""A window shows the whole photograph at least this large, the rest is padding: the firmware's smaller copy."""

MAX_ZOOM = 2.2
"""A photograph is enlarged at most this much; beyond, there is nothing more to see."""

LONGEST_SIDE = 900
"""Photographs are kept in memory reduced to this."""

LEAST_VISIBLE, LEAST_WIDTH, LEAST_CONTRAST = 0.6, 9.0, 2.5
"""A plate less visible, narrower in pixels or flatter (deviation in grey levels) is neither asked for nor denied."""

MISTAKES_SHOWN = 0.3
"""How often a window opens onto an earlier mistake where the photograph has one."""

TURN = math.radians(9)
"""Standard deviation by which a photograph is turned whose plates all have corners; boxes would not survive it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A photograph with its plates, as `Marks` has them: boxes, and corners or NaN."""

    luma: Luma
    boxes: Floats
    quads: Floats
    unsure: Floats
    """``(k, 4)``: places that may hold a plate nobody labelled."""

    mistaken: Floats
    """``(k, 4)``: places that an earlier network took for a plate."""


class Draft:
    """A window being filled: its ``(WINDOW, WINDOW) uint8`` luma, and the plates in it so far."""

    def __init__(self, luma: Luma) -> None:
        self.luma = luma
        self.boxes: list[Floats] = []
        self.quads: list[Points] = []
        self.learn: list[bool] = []
        self.denied: list[Floats] = []
        self.inside = np.ones(luma.shape, np.bool_)
        """Where the photograph is; padding elsewhere."""

    def note(
        self, box: Floats, quad: Points, *, sure: bool = True, instead_of: int | None = None
    ) -> None:
        """Note a plate by its whole box; it is clipped to the window, and passed over where hardly anything is left."""
        seen = np.clip(box, 0, WINDOW).astype(np.float32)
        visible = _area(seen) / max(_area(box), 1e-6)
        width = float(box[2] - box[0])
        if sure and width > TOO_LARGE and instead_of is None:
            self.denied.append(seen)
            return
        learn = sure and visible > LEAST_VISIBLE and LEAST_WIDTH < width <= LARGE
        if instead_of is not None:
            self.boxes[instead_of], self.quads[instead_of] = seen, quad
            self.learn[instead_of] = learn
        elif visible > 0.05:
            self.boxes.append(seen)
            self.quads.append(quad)
            self.learn.append(learn)

    def meets(self, box: Box) -> bool:
        """Whether ``box`` touches a plate that is there already."""
        return any(
            box.x1 < x2 and x1 < box.x2 and box.y1 < y2 and y1 < box.y2
            for x1, y1, x2, y2 in (*self.boxes, *self.denied)
        )

    def hide(self, box: Box) -> None:
        """Neither ask for nor deny what lies under ``box`` from now on."""
        for index, (x1, y1, x2, y2) in enumerate(self.boxes):
            if box.x1 < x2 and x1 < box.x2 and box.y1 < y2 and y1 < box.y2:
                self.learn[index] = False

    def put_before(self, behind: Draft) -> None:
        """Show another window where this one is padding. Its plates that are cut by that are not asked for."""
        self.luma = np.where(self.inside, self.luma, behind.luma)
        for box, quad, learn in zip(behind.boxes, behind.quads, behind.learn, strict=True):
            x1, y1, x2, y2 = (int(v) for v in box)
            covered = float(self.inside[y1 : y2 + 1, x1 : x2 + 1].mean())
            if covered < 0.95:
                self.boxes.append(box)
                self.quads.append(quad)
                self.learn.append(learn and covered < 0.05)
        self.denied += behind.denied

    def marks(self, recorded: Luma) -> Marks:
        """The plates for the loss; in ``recorded``, the finished picture, some may have vanished in the dark."""
        if not self.boxes:
            return Marks.none()
        seen = [_contrast(recorded, box) >= LEAST_CONTRAST for box in self.boxes]
        return Marks(
            np.array(self.boxes, np.float32),
            np.array(self.quads, np.float32).reshape(-1, 4, 2),
            np.array(self.learn, np.bool_) & np.array(seen, np.bool_),
        )


def load_scenes(photographs: Iterable[Photograph], mined: Mapping[str, Mined]) -> list[Scene]:
    """Read whole photographs; plate crops are passed over. ``mined`` is by file name, see `detector_mine`."""
    scenes = []
    for photograph in photographs:
        if photograph.is_crop:
            continue
        luma = photograph.luma()
        height, width = luma.shape
        scale = min(1.0, LONGEST_SIDE / max(luma.shape))
        if scale < 1:
            size = (round(width * scale), round(height * scale))
            luma = Letterbox.fit((width, height), size).apply(luma)
        plates = photograph.plates
        quads = [np.asarray(p.quad * np.float32(scale)) for p in plates]
        corners = [
            q if p.has_corners else np.full_like(q, np.nan)
            for p, q in zip(plates, quads, strict=True)
        ]
        found = mined.get(photograph.path.name, Mined([], []))
        scenes.append(
            Scene(
                luma,
                np.array([as_row(bounding_box(q)) for q in quads], np.float32).reshape(-1, 4),
                np.array(corners, np.float32).reshape(-1, 4, 2),
                _rows(found.unsure, scale),
                _rows(found.mistaken, scale),
            )
        )
    return scenes


def _rows(boxes: Sequence[Sequence[float]], scale: float) -> Floats:
    return np.array(boxes, np.float32).reshape(-1, 4) * np.float32(scale)


def as_row(box: Box) -> Floats:
    """``(4,) float32``."""
    return np.array([box.x1, box.y1, box.x2, box.y2], np.float32)


def plate_width(chance: Chance) -> float:
    """A wanted plate width in pixels of the window."""
    if chance.happens(1 / 3):
        return chance.log_uniform(TINY, SMALL)
    return chance.log_uniform(SMALL, LARGE)


def open_window(chance: Chance, scene: Scene) -> Draft:
    """Zoom into the scene, mostly onto one of its plates, sometimes anywhere."""
    matrix, shift = _view(chance, scene)
    draft = Draft(_look(chance, scene.luma, matrix, shift))
    draft.inside = _inside(scene.luma, matrix, shift)
    mirrored = chance.happens(0.4)
    if mirrored:
        draft.luma = np.ascontiguousarray(draft.luma[:, ::-1])
        draft.inside = draft.inside[:, ::-1]
    for box, quad in zip(scene.boxes, scene.quads, strict=True):
        moved = _move(quad, matrix, shift, mirrored=mirrored)
        known = not np.isnan(quad).any()
        around = moved if known else _move(_rectangle(box), matrix, shift, mirrored=mirrored)
        draft.note(as_row(bounding_box(around)), moved)
    for box in scene.unsure:
        around = _move(_rectangle(box), matrix, shift, mirrored=mirrored)
        draft.note(as_row(bounding_box(around)), np.full((4, 2), np.nan, np.float32), sure=False)
    return draft


def _view(chance: Chance, scene: Scene) -> tuple[Floats, Floats]:
    """The map from the photograph to the window: ``window = matrix @ photograph + shift``."""
    height, width = scene.luma.shape
    whole = WINDOW / max(width, height)
    if len(scene.mistaken) and chance.happens(MISTAKES_SHOWN):
        x1, y1, x2, y2 = (float(v) for v in chance.pick(list(scene.mistaken)))
        zoom = max(chance.log_uniform(0.4, 1.8), whole * 0.9)
        left = (x1 + x2) / 2 - chance.uniform(0.1, 0.9) * WINDOW / zoom
        top = (y1 + y2) / 2 - chance.uniform(0.1, 0.9) * WINDOW / zoom
    elif len(scene.boxes) and chance.happens(0.82):
        x1, y1, x2, y2 = (float(v) for v in chance.pick(list(scene.boxes)))
        huge = chance.happens(HUGE_SHOWN)
        wanted = chance.log_uniform(LARGE, HUGE) if huge else plate_width(chance)
        most = 2 * MAX_ZOOM if huge else MAX_ZOOM
        zoom = max(min(wanted / max(x2 - x1, 4.0), most), whole * FARTHEST)
        left = (x1 + x2) / 2 - chance.uniform(0.12, 0.88) * WINDOW / zoom
        top = (y1 + y2) / 2 - chance.uniform(0.12, 0.88) * WINDOW / zoom
    else:
        zoom = chance.log_uniform(whole, max(whole * 1.05, 1.6))
        left = chance.uniform(0, max(0.0, width - WINDOW / zoom))
        top = chance.uniform(0, max(0.0, height - WINDOW / zoom))
    if chance.happens(0.85):  # stay inside the photograph where it is large enough
        left = min(max(left, 0.0), max(0.0, width - WINDOW / zoom))
        top = min(max(top, 0.0), max(0.0, height - WINDOW / zoom))
    across = zoom * chance.log_uniform(0.88, 1.14)
    matrix = np.array([[across, 0], [0, zoom]], np.float32)
    shift = np.array([-left * across, -top * zoom], np.float32)
    if len(scene.quads) and not np.isnan(scene.quads).any() and chance.happens(0.6):
        angle = chance.normal(TURN, 3 * TURN)
        c, s = math.cos(angle), math.sin(angle)
        turn, middle = np.array([[c, -s], [s, c]], np.float32), np.float32(WINDOW / 2)
        matrix, shift = turn @ matrix, turn @ (shift - middle) + middle
    return matrix, shift


def _look(chance: Chance, luma: Luma, matrix: Floats, shift: Floats) -> Luma:
    """What the window shows. A strong reduction is done in two steps, so that thin strokes do not alias away."""
    back = np.linalg.inv(matrix)
    seen = (_rectangle(np.array([0, 0, WINDOW, WINDOW], np.float32)) - shift) @ back.T
    x1, y1 = (max(0, int(v) - 2) for v in seen.min(axis=0))
    x2, y2 = (max(low + 1, int(v) + 3) for low, v in zip((x1, y1), seen.max(axis=0), strict=True))
    part = luma[y1:y2, x1:x2]
    if not part.size:
        return np.full((WINDOW, WINDOW), PAD_LEVEL, np.uint8)
    scale = float(np.sqrt(abs(np.linalg.det(matrix))))
    ratio = np.ones(2, np.float32)
    if scale < 0.7:
        height, width = part.shape
        size = max(1, round(width * scale * 1.1)), max(1, round(height * scale * 1.1))
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        ratio = np.array([size[0] / width, size[1] / height], np.float32)
    linear = matrix / ratio
    # cv2.warpAffine puts pixel centres on whole numbers, our coordinates on halves.
    offset = matrix @ np.array([x1, y1], np.float32) + shift + linear @ np.full(2, 0.5) - 0.5
    outside = PAD_LEVEL if chance.happens(0.7) else chance.whole(0, 255)
    window = cv2.warpAffine(
        part,
        np.column_stack([linear, offset]).astype(np.float32),
        (WINDOW, WINDOW),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=outside,
    )
    return window.astype(np.uint8, copy=False)


def _inside(luma: Luma, matrix: Floats, shift: Floats) -> NDArray[np.bool_]:
    """Where the window shows the photograph, ``(WINDOW, WINDOW) bool``."""
    height, width = luma.shape
    outline = _rectangle(np.array([0, 0, width, height], np.float32)) @ matrix.T + shift
    drawn = np.zeros((WINDOW, WINDOW), np.uint8)
    cv2.fillConvexPoly(drawn, np.round(outline).astype(np.int32), 1)
    return drawn.astype(np.bool_)


def _move(points: Points, matrix: Floats, shift: Floats, *, mirrored: bool) -> Points:
    """A quad of the photograph in the window; a mirrored one has its corners in the usual order again."""
    moved: Points = (points @ matrix.T + shift).astype(np.float32)
    if mirrored:
        moved[:, 0] = WINDOW - moved[:, 0]
        moved = moved[[1, 0, 3, 2]]
    return moved


def _rectangle(box: Floats) -> Points:
    x1, y1, x2, y2 = box
    return np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32)


def _area(box: Floats) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))


def _contrast(luma: Luma, box: Floats) -> float:
    x1, y1, x2, y2 = (int(v) for v in box)
    place = luma[y1 : y2 + 1, x1 : x2 + 1]
    return float(place.std()) if place.size else 0.0
