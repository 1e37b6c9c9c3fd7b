"""Deletes, without being asked, the hits that nobody confirmed in time, as plates that nobody looks for.

An event says itself until when a person must have confirmed it. Besides, the holder's own policy gives it its
minutes from when it was stored, and without a policy the software does: what ends first counts.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

from edge_alpr.holder.hits import Hits
from edge_alpr.holder.state import state_of
from edge_alpr.message.timestamps import to_seconds, to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.holder.archive import Archive
    from edge_alpr.holder.house import House
    from edge_alpr.message.kept import Kept
    from edge_alpr.types import Record

OURS_MINUTES: Final = 30.0
"""Where no policy says how long."""
_MINUTE_S: Final = 60.0


def end_s(kept: Kept, house: House) -> float:
    """UTC seconds at which an unverified hit is deleted; infinite if its policy asks for nobody's look."""
    rules = None if house.policy is None else house.policy.rules
    minutes: float | None = OURS_MINUTES
    if rules is not None:
        minutes = rules.hit.unconfirmed_minutes if rules.hit.confirm else None
    ours_s = math.inf if minutes is None else to_seconds(kept.stored) + minutes * _MINUTE_S
    return min(ours_s, _confirm_by_s(kept))


def _confirm_by_s(kept: Kept) -> float:
    """What the event says, moved with its time of capture where the unit's clock became known only later."""
    event = json.loads(kept.body)
    named = event["policy"].get("confirm_by")
    if named is None:
        return math.inf
    moved_s = to_seconds(kept.captured) - to_seconds(event["time"]["captured"])
    if not moved_s and not event["time"]["clock"]["synced"]:
        return math.inf  # by a clock that nobody has set
    return to_seconds(named) + moved_s


def purge_unconfirmed(
    house: House,
    archive: Archive,
    *,
    subject_of: Callable[[str], str],
    record: Record,
    now_s: float,
    hits: Hits | None = None,
) -> int:
    """Delete hits that nobody confirmed in time, and late phases of refuted ones; log it. Returns how many."""
    held = Hits(archive) if hits is None else hits
    doomed = [kept for kept in held.all() if _is_over(kept, house, subject_of, now_s)]
    if not doomed:
        return 0
    gone = archive.forget(doomed)
    oldest = to_text(min(to_seconds(kept.stored) for kept in doomed))
    record("purge", **{"class": "hit"}, messages=gone, cause="unconfirmed", oldest=oldest)
    return gone


def _is_over(kept: Kept, house: House, subject_of: Callable[[str], str], now_s: float) -> bool:
    state = state_of(kept, subject_of)
    if state == "unverified":
        return end_s(kept, house) <= now_s
    return state == "refuted"
