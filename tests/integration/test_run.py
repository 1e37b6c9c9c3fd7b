"""``edge-alpr run`` as systemd runs it: real processes, real networks, a real mosquitto, rendered pictures."""

from __future__ import annotations

import json
import shutil
import signal
import socket
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.message.condition import HEALTH, INFO, STATUS
from edge_alpr.spool.feed import SpoolFeed
from fakes.tally import Tally
from fixtures.eventually import eventually
from fixtures.folder import bytes_in
from fixtures.listener import Listening
from fixtures.policies import hits_as_tests, signed_for
from fixtures.running import RunningCollector
from fixtures.unit import STATUS_TOPIC, RunningUnit, write_unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.mosquitto import Mosquitto
    from fixtures.recordings import Stills

pytestmark = [pytest.mark.broker, pytest.mark.model]

NOBODY = "mqtt://127.0.0.1:9"
"""Port 9, discard: nothing listens there."""


@pytest.fixture
def broker(mosquitto: Mosquitto) -> Mosquitto:
    mosquitto.start()
    return mosquitto


@pytest.fixture
def silent_broker() -> Iterator[str]:
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"mqtt://127.0.0.1:{server.getsockname()[1]}"


def stored(path: Path) -> list[dict[str, Any]]:
    """The events of a collector's file, as far as they are whole."""
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    return [line for line in lines if str(line.get("schema")).startswith("plate.read/")]


def retained_status(url: str) -> tuple[str, str | None]:
    with Listening(url, STATUS_TOPIC, client_id="latecomer") as latecomer:
        assert eventually(lambda: latecomer.heard(STATUS_TOPIC) != [])
        status = json.loads(latecomer.heard(STATUS_TOPIC)[0].body)
        return status["state"], status["reason"]


def left_in_spool(unit: Path) -> int:
    feed = SpoolFeed(unit.parent / "card/spool.db", count=Tally())
    try:
        return feed.depth().messages
    finally:
        feed.close()


def test_every_event_arrives_once_though_the_broker_goes_away_half_way(
    broker: Mosquitto, stills_folder: Stills, tmp_path: Path
) -> None:
    source = stills_folder.play_to(tmp_path / "road", rounds=6)
    camera = {"pace": "real-time", "fps": 6}
    config = write_unit(tmp_path / "unit", broker.url, source, camera=camera)
    store = tmp_path / "plates.jsonl"
    with RunningCollector(broker.url, f"jsonl:{store}", tmp_path) as collector:
        collector.wait_until_collecting()
        with RunningUnit(config) as unit:
            assert eventually(lambda: len(stored(store)) >= 4), unit.log
            broker.stop()
            before = unit.counts["delivery.tests"]
            unit.wait_for("delivery.tests", before + 6)
            # The control: what is read meanwhile waits on the card.
            assert eventually(lambda: left_in_spool(config) >= 6), unit.log
            broker.start()
            assert unit.wait() == 0, unit.log
            made = unit.counts["delivery.tests"]
            assert eventually(lambda: len(stored(store)) >= made), collector.log
        assert collector.stop() == 0
    events = stored(store)
    assert len({event["boot"] for event in events}) == 1
    assert sorted(event["seq"] for event in events) == list(range(1, made + 1))
    assert len({event["id"] for event in events}) == made
    assert {event["plate"]["text"] for event in events} >= set(stills_folder.texts)
    assert left_in_spool(config) == 0
    assert retained_status(broker.url) == ("offline", "stopped")


def test_the_two_halves_run_as_two_processes_over_one_spool(
    broker: Mosquitto, stills_folder: Stills, tmp_path: Path
) -> None:
    config = write_unit(tmp_path / "unit", broker.url, stills_folder.folder, camera={"fps": 0.5})
    info, health = (f"alpr/v1/o/s/u/up/{kind}" for kind in ("info", "health"))
    store = tmp_path / "plates.jsonl"
    count = f"--count={len(stills_folder.texts)}"
    with (
        Listening(broker.url) as listening,
        RunningCollector(broker.url, f"jsonl:{store}", tmp_path, count) as collector,
    ):
        collector.wait_until_collecting()
        with RunningUnit(config, "--only", "uplink") as uplink:
            assert eventually(lambda: listening.heard(STATUS_TOPIC) != []), uplink.log
            status = json.loads(listening.bodies(STATUS_TOPIC)[0])
            assert (status["state"], status["reason"]) == (
                "degraded",
                "the camera half says nothing",
            )
            with RunningUnit(config, "--only", "camera") as camera:
                assert camera.wait() == 0, camera.log
            assert collector.wait()[0] == 0, collector.log
            frames = len(stills_folder.pictures)
            assert eventually(
                lambda: any(
                    json.loads(body).get("counts", {}).get("vision.frames") == frames
                    for body in listening.bodies(health)
                )
            ), "the camera half's counters reach the health report"
            assert json.loads(listening.bodies(STATUS_TOPIC)[-1])["state"] == "online"
            assert uplink.process.poll() is None, "it goes on without a camera half"
            uplink.signal()
            assert uplink.wait() == 0, uplink.log
        assert eventually(
            lambda: json.loads(listening.bodies(STATUS_TOPIC)[-1])["state"] == "offline"
        )
        for topic, kind in ((STATUS_TOPIC, STATUS), (info, INFO), (health, HEALTH)):
            assert listening.bodies(topic)
            for body in listening.bodies(topic):
                kind.read(json.loads(body))  # as the contract says
        last = json.loads(listening.bodies(health)[-1])
        assert {"board", "thermal", "disk", "clock"} <= set(last)
    assert "onnxruntime" not in uplink.log
    assert sorted(event["plate"]["text"] for event in stored(store)) == sorted(stills_folder.texts)


def test_sigterm_ends_it_in_order_with_everything_delivered(
    broker: Mosquitto, stills_folder: Stills, tmp_path: Path
) -> None:
    source = stills_folder.play_to(tmp_path / "road", rounds=50)
    camera = {"pace": "real-time", "fps": 6}
    config = write_unit(tmp_path / "unit", broker.url, source, camera=camera)
    with Listening(broker.url) as listening, RunningUnit(config) as unit:
        unit.wait_for("delivery.tests", 2)
        unit.signal(signal.SIGTERM)
        assert unit.wait() == 0, unit.log
        assert "SIGTERM: finishing what is in hand" in unit.log
        wanted = set(range(1, unit.counts["delivery.tests"] + 1))
        assert eventually(lambda: _seqs(listening) == wanted), unit.log
    assert left_in_spool(config) == 0
    assert retained_status(broker.url) == ("offline", "stopped")


def test_a_second_signal_ends_it_at_once_and_the_spool_keeps_what_was_read(
    silent_broker: str, stills_folder: Stills, tmp_path: Path
) -> None:
    source = stills_folder.play_to(tmp_path / "road", rounds=50)
    camera = {"pace": "real-time", "fps": 6}
    mqtt = {"connect_timeout_s": 60.0}
    config = write_unit(tmp_path / "unit", silent_broker, source, camera=camera, mqtt=mqtt)
    with RunningUnit(config) as unit:
        unit.wait_for("spool.stored", 2)
        stored_before = unit.counts["spool.stored"]
        unit.signal(signal.SIGTERM)
        unit.wait_for_log("finishing what is in hand")
        assert unit.process.poll() is None, "the control: it waits for a broker that says nothing"
        unit.signal(signal.SIGTERM)
        assert unit.wait() == 130, unit.log
        assert "second signal" in unit.log
    assert left_in_spool(config) >= stored_before


def test_only_the_listed_plate_leaves_and_no_other_is_in_any_byte(
    broker: Mosquitto, stills_folder: Stills, tmp_path: Path
) -> None:
    listed, *others = stills_folder.texts
    source = stills_folder.play_to(tmp_path / "road", rounds=3)
    hotlist = tmp_path / "wanted.txt"
    hotlist.write_text(f"{listed},stolen\n", encoding="utf-8")
    papers = signed_for(tmp_path / "policy", hits_as_tests(tmp_path))
    strict = {**papers, "hotlist_file": str(hotlist)}
    with Listening(broker.url) as listening:
        # Nothing is delivered, so that what was written stays where it can be looked at.
        config = write_unit(
            tmp_path / "strict",
            NOBODY,
            source,
            policy=strict,
            log={"level": "debug"},
        )
        with RunningUnit(config, "--only", "camera") as unit:
            assert unit.wait() == 0, unit.log
            counts = unit.counts
        assert counts["delivery.tests"] >= 3
        assert counts["delivery.dropped_non_hit"] >= 3 * len(others)
        written = bytes_in(config.parent)
        assert listed.encode() in written, "the control: a hit waits in the spool"
        assert [text for text in others if text.encode() in written] == []
        assert listed not in unit.log

        config = write_unit(tmp_path / "strict", broker.url, source, policy=strict)
        with RunningUnit(config, "--only", "uplink") as uplink:
            assert eventually(
                lambda: _plates_heard(listening).count(listed) >= counts["delivery.tests"]
            ), uplink.log
            uplink.signal()
            assert uplink.wait() == 0
        assert set(_plates_heard(listening)) == {listed}
        for body in _events(listening):
            event = json.loads(body)
            (hit,) = event["hits"]
            assert (hit["class"], hit["reason"], hit["needs_human"]) == ("exact", "stolen", True)
            assert (event["policy"]["profile"], event["test"]) == ("hits-as-tests", True)
    assert listed.encode() not in bytes_in(config.parent / "card"), "delivered means deleted"


def test_the_control_of_the_bytes_with_bench_every_plate_is_found(
    stills_folder: Stills, tmp_path: Path
) -> None:
    config = write_unit(tmp_path / "bench", NOBODY, stills_folder.folder, camera={"fps": 0.5})
    with RunningUnit(config, "--only", "camera") as unit:
        assert unit.wait() == 0, unit.log
    written = bytes_in(config.parent)
    assert [text for text in stills_folder.texts if text.encode() not in written] == []
    assert "BENCH: EVERY READ LEAVES THIS UNIT" in unit.log
    assert [text for text in stills_folder.texts if text in unit.log] == []


def test_reading_goes_on_while_the_spool_cannot_be_written_and_nothing_is_lost(
    broker: Mosquitto, stills_folder: Stills, tmp_path: Path
) -> None:
    source = stills_folder.play_to(tmp_path / "road", rounds=50)
    camera = {"pace": "real-time", "fps": 6}
    config = write_unit(tmp_path / "unit", broker.url, source, camera=camera)
    card = config.parent / "card"
    with Listening(broker.url) as listening, RunningUnit(config) as unit:
        unit.wait_for("spool.stored", 2)
        assert eventually(lambda: len(_events(listening)) >= 2)
        card.rename(config.parent / "gone")
        card.write_text("no folder any more", encoding="utf-8")
        unit.wait_for("spool.commits_failed", 2)
        frames = unit.counts.get("vision.frames", 0)
        unit.wait_for("vision.frames", frames + 12)
        assert "messages wait in memory, the spool cannot be written" in unit.log
        assert str(card) in unit.log
        card.unlink()
        unit.wait_for_log("the spool can be written again")
        unit.signal()
        assert unit.wait() == 0, unit.log
        made = unit.counts["delivery.tests"]
        seqs = _seqs(listening)
    # What was committed but not yet sent when the folder went is in the folder that is gone.
    aside = SpoolFeed(config.parent / "gone/spool.db", count=Tally())
    waiting = [message for message in aside.pending(100, 0.0) if message.kind in {"read", "alert"}]
    seqs |= {message.seq for message in waiting}
    aside.close()
    # By their count: what the unit says of itself takes numbers of the same row.
    assert len(seqs) == made
    shutil.rmtree(config.parent / "gone")


def test_a_spool_in_a_place_that_can_never_be_written_is_said_at_the_start(
    stills_folder: Stills, tmp_path: Path
) -> None:
    config = write_unit(tmp_path / "unit", NOBODY, stills_folder.folder)
    (config.parent / "card").write_text("a file where a folder should be", encoding="utf-8")
    with RunningUnit(config) as unit:
        assert unit.wait() == 70
    assert unit.log.splitlines()[-1].startswith(f"edge-alpr: {config.parent / 'card/spool.db'}: ")
    assert "Traceback" not in unit.log


def _events(listening: Listening) -> list[bytes]:
    kinds = ("/read/cam0", "/alert/cam0")
    return [heard.body for heard in listening.heard() if heard.topic.endswith(kinds)]


def _seqs(listening: Listening) -> set[int]:
    return {json.loads(body)["seq"] for body in _events(listening)}


def _plates_heard(listening: Listening) -> list[str]:
    return [json.loads(body)["plate"]["text"] for body in _events(listening)]


def test_sigterm_ends_it_in_order_though_its_camera_never_answers(tmp_path: Path) -> None:
    """The stream's server takes the connection and says nothing: opening it would take the whole time limit."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        stream = f"rtsp://127.0.0.1:{server.getsockname()[1]}/live"
        config = write_unit(tmp_path / "unit", NOBODY, tmp_path)
        settings = json.loads(config.read_text(encoding="utf-8"))
        settings["camera"] = {"kind": "video", "device": stream, "timeout_s": 100}
        config.write_text(json.dumps(settings), encoding="utf-8")
        with RunningUnit(config, "--only", "camera") as unit:
            connection, _ = server.accept()
            with connection:
                unit.signal(signal.SIGTERM)
                assert unit.wait() == 0, unit.log
        assert "capture hangs; it is left behind" in unit.log
        assert "Traceback" not in unit.log
    assert not list((config.parent / "card").glob("*-wal")), "the spool was not closed in order"


def test_sigterm_does_not_wait_for_the_time_of_a_recordings_next_frame(
    stills_folder: Stills, tmp_path: Path
) -> None:
    source = stills_folder.play_to(tmp_path / "road", rounds=1)
    camera = {"pace": "real-time", "fps": 0.05}
    config = write_unit(tmp_path / "unit", NOBODY, source, camera=camera)
    with RunningUnit(config, "--only", "camera") as unit:
        unit.wait_for("capture.frames")
        unit.signal(signal.SIGTERM)
        assert unit.wait() == 0, unit.log
        assert "left behind" not in unit.log


def test_two_units_on_one_host_tell_each_their_own_state_and_none_runs_twice(
    stills_folder: Stills, tmp_path: Path
) -> None:
    source = stills_folder.play_to(tmp_path / "road", rounds=1)
    shared = {"dir": str(tmp_path / "run")}
    camera = {"pace": "real-time", "fps": 0.05}
    one = write_unit(tmp_path / "one", NOBODY, source, camera=camera, runtime=shared)
    two = write_unit(
        tmp_path / "two", NOBODY, source, camera=camera, runtime=shared, unit={"name": "w"}
    )
    with (
        RunningUnit(one, "--only", "camera") as first,
        RunningUnit(two, "--only", "camera") as second,
    ):
        for unit in ("o.s.u", "o.s.w"):
            path = tmp_path / "run" / unit / "camera.json"
            assert eventually(path.exists), first.log + second.log
        with RunningUnit(one, "--only", "camera") as again:
            assert again.wait() == 70
            assert (
                f"the camera half of o.s.u runs already (process {first.process.pid})" in again.log
            )
            assert "Traceback" not in again.log
        assert first.process.poll() is None
        assert second.process.poll() is None
