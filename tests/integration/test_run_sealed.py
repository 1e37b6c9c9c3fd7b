"""``edge-alpr run`` under a policy that seals: what broker and collector hold opens for two holders together only."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.cli import main
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.seal.custody import Custody
from edge_alpr.seal.epochs import DAY_S, epochs_document
from fakes.keys import UNIT_KEY
from fakes.sealing import COURT, COURT_KEY, POLICE, POLICE_KEY
from fixtures.eventually import eventually
from fixtures.folder import bytes_in
from fixtures.listener import Listening
from fixtures.policies import signed_for
from fixtures.running import RunningCollector
from fixtures.unit import RunningUnit, write_unit

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.mosquitto import Mosquitto
    from fixtures.recordings import Stills

pytestmark = [pytest.mark.broker, pytest.mark.model]

UP = "alpr/v1/o/s/u/up"
PROFILE = "va-2-2-5517"
"""Seals what is no hit for 21 days."""


class Street:
    """A unit under a policy that seals, and the keys of those it seals to."""

    def __init__(self, folder: Path, broker: Mosquitto, stills: Stills) -> None:
        self.folder = folder
        self._broker = broker
        self._stills = stills
        self.holders, self.bundle = folder / "holders", folder / "epochs.json"
        UNIT_KEY.save(folder / "unit.key")
        POLICE_KEY.save(folder / "police.key")
        enroll(self.holders, Member(POLICE.name, POLICE.key))
        enroll(self.holders, Member(COURT, COURT_KEY.public))
        now_s = time.time()
        epochs = Custody(folder / "court").issue(COURT, now_s, retain_s=21 * DAY_S)
        self.bundle.write_text(json.dumps(epochs_document(epochs, now_s, COURT_KEY)))

    def configure(self, **seal: Any) -> Path:
        settings = {"recipients": str(self.holders), "epochs": str(self.bundle), **seal}
        return write_unit(
            self.folder / "unit",
            self._broker.url,
            self._stills.folder,
            camera={"fps": 0.5},
            keys={"unit_key": str(self.folder / "unit.key")},
            policy={**signed_for(self.folder / "policy", PROFILE)},
            seal=settings,
        )


@pytest.fixture
def broker(mosquitto: Mosquitto) -> Mosquitto:
    mosquitto.start()
    return mosquitto


@pytest.fixture
def street(tmp_path: Path, broker: Mosquitto, stills_folder: Stills) -> Street:
    return Street(tmp_path, broker, stills_folder)


def test_every_read_crosses_the_broker_sealed_and_opens_for_both_holders_together(
    street: Street,
    broker: Mosquitto,
    stills_folder: Stills,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = street.configure()
    wanted = sorted(stills_folder.texts)
    store = f"sqlite:{tmp_path / 'reads.db'}"
    collector = RunningCollector(broker.url, store, tmp_path, "--count", str(len(wanted)))
    collector.wait_until_collecting()
    with Listening(broker.url) as listening:
        with RunningUnit(config) as unit:
            assert unit.wait() == 0, unit.log
        assert collector.wait()[0] == 0, collector.log
        bodies = listening.bodies(f"{UP}/read/cam0")
        assert eventually(lambda: listening.bodies(f"{UP}/info") != [])
        info = json.loads(listening.bodies(f"{UP}/info")[-1])
    assert len(bodies) == len(wanted)
    everything = bytes_in(config.parent) + (tmp_path / "reads.db").read_bytes() + b"".join(bodies)
    assert [text for text in wanted if text.encode() in everything] == []
    assert info["schemas"] == ["plate.read/1.0", "plate.sealed/1.0"]
    assert info["sealed"]["custodian"] == COURT
    assert info["sealed"]["agencies"] == [{"name": POLICE.name, "key": POLICE.key.kid}]

    def opened(*keys: str) -> list[str]:
        capsys.readouterr()
        status = main(["open", store, *keys])
        lines = capsys.readouterr().out.splitlines()
        assert status == (0 if lines else 1)
        return sorted(json.loads(line)["plate"]["text"] for line in lines)

    agency = ("--agency-key", str(tmp_path / "police.key"))
    custodian = ("--epochs", str(tmp_path / "court"))
    assert opened(*agency, *custodian) == wanted
    assert opened(*agency) == opened(*custodian) == []


def test_with_nobody_to_seal_to_it_does_not_run_and_nothing_is_sent_in_clear(
    street: Street,
) -> None:
    config = street.configure(recipients=None)
    with RunningUnit(config) as unit:
        assert unit.wait() == 78, unit.log
        assert "seal.recipients: policy" in unit.log
        assert "wants reads sealed" in unit.log
    assert not (config.parent / "card/spool.db").exists()
