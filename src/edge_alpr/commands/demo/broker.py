"""Finds an MQTT broker on this machine and starts it on a free loopback port, for the demo alone.

mosquitto is wanted; amqtt, a broker in Python, is used only where mosquitto is not installed.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from edge_alpr.commands.demo.children import Child, DemoError

if TYPE_CHECKING:
    from edge_alpr.link.terms import ProtocolChoice

_ADMIN_PATHS: Final = "/usr/sbin:/usr/local/sbin:/sbin:/opt/homebrew/sbin"
"""Where packages put mosquitto and users do not look."""

_START_S: Final = 15.0
_TRIES: Final = 4

_MOSQUITTO: Final = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
log_dest stderr
"""
"""It keeps its files in the demo's folder, so that they can be searched."""

_AMQTT: Final = """\
listeners:
  default:
    type: tcp
    bind: 127.0.0.1:{port}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
"""


@dataclass(frozen=True, slots=True)
class BrokerProgram:
    """A broker that can be started here."""

    kind: Literal["mosquitto", "amqtt"]
    path: str

    @property
    def protocol(self) -> ProtocolChoice:
        """The MQTT version to ask for: amqtt is silent at version 5, and waiting for that costs ten seconds."""
        return "auto" if self.kind == "mosquitto" else "3.1.1"

    def __str__(self) -> str:
        return (
            self.kind if self.kind == "mosquitto" else f"{self.kind} (mosquitto is not installed)"
        )


def find_broker() -> BrokerProgram:
    """A broker on this machine.

    Raises:
        DemoError: there is none; it says how to get one.
    """
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path=_ADMIN_PATHS)
    if found:
        return BrokerProgram("mosquitto", found)
    found = shutil.which("amqtt") or shutil.which("amqtt", path=str(Path(sys.executable).parent))
    if found:
        return BrokerProgram("amqtt", found)
    raise DemoError(
        "no MQTT broker on this machine: install one with 'apt-get install mosquitto' "
        "(or 'brew install mosquitto'); where that cannot be had, 'pip install amqtt' will do"
    )


def start_broker(program: BrokerProgram, folder: Path) -> tuple[Child, int]:
    """Start a broker; returns it and its port once it accepts connections.

    Raises:
        DemoError: it does not start; the error holds what it said.
    """
    template = _MOSQUITTO if program.kind == "mosquitto" else _AMQTT
    config = folder / f"{program.kind}.conf"
    for tries_left in reversed(range(_TRIES)):
        port = _free_port()
        text = template.format(port=port, folder=folder.absolute())
        if program.kind == "mosquitto" and os.geteuid() == 0:
            text += "user root\n"  # else it becomes somebody who cannot write there
        config.write_text(text, encoding="utf-8")
        command = [program.path, "-c", str(config)]
        child = Child(f"the broker {program.kind}", command, folder / "broker.log")
        try:
            if _answers(child, port):
                return child, port
        except BaseException:
            child.end()
            raise
        # Another program may have taken the port in between.
        child.end()
        if not tries_left:
            raise child.died()
    raise AssertionError  # the loop returns or raises


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(child: Child, port: int) -> bool:
    """Wait until it listens; False if it ends before, or takes too long."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and child.running():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0):
                return child.running()
        except OSError:
            time.sleep(0.05)
    return False
