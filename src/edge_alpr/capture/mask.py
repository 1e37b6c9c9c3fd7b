"""This file burns private property out of every frame before anybody looks at it.

What is masked here is in no frame that vision, a technician's page or a stored picture can see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, TypeAlias

import cv2
import numpy as np
from annotated_types import Ge, Le, Len

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edge_alpr.types import Frame, FrameSource

Corner: TypeAlias = tuple[Annotated[float, Ge(0), Le(1)], Annotated[float, Ge(0), Le(1)]]
Polygon: TypeAlias = Annotated[tuple[Corner, ...], Len(3, 64)]

_SHIFT = 8
"""Polygons are filled to a 256th of a pixel, and everything they touch is burnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskSettings:
    """Hiding what is nobody's business."""

    private: Annotated[tuple[Polygon, ...], Len(0, 64)] = ()
    """Windows, doors and gardens: each a list of [x, y] corners in order, from [0, 0] at the top left to [1, 1] at the
    bottom right. They are black in every frame before anything is looked at or stored."""


class MaskedSource:
    """A `FrameSource` whose frames have black polygons."""

    def __init__(self, source: FrameSource, settings: MaskSettings) -> None:
        self._source = source
        self._settings = settings
        self.live = source.live

    def frames(self) -> Iterator[Frame]:
        """The frames of the source, masked. Raises what the source raises."""
        for frame in self._source.frames():
            yield burn(frame, self._settings)

    def close(self) -> None:
        self._source.close()


def burn(frame: Frame, settings: MaskSettings) -> Frame:
    """A copy of the frame in which the private polygons are black, in grey, in colour and in small."""
    if not settings.private:
        return frame
    return replace(
        frame,
        luma=_blacken(frame.luma, settings.private),
        colour=None if frame.colour is None else _blacken(frame.colour, settings.private),
        small=None if frame.small is None else _blacken(frame.small, settings.private),
    )


def _blacken(picture: NDArray[np.uint8], private: tuple[Polygon, ...]) -> NDArray[np.uint8]:
    burnt = picture.copy()
    size = np.array(picture.shape[1::-1]) * (1 << _SHIFT)
    # Pixel centres are on whole numbers in OpenCV, on halves with us.
    shapes = [
        np.round(np.array(polygon) * size - (1 << _SHIFT) / 2).astype(np.int32)
        for polygon in private
    ]
    black = (0,) * (1 if picture.ndim == 2 else picture.shape[2])
    for shape in shapes:
        cv2.fillPoly(burnt, [shape], black, shift=_SHIFT)
        cv2.polylines(burnt, [shape], isClosed=True, color=black, thickness=2, shift=_SHIFT)
    return burnt
