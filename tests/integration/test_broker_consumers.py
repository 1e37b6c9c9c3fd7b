"""`edge-alpr collect` with consumers beside its store: what is stored reaches them, also over a kill."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from edge_alpr.collector.consumer import consumer_at
from edge_alpr.collector.owed import Owed
from edge_alpr.message.codec import encode
from fakes.events import an_event
from fixtures.eventually import eventually
from fixtures.listener import Listening
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.receiver import receiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["mosquitto"]  # the fixture

pytestmark = pytest.mark.broker


@contextmanager
def _collecting(broker: str, folder: Path, *to: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "edge_alpr", "collect", "--broker", broker, "--tell-tests"]
    command += ["--owed", str(folder / "owed.db")]
    for each in (f"sqlite:{folder / 'plates.db'}", *to):
        command += ["--to", each]
    process = subprocess.Popen(command)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_consumers_get_all_that_is_stored_also_over_a_kill(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    topic = "alpr/v1/o/s/u/up/read/cam0"
    with receiver() as there, Listening(mosquitto.url, "#") as listening:
        hook = f"cloudevents:{there.url}"
        home = ("home-assistant:homeassistant", "home-assistant-units:homeassistant")
        consumers = (hook, "onvif:vms", *home)

        def waiting() -> int:
            owed = Owed(tmp_path / "owed.db")
            try:
                return owed.waiting([consumer_at(hook, tests=True)])
            finally:
                owed.close()

        def all_five_are_owed() -> bool:
            for seq in range(1, 6):  # again and again, until the collector has subscribed
                listening.publish(topic, encode(an_event(seq)))
            return waiting() == 5 and there.asked > 0

        there.answers = [503] * 1000
        with _collecting(mosquitto.url, tmp_path, *consumers) as process:
            assert eventually(all_five_are_owed)
            process.kill()
        there.answers.clear()
        with _collecting(mosquitto.url, tmp_path, *consumers) as process:
            listening.publish(topic, encode(an_event(6)))
            assert eventually(lambda: len(there.came) >= 6)

            def published(beginning: str) -> set[str]:
                return {
                    json.loads(each.body).get("id") or json.loads(each.body)["Data"]["ObjectId"]
                    for each in listening.heard()
                    if each.topic.startswith(beginning)
                }

            assert eventually(lambda: len(published("vms/o/s/u/onvif-ej/")) == 6)
            assert eventually(lambda: len(published("edge-alpr/home-assistant/o/s/u/")) == 6)
            process.terminate()
            assert process.wait(30) == 0
    assert {headers["ce-id"] for _, headers, _ in there.came} == {
        f"00c0ffee-{seq}" for seq in range(1, 7)
    }
    assert {each.topic for each in listening.heard() if each.topic.endswith("/config")} == {
        "homeassistant/event/edge-alpr-o-s-u-cam0/config",
        "homeassistant/device/edge-alpr-o-s-u/config",
    }
