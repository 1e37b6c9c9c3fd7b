"""``edge-alpr run`` with a key of its own: what reaches the broker is signed, and a key that cannot be used ends it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.keys.proof import verify_document
from edge_alpr.message.document import parse_document
from fakes.keys import RING, UNIT_KEY
from fixtures.eventually import eventually
from fixtures.listener import Listening
from fixtures.unit import RunningUnit, write_unit

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.mosquitto import Mosquitto
    from fixtures.recordings import Stills

pytestmark = [pytest.mark.broker, pytest.mark.model]

UP = "alpr/v1/o/s/u/up"


@pytest.fixture
def broker(mosquitto: Mosquitto) -> Mosquitto:
    mosquitto.start()
    return mosquitto


def latest(listening: Listening, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(listening.bodies(f"{UP}/{kind}")[-1])
    return found


@pytest.mark.parametrize("signs", [True, False], ids=["with-a-key", "without"])
def test_every_event_is_signed_if_there_is_a_key_and_health_says_so(
    broker: Mosquitto, stills_folder: Stills, tmp_path: Path, signs: bool
) -> None:
    key_file = tmp_path / "unit.key"
    UNIT_KEY.save(key_file)
    keys = {"unit_key": str(key_file)} if signs else {}
    config = write_unit(
        tmp_path / "unit", broker.url, stills_folder.folder, camera={"fps": 0.5}, keys=keys
    )
    reads = f"{UP}/read/cam0"
    with Listening(broker.url) as listening:
        # Two processes, as in the field: the one that sends has no use for the key.
        with RunningUnit(config, "--only", "camera") as camera:
            assert camera.wait() == 0, camera.log
        key_file.unlink()
        with RunningUnit(config, "--only", "uplink") as uplink:
            assert eventually(lambda: len(listening.bodies(reads)) == len(stills_folder.texts)), (
                uplink.log
            )
            assert eventually(lambda: listening.bodies(f"{UP}/health") != []), uplink.log
        assert latest(listening, "health")["signed"] is signs
        assert latest(listening, "info")["key"] == (UNIT_KEY.kid if signs else None)
        for body in listening.bodies(reads):
            document = parse_document(body)
            if signs:
                assert verify_document(document, RING).name == "o/s/u"
            else:
                assert document["proof"] is None


def test_a_key_that_others_can_read_ends_it_and_nothing_is_sent_unsigned(
    broker: Mosquitto, stills_folder: Stills, tmp_path: Path
) -> None:
    key_file = tmp_path / "unit.key"
    UNIT_KEY.save(key_file)
    key_file.chmod(0o644)
    config = write_unit(
        tmp_path / "unit", broker.url, stills_folder.folder, keys={"unit_key": str(key_file)}
    )
    with RunningUnit(config) as unit:
        assert unit.wait() == 78, unit.log
        assert "chmod 600" in unit.log
    assert not (config.parent / "card").exists()
