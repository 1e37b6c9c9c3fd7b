"""Names what a collector keeps: events, sealed ones, notices, pictures, and numbered messages of unknown kinds.

A later unit may send kinds that this version has never heard of. They are numbered like all others, so they are kept as
they came and receipted; else the unit would send them for ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from edge_alpr.errors import MessageError
from edge_alpr.message.event import PlateEvent
from edge_alpr.message.notice import ClockNotice, GapNotice
from edge_alpr.message.sealed import SealedMessage
from edge_alpr.message.timestamps import to_seconds, to_text

_BOOT: Final = re.compile("[0-9a-f]{8}")
_SCHEMA: Final = re.compile(r"[a-z0-9._-]{1,64}/[0-9]{1,4}\.[0-9]{1,4}")
_MOST_SEQ: Final = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherMessage:
    """A message of a kind that is kept as it came."""

    org: str
    site: str
    unit: str
    boot: str
    seq: int
    kind: str
    """By its topic."""
    camera: str | None
    schema: str
    delete_after: str | None
    """The end of its time, if it names one where events do (``policy.delete_after``) or as ``delete_after``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMessage:
    """A picture of a plate. It is not signed itself: the event that names its hash is."""

    org: str
    site: str
    unit: str
    boot: str
    seq: int
    camera: str
    pass_id: str
    kind: str
    """``plate``."""
    sha256: str


Message: TypeAlias = (
    PlateEvent | SealedMessage | GapNotice | ClockNotice | OtherMessage | ImageMessage
)
"""What a collector keeps."""


def message_key(message: Message) -> tuple[str, str, int]:
    """What names a message: whose it is, the boot and its number in it."""
    return f"{message.org}/{message.site}/{message.unit}", message.boot, message.seq


def lost_ranges(notice: GapNotice) -> list[tuple[str, int, int, str, int | None]]:
    """What a gap names exactly: boot, first, last, cause and how many."""
    return [
        (lost.boot, lost.first, lost.last, lost.cause, lost.messages)
        for lost in notice.lost
        if lost.boot is not None and lost.first is not None and lost.last is not None
    ]


def read_other(document: dict[str, Any], kind: str, camera: str | None) -> OtherMessage:
    """The head of a message whose kind is not known here.

    Raises:
        MessageError: it has none: says which field is wrong, and quotes nothing.
    """
    schema = document.get("schema")
    if not isinstance(schema, str) or not _SCHEMA.fullmatch(schema):
        raise MessageError("schema: not the name and version of one")
    names = {name: document.get(name) for name in ("org", "site", "unit")}
    for name, value in names.items():
        if not isinstance(value, str):
            raise MessageError(f"{name}: not a text")
    boot, seq = read_number(document.get("boot"), document.get("seq"))
    return OtherMessage(
        org=str(names["org"]),
        site=str(names["site"]),
        unit=str(names["unit"]),
        boot=boot,
        seq=seq,
        kind=kind,
        camera=camera,
        schema=schema,
        delete_after=_end(document),
    )


def read_number(boot: object, seq: object) -> tuple[str, int]:
    """Boot and sequence number, checked.

    Raises:
        MessageError: they are not that.
    """
    if not isinstance(boot, str) or not _BOOT.fullmatch(boot):
        raise MessageError("boot: not 8 hexadecimal digits")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 1 <= seq <= _MOST_SEQ:
        raise MessageError("seq: not a whole number from 1")
    return boot, seq


def _end(document: dict[str, Any]) -> str | None:
    policy = document.get("policy")
    named = policy.get("delete_after") if isinstance(policy, dict) else None
    named = named or document.get("delete_after")
    if named is None:
        return None
    try:
        return to_text(to_seconds(named))
    except (ValueError, TypeError):
        raise MessageError("delete_after: not a time") from None
