"""``edge-alpr run`` under a policy that cannot be believed: it reads and counts, lets no plate out, and says why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.eventually import eventually
from fixtures.folder import bytes_in
from fixtures.listener import Listening
from fixtures.unit import STATUS_TOPIC, RunningUnit, write_unit

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.mosquitto import Mosquitto
    from fixtures.recordings import Stills

pytestmark = [pytest.mark.broker, pytest.mark.model, pytest.mark.timeout(120)]

INFO_TOPIC = STATUS_TOPIC.replace("status", "info")


def _last(listening: Listening, topic: str) -> dict[str, Any]:
    bodies = listening.bodies(topic)
    found: dict[str, Any] = json.loads(bodies[-1]) if bodies and bodies[-1] else {}
    return found


def test_a_changed_policy_lets_no_plate_out_and_everybody_is_told(
    mosquitto: Mosquitto, stills_folder: Stills, tmp_path: Path
) -> None:
    mosquitto.start()
    source = stills_folder.play_to(tmp_path / "road", rounds=20)
    camera = {"pace": "real-time", "fps": 6}
    config = write_unit(tmp_path / "unit", mosquitto.url, source, camera=camera)
    policy = config.parent / "policy/policy.json"
    policy.write_bytes(policy.read_bytes().replace(b'"retain_days":1.0', b'"retain_days":9.0'))
    with Listening(mosquitto.url) as listening, RunningUnit(config) as unit:
        unit.wait_for("delivery.dropped_counts_only", 2)
        assert eventually(lambda: _last(listening, STATUS_TOPIC).get("state") == "degraded")
        assert eventually(lambda: "policy" in _last(listening, INFO_TOPIC))
        told = _last(listening, INFO_TOPIC)["policy"]
        reason = _last(listening, STATUS_TOPIC)["reason"]
        unit.signal()
        assert unit.wait() == 0, unit.log
    why = "the signature of bench does not fit the message"
    assert (told["profile"], why in told["fallback"]) == ("counts-only", True)
    assert reason.startswith("no plate leaves this unit: ")
    assert why in reason
    assert "POLICY COUNTS-ONLY, since" in unit.log
    written = bytes_in(config.parent)
    assert [text for text in stills_folder.texts if text.encode() in written] == []
    assert b"policy_refused" in bytes_in(config.parent / "card/audit")
    assert not [heard for heard in listening.heard() if "/up/read/" in heard.topic]
