"""Takes findings from vision and gives messages to the spool; what the policy drops ends here, never written.

=====================  ======================================================================================
vision says            delivery does
=====================  ======================================================================================
provisional sighting   a hit goes out at once as ``provisional``; anything else waits for the last word
final sighting         goes out as ``final`` if the policy lets it, under the id of the provisional if there was one
stay                   repeats the event with ``arrived`` or ``departed``, if its final went out
unread                 goes out without any plate if the policy lets it
=====================  ======================================================================================

A provisional event whose last word is no hit is taken back: a final of the same id and text without hits, its
confidence what the vote gives that text. The plate that was read instead is not in it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, assert_never

from edge_alpr.delivery.build import build_event, motion_of
from edge_alpr.delivery.kept import KeptEvents
from edge_alpr.delivery.picture import Picture, encode_picture
from edge_alpr.delivery.policy import confidence_of
from edge_alpr.delivery.withhold import build_unread, taken_back
from edge_alpr.message.codec import encode, sign_event
from edge_alpr.message.ids import uuid7
from edge_alpr.message.timestamps import to_seconds, to_text
from edge_alpr.message.unread import encode_unread
from edge_alpr.passes import Sighting, Stay, Unread
from edge_alpr.types import Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.delivery.policy import Decision, Policy
    from edge_alpr.message.document import Sign
    from edge_alpr.message.event import ClockState, Engine, PlateEvent
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.passes import Finding
    from edge_alpr.types import Clock, Counter

GONE_S = 60.0
"""Who stood before a restart and is not found for so long has departed."""


class Append(Protocol):
    """Where messages go: `Spool.append`, or a list in memory. Returns the number that ``make_body`` was called with."""

    def __call__(self, outgoing: Outgoing, make_body: Callable[[int], bytes], /) -> int: ...


class Delivery:
    """The last stage that sees a plate in clear.

    Counts ``delivery.dropped_<reason>``, ``delivery.hits``, ``delivery.tests``, ``delivery.provisional``,
    ``delivery.taken_back``, ``delivery.again``, ``delivery.stays``, ``delivery.unread`` and ``delivery.images``.
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
        kept: KeptEvents | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """``sign`` adds the unit's proof to an event as it is made; None on a unit without a key. ``kept`` remembers
        events that more may be told of."""
        self._policy = policy
        self._append = append
        self._address = address
        self._boot = boot
        self._engine = engine
        self._clock = clock
        self._clock_state = clock_state
        self._count = count
        self._sign = sign
        self._kept = kept or KeptEvents()
        self._entropy = entropy
        self._started_s: float | None = None

    def deliver(self, finding: Finding) -> None:
        """Decide on one finding, and append what may be told of it."""
        self._tell_gone(finding.last.mono_s)
        match finding:
            case Sighting(phase="provisional"):
                self._warn(finding)
            case Sighting():
                self._conclude(finding)
            case Stay():
                self._stay(finding)
            case Unread():
                self._unread(finding)
            case _:
                assert_never(finding)

    def _warn(self, sighting: Sighting) -> None:
        decision = self._policy.decide(sighting, self._clock.now())
        early = self._kept.told_early(sighting.track_id)
        if not decision.hits or decision.action == "drop" or early is not None:
            return
        if self._kept.known_again(sighting, self._policy.settings.again_s) is not None:
            return
        event_id = uuid7(sighting.best.at.utc_s, self._entropy)
        event = self._send(sighting, decision, event_id)
        self._kept.add_early(sighting.track_id, event, sighting.last.mono_s)
        self._count("delivery.provisional")

    def _conclude(self, sighting: Sighting) -> None:
        early = self._kept.end_early(sighting.track_id)
        if sighting.again and self._is_the_same(sighting):
            return
        decision = self._policy.decide(sighting, self._clock.now())
        if decision.action == "drop":
            if early is not None:
                self._take_back(early, confidence_of(early.plate.text, sighting.vote))
            self._count(f"delivery.dropped_{decision.reason}")
            return
        if early is None:
            before = self._kept.known_again(sighting, self._policy.settings.again_s)
            if before is not None:
                self._kept.add(sighting.track_id, before, sighting.last.mono_s)
                self._count("delivery.again")
                return
        event_id = early.id if early else uuid7(sighting.best.at.utc_s, self._entropy)
        event = self._send(sighting, decision, event_id)
        self._kept.add(sighting.track_id, event, sighting.last.mono_s)
        self._count("delivery.tests" if decision.test else "delivery.hits")

    def _is_the_same(self, sighting: Sighting) -> bool:
        """Whether who was read anew in its place is who stood there; if not, that one has departed."""
        before = self._kept.of_track(sighting.track_id)
        if before is None:
            return False
        if before.plate.text == sighting.vote.text:
            self._count("delivery.again")
            return True
        self._repeat(before, presence="departed")
        self._kept.end(sighting.track_id)
        return False

    def _stay(self, stay: Stay) -> None:
        before = self._kept.of_track(stay.track_id)
        if before is None:
            return
        time = replace(before.time, last_seen=to_text(stay.last.utc_s))
        event = self._repeat(
            replace(
                before,
                time=time,
                read=replace(before.read, frames=max(stay.frames, before.read.frames)),
                motion=motion_of(stay.travel, stay.first, stay.last),
            ),
            presence=stay.presence,
        )
        if stay.presence == "departed":
            self._kept.end(stay.track_id)
        else:
            self._kept.add(stay.track_id, event, stay.last.mono_s)

    def _unread(self, unread: Unread) -> None:
        early = self._kept.end_early(unread.track_id)
        if early is not None:
            self._take_back(early, 0.0)
        expires_s = self._policy.decide_unread(self._clock.now())
        if expires_s is None:
            return
        event_id = uuid7(unread.at.utc_s, self._entropy)
        state = self._clock_state()

        def make_body(seq: int) -> bytes:
            event = build_unread(
                unread,
                event_id=event_id,
                address=self._address,
                boot=self._boot,
                seq=seq,
                clock_state=state,
                delete_after_s=expires_s,
                test=self._policy.settings.profile == "bench",
            )
            return encode_unread(event, self._sign)

        self._append(Outgoing("unread", unread.camera, expires_s), make_body)
        self._count("delivery.unread")

    # ---------------------------------------------------------------- messages

    def _send(self, sighting: Sighting, decision: Decision, event_id: str) -> PlateEvent:
        picture = None
        if self._policy.settings.send_images and sighting.phase == "final":
            picture = encode_picture(sighting.evidence, sighting.camera, event_id)
        state = self._clock_state()
        event = build_event(
            sighting,
            decision,
            event_id=event_id,
            images=() if picture is None else (picture.reference,),
            address=self._address,
            boot=self._boot,
            seq=1,
            clock_state=state,
            engine=self._engine,
        )
        kind, hit = decision.kind, bool(decision.hits)
        self._put(Outgoing(kind, sighting.camera, decision.expires_s, hit=hit), event)
        if picture is not None:
            self._put_picture(picture, decision.expires_s, hit=hit)
        return event

    def _repeat(self, event: PlateEvent, *, presence: str) -> PlateEvent:
        """The same pass, with what is new about it."""
        told = replace(event, boot=self._boot, presence=presence)  # type: ignore[arg-type]
        self._put(self._as_before(told), told)
        self._count("delivery.stays")
        return told

    def _take_back(self, early: PlateEvent, confidence: float) -> None:
        self._put(self._as_before(early), taken_back(early, confidence))
        self._count("delivery.taken_back")

    def _as_before(self, event: PlateEvent) -> Outgoing:
        """Outgoing for one more message of a pass: a read, since an alert is told once."""
        end = event.policy.delete_after
        expires_s = None if end is None else to_seconds(end)
        return Outgoing("read", event.camera, expires_s, hit=bool(event.hits))

    def _put(self, outgoing: Outgoing, event: PlateEvent) -> None:
        def make_body(seq: int) -> bytes:
            numbered = replace(event, seq=seq)
            # Here and not later: the spool keeps signed bytes, and the half with the network needs no key.
            return encode(numbered if self._sign is None else sign_event(numbered, self._sign))

        self._append(outgoing, make_body)

    def _put_picture(self, picture: Picture, expires_s: float | None, *, hit: bool) -> None:
        outgoing = Outgoing("image", picture.place, expires_s, hit=hit)
        self._append(outgoing, lambda _seq: picture.jpeg)
        self._count("delivery.images")

    def _tell_gone(self, now_s: float) -> None:
        """Who stood before a restart and was not found again has departed meanwhile."""
        if self._started_s is None:
            self._started_s = now_s
        elif now_s - self._started_s > GONE_S:
            for event in self._kept.take_gone():
                self._repeat(event, presence="departed")
