"""Pictures through a real broker: let in when a signed event names them, stored by hash, receipted by number."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from edge_alpr.keys.proof import sign_document
from edge_alpr.message.codec import encode, sign_event
from edge_alpr.message.event import ImageRef
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import an_event
from fakes.feed import MemoryFeed
from fakes.keys import COLLECTOR_KEY, RING, UNIT_KEY
from fixtures.eventually import eventually
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.running import RunningCollector, RunningUplink

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["mosquitto"]  # the fixture

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

_PICTURE = b"\xff\xd8 rendered \x00"
_DIGEST = hashlib.sha256(_PICTURE).hexdigest()


def test_a_named_picture_is_stored_and_a_strange_one_stays_in_the_unit(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    COLLECTOR_KEY.save(tmp_path / "centre.pem")
    ring = tmp_path / "unit.pub"
    ring.write_text(f"{UNIT_KEY.public} o/s/u\n")
    event = an_event(1)
    image = ImageRef(
        kind="plate", sha256=_DIGEST, bytes=len(_PICTURE), topic=f"image/cam0/{event.id}/plate"
    )
    signed = sign_event(replace(event, images=(image,)), partial(sign_document, key=UNIT_KEY))
    feed = MemoryFeed()
    feed.add(encode(signed))
    feed.add(_PICTURE, kind="image")
    feed.add(b"somebody else's", kind="image")
    # The place of a picture is spooled where other messages have their camera.
    feed.rows[1:] = [replace(row, camera=f"cam0/{event.id}/plate") for row in feed.rows[1:]]
    words = (f"--receipt-key={tmp_path / 'centre.pem'}", "--name=central", f"--units={ring}")
    path = tmp_path / "plates.db"
    with (
        RunningCollector(mosquitto.url, f"sqlite:{path}", tmp_path, *words) as collector,
        RunningUplink(feed, MqttSettings(url=mosquitto.url), RING, receipt_timeout_s=0.5),
    ):
        assert eventually(lambda: [row.seq for row in feed.rows] == [3])
        assert eventually(lambda: feed.gone != [])
        assert collector.stop() == 0
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT sha256, id, camera, kind, body FROM images").fetchall()
    assert rows == [(_DIGEST, event.id, "cam0", "plate", _PICTURE)]
