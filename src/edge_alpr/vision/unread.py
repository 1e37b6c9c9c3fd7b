"""This file says why a plate that was found could not be read. Pure functions; no state.

=============  ====================================================================================
reason
=============  ====================================================================================
too_small      lower than is read at all, in every frame
blocked        at the border of the picture, or too few characters in sight
glare          burnt out
blurred        its sharpest edges are wider than its strokes
not_a_plate    the reader saw no text in a good crop, or took it for something else
disagreement   it was read, but the reads do not agree on one text
=============  ====================================================================================

They are tried in this order on the crop that promised most, but what the reader takes for something else comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_alpr.geometry import Box
    from edge_alpr.passes import Quality, UnreadReason

MOST_GLARE = 0.5
"""A white plate that is lit well burns out over a third of it; letters go from a half on."""
STROKES_PER_WIDTH = 55.0
"""A plate is about so many strokes wide: 520 mm by 9.5 mm in Europe, 305 mm by 6 mm in the United States."""
MOST_BLUR_STROKES = 1.5
BORDER_PX = 2.0
NOT_A_PLATE = 0.5


def unread_reason(
    box: Box | None,
    frame_wh: tuple[int, int],
    quality: Quality | None,
    *,
    texts: int,
    longest: int,
    min_characters: int,
    not_a_plate: float,
) -> UnreadReason:
    """Why a pass was not read.

    Args:
        box: of the plate in the crop that promised most; None if it was too small in every frame.
        frame_wh: size of the frame.
        quality: of that crop.
        texts: how many reads gave a text.
        longest: most characters that a read gave.
        min_characters: fewer are not believed to be a plate.
        not_a_plate: the reader's opinion of that crop, 0..1.
    """
    if box is None:
        return "too_small"
    if not_a_plate > NOT_A_PLATE:
        return "not_a_plate"
    if _at_border(box, frame_wh):
        return "blocked"
    if quality is not None and quality.glare > MOST_GLARE:
        return "glare"
    stroke_px = box.width / STROKES_PER_WIDTH
    if quality is not None and (quality.blur_px or 0.0) > max(MOST_BLUR_STROKES * stroke_px, 1.5):
        return "blurred"
    if not texts:
        return "not_a_plate"
    return "blocked" if longest < min_characters else "disagreement"


def _at_border(box: Box, frame_wh: tuple[int, int]) -> bool:
    width, height = frame_wh
    near = min(box.x1, box.y1, width - box.x2, height - box.y2)
    return near < BORDER_PX
