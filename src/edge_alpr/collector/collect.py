"""Takes messages from the broker into a store: check, know again, store, commit, acknowledge, and then receipt.

So at-least-once on the wire becomes exactly-once in the store: a crash before the acknowledgement makes the broker send
the message again, a crash before the receipt the unit, and the store knows it by (unit, boot, seq).
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Final, Protocol

from edge_alpr.backoff import Backoff
from edge_alpr.collector.messages import ImageMessage, message_key
from edge_alpr.collector.observe import Observer
from edge_alpr.collector.store import Entry, StoreError
from edge_alpr.errors import MessageError, PublishError
from edge_alpr.message.event import PlateEvent
from edge_alpr.message.sealed import SealedMessage

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

    from edge_alpr.collector.receipts import Receipts
    from edge_alpr.collector.store import Store
    from edge_alpr.collector.validate import Validator
    from edge_alpr.link.publication import Publication
    from edge_alpr.link.terms import Arrival
    from edge_alpr.types import Clock, Counter, Moment, StopSignal

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


class Upkeep(Protocol):
    """What else is to be done now and then, beside the broker: a holder's desk."""

    def due(self, now: Moment) -> Sequence[Publication]:
        """Do what is due at ``now``, and name what is to be published. May raise `StoreError`."""

    def deleted(self, messages: int) -> None:
        """So many messages were deleted at the end of their time."""

    def interrupted(self) -> None:
        """The link was lost, and perhaps with it what was published last."""


class Collector:
    """The reference subscriber. `run` is the loop of one thread."""

    def __init__(
        self,
        source: MessageSource,
        validator: Validator,
        store: Store,
        *,
        clock: Clock,
        count: Counter | None = None,
        receipts: Receipts | None = None,
        on_stored: Callable[[PlateEvent, float], None] | None = None,
        observer: Observer | None = None,
        keep_s: float | None = None,
        upkeep: Upkeep | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """``on_stored`` is told each event, once, after its commit, with the UTC seconds of storing. What was stored
        more than ``keep_s`` ago is deleted, if its policy did not end before."""
        self._source = source
        self._validator = validator
        self._store = store
        self._clock = clock
        self._count = count or _uncounted
        self._receipts = receipts
        self._on_stored = on_stored
        self._observer = observer or Observer()
        self._keep_s = keep_s
        self._upkeep = upkeep
        self._backoff = Backoff(_FIRST_PAUSE_S, _MOST_PAUSE_S, rng)
        self._stored = 0
        self._heard_s = 0.0
        self._purged_s = -math.inf
        self.trouble: str | None = None
        """Why we are not connected, or do not store; None while all is well. Before the first `run` all is."""

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
                self.trouble = str(error)
                pause_s = self._backoff.next_s()
                self._count("collector.interruptions")
                _log.warning("%s; again in %.1f s", error, pause_s)
                self._source.close()  # what is not acknowledged comes again
                if self._upkeep is not None:
                    self._upkeep.interrupted()
                self._observer.connected(up=False)
                self._observer.turned(self._clock.now())
                stop.wait(min(pause_s, max(0.0, self._idle_left_s(idle_s))))
        self._source.close()
        self._observer.connected(up=False)
        return self._stored

    def _connect(self) -> None:
        remembered = self._source.connect()
        self.trouble = None
        self._observer.connected(up=True)
        _log.info(
            "collecting from %s (%s)",
            self._source,
            "it kept what came meanwhile" if remembered else "it did not know us: a new session",
        )
        if self._receipts is not None:
            self._receipts.repeat(self._clock.now())

    def _turn(self) -> None:
        now = self._clock.now()
        self._observer.turned(now)
        if now.mono_s >= self._purged_s + _PURGE_S:
            self._purge(now)
        for publication in () if self._upkeep is None else self._upkeep.due(now):
            self._source.send(publication)
            self._count("collector.published")
        owing = self._receipts is not None and self._receipts.owing
        arrivals = self._source.turn(_OWING_TURN_S if owing else _TURN_S)
        if arrivals:
            self._heard_s = self._clock.now().mono_s
            self._take(arrivals)
            self._backoff.reset()
        self._send_receipts()

    def _purge(self, now: Moment) -> None:
        self._purged_s = now.mono_s
        before_s = None if self._keep_s is None else now.utc_s - self._keep_s
        if purged := self._store.purge(now.utc_s, stored_before_s=before_s):
            self._count("collector.purged", purged)
            _log.info("deleted %d messages at the end of their time", purged)
            if self._upkeep is not None:
                self._upkeep.deleted(purged)

    def _take(self, arrivals: Sequence[Arrival]) -> None:
        """Store a batch in one commit, then acknowledge it."""
        checked = [(arrival, self._checked(arrival)) for arrival in arrivals]
        taken = self._without_strange_pictures(
            [(arrival, entry) for arrival, entry in checked if isinstance(entry, Entry)]
        )
        now = self._clock.now()
        news = self._store.keep([entry for _, entry in taken], now.utc_s) if taken else []
        done = self._clock.now()
        if taken:
            self._observer.committed(len(taken), done.mono_s - now.mono_s)
        for (arrival, entry), new in zip(taken, news, strict=True):
            self._observer.arrived(arrival, "stored" if new else "duplicate", done)
            if new:
                self._told(arrival, entry, done)
            else:
                self._count("collector.duplicates")
        kept = {id(arrival) for arrival, _ in taken}
        for arrival, found in checked:
            if id(arrival) not in kept:
                self._observer.arrived(arrival, "not_kept" if found is None else "kept_out", done)
        # Before the acknowledgement: they are stored, whether or not the link still stands.
        if self._receipts is not None:
            self._receipts.note((entry.message for _, entry in taken), done)
        self._source.acknowledge(arrivals)

    def _told(self, arrival: Arrival, entry: Entry, now: Moment) -> None:
        """Count what is news, and pass it on."""
        self._observer.stored(arrival, entry, now)
        if isinstance(entry.message, SealedMessage):
            self._stored += entry.message.content == "event"
            self._count("collector.sealed")
            return
        if not isinstance(entry.message, PlateEvent):
            self._count("collector.notices")
            return
        self._stored += 1
        self._count("collector.stored")
        if self._on_stored is not None:
            self._on_stored(entry.message, now.utc_s)

    def _without_strange_pictures(
        self, taken: list[tuple[Arrival, Entry]]
    ) -> list[tuple[Arrival, Entry]]:
        """Where only what is signed is let in, a picture is what a signed event names; else it is not receipted.

        One that comes before its event is sent again by the unit.
        """
        if not self._validator.refuses:
            return taken
        named = {
            (message_key(entry.message)[0], entry.message.id, image.sha256)
            for _, entry in taken
            if isinstance(entry.message, PlateEvent)
            for image in entry.message.images
        }
        return [pair for pair in taken if self._is_named(pair[1], named)]

    def _is_named(self, entry: Entry, named: set[tuple[str, str, str]]) -> bool:
        message = entry.message
        if not isinstance(message, ImageMessage):
            return True
        which = message_key(message)[0], message.pass_id, message.sha256
        if which in named or self._store.shows(*which):
            return True
        self._count("collector.kept_out")
        return False

    def _send_receipts(self, *, all_of_it: bool = False) -> None:
        if self._receipts is None:
            return
        due = self._receipts.due(self._clock.now(), all_of_it=all_of_it)
        for publication in due:
            self._source.send(publication)
        if due:
            self._count("collector.receipts", len(due))
            self._observer.receipted(len(due))

    def _checked(self, arrival: Arrival) -> Entry | MessageError | None:
        """What may be stored; None if it is of a kind that is not kept; or what is wrong with it."""
        try:
            entry = self._validator.check(arrival)
        except MessageError as error:
            # Acknowledged all the same: it would come again for ever. It gets no receipt: the unit may have another.
            self._count("collector.kept_out")
            _log.warning("kept out a message on %r: %s", arrival.topic[:200], error)
            return error
        if entry is None:
            self._count("collector.other_kinds")
        elif entry.signer is None and self._validator.verifies:
            self._count("collector.unverified")
        return entry

    def _over(self, stop: StopSignal, most: int | None, idle_s: float) -> bool:
        enough = most is not None and self._stored >= most
        return stop.is_set() or enough or self._idle_left_s(idle_s) <= 0

    def _idle_left_s(self, idle_s: float) -> float:
        return self._heard_s + idle_s - self._clock.now().mono_s


def _uncounted(name: str, amount: int = 1) -> None:
    """Counts nothing."""
