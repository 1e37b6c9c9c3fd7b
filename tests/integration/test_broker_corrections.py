"""A refuted hit: its correction reaches consumers through a real broker, from `edge-alpr collect --desk`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.app.desk import open_desk
from edge_alpr.cli import main
from edge_alpr.holder.verdicts import event_sha256
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.asked import VERDICT
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.ops.clock import SystemClock
from fakes.events import PLATE
from fakes.house import ANN, key_of
from fixtures.desk import a_desk
from fixtures.eventually import eventually
from fixtures.listener import Listening
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.shelf import Shelf, a_read, shelf

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["mosquitto", "shelf"]  # the fixtures

pytestmark = pytest.mark.broker


def test_consumers_are_told_of_a_refuted_hit(
    mosquitto: Mosquitto, shelf: Shelf, tmp_path: Path
) -> None:
    mosquitto.start()
    clock = SystemClock()
    now_s = clock.now().utc_s
    shelf.put(a_read(1), stored_s=now_s)
    key = a_desk(tmp_path / "desk", "sqlite:../plates.db", now_s)
    with open_desk(tmp_path / "desk", clock) as opened:
        (kept,) = opened.archive.hits()
        said = {"verdict": "refuted", "because": "misread", "event": event_sha256(kept)}
        what = {"org": "o", "site": "s", "unit": "u", "id": kept.id, "at": to_text(now_s)}
        document = {"schema": VERDICT.name, "person": ANN, **said, **what}
        opened.verdicts.take(dump_document(sign_document(document, key_of(ANN))))
    topic = "alpr/v1/o/s/u/about/correction"
    with Listening(mosquitto.url, "alpr/v1/+/+/+/about/#") as listening:
        collect = ["collect", "--broker", mosquitto.url, "--to", shelf.target]
        assert main([*collect, "--desk", str(tmp_path / "desk"), "--idle-exit", "1"]) == 0
        assert eventually(lambda: len(listening.heard(topic)) == 1)
    (heard,) = listening.heard(topic)
    correction = parse_document(heard.body)
    verify_document(correction, KeyRing([Member("o", key.public)]))
    assert (correction["corrects"], correction["because"]) == (kept.id, "misread")
    assert PLATE.encode() not in heard.body
