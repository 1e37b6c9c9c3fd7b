"""What really happened in a clip: each pass, where its plate was in every frame, and in which frames it can be read.

The file beside a clip (``drive.avi`` and ``drive.truth.json``) is written and read here; docs/evaluation.md describes
it field by field for those who label recordings of their own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_alpr.errors import EdgeAlprError
from edge_alpr.geometry import Box, Points, bounding_box
from edge_alpr.plates import normalise

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = "edge-alpr-passes/1"
SUFFIX: Final = ".truth.json"


class TruthError(EdgeAlprError):
    """A file of truth that cannot be used."""


@dataclass(frozen=True, slots=True)
class TruePass:
    """One vehicle that passed once, or stood."""

    id: str
    text: str
    """Letters and digits only."""
    corners: dict[int, Points] = field(repr=False)
    """Frame number to ``(4, 2)`` pixels, for each frame in which all of the plate is in the picture."""
    readable: tuple[int, ...] = field(repr=False)
    """The frames in which a person could read it: large and sharp enough, nothing before it."""
    region: str | None = None
    lane: str | None = None
    direction: str | None = None
    """approaching, receding, left or right."""
    light: str | None = None
    speed_mps: float | None = None
    """While it moves."""
    angle_deg: float | None = None
    """Between the line of sight and straight ahead onto the plate, in the middle of the readable frames."""
    contrast: float | None = None
    """Between paper and writing, in standard deviations of the noise, in the best readable frame."""
    parked: bool = False
    source: str | None = None
    """Where the plate comes from: a folder of photographs, or ``rendered``."""

    def box(self, frame: int) -> Box | None:
        """The plate's box in a frame, or None if it is not in the picture."""
        quad = self.corners.get(frame)
        return None if quad is None else bounding_box(quad)


@dataclass(frozen=True, slots=True)
class ClipTruth:
    """Everything that passed in one clip."""

    name: str
    fps: float
    frames: int
    frame_wh: tuple[int, int]
    passes: tuple[TruePass, ...]
    kind: str = "passes"
    """passes, plate-free or parked."""
    conditions: dict[str, Any] = field(default_factory=dict)
    """How it was taken, for the reader: camera, exposure, seed."""

    @property
    def seconds(self) -> float:
        return self.frames / self.fps


def write_truth(path: Path, truth: ClipTruth) -> None:
    """As JSON, pixels to a tenth."""
    document = {
        "format": FORMAT,
        "clip": truth.name,
        "kind": truth.kind,
        "fps": truth.fps,
        "frames": truth.frames,
        "frame": list(truth.frame_wh),
        "conditions": truth.conditions,
        "passes": [_pass_as_json(one) for one in truth.passes],
    }
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")


def _pass_as_json(one: TruePass) -> dict[str, Any]:
    return {
        "id": one.id,
        "text": one.text,
        "region": one.region,
        "lane": one.lane,
        "direction": one.direction,
        "light": one.light,
        "speed_mps": one.speed_mps,
        "angle_deg": one.angle_deg,
        "contrast": one.contrast,
        "parked": one.parked,
        "source": one.source,
        "first": min(one.corners, default=None),
        "last": max(one.corners, default=None),
        "readable": list(one.readable),
        "frames": {
            str(frame): {"box": _rounded(_edges(quad)), "corners": [_rounded(xy) for xy in quad]}
            for frame, quad in one.corners.items()
        },
    }


def _edges(quad: Points) -> tuple[float, float, float, float]:
    box = bounding_box(quad)
    return box.x1, box.y1, box.x2, box.y2


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 1) for value in values]


def read_truth(path: Path) -> ClipTruth:
    """The truth in a file.

    Raises:
        TruthError: it cannot be read, or is not of this format.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TruthError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise TruthError(f"{path}: not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TruthError(f"{path}: its format is not {FORMAT!r} (docs/evaluation.md)")
    try:
        width, height = document["frame"]
        return ClipTruth(
            name=str(document["clip"]),
            fps=float(document["fps"]),
            frames=int(document["frames"]),
            frame_wh=(int(width), int(height)),
            passes=tuple(_pass_from_json(one) for one in document["passes"]),
            kind=str(document.get("kind", "passes")),
            conditions=dict(document.get("conditions", {})),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TruthError(f"{path}: a field is missing or wrong: {error!r}") from error


def _pass_from_json(one: dict[str, Any]) -> TruePass:
    corners = {int(frame): _quad(place) for frame, place in one["frames"].items()}
    known = ("region", "lane", "direction", "light", "speed_mps", "angle_deg", "contrast", "source")
    return TruePass(
        id=str(one["id"]),
        text=normalise(one["text"]),
        corners=corners,
        readable=tuple(int(frame) for frame in one.get("readable", sorted(corners))),
        parked=bool(one.get("parked", False)),
        **{name: one.get(name) for name in known},
    )


def _quad(place: dict[str, Any]) -> Points:
    """The corners; those of the box where none are given."""
    given = place.get("corners")
    if given is None:
        return Box(*map(float, place["box"])).corners()
    quad = np.array(given, np.float32)
    if quad.shape != (4, 2):
        raise ValueError(f"corners are four points, got {quad.shape}")
    return quad
