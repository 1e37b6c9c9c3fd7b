"""This file takes brightness and colour out of a camera's buffer of planes, as copies of its own.

Such a buffer holds the brightness plane first, one row every ``stride`` bytes, then colour for every 2 x 2 pixels: as
two planes (YUV420) or as pairs (NV12). Values run from 0 to 255 in all three (JPEG's colours, ITU-T T.871).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_alpr.errors import SourceError

if TYPE_CHECKING:
    from edge_alpr.geometry import Luma
    from edge_alpr.types import Colour


def luma_of(buffer: NDArray[np.uint8], size_wh: tuple[int, int]) -> Luma:
    """The brightness plane.

    Args:
        buffer: ``(H * 3 / 2, stride)``; what lies right of the picture is padding.
        size_wh: width and height of the picture.
    """
    width, height = size_wh
    return buffer[:height, :width].copy()


def colour_of(buffer: NDArray[np.uint8], size_wh: tuple[int, int], layout: str) -> Colour:
    """The same in blue, green and red, ``(H, W, 3)``.

    Raises:
        SourceError: the layout is neither ``YUV420`` nor ``NV12``.
    """
    width, height = size_wh
    half = width // 2, height // 2
    if layout == "YUV420":
        stride = buffer.shape[1] // 2
        planes = buffer[height:].reshape(-1)[: 2 * half[1] * stride].reshape(2, half[1], stride)
        blue, red = planes[0, :, : half[0]], planes[1, :, : half[0]]
    elif layout == "NV12":
        pairs = buffer[height : height + half[1], :width].reshape(half[1], half[0], 2)
        blue, red = pairs[..., 0], pairs[..., 1]
    else:
        raise SourceError(
            f"the camera gives {layout}: no colour is taken from that; camera.colour: false"
        )
    large = [
        cv2.resize(np.ascontiguousarray(plane), size_wh, interpolation=cv2.INTER_NEAREST)
        for plane in (red, blue)
    ]
    luma = np.ascontiguousarray(buffer[:height, :width])
    return cv2.cvtColor(cv2.merge([luma, *large]), cv2.COLOR_YCrCb2BGR).astype(np.uint8, copy=False)
