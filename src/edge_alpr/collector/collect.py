"""Takes messages from the broker into a store: check, know again, store, commit, acknowledge, and then receipt.

So at-least-once on the wire becomes exactly-once in the store: a crash before the acknowledgement makes the broker send
the message again, a crash before the receipt the unit, and the store knows it by (unit, boot, seq).
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Final, Protocol

from edge_alpr.backoff import Backoff
from edge_alpr.collector.store import StoreError
from edge_alpr.errors import MessageError, PublishError
from edge_alpr.message.event import PlateEvent

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

    from edge_alpr.collector.receipts import Receipts
    from edge_alpr.collector.store import Message, Store
    from edge_alpr.collector.validate import Checked, Validator
    from edge_alpr.link.publication import Publication
    from edge_alpr.link.terms import Arrival
    from edge_alpr.types import Clock, Counter, StopSignal

_log = logging.getLogger(__name__)

_TURN_S: Final = 0.2
_OWING_TURN_S: Final = 0.05
"""The same while a receipt is owed."""
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

    def send(self, publication: Publication) -> None:
        """Publish something to a unit."""

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
        receipts: Receipts | None = None,
        on_stored: Callable[[PlateEvent, float], None] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """``on_stored`` is told each event, once, after its commit, with the UTC seconds of storing."""
        self._source = source
        self._validator = validator
        self._store = store
        self._clock = clock
        self._count = count
        self._receipts = receipts
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
                self._send_receipts(all_of_it=True)
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
        if self._receipts is not None:
            self._receipts.repeat(self._clock.now())

    def _turn(self) -> None:
        now = self._clock.now()
        if now.mono_s >= self._purged_s + _PURGE_S:
            self._purged_s = now.mono_s
            if purged := self._store.purge(now.utc_s):
                self._count("collector.purged", purged)
                _log.info("deleted %d events at the end of their time", purged)
        owing = self._receipts is not None and self._receipts.owing
        arrivals = self._source.turn(_OWING_TURN_S if owing else _TURN_S)
        if arrivals:
            self._heard_s = self._clock.now().mono_s
            self._take(arrivals)
            self._backoff.reset()
        self._send_receipts()

    def _take(self, arrivals: Sequence[Arrival]) -> None:
        """Store a batch in one commit."""
        stored_s = self._clock.now().utc_s
        taken: list[Message] = []
        fresh: list[PlateEvent] = []
        try:
            for arrival in arrivals:
                checked = self._checked(arrival)
                if checked is None:
                    continue
                message = checked.message
                taken.append(message)
                if not self._store.add(message, arrival.body, stored_s, signer=checked.signer):
                    self._count("collector.duplicates")
                elif isinstance(message, PlateEvent):
                    fresh.append(message)
                else:
                    self._count("collector.notices")
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
        if self._receipts is not None:
            self._receipts.note(taken, self._clock.now())

    def _send_receipts(self, *, all_of_it: bool = False) -> None:
        if self._receipts is None:
            return
        for publication in self._receipts.due(self._clock.now(), all_of_it=all_of_it):
            self._source.send(publication)
            self._count("collector.receipts")

    def _checked(self, arrival: Arrival) -> Checked | None:
        try:
            checked = self._validator.check(arrival)
        except MessageError as error:
            # Acknowledged all the same: it would come again for ever. It gets no receipt: the unit may have another.
            self._count("collector.kept_out")
            _log.warning("kept out a message on %r: %s", arrival.topic[:200], error)
            return None
        if checked is None:
            self._count("collector.other_kinds")
        elif checked.signer is None and self._validator.verifies:
            self._count("collector.unverified")
        return checked

    def _over(self, stop: StopSignal, most: int | None, idle_s: float) -> bool:
        enough = most is not None and self._stored >= most
        return stop.is_set() or enough or self._idle_left_s(idle_s) <= 0

    def _idle_left_s(self, idle_s: float) -> float:
        return self._heard_s + idle_s - self._clock.now().mono_s
