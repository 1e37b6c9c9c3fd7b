"""Seals events and pictures before they are written anywhere: to the agencies, and what nobody looks for to two.

The unit holds public keys and its own; with all of them together it opens nothing that it sealed. Of a window read
nothing is kept once it is sealed, not even for the seconds that the policy would allow: a vehicle that is lost from
view and found again may be told of twice, and one that stands is told of when it came and not when it left.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.keys.proof import sign_document
from edge_alpr.keys.sealing import OVERHEAD, SUITE_NAME, SealKey
from edge_alpr.message.codec import encode, sign_event
from edge_alpr.message.document import MAX_BYTES
from edge_alpr.message.sealed import SEALED, encode_sealed
from edge_alpr.message.timestamps import to_text
from edge_alpr.seal.envelope import Agency, Epoch, seal_hit, seal_window
from edge_alpr.seal.epochs import window_end
from edge_alpr.seal.index import index_key, tag_of
from edge_alpr.seal.pad import BUCKETS, bucket_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.delivery.picture import Picture
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.message.event import PlateEvent
    from edge_alpr.seal.epochs import Epochs

_BASE64: Final = 4 / 3
_HEADER_ROOM: Final = 4096
_PICTURE_HEAD: Final = 512


@dataclass(frozen=True, slots=True)
class Sealing:
    """How one message, or an event and its picture, are sealed."""

    epoch: Epoch | None
    """None for a hit."""
    expires_s: float
    """UTC seconds. Of a window read the same for all of its day."""


class Sealer:
    """Makes the bodies of sealed messages. Used by one thread."""

    def __init__(
        self,
        key: KeyPair,
        agencies: Sequence[Agency],
        *,
        epochs: Callable[[float], Epochs | None] = lambda _now_s: None,
        policy_sha256: str | None = None,
    ) -> None:
        """``epochs`` gives the custodian's keys as of some UTC seconds; None if no window read may be sealed."""
        self._own = SealKey.of_unit(key)
        self._sign = partial(sign_document, key=key)
        self._agencies = tuple(agencies)
        self._epochs = epochs
        self._policy_sha256 = policy_sha256
        self._custodian: str | None = None
        self._index: dict[tuple[str, str, str], bytes] = {}
        """For unit, agency and day; of the last day only."""

    def hit(self, expires_s: float) -> Sealing:
        """For a plate of a hotlist: each agency opens it alone."""
        return Sealing(None, expires_s)

    def window(self, now_s: float, retain_s: float) -> Sealing | None:
        """For a plate that nobody looked for; None if the custodian's key of today is missing, or its time is over."""
        epochs = self._epochs(now_s)
        epoch = None if epochs is None else epochs.at(now_s)
        if epochs is None or epoch is None:
            return None
        self._custodian = epochs.custodian
        end_s = window_end(epoch, retain_s)
        return Sealing(epoch, end_s) if end_s > now_s else None

    def fits(self, picture: Picture) -> bool:
        """Whether a picture can be sealed for all agencies within one message."""
        length = len(picture.jpeg) + _PICTURE_HEAD
        if length + 4 > BUCKETS[-1]:
            return False
        sealed = (bucket_of(length) + 2 * OVERHEAD) * _BASE64 * len(self._agencies)
        return sealed + _HEADER_ROOM <= MAX_BYTES

    def event(self, event: PlateEvent, sealing: Sealing) -> bytes:
        """The body for a numbered event. What is sealed is the event with the unit's signature: who opens it can prove
        to others what it says without showing a key.

        Raises:
            MessageError: too long to be sealed.
        """
        end = to_text(sealing.expires_s)
        inner = replace(event, policy=replace(event.policy, delete_after=end))
        content = encode(sign_event(inner, self._sign))
        return self._seal(content, event, event.seq, "event", sealing)

    def picture(self, picture: Picture, event: PlateEvent, seq: int, sealing: Sealing) -> bytes:
        """The body for the picture of an event: a line of JSON that names its pass, then the JPEG.

        Raises:
            MessageError: too long to be sealed.
        """
        head = {"id": event.id, "kind": picture.reference.kind, "sha256": picture.reference.sha256}
        content = json.dumps(head, separators=(",", ":")).encode() + b"\n" + picture.jpeg
        return self._seal(content, event, seq, "picture", sealing)

    def _seal(
        self, content: bytes, event: PlateEvent, seq: int, kind: str, sealing: Sealing
    ) -> bytes:
        header = self._header(event, seq, kind, sealing)
        if sealing.epoch is None:
            sealed = seal_hit(content, header, self._agencies)
        else:
            tag = partial(self._tag, event, sealing.epoch.day)
            sealed = seal_window(content, header, self._agencies, sealing.epoch, tag)
        return encode_sealed({**header, "sealed": sealed}, self._sign)

    def _header(
        self, event: PlateEvent, seq: int, content: str, sealing: Sealing
    ) -> dict[str, Any]:
        epoch = sealing.epoch
        return {
            "schema": SEALED,
            "org": event.org,
            "site": event.site,
            "unit": event.unit,
            "camera": event.camera,
            "class": "hit" if epoch is None else "window",
            "content": content,
            "boot": event.boot,
            "seq": seq,
            "epoch": None if epoch is None else epoch.day,
            "custodian": None if epoch is None else self._custodian,
            "recipients": [
                {"name": agency.name, "key": agency.key.kid} for agency in self._agencies
            ],
            "policy_sha256": self._policy_sha256,
            "delete_after": to_text(sealing.expires_s),
            "suite": SUITE_NAME,
            "test": event.test,
        }

    def _tag(self, event: PlateEvent, day: str, agency: Agency) -> str:
        unit = f"{event.org}/{event.site}/{event.unit}"
        which = unit, agency.key.kid, day
        if which not in self._index:
            self._index = {known: key for known, key in self._index.items() if known[2] == day}
            self._index[which] = index_key(self._own, agency.key, unit, day)
        return tag_of(event.plate.text, self._index[which])
