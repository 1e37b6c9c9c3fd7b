"""Holds one message on its way to a broker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is published where, and how. The fields below ``retain`` travel with MQTT 5 only."""

    topic: str
    body: bytes = field(repr=False)
    qos: Literal[0, 1] = 1
    retain: bool = False
    content_type: str = "application/json"
    expiry_s: int | None = None
    """Seconds after which the broker forgets it, at least 1; None for never."""
    properties: tuple[tuple[str, str], ...] = ()
    """User properties: name and value."""
