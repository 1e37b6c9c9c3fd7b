"""What travels beside a message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_alpr.message.topics import UnitAddress
from edge_alpr.types import MessageKind, Spooled
from edge_alpr.uplink.envelope import put_in_envelope

_ADDRESS = UnitAddress("o", "s", "u")
_NOW_S = 1_767_225_600.0


def _spooled(
    *, kind: MessageKind = "read", expires_s: float | None = None, stored_s: float = _NOW_S
) -> Spooled:
    return Spooled("00c0ffee", 7, kind, "cam0", b"body", expires_s, False, stored_s)


def test_the_topic_is_the_units_own_and_the_body_untouched() -> None:
    publication = put_in_envelope(_spooled(), _ADDRESS, now_s=_NOW_S, replay_after_s=10, backlog=3)
    assert publication.topic == "alpr/v1/o/s/u/up/read/cam0"
    assert publication.body == b"body"
    assert publication.qos == 1
    assert not publication.retain
    assert dict(publication.properties) == {
        "unit": "o/s/u",
        "boot": "00c0ffee",
        "seq": "7",
        "sent": "2026-01-01T00:00:00.000Z",
        "replay": "false",
        "backlog": "3",
    }


@pytest.mark.parametrize(("age_s", "replay"), [(0, "false"), (10, "false"), (10.1, "true")])
def test_a_late_message_is_a_replay(age_s: float, replay: str) -> None:
    late = _spooled(stored_s=_NOW_S - age_s)
    publication = put_in_envelope(late, _ADDRESS, now_s=_NOW_S, replay_after_s=10, backlog=0)
    assert dict(publication.properties)["replay"] == replay


@pytest.mark.parametrize(("left_s", "expiry_s"), [(None, None), (600.0, 600), (2.9, 2), (0.2, 1)])
def test_the_broker_forgets_it_no_later_than_its_expiry(
    left_s: float | None, expiry_s: int | None
) -> None:
    """MQTT counts whole seconds and 0 would mean never sent; below a second it is 1."""
    expires_s = None if left_s is None else _NOW_S + left_s
    publication = put_in_envelope(
        _spooled(expires_s=expires_s), _ADDRESS, now_s=_NOW_S, replay_after_s=10, backlog=0
    )
    assert publication.expiry_s == expiry_s


def test_an_image_is_not_called_json() -> None:
    publication = put_in_envelope(
        _spooled(kind="image"), _ADDRESS, now_s=_NOW_S, replay_after_s=10, backlog=0
    )
    assert publication.content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("kind", "body", "content_type"),
    [
        ("read", b"{}", "application/json"),
        ("image", b"\xff\xd8 picture", "image/jpeg"),
        ("image", b'{"schema":"plate.sealed/1.0"}', "application/json"),
    ],
)
def test_a_picture_is_a_jpeg_unless_it_is_sealed(
    kind: MessageKind, body: bytes, content_type: str
) -> None:
    message = replace(_spooled(kind=kind), body=body)
    publication = put_in_envelope(message, _ADDRESS, now_s=_NOW_S, replay_after_s=10, backlog=0)
    assert publication.content_type == content_type
