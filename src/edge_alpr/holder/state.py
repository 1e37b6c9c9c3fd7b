"""Says what an alert is: unverified, until a named person has confirmed the very plate that it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.message.kept import Kept

State: TypeAlias = Literal["unverified", "confirmed", "refuted"]


def state_of(kept: Kept, subject_of: Callable[[str], str]) -> State:
    """The state of a hit; ``subject_of`` names a plate as the log does (`AuditKey.subject`).

    A pass may come again in a later phase. If its plate has become another, nobody has confirmed that one.
    """
    said = kept.said
    if said is None:
        return "unverified"
    if said.verdict == "refuted":
        return "refuted"
    return "confirmed" if said.subject == subject_of(kept.plate) else "unverified"


def alert_json(kept: Kept, subject_of: Callable[[str], str]) -> dict[str, Any]:
    """An alert for those who act on it: the event as it came, and what a person has said of it."""
    state = state_of(kept, subject_of)
    said = kept.said if state != "unverified" else None
    return {
        "schema": "alert/1.0",
        "id": kept.id,
        "state": state,
        "person": None if said is None else said.person,
        "at": None if said is None else said.at,
        "captured": kept.captured,
        "event": json.loads(kept.body),
    }
