"""Takes sightings from vision and gives events to the spool; what the policy drops ends here, never written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from edge_alpr.delivery.build import build_event
from edge_alpr.message.codec import encode, sign_event
from edge_alpr.message.ids import uuid7
from edge_alpr.passes import Sighting
from edge_alpr.types import Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.delivery.policy import Policy
    from edge_alpr.message.document import Sign
    from edge_alpr.message.event import ClockState, Engine
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.passes import Finding
    from edge_alpr.types import Clock, Counter


class Append(Protocol):
    """Where messages go: `Spool.append`, or a list in memory. Returns the number that ``make_body`` was called with."""

    def __call__(self, outgoing: Outgoing, make_body: Callable[[int], bytes], /) -> int: ...


class Delivery:
    """The last stage that sees a plate in clear.

    Counts ``delivery.dropped_<reason>``, ``delivery.hits`` and ``delivery.tests``.
    """

    def __init__(
        self,
        policy: Policy,
        append: Append,
        *,
        address: UnitAddress,
        boot: str,
        engine: Engine,
        clock: Clock,
        clock_state: Callable[[], ClockState],
        count: Counter,
        sign: Sign | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """``sign`` adds the unit's proof to an event as it is made; None on a unit without a key."""
        self._policy = policy
        self._append = append
        self._address = address
        self._boot = boot
        self._engine = engine
        self._clock = clock
        self._clock_state = clock_state
        self._count = count
        self._sign = sign
        self._entropy = entropy

    def deliver(self, finding: Finding) -> None:
        """Decide on one finding and append its event, if it may have one."""
        if not isinstance(finding, Sighting) or finding.phase != "final" or finding.again:
            return
        sighting = finding
        decision = self._policy.decide(sighting, self._clock.now())
        if decision.action == "drop":
            self._count(f"delivery.dropped_{decision.reason}")
            return
        event_id = uuid7(sighting.best.at.utc_s, self._entropy)
        clock_state = self._clock_state()

        def make_body(seq: int) -> bytes:
            event = build_event(
                sighting,
                decision,
                event_id=event_id,
                address=self._address,
                boot=self._boot,
                seq=seq,
                clock_state=clock_state,
                engine=self._engine,
            )
            # Here and not later: the spool keeps signed bytes, and the half with the network needs no key.
            return encode(event if self._sign is None else sign_event(event, self._sign))

        outgoing = Outgoing(
            decision.kind, sighting.camera, decision.expires_s, hit=bool(decision.hits)
        )
        self._append(outgoing, make_body)
        self._count("delivery.tests" if decision.test else "delivery.hits")
