"""This file says how the camera half is, and why if not well: what ails it most comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_alpr.app.audit import Auditor
from edge_alpr.app.sealing import SealedTo
from edge_alpr.capture.grab import Grabber
from edge_alpr.capture.watch import Watch
from edge_alpr.hotlist.in_force import ListsInForce
from edge_alpr.ops.health import Load
from edge_alpr.ops.read_rate import ReadRate
from edge_alpr.ops.thermal import ThermalGovernor
from edge_alpr.spool.store import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.types import Moment

OVERLOADED: Final = "overloaded: more than half of the frames are dropped before they are looked at"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraHealth:
    """All that can ail it."""

    grabber: Grabber
    eye: Watch | None
    """None for a recording, which may be black or still."""
    spool: Spool
    forbidden: Callable[[float], str | None]
    """Why no plate leaves the unit, at UTC seconds."""
    auditor: Auditor
    sealed: SealedTo | None
    lists: ListsInForce
    load: Load
    thermal: ThermalGovernor
    rates: ReadRate

    def assess(self, now: Moment) -> dict[str, str | None]:
        """``state`` and ``reason`` at this moment."""
        # All are asked, since some look at what happened since they were asked last.
        ailing = list(self._ailments(now))
        state, reason = next(((s, r) for s, r in ailing if r is not None), ("online", None))
        return {"state": state, "reason": reason}

    def _ailments(self, now: Moment) -> Iterator[tuple[str, str | None]]:
        forbidden = self.forbidden(now.utc_s)
        unseen = None if self.eye is None else self.eye.trouble(now.mono_s)
        yield "blind", self.grabber.lost
        if unseen is not None:
            yield unseen.state, unseen.reason
        yield "degraded", self.spool.failing
        yield "degraded", None if forbidden is None else f"no plate leaves this unit: {forbidden}"
        yield "degraded", self.auditor.failing
        yield "degraded", None if self.sealed is None else self.sealed.trouble_at(now.utc_s)
        yield "degraded", self.lists.alarm(now.utc_s)
        yield "degraded", self.thermal.trouble
        yield "degraded", OVERLOADED if self.load.too_high() else None
        yield "degraded", self.rates.trouble
