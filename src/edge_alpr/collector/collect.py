"""Takes events from the broker into a store: check, know again, store, commit, and only then acknowledge.

So at-least-once on the wire becomes exactly-once in the store: a crash before the acknowledgement makes the broker send
the message again, and the store knows it by (unit, boot, seq).
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Final, Protocol

from edge_alpr.collector.store import StoreError
from edge_alpr.errors import MessageError, PublishError
from edge_alpr.link.backoff import Backoff

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

    from edge_alpr.collector.store import Store
    from edge_alpr.collector.validate import Validator
    from edge_alpr.link.terms import Arrival
    from edge_alpr.message.event import PlateEvent
    from edge_alpr.types import Clock, Counter, StopSignal

_log = logging.getLogger(__name__)

_TURN_S: Final = 0.2
_PURGE_S: Final = 60.0
_FIRST_PAUSE_S: Final = 0.5
_MOST_PAUSE_S: Final = 30.0


class MessageSource(Protocol):
    """Where messages come from; what is not acknowledged comes again. All but `close` may raise `PublishError`."""

    def connect(self) -> bool:
        """Whether it remembered us, so that nothing was missed."""

    def turn(self, timeout_s: float) -> Sequence[Arrival]:
        """What came; waits up to ``timeout_s`` for the first message."""

    def acknowledge(self, arrivals: Iterable[Arrival]) -> None:
        """They are safe, or not worth keeping."""

    def close(self) -> None: ...


class Collector:
    """The reference subscriber. `run` is the loop of one thread."""

    def __init__(
        self,
        source: MessageSource,
        validator: Validator,
        store: Store,
        *,
        clock: Clock,
        count: Counter,
        on_stored: Callable[[PlateEvent, float], None] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """``on_stored`` is told each event, once, after its commit, with the UTC seconds of storing."""
        self._source = source
        self._validator = validator
        self._store = store
        self._clock = clock
        self._count = count
        self._on_stored = on_stored
        self._backoff = Backoff(_FIRST_PAUSE_S, _MOST_PAUSE_S, rng)
        self._stored = 0
        self._heard_s = 0.0
        self._purged_s = -math.inf

    def run(self, stop: StopSignal, *, most: int | None = None, idle_s: float = math.inf) -> int:
        """Collect until ``stop`` is set, ``most`` events are stored, or nothing came for ``idle_s``.

        Returns how many events were stored. A last batch may bring more than ``most``. A broker or store that fails
        is tried again, with pauses.
        """
        self._heard_s = self._clock.now().mono_s
        while not self._over(stop, most, idle_s):
            try:
                self._connect()
                while not self._over(stop, most, idle_s):
                    self._turn()
            except (PublishError, StoreError) as error:
                pause_s = self._backoff.next_s()
                self._count("collector.interruptions")
                _log.warning("%s; again in %.1f s", error, pause_s)
                self._source.close()  # what is not acknowledged comes again
                stop.wait(min(pause_s, max(0.0, self._idle_left_s(idle_s))))
        self._source.close()
        return self._stored

    def _connect(self) -> None:
        remembered = self._source.connect()
        _log.info(
            "collecting from %s (%s)",
            self._source,
            "it kept what came meanwhile" if remembered else "it did not know us: a new session",
        )

    def _turn(self) -> None:
        now = self._clock.now()
        if now.mono_s >= self._purged_s + _PURGE_S:
            self._purged_s = now.mono_s
            if purged := self._store.purge(now.utc_s):
                self._count("collector.purged", purged)
                _log.info("deleted %d events at the end of their time", purged)
        arrivals = self._source.turn(_TURN_S)
        if arrivals:
            self._heard_s = self._clock.now().mono_s
            self._take(arrivals)
            self._backoff.reset()

    def _take(self, arrivals: Sequence[Arrival]) -> None:
        """Store a batch in one commit."""
        stored_s = self._clock.now().utc_s
        fresh: list[PlateEvent] = []
        try:
            for arrival in arrivals:
                event = self._checked(arrival)
                if event is None:
                    continue
                if self._store.add(event, arrival.body, stored_s):
                    fresh.append(event)
                else:
                    self._count("collector.duplicates")
            self._store.commit()
        except StoreError:
            self._store.rollback()
            raise
        self._stored += len(fresh)
        if fresh:
            self._count("collector.stored", len(fresh))
        if self._on_stored is not None:
            for event in fresh:
                self._on_stored(event, stored_s)
        self._source.acknowledge(arrivals)

    def _checked(self, arrival: Arrival) -> PlateEvent | None:
        try:
            event = self._validator.event(arrival)
        except MessageError as error:
            # Acknowledged all the same: it would come again for ever.
            self._count("collector.kept_out")
            _log.warning("kept out a message on %r: %s", arrival.topic[:200], error)
            return None
        if event is None:
            self._count("collector.other_kinds")
        return event

    def _over(self, stop: StopSignal, most: int | None, idle_s: float) -> bool:
        enough = most is not None and self._stored >= most
        return stop.is_set() or enough or self._idle_left_s(idle_s) <= 0

    def _idle_left_s(self, idle_s: float) -> float:
        return self._heard_s + idle_s - self._clock.now().mono_s
