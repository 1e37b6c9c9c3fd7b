"""The shapes of vehicles: a side outline swept across the width, narrower towards the roof and round at the ends.

Own axes, in metres: u across (0 in the middle, negative is the side towards the camera), y up from the road, d along it
from the end that the camera sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Part = Literal["end", "sheet", "glass"]
"""What covers a piece of the outline: the decorated end, painted sheet metal, or a window."""

CORNER_M: Final = 0.45
"""How far from its ends a vehicle's corners begin to round off."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of vehicle, its outline written from the front bumper over the roof to the rear bumper."""

    name: str
    width: float
    outline: tuple[tuple[float, float], ...]
    """``(d, y)`` points; the first and the last are the lower edges of the bumpers."""
    parts: tuple[Part, ...]
    """What lies between an outline point and the next."""
    belt: float
    """Height at which the side windows begin."""
    wheels: tuple[float, float]
    """``d`` of the axles."""
    wheel_radius: float
    plate_front: float
    plate_rear: float
    """Height of the plate's centre."""

    @property
    def length(self) -> float:
        return self.outline[-1][0]

    @property
    def height(self) -> float:
        return max(y for _, y in self.outline)

    def seen_from_behind(self) -> Shape:
        """The same vehicle with ``d`` counted from its rear."""
        length = self.length
        return Shape(
            self.name,
            self.width,
            tuple((round(length - d, 4), y) for d, y in reversed(self.outline)),
            tuple(reversed(self.parts)),
            self.belt,
            (round(length - self.wheels[1], 4), round(length - self.wheels[0], 4)),
            self.wheel_radius,
            self.plate_rear,
            self.plate_front,
        )

    def half_width(self, d: float, y: float) -> float:
        """Half the width at a place of the outline."""
        half = self.width / 2
        if y > self.belt:
            half *= 1 - 0.24 * (y - self.belt) / max(self.height - self.belt, 0.3)
        for from_end in (d, self.length - d):
            corner = 1 - min(from_end, CORNER_M) / CORNER_M
            half *= 1 - 0.12 * corner**2.5
        return half

    def top(self, d: float) -> float:
        """Height of the outline above a place along the vehicle."""
        inner = self.outline[1:-1]
        ds, ys = np.array(inner).T
        return float(np.interp(d, ds, ys))

    def stations(self) -> list[float]:
        """Places along it at which its width or its outline bends."""
        corners = {0.0, 0.1, 0.22, CORNER_M}
        bends = {d for d, _ in self.outline} | corners | {self.length - d for d in corners}
        return sorted(bends)

    def across(self, i: int) -> list[NDArray[np.float64]]:
        """Outline piece ``i`` swept across, in flat strips ``(4, 3)`` of (u, y, d): far strip and far edge first."""
        (d1, y1), (d2, y2) = self.outline[i], self.outline[i + 1]
        cuts = [(d1, y1)]
        cuts += [
            (d, float(np.interp(d, (d1, d2), (y1, y2)))) for d in self.stations() if d1 < d < d2
        ]
        cuts.append((d2, y2))
        strips = []
        for (near_d, near_y), (far_d, far_y) in pairwise(cuts):
            near, far = self.half_width(near_d, near_y), self.half_width(far_d, far_y)
            strips.append(
                np.array(
                    [
                        [-far, far_y, far_d],
                        [far, far_y, far_d],
                        [near, near_y, near_d],
                        [-near, near_y, near_d],
                    ]
                )
            )
        return strips[::-1]


SHAPES: Final = (
    Shape(
        "hatchback",
        1.76,
        ((0.0, 0.2), (0.0, 0.7), (0.18, 0.8), (1.0, 0.98), (1.78, 1.4), (2.3, 1.47), (3.45, 1.42),
         (3.92, 1.0), (4.05, 0.95), (4.08, 0.22)),
        ("end", "sheet", "sheet", "glass", "sheet", "sheet", "glass", "sheet", "end"),
        0.95, (0.78, 3.32), 0.31, 0.42, 0.74,
    ),
    Shape(
        "saloon",
        1.82,
        ((0.0, 0.2), (0.0, 0.68), (0.16, 0.76), (1.22, 0.96), (2.0, 1.36), (2.6, 1.43), (3.4, 1.38),
         (4.05, 1.02), (4.6, 0.98), (4.64, 0.22)),
        ("end", "sheet", "sheet", "glass", "sheet", "sheet", "glass", "sheet", "end"),
        0.93, (0.86, 3.66), 0.33, 0.4, 0.72,
    ),
    Shape(
        "suv",
        1.88,
        ((0.0, 0.28), (0.0, 0.9), (0.14, 0.98), (1.0, 1.12), (1.62, 1.58), (2.2, 1.68), (3.9, 1.64),
         (4.3, 1.16), (4.42, 1.1), (4.45, 0.3)),
        ("end", "sheet", "sheet", "glass", "sheet", "sheet", "glass", "sheet", "end"),
        1.08, (0.84, 3.55), 0.37, 0.55, 0.86,
    ),
    Shape(
        "van",
        1.98,
        ((0.0, 0.24), (0.0, 0.9), (0.12, 1.0), (0.62, 1.14), (1.3, 1.86), (1.8, 1.98), (4.8, 1.96),
         (4.88, 1.86), (4.92, 1.22), (4.95, 1.18), (4.95, 0.26)),
        ("end", "sheet", "sheet", "glass", "sheet", "sheet", "sheet", "glass", "sheet", "end"),
        1.14, (0.92, 3.95), 0.34, 0.5, 0.78,
    ),
)  # fmt: skip
"""The kinds of vehicles that drive through the scene."""
