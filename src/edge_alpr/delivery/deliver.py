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
confidence what the vote gives that text. The plate that was read instead is not in it. What the policy wants sealed is
sealed by `seal`, on its way through `post`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from edge_alpr.delivery.build import build_event, motion_of
from edge_alpr.delivery.kept import KeptEvents
from edge_alpr.delivery.picture import encode_picture
from edge_alpr.delivery.policy import NO_LISTS
from edge_alpr.delivery.post import Post
from edge_alpr.delivery.withhold import build_unread, taken_back
from edge_alpr.message.ids import uuid7
from edge_alpr.message.timestamps import to_seconds, to_text
from edge_alpr.message.unread import encode_unread
from edge_alpr.passes import Sighting, Stay, Unread
from edge_alpr.types import Outgoing, unrecorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.delivery.picture import Picture
    from edge_alpr.delivery.policy import Decision, Lists, Policy
    from edge_alpr.delivery.post import Append
    from edge_alpr.delivery.seal import Sealer, Sealing
    from edge_alpr.message.document import Sign
    from edge_alpr.message.event import ClockState, Engine, PlateEvent
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.passes import Finding
    from edge_alpr.types import Clock, Counter, Moment, Record

GONE_S = 60.0
"""Who stood before a restart and is not found for so long has departed."""


class Delivery:
    """The last stage that sees a plate in clear.

    Counts ``delivery.dropped_<reason>``, ``delivery.hits``, ``delivery.tests``, ``delivery.provisional``,
    ``delivery.taken_back``, ``delivery.again``, ``delivery.stays``, ``delivery.unread``, ``delivery.images``,
    ``delivery.images_too_large`` and ``delivery.sealed`` (reads that nobody looked for).
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
        seal: Sealer | None = None,
        kept: KeptEvents | None = None,
        lists: Callable[[], Lists] = lambda: NO_LISTS,
        live: bool = True,
        record: Record = unrecorded,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """``sign`` adds the unit's proof to an event as it is made; None on a unit without a key. ``seal`` seals what
        the policy wants sealed; without it that is dropped. ``kept`` remembers events that more may be told of.
        ``lists`` gives the hotlist of the moment. Time in a recording (not ``live``) is that of its frames, however
        slowly it is played. ``record`` writes hits into the audit log."""
        self._policy = policy
        self._post = Post(append, sign, seal, record)
        rules = policy.in_force.rules
        self._seals_hits = rules.hit.mode == "seal" and not rules.test
        self._address = address
        self._boot = boot
        self._engine = engine
        self._clock = clock
        self._clock_state = clock_state
        self._count = count
        self._sign = sign
        self._kept = kept or KeptEvents()
        self._lists = lists
        self._live = live
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
        decision, sealing = self._decide(sighting)
        early = self._kept.told_early(sighting.track_id)
        if not decision.hits or decision.action == "drop" or early is not None:
            return
        if self._kept.known_again(sighting, self._policy.settings.again_s) is not None:
            return
        event_id = uuid7(sighting.best.at.utc_s, self._entropy)
        event = self._send(sighting, decision, event_id, sealing)
        self._kept.add_early(sighting.track_id, event, sighting.last.mono_s)
        self._count("delivery.provisional")

    def _conclude(self, sighting: Sighting) -> None:
        early = self._kept.end_early(sighting.track_id)
        if sighting.again and self._is_the_same(sighting):
            return
        decision, sealing = self._decide(sighting)
        if decision.action in {"drop", "seal"} and early is not None:
            self._take_back(early, sighting.vote.confidence_of(early.plate.text))
        if decision.action == "drop":
            self._count(f"delivery.dropped_{decision.reason}")
            return
        if decision.action == "seal":  # nothing of it is kept, so nothing more is told of it
            self._send(sighting, decision, uuid7(sighting.best.at.utc_s, self._entropy), sealing)
            self._count("delivery.sealed")
            return
        if early is None:
            before = self._kept.known_again(sighting, self._policy.settings.again_s)
            if before is not None:
                self._kept.add(sighting.track_id, before, sighting.last.mono_s)
                self._count("delivery.again")
                return
        event_id = early.id if early else uuid7(sighting.best.at.utc_s, self._entropy)
        event = self._send(sighting, decision, event_id, sealing)
        self._kept.add(sighting.track_id, event, sighting.last.mono_s)
        self._count("delivery.tests" if decision.test else "delivery.hits")

    def _decide(self, sighting: Sighting) -> tuple[Decision, Sealing | None]:
        """What happens to it, and how it is sealed if it must be. What must be and cannot is dropped."""
        now = self._clock.now()
        if not self._live:
            now = replace(now, mono_s=sighting.last.mono_s)
        decision = self._policy.decide(sighting, now, self._lists())
        if not decision.sealed:
            return decision, None
        sealing = self._sealing(decision, now)
        if sealing is None:
            return replace(decision, action="drop", reason="no_key_to_seal_to", hits=()), None
        return decision, sealing

    def _sealing(self, decision: Decision, now: Moment) -> Sealing | None:
        seal, expires_s = self._post.seal, decision.expires_s
        if seal is None or expires_s is None:
            return None
        if decision.action == "seal":
            return seal.window(now.utc_s, expires_s - now.utc_s)
        return seal.hit(expires_s)

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
                motion=None
                if before.motion is None
                else motion_of(stay.travel, stay.first, stay.last),
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
        telling = self._policy.decide_unread(self._clock.now())
        if telling is None:
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
                telling=telling,
            )
            return encode_unread(event, self._sign)

        self._post.other(Outgoing("unread", unread.camera, telling.expires_s), make_body)
        self._count("delivery.unread")

    # ---------------------------------------------------------------- messages

    def _send(
        self, sighting: Sighting, decision: Decision, event_id: str, sealing: Sealing | None
    ) -> PlateEvent:
        expires_s = decision.expires_s if sealing is None else sealing.expires_s
        picture = self._picture(sighting, decision, event_id, sealing)
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
        hit = bool(decision.hits)
        self._post.first(event, decision.kind, expires_s, sealing, hit=hit)
        if picture is not None:
            self._post.picture(picture, event, expires_s, sealing, hit=hit)
            self._count("delivery.images")
        return event

    def _picture(
        self, sighting: Sighting, decision: Decision, event_id: str, sealing: Sealing | None
    ) -> Picture | None:
        wanted = self._policy.settings.send_images and "plate_crop" not in decision.redact
        if not wanted or sighting.phase != "final":
            return None
        picture = encode_picture(sighting.evidence, sighting.camera, event_id)
        if picture is None or sealing is None or self._post.seal is None:
            return picture
        if not self._post.seal.fits(picture):
            self._count("delivery.images_too_large")
            return None
        # The topic of a sealed picture does not name its pass.
        topic = f"image/{sighting.camera}"
        return replace(picture, reference=replace(picture.reference, topic=topic))

    def _repeat(self, event: PlateEvent, *, presence: str) -> PlateEvent:
        """The same pass, with what is new about it."""
        told = replace(event, boot=self._boot, presence=presence)  # type: ignore[arg-type]
        self._tell_more(told)
        self._count("delivery.stays")
        return told

    def _take_back(self, early: PlateEvent, confidence: float) -> None:
        self._tell_more(taken_back(early, confidence))
        self._post.withdrawn(early)
        self._count("delivery.taken_back")

    def _tell_more(self, event: PlateEvent) -> None:
        """One more message of a pass: a read, since an alert is told once; sealed if the first was."""
        end = event.policy.delete_after
        expires_s = None if end is None else to_seconds(end)
        sealing = None
        if self._seals_hits and self._post.seal is not None and expires_s is not None:
            sealing = self._post.seal.hit(expires_s)
        self._post.event(event, "read", expires_s, sealing, hit=bool(event.hits))

    def _tell_gone(self, now_s: float) -> None:
        """Who stood before a restart and was not found again has departed meanwhile."""
        if self._started_s is None:
            self._started_s = now_s
        elif now_s - self._started_s > GONE_S:
            for event in self._kept.take_gone():
                self._repeat(event, presence="departed")
