"""``edge-alpr run`` with receipts, signatures and keys as the documents say to set them up: all by the command line."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from fixtures.eventually import eventually
from fixtures.listener import Listening
from fixtures.running import RunningCollector
from fixtures.unit import RunningUnit, write_unit

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.mosquitto import Mosquitto
    from fixtures.recordings import Stills

pytestmark = [pytest.mark.broker, pytest.mark.model]


def _keys(folder: Path, *words: str) -> None:
    command = [sys.executable, "-m", "edge_alpr", "keys", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_signed_events_leave_the_spool_by_a_receipt_and_not_before(
    mosquitto: Mosquitto, stills_folder: Stills, tmp_path: Path
) -> None:
    mosquitto.start()
    _keys(tmp_path, "init", "unit.key")
    _keys(tmp_path, "init", "central.key")
    _keys(tmp_path, "enroll", "units", "o/s/u", "unit.key.pub")
    _keys(tmp_path, "enroll", "collectors", "central", "central.key.pub")
    config = write_unit(
        tmp_path / "unit",
        mosquitto.url,
        stills_folder.folder,
        camera={"fps": 0.5},  # each picture is a pass of its own
        keys={
            "unit_key": str(tmp_path / "unit.key"),
            "collector_keys": str(tmp_path / "collectors"),
        },
        uplink={"confirm": "receipt", "receipt_timeout_s": 0.5},
    )
    options = (
        f"--receipt-key={tmp_path / 'central.key'}",
        "--name=central",
        f"--units={tmp_path / 'units'}",
    )
    database = tmp_path / "plates.db"
    with (
        Listening(mosquitto.url, "alpr/v1/o/s/u/up/#") as plain,
        RunningUnit(config) as unit,
    ):
        wanted = len(stills_folder.texts)
        read = "alpr/v1/o/s/u/up/read/cam0"
        assert eventually(lambda: len({h.body for h in plain.heard(read)}) == wanted), unit.log
        assert unit.process.poll() is None, "a plain subscriber's PUBACK is not enough"
        with RunningCollector(mosquitto.url, f"sqlite:{database}", tmp_path, *options) as collector:
            assert unit.wait() == 0, unit.log
            assert collector.stop() == 0
        told = [json.loads(body)["uplink"] for body in plain.bodies("alpr/v1/o/s/u/up/health")]
        assert told[0]["confirmed_by"] == "receipt"
    with closing(sqlite3.connect(database)) as db:
        rows = db.execute("SELECT plate, signer FROM passes").fetchall()
    assert sorted(plate for plate, _ in rows) == sorted(stills_folder.texts)
    assert all(len(signer) == 16 for _, signer in rows)
