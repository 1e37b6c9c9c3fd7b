"""SEC-1: nobody can open a connection to a running unit; it has none but the one to its broker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.eventually import eventually
from fixtures.sockets import Open, connected, listening
from fixtures.unit import RunningUnit, write_unit

if TYPE_CHECKING:
    from fixtures.mosquitto import Mosquitto
    from fixtures.recordings import Stills
    from fixtures.soak import Publish

pytestmark = [
    pytest.mark.broker,
    pytest.mark.model,
    pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs Linux's /proc"),
]


NOTE_DOORS = """\
import os, socket

def listen(self, *backlog):
    with open(os.environ["DOORS"], "a") as out:
        print(self.getsockname(), file=out)
    return super(socket.socket, self).listen(*backlog)

socket.socket.listen = listen
"""
"""A ``sitecustomize``: notes every socket that a process listens on, however short the moment."""


@pytest.fixture
def doors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which processes started from now on note what they listen on."""
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(NOTE_DOORS, encoding="utf-8")
    before = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(hook), *([before] if before else [])]))
    monkeypatch.setenv("DOORS", str(tmp_path / "doors"))
    (tmp_path / "doors").touch()
    return tmp_path / "doors"


def test_a_running_unit_listens_on_nothing(
    mosquitto: Mosquitto, stills_folder: Stills, tmp_path: Path, doors: Path, publish: Publish
) -> None:
    mosquitto.start()
    source = stills_folder.play_to(tmp_path / "road", rounds=20)
    config = write_unit(
        tmp_path / "unit", mosquitto.url, source, camera={"pace": "real-time", "fps": 4}
    )
    looks = 0
    found: list[Open] = []
    with RunningUnit(config) as unit:
        # Looked at all the time: while it starts, connects, reads and stops.
        def look() -> bool:
            nonlocal looks
            looks += 1
            found.extend(listening(unit.process.pid))
            return unit.counts.get("delivery.tests", 0) >= 3

        assert eventually(lambda: look() and connected(unit.process.pid) == 1), unit.log
        unit.signal()
        while unit.process.poll() is None:
            if Path(f"/proc/{unit.process.pid}/fd").exists():
                looks += 1
                try:
                    found.extend(listening(unit.process.pid))
                except OSError:  # it is gone
                    break
        assert unit.wait() == 0, unit.log
    opened = doors.read_text(encoding="utf-8").splitlines()
    publish("SEC-1", "a running unit", looks=looks, listening=len(found), ever_listened=len(opened))
    assert looks > 3
    assert found == []
    assert opened == []


def test_control_the_mqtt_librarys_own_loop_has_a_door_for_a_moment(
    doors: Path, mosquitto: Mosquitto, publish: Publish
) -> None:
    """Why `edge_alpr.link.turning` waits on the socket by itself."""
    mosquitto.start()
    program = (
        "from paho.mqtt.client import Client; from paho.mqtt.enums import CallbackAPIVersion as V;"
        f"c = Client(V.VERSION2); c.connect('127.0.0.1', {mosquitto.port}); c.loop(0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    opened = doors.read_text(encoding="utf-8").splitlines()
    publish("SEC-1", "control: paho's own loop", ever_listened=len(opened))
    assert len(opened) == 1


@pytest.mark.parametrize("kind", ["tcp", "udp", "unix"])
def test_control_a_socket_that_listens_is_found(
    kind: str, tmp_path: Path, publish: Publish
) -> None:
    before = listening(os.getpid())
    family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as door:
        door.bind(str(tmp_path / "door") if kind == "unix" else ("127.0.0.1", 0))
        if kind != "udp":
            door.listen()
        found = [each for each in listening(os.getpid()) if each not in before]
        assert [each.kind for each in found] == [kind]
    publish("SEC-1", f"control: {kind}", listening=len(found))
