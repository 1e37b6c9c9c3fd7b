"""The clock against a time server of the test's own, and against what has happened already."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from edge_alpr.doctor.clock import behind, offset, source
from edge_alpr.ops.clock import ClockQuality
from fakes.manual_time import ManualClock
from fixtures.patient import HEALTHY, machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NTP_ERA_S = 2_208_988_800
NOW_S = ManualClock().now().utc_s


def stamp(utc_s: float) -> bytes:
    whole = int(utc_s)
    return struct.pack("!II", (whole + NTP_ERA_S) % (1 << 32), int((utc_s - whole) * (1 << 32)))


@contextmanager
def time_server(utc_s: float, *, leap: int = 0, stratum: int = 2) -> Iterator[str]:
    """Answers one question with this time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(20)

        def answer() -> None:
            question, asker = listening.recvfrom(512)
            assert question[0] == 0x23
            assert len(question) == 48
            head = bytes([leap << 6 | 4 << 3 | 4, stratum]) + bytes(30)
            listening.sendto(head + stamp(utc_s) * 2, asker)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("ahead_s", "grade", "word"),
    [(0.0, "ok", "against"), (3600.0, "fail", "slow"), (-3600.0, "fail", "fast")],
)
def test_a_server_tells_how_far_the_clock_is_off(
    tmp_path: Path, ahead_s: float, grade: str, word: str
) -> None:
    with time_server(NOW_S + ahead_s) as server:
        found = offset(machine(tmp_path, {}, clock=ManualClock(), time_server=server))
    assert (found.grade, word in found.told) == (grade, True), found


def test_after_2036_the_stamps_begin_anew(tmp_path: Path) -> None:
    later = ManualClock(utc_s=2_100_000_000.0)
    with time_server(2_100_000_000.0) as server:
        found = offset(machine(tmp_path, {}, clock=later, time_server=server))
    assert found.grade == "ok", found


def test_a_server_without_a_time_is_not_believed(tmp_path: Path) -> None:
    for options in ({"leap": 3}, {"stratum": 0}):
        with time_server(NOW_S, **options) as server:
            found = offset(machine(tmp_path, {}, clock=ManualClock(), time_server=server))
        assert found.grade == "warn"
        assert "not set" in found.told


def test_the_time_services_own_server_is_asked(tmp_path: Path) -> None:
    with time_server(NOW_S + 60) as server:
        around = machine(
            tmp_path,
            {},
            clock=ManualClock(),
            ask=lambda *words: server if words[0] == "timedatectl" else None,
        )
        assert offset(around).grade == "fail"
    assert offset(machine(tmp_path, {})).grade == "skip"


def test_a_clock_before_something_that_has_happened_is_wrong() -> None:
    over = {"a was written": NOW_S - 5000, "b was issued": NOW_S - 10}
    assert behind(NOW_S, over).grade == "ok"
    wrong = behind(NOW_S - 1000, over)
    assert wrong.grade == "fail"
    assert "b was issued" in wrong.told


def test_nobody_sets_the_clock(tmp_path: Path) -> None:
    around = machine(tmp_path, {})
    assert source(HEALTHY, around).grade == "ok"
    assert source(ClockQuality(synced=False, error_ms=None), around).grade == "warn"
