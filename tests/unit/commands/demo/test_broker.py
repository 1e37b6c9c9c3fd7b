"""Finding and starting a broker."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import pytest

from edge_alpr.commands.demo import broker
from edge_alpr.commands.demo.broker import BrokerProgram, find_broker, start_broker
from edge_alpr.commands.demo.children import DemoError
from fixtures.mosquitto import find_mosquitto

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing installed; programs are files put into its ``bin``."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(broker, "_ADMIN_PATHS", str(tmp_path / "sbin"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    return folder


def install(folder: Path, name: str, code: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{code}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_no_broker_is_an_error_that_says_how_to_get_one(machine: Path) -> None:
    with pytest.raises(DemoError, match="apt-get install mosquitto"):
        find_broker()


def test_mosquitto_is_found_where_users_do_not_look(machine: Path) -> None:
    there = install(machine.parent / "sbin", "mosquitto")
    assert find_broker() == BrokerProgram("mosquitto", str(there))


def test_amqtt_beside_our_python_is_the_fallback_only(machine: Path) -> None:
    there = install(machine.parent / "venv", "amqtt")
    assert find_broker() == BrokerProgram("amqtt", str(there))
    assert "mosquitto is not installed" in str(find_broker())
    better = install(machine, "mosquitto")
    assert find_broker() == BrokerProgram("mosquitto", str(better))


def test_a_broker_that_ends_at_once_is_told_with_its_last_words(
    machine: Path, tmp_path: Path
) -> None:
    program = install(machine, "mosquitto", "echo no memory for you >&2; exit 4")
    with pytest.raises(DemoError, match=r"status 4(.|\n)*no memory for you"):
        start_broker(BrokerProgram("mosquitto", str(program)), tmp_path)


@pytest.mark.broker
def test_a_real_mosquitto_listens_on_loopback_and_is_gone_afterwards(tmp_path: Path) -> None:
    program = find_mosquitto()
    if program is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    child, port = start_broker(BrokerProgram("mosquitto", program), tmp_path)
    with child, socket.create_connection(("127.0.0.1", port), timeout=5):
        assert port != 1883
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
