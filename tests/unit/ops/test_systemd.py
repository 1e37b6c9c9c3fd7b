"""Notifications to systemd: sent as sd_notify(3) says, and never in the way without it."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from edge_alpr.ops.systemd import Notifier

if TYPE_CHECKING:
    from fakes.notify_socket import NotifySocket


def test_fields_are_one_datagram_of_lines(notify: NotifySocket) -> None:
    Notifier().send(READY="1", STATUS="running")
    Notifier().send(WATCHDOG="1")
    assert notify.messages == ["READY=1\nSTATUS=running", "WATCHDOG=1"]


def test_a_name_with_an_at_is_an_abstract_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"edge-alpr-test-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        Notifier().send(READY="1")
        assert listening.recv(100) == b"READY=1"


def test_without_a_service_manager_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    notifier = Notifier()
    notifier.send(READY="1")
    assert notifier.watchdog_s is None


def test_a_service_manager_that_went_away_is_no_error(notify: NotifySocket) -> None:
    notifier = Notifier()
    notify.close()
    notifier.send(WATCHDOG="1")


@pytest.mark.parametrize(
    ("micros", "pid", "expected"),
    [
        ("30000000", "own", 30.0),
        ("500000", "", 0.5),
        ("30000000", "1", None),  # meant for another process
        ("", "", None),
        ("soon", "", None),
    ],
)
def test_the_watchdogs_interval(
    monkeypatch: pytest.MonkeyPatch, micros: str, pid: str, expected: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", micros)
    monkeypatch.setenv("WATCHDOG_PID", pid.replace("own", str(os.getpid())))
    assert Notifier().watchdog_s == expected
