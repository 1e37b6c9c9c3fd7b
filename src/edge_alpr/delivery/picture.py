"""Makes the picture that goes beside an event: the cut-out of the frame that was read, as JPEG, named by its hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import cv2

from edge_alpr.message.event import ImageRef

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

JPEG_QUALITY: Final = 88
"""Lettering stays free of ringing; a plate of 200 pixels takes about 6 kB."""
KIND: Final = "plate"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, and how the event names it."""

    jpeg: bytes = field(repr=False)
    reference: ImageRef
    place: str
    """The end of its topic: camera, pass and kind."""


def encode_picture(
    evidence: NDArray[np.uint8] | None, camera: str, event_id: str
) -> Picture | None:
    """The picture of a pass; None if there is none, or it cannot be encoded."""
    if evidence is None or not evidence.size:
        return None
    done, encoded = cv2.imencode(".jpg", evidence, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        return None
    jpeg = encoded.tobytes()
    place = f"{camera}/{event_id}/{KIND}"
    reference = ImageRef(
        kind=KIND,
        sha256=hashlib.sha256(jpeg).hexdigest(),
        bytes=len(jpeg),
        topic=f"image/{place}",
    )
    return Picture(jpeg, reference, place)
