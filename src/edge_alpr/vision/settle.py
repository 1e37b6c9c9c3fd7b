"""This file says when the looks at a pass are enough: for an early belief, and for the last word.

Pure functions over the looks that are remembered; no state.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge, Gt, Le

from edge_alpr.geometry import quad_size
from edge_alpr.vision.choose import promise_of_look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.passes import Look
    from edge_alpr.types import Track

LAST_CALL_S = 0.5
"""A pass is decided so long before its best look is forgotten: two frames of a slow camera."""

GROWTH = 1.15
"""A plate that became so much wider within the memory belongs to a vehicle that is coming nearer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassSettings:
    """Deciding what plate a vehicle had."""

    memory_s: Annotated[float, Gt(0), Le(3)] = 2.5
    """Reads older than this are forgotten, decided or not. At most 3 s, by design."""
    max_looks: Annotated[int, Ge(1), Le(200)] = 20
    """So many reads of a vehicle vote: the most promising among those that are remembered."""
    enough_looks: Annotated[int, Ge(1), Le(1_000_000)] = 10
    """A crop is not read if so many that promised more are remembered already."""
    early_agree: Annotated[int, Ge(1), Le(200)] = 2
    """So many reads must agree before a vehicle that is still in view can be told of as provisional."""
    settle_s: Annotated[float, Ge(0), Le(60)] = 1.5
    """A vehicle that stays is decided when it was read for so long and the reads agree; one that leaves, at once."""
    settle_agree: Annotated[int, Ge(1), Le(200)] = 5
    """So many reads must agree for that."""
    min_characters: Annotated[int, Ge(1), Le(12)] = 4
    """A shorter text is taken for something else than a plate: signs and badges are. Lower it where plates are."""
    min_confidence: Annotated[float, Ge(0), Le(1)] = 0.1
    """A pass whose reads give no text that is more likely than this counts as unread."""


def early_text(looks: Sequence[Look], settings: PassSettings) -> str | None:
    """The text that enough reads give, and more than give any other; None while there is none."""
    most = Counter(look.read.text for look in looks if look.read.text).most_common(2)
    if not most or most[0][1] < settings.early_agree:
        return None
    return most[0][0] if len(most) == 1 or most[0][1] > most[1][1] else None


def is_settled(looks: Sequence[Look], track: Track, now_s: float, settings: PassSettings) -> bool:
    """Whether a track that is still in view is to be decided at ``now_s``.

    It is when it was read for a while, the reads agree and it does not come nearer; or when its best look, or all but
    one, are about to be forgotten: decide first, then forget.
    """
    read = [look for look in looks if look.read.text]
    if not read:
        return False
    growing = _is_growing(read[0], track)
    # Who comes nearer is best seen last, who drives away first.
    best = read[-1] if growing else max(read, key=promise_of_look)
    if now_s - best.at.mono_s > settings.memory_s - LAST_CALL_S:
        return True
    if len(read) > 1 >= sum(now_s - look.at.mono_s <= settings.memory_s for look in read):
        return True  # a camera so slow that the next frame would find one look alone
    if growing or now_s - track.first.mono_s < settings.settle_s:
        return False
    return max(Counter(look.read.text for look in read).values()) >= settings.settle_agree


def _is_growing(earlier: Look, track: Track) -> bool:
    """Whether the vehicle still comes nearer: its best picture is yet to come."""
    before, now = quad_size(earlier.detection.corners)[0], quad_size(track.detection.corners)[0]
    return now > GROWTH * before
