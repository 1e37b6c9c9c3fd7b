"""The audit log's file: chained, durable, never mended in silence."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.audit.log import AuditLog
from edge_alpr.audit.merkle import leaf_hash, root_of
from edge_alpr.errors import AuditError
from fakes.keys import STRANGER_KEY, UNIT_KEY
from fakes.manual_time import ManualClock

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.small_disk import SmallDisk

ORIGIN = "o/s/u/camera"
DIGEST = "sha256:" + "0" * 64


def a_log(folder: Path) -> AuditLog:
    return AuditLog(folder / "camera.log", UNIT_KEY.public, origin=ORIGIN, clock=ManualClock())


def entries(log: AuditLog) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.path.read_text("utf-8").splitlines()]


def kinds(log: AuditLog) -> list[str]:
    return [entry["kind"] for entry in entries(log)]


def test_each_entry_holds_the_hash_of_the_line_before_it(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.append("start", {"software": "0.3.0"})
    log.append("stop", {})
    lines = log.path.read_bytes().splitlines()
    assert kinds(log) == ["begin", "start", "stop"]
    assert [entry["n"] for entry in entries(log)] == [0, 1, 2]
    assert entries(log)[0]["facts"] == {"origin": ORIGIN, "key": str(UNIT_KEY.public)}
    for before, entry in zip(lines, entries(log)[1:], strict=False):
        assert entry["prev_sha256"] == hashlib.sha256(before).hexdigest()
    assert log.state() == (3, root_of([leaf_hash(line) for line in lines]))


def test_a_log_goes_on_after_it_was_closed(tmp_path: Path) -> None:
    first = a_log(tmp_path)
    first.append("start", {"software": "0.3.0"})
    before = first.path.read_bytes()
    first.close()
    again = a_log(tmp_path)
    again.append("stop", {})
    assert again.path.read_bytes().startswith(before)
    assert kinds(again) == ["begin", "start", "stop"]


def test_two_writers_take_turns(tmp_path: Path) -> None:
    one, other = a_log(tmp_path), a_log(tmp_path)
    for log in (one, other, other, one, other):
        log.append("stop", {})
    assert [entry["n"] for entry in entries(one)] == list(range(6))
    assert one.state() == other.state() == a_log(tmp_path).state()


def test_writers_in_several_processes_lose_nothing(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from edge_alpr.audit.log import AuditLog\n"
        "from edge_alpr.ops.clock import SystemClock\n"
        f"log = AuditLog(pathlib.Path(sys.argv[1]), None, origin={ORIGIN!r}, clock=SystemClock())\n"
        "for n in range(20): log.append('stop', {'reason': sys.argv[2]})\n"
    )
    path = tmp_path / "camera.log"
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(path), name]) for name in ("a", "b")
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    log = AuditLog(path, None, origin=ORIGIN, clock=ManualClock())
    assert log.state()[0] == 41
    reasons = [entry["facts"].get("reason") for entry in entries(log)]
    assert (reasons.count("a"), reasons.count("b")) == (20, 20)


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_a_torn_last_line_is_taken_out_and_the_log_says_so(tmp_path: Path, cut: int) -> None:
    log = a_log(tmp_path)
    log.append("stop", {"reason": "signal"})
    whole = log.path.read_bytes()
    log.append("stop", {"reason": "never acknowledged"})
    log.close()
    torn = log.path.read_bytes()[:-cut]
    log.path.write_bytes(torn)
    again = a_log(tmp_path)
    again.append("start", {"software": "0.3.0"})
    assert again.path.read_bytes().startswith(whole)
    assert kinds(again) == ["begin", "stop", "repair", "start"]
    left = torn[len(whole) :]
    digest = f"sha256:{hashlib.sha256(left).hexdigest()}"
    assert entries(again)[2]["facts"] == {"bytes": len(left), "digest": digest}


def test_a_damaged_log_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    for _ in range(3):
        log.append("stop", {})
    log.close()
    damaged = bytearray(log.path.read_bytes())
    damaged[200] ^= 1
    log.path.write_bytes(damaged)
    with pytest.raises(AuditError, match="line"):
        a_log(tmp_path).append("stop", {})
    assert log.path.read_bytes() == bytes(damaged)


def test_a_damaged_log_can_be_set_aside_and_its_successor_says_so(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.append("stop", {})
    log.close()
    log.path.write_bytes(b"not a log\n")
    for number in (1, 2):
        log = a_log(tmp_path)
        with pytest.raises(AuditError):
            log.state()
        aside = log.set_aside("line 1: not an entry")
        assert aside.name == f"camera.log.damaged-{number}"
        log.append("start", {"software": "0.3.0"})
        assert kinds(log) == ["begin", "start"]
        assert log.origin == f"{ORIGIN}/{number + 1}"
        log.path.write_bytes(b"not a log\n")
    log.set_aside("again")
    assert a_log(tmp_path).state()[0] == 1  # and a later start goes on with it


def test_a_log_that_lost_entries_under_our_hands_is_refused(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.append("stop", {})
    size = log.path.stat().st_size
    log.append("stop", {})
    os.truncate(log.path, size)
    with pytest.raises(AuditError, match="taken away"):
        log.append("stop", {})


def test_a_log_of_another_name_is_refused(tmp_path: Path) -> None:
    a_log(tmp_path).append("stop", {})
    other = AuditLog(tmp_path / "camera.log", None, origin="o/s/v/camera", clock=ManualClock())
    with pytest.raises(AuditError, match="not the log of o/s/v"):
        other.append("stop", {})


def test_a_new_key_is_written_down_once(tmp_path: Path) -> None:
    a_log(tmp_path).append("stop", {})
    for _ in range(2):
        log = AuditLog(
            tmp_path / "camera.log", STRANGER_KEY.public, origin=ORIGIN, clock=ManualClock()
        )
        log.append("stop", {})
    assert kinds(log) == ["begin", "stop", "key", "stop", "stop"]


def test_what_may_not_be_said_leaves_the_log_alone(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.append("stop", {})
    before = log.path.read_bytes()
    with pytest.raises(ValueError, match="has no fact"):
        log.extend([("stop", {}), ("stop", {"plate": "AB123"})])
    assert log.path.read_bytes() == before


def test_a_full_disk_leaves_no_half_entry(disk_of_1_mib: SmallDisk) -> None:
    log = a_log(disk_of_1_mib.folder)
    log.append("start", {"software": "0.3.0"})
    ballast = disk_of_1_mib.fill()
    before = a_log(disk_of_1_mib.folder).state()[0]
    facts = {"reason": "x" * 120}
    with pytest.raises(AuditError, match="No space left"):
        log.extend([("stop", facts)] * 100)  # more than what is left of the file's last page
    assert log.path.read_bytes().endswith(b"}\n")
    ballast.unlink()
    log.append("stop", {})
    assert log.state()[0] == before + 1
    assert "repair" not in kinds(log)
