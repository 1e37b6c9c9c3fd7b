"""A list on its whole way: signed, sent over a real broker, taken by a running unit, replaced, kept, forgotten."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.cli import main
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.timestamps import to_text
from fakes.hotlists import POLICE_KEY
from fakes.keys import UNIT_KEY
from fixtures.eventually import eventually
from fixtures.folder import bytes_in
from fixtures.listener import Listening
from fixtures.policies import signed_for
from fixtures.unit import RunningUnit, write_unit

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.mosquitto import Mosquitto
    from fixtures.recordings import Stills

pytestmark = [pytest.mark.broker, pytest.mark.model]

LIST_TOPIC = "alpr/v1/o/s/u/down/hotlist"
UNSEEN = "QQ77XYW"


class Office:
    """Where lists are made: one authority, the ring of one unit."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.folder, self.url, self.seq = folder, url, 0
        POLICE_KEY.save(folder / "police.key")
        (folder / "police.pub").write_text(f"{POLICE_KEY.public} city-police\n")
        seal = SealKey.of_unit(UNIT_KEY).public
        (folder / "units.pub").write_text(f"{UNIT_KEY.public} o/s/u\n{seal} o/s/u\n")

    def send(self, *plates: str) -> None:
        self.seq += 1
        expires = to_text(time.time() + 86_400)
        rows = [f"{plate},stolen_vehicle,7,officer-1,{expires}\n" for plate in plates]
        table, out = self.folder / "wanted.csv", self.folder / f"{self.seq}.hotlist"
        table.write_text("plate,reason_code,case_no,entered_by,expires\n" + "".join(rows))
        who = ["--authority", "city-police", "--key", str(self.folder / "police.key")]
        where = ["--scope", "o/s", "--seq", str(self.seq), "--out", str(out)]
        assert main(["hotlist", "sign", str(table), *who, *where]) == 0
        assert self.run(str(out)) == 0

    def run(self, *words: str) -> int:
        ring = ["--units", str(self.folder / "units.pub"), "--broker", self.url]
        return main(["hotlist", "send", *words, *ring])


def texts(listening: Listening) -> set[str]:
    events = [
        json.loads(h.body)
        for h in listening.heard()
        if "/up/read/" in h.topic or "/up/alert/" in h.topic
    ]
    return {event["plate"]["text"] for event in events}


def latest(listening: Listening, name: str) -> dict[str, Any]:
    bodies = listening.bodies(f"alpr/v1/o/s/u/up/{name}")
    return json.loads(bodies[-1]) if bodies else {}


def test_lists_are_sent_taken_replaced_kept_and_forgotten(
    mosquitto: Mosquitto, stills_folder: Stills, tmp_path: Path
) -> None:
    mosquitto.start()
    first, second, *_ = stills_folder.texts
    source = stills_folder.play_to(tmp_path / "road", rounds=60)
    office = Office(tmp_path / "office", mosquitto.url)
    UNIT_KEY.save(tmp_path / "unit.key")
    policy = {
        **signed_for(tmp_path / "policy", "default-strict"),
        "list_authorities": str(office.folder / "police.pub"),
    }
    config = write_unit(
        tmp_path / "unit",
        mosquitto.url,
        source,
        camera={"pace": "real-time", "fps": 6},
        policy=policy,
        keys={"unit_key": str(tmp_path / "unit.key")},
        log={"level": "debug"},
    )
    with Listening(mosquitto.url) as listening:
        with RunningUnit(config) as unit:
            unit.wait_for("delivery.dropped_non_hit")
            assert eventually(
                lambda: "no hotlist" in str(latest(listening, "status").get("reason"))
            )
            office.send(first, UNSEEN)
            unit.wait_for("hotlist.accepted", 1)
            assert eventually(lambda: texts(listening) == {first}), unit.log
            office.send(second, UNSEEN)
            unit.wait_for("hotlist.accepted", 2)
            assert eventually(lambda: texts(listening) == {first, second}), unit.log
            assert eventually(lambda: latest(listening, "info")["hotlist"]["version"] == "2")
            assert latest(listening, "info")["hotlist"]["entries"] == 2
            listening.publish(LIST_TOPIC, b"not sealed to anybody")
            unit.wait_for("hotlist.refused_not_sealed")
            listening.publish("alpr/v1/o/s/u/down/cmd", b'{"command": "reboot"}')
            assert eventually(
                lambda: latest(listening, "health")["uplink_counts"].get("uplink.down_refused") == 1
            )
        written = bytes_in(config.parent)
        assert UNSEEN.encode() not in written
        assert UNSEEN.encode() not in bytes_in(mosquitto._folder)
        with RunningUnit(config) as unit:
            unit.wait_for("hotlist.accepted")
            unit.wait_for("delivery.hits")
            assert eventually(lambda: latest(listening, "status")["state"] == "online")
            assert unit.counts["hotlist.accepted"] == 1, "the broker's is the one that was kept"
    assert office.run("--forget") == 0
    with Listening(mosquitto.url, LIST_TOPIC, "late") as late:
        late.publish(f"{LIST_TOPIC}", b"a mark")
        assert eventually(lambda: late.bodies(LIST_TOPIC) == [b"a mark"])


def test_what_cannot_be_sent_is_said(
    mosquitto: Mosquitto, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mosquitto.use_option("max_packet_size 2000")
    mosquitto.start()
    office = Office(tmp_path / "office", mosquitto.url)
    office.send("EDGE042")
    assert "o/s/u: sent, " in capsys.readouterr().out
    with pytest.raises(AssertionError):
        office.send(*(f"EDGE{n:04}" for n in range(500)))
    assert "max_packet_size" in capsys.readouterr().err
    (office.folder / "units.pub").write_text(f"{UNIT_KEY.public} o/s/u\n")
    assert office.run(str(office.folder / "1.hotlist")) == 1
    assert "no key to seal to" in capsys.readouterr().out
    assert office.run(str(office.folder / "1.hotlist"), "--only", "p") == 70
    assert office.run() == 70
