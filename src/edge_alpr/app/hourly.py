"""This file counts by the hour what a unit saw, read, matched, kept and dropped, across stops and kills.

The figures of the running hour lie in the runtime directory, in memory like all there: after a kill the next start
tells them, after a power cut they are gone, and the hours of activity show it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.message.summary import SUMMARY, Summary
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.types import Clock, Moment

HOUR_S: Final = 3600
SAVE_S: Final = 5.0
_DROPPED: Final = "delivery.dropped_"
_UNREAD: Final = "passes.unread_"
_HITS: Final = "delivery.hits"
_KEPT: Final = (_HITS, "delivery.tests", "delivery.sealed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What was counted between two instants."""

    since: str
    until: str
    active_s: int
    """Seconds in which the half did its work."""
    counts: Mapping[str, int]
    """What was added to each counter."""

    @property
    def is_empty(self) -> bool:
        return not self.active_s and not self.counts


class Hours:
    """Turns counters that only grow into what each hour added. Used by one thread."""

    def __init__(self, path: Path, counts: Callable[[], Mapping[str, int]], clock: Clock) -> None:
        """``path``: where the running hour's figures lie."""
        self._path = path
        self._counts = counts
        self._clock = clock
        self._earlier = self._load()
        self._saved_s = 0.0
        now = clock.now()
        self._active_s = 0.0
        self._looked_s = now.mono_s
        self._begin(now)

    def due(self, *, active: bool, last: bool) -> list[Stretch]:
        """The stretches that are over: that of a start before this one, an hour's, and at the ``last`` call the rest.

        ``active``: whether the half does its work just now.
        """
        now = self._clock.now()
        self._active_s += (now.mono_s - self._looked_s) if active else 0.0
        self._looked_s = now.mono_s
        over = [] if self._earlier is None else [self._earlier]
        self._earlier = None
        if last or int(now.utc_s // HOUR_S) != self._hour:
            over.append(self._stretch(now))
            self._begin(now)
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        elif over or now.mono_s >= self._saved_s + SAVE_S:
            self._save(now)
        return [stretch for stretch in over if not stretch.is_empty]

    def _begin(self, now: Moment) -> None:
        self._hour = int(now.utc_s // HOUR_S)
        self._since_s = now.utc_s
        self._active_s = 0.0
        self._before = dict(self._counts())

    def _stretch(self, now: Moment) -> Stretch:
        return Stretch(
            since=to_text(self._since_s),
            until=to_text(max(now.utc_s, self._since_s)),
            active_s=round(self._active_s),
            counts={
                name: amount - self._before.get(name, 0)
                for name, amount in self._counts().items()
                if amount > self._before.get(name, 0)
            },
        )

    def _save(self, now: Moment) -> None:
        self._saved_s = now.mono_s
        temporary = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):  # the status file says so already
            temporary.write_text(json.dumps(asdict(self._stretch(now))), encoding="utf-8")
            temporary.replace(self._path)

    def _load(self) -> Stretch | None:
        """What a start before this one had counted and could not tell."""
        try:
            content: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
            return Stretch(**content)
        except (OSError, ValueError, TypeError):
            return None


def camera_figures(stretch: Stretch) -> dict[str, Any]:
    """What the camera half did, as `counts` in its audit log says it."""
    counts = stretch.counts
    return {
        "since": stretch.since,
        "until": stretch.until,
        "active_s": stretch.active_s,
        "seen": counts.get("passes.seen", 0),
        "read": counts.get("passes.read", 0),
        "matched": counts.get(_HITS, 0),
        "kept": sum(counts.get(name, 0) for name in _KEPT),
        "dropped": _named(counts, _DROPPED),
    }


def uplink_figures(stretch: Stretch) -> dict[str, Any]:
    """What the uplink half did, in the same words."""
    return {
        "since": stretch.since,
        "until": stretch.until,
        "delivered": stretch.counts.get("uplink.delivered", 0),
        "trouble": {
            name: amount
            for name, amount in stretch.counts.items()
            if name in {"uplink.links_lost", "uplink.refused", "uplink.spool_errors"}
        },
    }


def summary_of(
    stretch: Stretch, address: UnitAddress, boot: str, seq: int, policy: str | None
) -> Summary:
    """The message that tells it; ``policy`` is the digest of the rules in force."""
    return Summary(
        schema=SUMMARY,
        org=address.org,
        site=address.site,
        unit=address.unit,
        boot=boot,
        seq=seq,
        unread=_named(stretch.counts, _UNREAD),
        policy=policy,
        proof=None,
        **camera_figures(stretch),
    )


def _named(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {
        name.removeprefix(prefix): amount
        for name, amount in sorted(counts.items())
        if name.startswith(prefix)
    }
