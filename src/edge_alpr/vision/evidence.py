"""This file cuts the picture shown beside a read: the plate in the very frame that was read, and little else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_alpr.geometry import Box
    from edge_alpr.types import Frame

EVIDENCE_MARGIN = 0.15
"""Share of the plate's width and height shown around it: enough to see that it is a plate, too little for a face."""


def cut_evidence(frame: Frame, box: Box) -> NDArray[np.uint8]:
    """The plate with 15 % around it, an own copy, in colour if the frame has it."""
    picture = frame.luma if frame.colour is None else frame.colour
    cut = box.grow(EVIDENCE_MARGIN, EVIDENCE_MARGIN).clamp(*frame.size_wh)
    x1, y1, x2, y2 = int(cut.x1), int(cut.y1), round(cut.x2), round(cut.y2)
    return picture[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)].copy()
