"""Puts a spooled message into its envelope: the topic, and what is known only at the moment of sending."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from edge_alpr.link.publication import Publication
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.types import Spooled


def put_in_envelope(
    message: Spooled,
    address: UnitAddress,
    *,
    now_s: float,
    replay_after_s: float,
    backlog: int,
) -> Publication:
    """The message as it is published at ``now_s`` UTC; its body stays byte for byte what the spool holds.

    ``sent``, ``replay`` (it waited for longer than ``replay_after_s``) and ``backlog`` (messages in the spool)
    become MQTT 5 user properties, the time left to its expiry becomes the broker's duty to forget it.
    """
    left_s = None if message.expires_s is None else max(1, math.floor(message.expires_s - now_s))
    return Publication(
        topic=address.up(message.kind, message.camera or None),
        body=message.body,
        content_type=_content_type(message),
        expiry_s=left_s,
        properties=(
            ("unit", str(address)),
            ("boot", message.boot),
            ("seq", str(message.seq)),
            ("sent", to_text(now_s)),
            ("replay", "true" if is_replay(message, now_s, replay_after_s) else "false"),
            ("backlog", str(backlog)),
        ),
    )


def _content_type(message: Spooled) -> str:
    """A picture is a JPEG, unless it is sealed."""
    bare = message.kind == "image" and not message.body.startswith(b"{")
    return "image/jpeg" if bare else "application/json"


def is_replay(message: Spooled, now_s: float, replay_after_s: float) -> bool:
    """Whether the message waited for longer than ``replay_after_s``."""
    return now_s - message.stored_s > replay_after_s
