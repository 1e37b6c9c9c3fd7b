"""Keeps the lines of the entries that count, as they came, and reads one again when it is matched.

So 100,000 entries take about 31 MB of memory, not several times that as objects. What does not count is not kept.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_alpr.hotlist.match import Listed
from edge_alpr.message.timestamps import to_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_REASON: Final = 200
"""Characters of a hit's reason in an event."""


class StoredLines:
    """Lines of one document."""

    def __init__(
        self, document: bytes, spans: Sequence[tuple[int, int]], *, complete: bool
    ) -> None:
        """``spans``: where each line begins and ends, its line end left out. ``complete``: no other lines are there."""
        bounds = np.array(spans, np.int32).reshape(-1, 2)
        if complete:
            self._raw, self._starts, self._ends = document, bounds[:, 0], bounds[:, 1]
        else:
            self._raw = b"".join(document[start:end] for start, end in spans)
            lengths = bounds[:, 1] - bounds[:, 0]
            self._ends = np.cumsum(lengths, dtype=np.int32)
            self._starts = self._ends - lengths

    def listed(self, n: int) -> Listed:
        """What the n-th line says."""
        entry = json.loads(self._raw[int(self._starts[n]) : int(self._ends[n])])
        return Listed(
            text=entry["plate"],
            purpose=entry["reason_code"],
            reason=reason_for(entry),
            expires_s=to_seconds(entry["expires"]),
        )


def reason_for(entry: Mapping[str, str | None]) -> str:
    """What the person who looks is told: what for, the case, and the vehicle to expect. The plate is not in it."""
    vehicle = " ".join(entry[name] or "" for name in ("expected_colour", "expected_make")).strip()
    parts = [
        str(entry["reason_code"]).replace("_", " "),
        f"case {entry['case_no']}" if entry["case_no"] else "",
        f"plate of {entry['region']}" if entry["region"] else "",
        f"expect {vehicle}" if vehicle else "",
    ]
    return "; ".join(part for part in parts if part)[:MOST_REASON]
