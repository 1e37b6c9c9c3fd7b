"""Names a consumer beside the store: which shape it reads, and where it is."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from edge_alpr.collector.adapters import cloudevents
from edge_alpr.collector.adapters.alpr_group import alpr_group
from edge_alpr.collector.adapters.home_assistant import discovery, home_assistant
from edge_alpr.collector.adapters.home_assistant_unit import unit_discovery
from edge_alpr.collector.adapters.onvif import onvif
from edge_alpr.collector.adapters.plate_recognizer import plate_recognizer
from edge_alpr.message.topics import ROOT

if TYPE_CHECKING:
    from edge_alpr.link.publication import Publication
    from edge_alpr.message.event import PlateEvent
    from edge_alpr.message.topics import UnitAddress

POSTED: Final = ("alpr-group", "cloudevents", "plate-recognizer")
"""Told by HTTP; the target is a URL, or ``@FILE`` with the URL as its first line."""
PUBLISHED: Final = ("home-assistant", "home-assistant-units", "onvif")
"""Told over the collector's own broker; the target is what topics begin with."""

_PREFIX: Final = re.compile("[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")


@dataclass(frozen=True, slots=True)
class Post:
    """What is posted."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Whom to tell. ``tests`` are events that are no evidence: most shapes cannot say so, and then none is told."""

    kind: str
    target: str = field(repr=False)
    """A URL may hold a secret."""
    tests: bool = False

    @property
    def name(self) -> str:
        """Lasting, and without what the target may hide."""
        return f"{self.kind}-{hashlib.sha256(self.target.encode()).hexdigest()[:12]}"

    @property
    def posted(self) -> bool:
        """Whether it is told by HTTP."""
        return self.kind in POSTED

    def wants(self, event: PlateEvent) -> bool:
        """Whether it is told of this message at all."""
        if event.test and not self.tests:
            return False
        if self.posted:
            return self.post(event, b"") is not None
        return bool(self.publications(event))

    def post(self, event: PlateEvent, body: bytes) -> Post | None:
        """What to post for an event, whose ``body`` is as the unit signed it."""
        if self.kind == "cloudevents":
            return Post(cloudevents.headers(event), body)
        told = alpr_group(event) if self.kind == "alpr-group" else plate_recognizer(event)
        return None if told is None else Post({"content-type": "application/json"}, _json(told))

    def publications(self, event: PlateEvent) -> list[Publication]:
        """What to publish for an event."""
        if self.kind == "home-assistant":
            return [home_assistant(event)]
        if self.kind != "onvif":
            return []
        message = onvif(event, self.target)
        return [] if message is None else [message]

    def introduction(self, event: PlateEvent) -> list[Publication]:
        """What makes the event's camera known, to be published once before its first event."""
        return [discovery(event, self.target)] if self.kind == "home-assistant" else []

    def unit_introduction(self, unit: UnitAddress) -> list[Publication]:
        """What makes a unit known, to be published when it is first heard of."""
        if self.kind == "home-assistant-units":
            return [unit_discovery(unit, self.target)]
        return []


def is_consumer(text: str) -> bool:
    """Whether a ``--to`` names a consumer, and not a store."""
    return text.partition(":")[0] in {*POSTED, *PUBLISHED}


def consumer_at(text: str, *, tests: bool = False) -> Consumer:
    """The consumer that ``KIND:TARGET`` names.

    Raises:
        ValueError: says what is wrong with it, without quoting a URL.
    """
    kind, _, target = text.partition(":")
    if kind in PUBLISHED:
        if not _PREFIX.fullmatch(target) or f"{target}/".startswith(f"{ROOT}/"):
            raise ValueError(
                f"{kind}: {target[:80]!r} is not what topics may begin with: use letters, digits and '/', "
                f"not below {ROOT}"
            )
        return Consumer(kind=kind, target=target, tests=tests)
    if target.startswith("@"):
        try:
            target = Path(target[1:]).read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeError) as error:
            raise ValueError(f"{kind}: cannot read {target[1:]}: {error}") from None
    try:
        parts = urlsplit(target)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        usable = usable and re.fullmatch("[!-~]+", target) is not None
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{kind}: not an address: use {kind}:https://HOST/PATH")
    if parts.username is not None:
        raise ValueError(f"{kind}: a name or password in the address is not used")
    return Consumer(kind=kind, target=target, tests=tests)


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
