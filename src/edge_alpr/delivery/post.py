"""Hands messages to the spool, each signed, and sealed where the policy says so: in no other form are those written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from edge_alpr.audit.forms import label
from edge_alpr.message.codec import encode, sign_event
from edge_alpr.types import Outgoing, unrecorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.delivery.picture import Picture
    from edge_alpr.delivery.seal import Sealer, Sealing
    from edge_alpr.message.document import Sign
    from edge_alpr.message.event import PlateEvent
    from edge_alpr.types import MessageKind, Record


class Append(Protocol):
    """Where messages go: `Spool.append`, or a list in memory. Returns the number that ``make_body`` was called with."""

    def __call__(self, outgoing: Outgoing, make_body: Callable[[int], bytes], /) -> int: ...


class Post:
    """Makes bodies once their number is known; the half with the network needs no key."""

    def __init__(
        self,
        append: Append,
        sign: Sign | None,
        seal: Sealer | None,
        record: Record = unrecorded,
    ) -> None:
        self._append = append
        self._record = record
        self._sign = sign
        self._seal = seal

    @property
    def seal(self) -> Sealer | None:
        """What seals; None on a unit whose policy asks for nothing of the kind."""
        return self._seal

    def first(
        self,
        event: PlateEvent,
        kind: MessageKind,
        expires_s: float | None,
        sealing: Sealing | None,
        *,
        hit: bool,
    ) -> None:
        """Like `event`, for the first early and the first final word about a pass: a hit is written down, without a
        plate and without the entry that it matched."""
        self.event(event, kind, expires_s, sealing, hit=hit)
        if event.hits:
            first = event.hits[0]
            self._record(
                "hit",
                event=event.id,
                purpose=label(event.policy.purpose or "none"),
                list=label(first.list),
                version=label(first.list_version),
                told="early" if event.phase == "provisional" else kind,
                sealed=sealing is not None,
                test=event.test,
                expires=event.policy.delete_after,
                **{"class": first.class_},
            )

    def withdrawn(self, event: PlateEvent) -> None:
        """Write down that an early hit was none after all."""
        self._record("withdrawn", event=event.id)

    def event(
        self,
        event: PlateEvent,
        kind: MessageKind,
        expires_s: float | None,
        sealing: Sealing | None,
        *,
        hit: bool,
    ) -> None:
        """Number an event and append it."""

        def make_body(seq: int) -> bytes:
            numbered = replace(event, seq=seq)
            if sealing is not None:
                return self._sealer().event(numbered, sealing)
            return encode(numbered if self._sign is None else sign_event(numbered, self._sign))

        self._append(Outgoing(kind, event.camera, expires_s, hit=hit), make_body)

    def picture(
        self,
        picture: Picture,
        event: PlateEvent,
        expires_s: float | None,
        sealing: Sealing | None,
        *,
        hit: bool,
    ) -> None:
        """Append the picture of an event. The topic of a sealed one does not name its pass: that has the time in it."""
        if sealing is None:
            place = picture.place
            self._append(Outgoing("image", place, expires_s, hit=hit), lambda _seq: picture.jpeg)
            return
        sealer = self._sealer()
        self._append(
            Outgoing("image", event.camera, expires_s, hit=hit),
            lambda seq: sealer.picture(picture, event, seq, sealing),
        )

    def other(self, outgoing: Outgoing, make_body: Callable[[int], bytes]) -> None:
        """Append a message that names no plate."""
        self._append(outgoing, make_body)

    def _sealer(self) -> Sealer:
        if self._seal is None:
            raise ValueError("what must be sealed cannot be: no keys")  # never fall back to clear
        return self._seal
