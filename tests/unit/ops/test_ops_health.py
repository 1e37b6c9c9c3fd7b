"""The status board and its file: counts from many threads, and a file that is never half written."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from edge_alpr.ops.health import LATENCIES, MEMORY, Load, StatusBoard, StatusFile, keep_writing
from edge_alpr.types import FrameReport
from fakes.manual_time import ManualClock, ManualStop

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.manual_time import ManualClock as Clock


def report(**ms: float) -> FrameReport:
    return FrameReport(sequence=0, gate_open=True, detections=2, reads=1, sightings=1, ms=ms)


# ------------------------------------------------------------------ the board


def test_counts_from_many_threads_are_all_there() -> None:
    board = StatusBoard()

    def work() -> None:
        for _ in range(500):
            board.count("uplink.sent")
            board.count("uplink.bytes", 10)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert board.snapshot()["counts"] == {"uplink.bytes": 40_000, "uplink.sent": 4000}


def test_reports_of_vision_are_added_up() -> None:
    board = StatusBoard()
    board.observe(report())
    board.observe(FrameReport(1, gate_open=False, detections=0, reads=0, sightings=0, ms={}))
    assert board.snapshot()["counts"] == {
        "vision.detections": 2,
        "vision.frames": 2,
        "vision.looked": 1,
        "vision.reads": 1,
        "vision.sightings": 1,
    }


def test_stage_times_are_means_that_follow_slowly() -> None:
    board = StatusBoard()
    board.observe(report(detect=10.0))
    assert board.snapshot()["stage_cpu_ms"] == {"detect": 10.0}
    board.observe(report(detect=20.0, read=4.0))
    means = board.snapshot()["stage_cpu_ms"]
    assert means == pytest.approx({"detect": 10 * MEMORY + 20 * (1 - MEMORY), "read": 4.0})


def test_the_funnel_goes_from_seen_to_published_and_names_why_not() -> None:
    board = StatusBoard()
    passes = {"seen": 3, "read": 2, "agreed": 1, "unread_glare": 1, "gate_missed": 1}
    board.observe(
        FrameReport(1, gate_open=True, detections=0, reads=0, sightings=2, ms={}, passes=passes)
    )
    board.count("delivery.hits")
    board.count("delivery.sealed")
    assert board.snapshot()["funnel"] == {
        "seen": 3,
        "read": 2,
        "agreed": 1,
        "published": 2,
        "unread": {"glare": 1},
        "missed_by_gate": 1,
    }


def test_latency_is_that_of_the_latest_frames() -> None:
    board = StatusBoard()
    assert board.snapshot()["latency_ms"] is None
    board.late(9.0)
    for n in range(LATENCIES):
        board.late(n / 1000)
    assert board.snapshot()["latency_ms"] == {"p50": 256.0, "p95": 486.0}


def test_the_load_is_too_high_while_most_frames_are_dropped() -> None:
    board = StatusBoard()
    load = Load(board.tally)
    assert not load.too_high()
    for frames, dropped, wanted in ((100, 60, True), (100, 40, False), (0, 0, False)):
        board.count("capture.frames", frames)
        board.count("capture.dropped_late", dropped)
        assert load.too_high() is wanted


def test_facts_are_replaced_and_the_snapshot_is_json_of_its_own() -> None:
    board = StatusBoard()
    board.set(state="online", reason=None)
    board.set(state="degraded")
    board.count("a")
    snapshot = board.snapshot()
    assert (snapshot["state"], snapshot["reason"]) == ("degraded", None)
    assert json.loads(json.dumps(snapshot)) == snapshot
    board.count("a")
    assert snapshot["counts"] == {"a": 1}


# ------------------------------------------------------------------ the file


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def test_what_is_written_is_read_with_its_time(tmp_path: Path, clock: Clock) -> None:
    file = StatusFile(tmp_path / "camera.json", clock)
    file.write({"state": "online"})
    assert file.read() == {"state": "online", "written_utc_s": clock.now().utc_s}
    assert [p.name for p in tmp_path.iterdir()] == ["camera.json"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, clock: Clock) -> None:
    file = StatusFile(tmp_path / "camera.json", clock)
    file.write({"state": "online"})
    with pytest.raises(TypeError):
        file.write({"state": object()})
    (tmp_path / "camera.new").mkdir()
    with pytest.raises(OSError, match=r"camera\.new"):
        file.write({"state": "degraded"})
    assert (file.read() or {})["state"] == "online"


def test_the_file_is_replaced_not_rewritten(tmp_path: Path, clock: Clock) -> None:
    """A reader that has the old one open goes on reading the old one."""
    path = tmp_path / "camera.json"
    file = StatusFile(path, clock)
    file.write({"state": "online"})
    with path.open(encoding="utf-8") as old:
        file.write({"state": "degraded"})
        assert json.load(old)["state"] == "online"
    assert (file.read() or {})["state"] == "degraded"


@pytest.mark.parametrize("content", [None, b"", b"{", b"[1]", b"\xff"])
def test_what_cannot_be_read_is_nothing(
    tmp_path: Path, clock: Clock, content: bytes | None
) -> None:
    path = tmp_path / "camera.json"
    if content is not None:
        path.write_bytes(content)
    assert StatusFile(path, clock).read() is None


# ------------------------------------------------------------------ the loop


def test_it_writes_now_and_then_and_once_more_at_the_end(tmp_path: Path, clock: Clock) -> None:
    board = StatusBoard()
    file = StatusFile(tmp_path / "camera.json", clock)
    states = iter(["one", "two", "three"])
    board.set(state="zero")
    seen = []

    def after_wait() -> None:
        seen.append((file.read() or {})["state"])
        board.set(state=next(states))
        if len(seen) == 3:
            stop.set()

    stop = ManualStop(clock, after_wait)
    beats: list[None] = []
    keep_writing(file, board, every_s=5.0, assess=lambda: {"reason": "fog"})(
        stop, lambda: beats.append(None)
    )
    assert seen == ["zero", "one", "two"]
    assert (file.read() or {})["state"] == "three"
    assert (file.read() or {})["reason"] == "fog"
    assert stop.waits_s == [5.0] * 3
    assert len(beats) == 4


def test_a_file_that_cannot_be_written_is_said_once_and_tried_again(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "later"
    file = StatusFile(folder / "camera.json", clock)

    def after_wait() -> None:
        if len(stop.waits_s) == 3:
            folder.mkdir()
        if len(stop.waits_s) == 4:
            stop.set()

    stop = ManualStop(clock, after_wait)
    keep_writing(file, StatusBoard(), every_s=1.0, assess=dict)(stop, lambda: None)
    assert len(caplog.records) == 1
    assert file.read() is not None
