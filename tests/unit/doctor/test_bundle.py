"""A support bundle of a unit that is full of plates holds none: not in any encoding, not after unpacking."""

from __future__ import annotations

import json
import tarfile
from functools import partial
from typing import TYPE_CHECKING

from edge_alpr.doctor.bundle import pack, write_bundle
from edge_alpr.doctor.finding import fail
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Outgoing
from fakes.manual_time import ManualClock
from fakes.tally import Tally
from fixtures.folder import bytes_in
from fixtures.patient import machine
from fixtures.searching import finds
from fixtures.unit import write_unit
from trust.planted import planted

if TYPE_CHECKING:
    from pathlib import Path

PLATES = planted(77, 20)
"""Letters only: no mask would know them, so they may not be looked at in the first place."""
LOOKALIKES = [f"ZQ{n:02}JXK" for n in range(20)]
"""Letters and digits, as a library might print them into the journal."""
SECRET = "hunter2-made-up"


def _always(body: bytes, _seq: int) -> bytes:
    return body


def test_no_plate_and_no_secret_is_in_it(tmp_path: Path) -> None:
    unit = tmp_path / "unit"
    config = write_unit(
        unit,
        "mqtt://127.0.0.1:9",
        tmp_path / "road",
        policy={"hotlist_file": str(unit / "hotlist.csv")},
        mqtt={"username": "u", "password_file": "password"},
        mask={"private": [[[0.125, 0], [0.375, 0], [0.375, 0.6875]]]},
    )
    (unit / "password").write_text(SECRET, encoding="ascii")
    (unit / "hotlist.csv").write_text("".join(f"{p},stolen\n" for p in PLATES), encoding="ascii")
    spool = Spool(SpoolSettings(path=unit / "card/spool.db"), clock=ManualClock(), count=Tally())
    spool.open()
    for plate in PLATES + LOOKALIKES:
        body = json.dumps({"plate": plate}).encode()
        spool.append(Outgoing("read", "cam0", None, hit=True), partial(_always, body))
    spool.close()
    status = unit / "run/o.s.u"
    status.mkdir(parents=True)
    around = machine(
        tmp_path / "pi",
        {},
        ask=lambda *words: "\n".join(LOOKALIKES) if words[0] == "journalctl" else None,
    )
    said = {
        "written_utc_s": around.clock.now().utc_s,
        "state": "online",
        "hotlist": {"name": PLATES[0]},
        "unknown": PLATES[1],
        "counts": {"capture.frames": 7},
    }
    (status / "camera.json").write_text(json.dumps(said), encoding="utf-8")
    findings = [fail("camera", f"a driver said {LOOKALIKES[0]}", "mend it")]

    write_bundle(tmp_path / "b.tar.gz", pack(config, around, findings))

    with tarfile.open(tmp_path / "b.tar.gz") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    packed, held = bytes_in(tmp_path / "unpacked"), bytes_in(unit)
    assert finds(held, PLATES)["ascii"] >= 2 * len(PLATES)  # the control: list and spool have them
    assert finds(packed, PLATES) == {}
    assert finds(packed, LOOKALIKES) == {}
    assert SECRET.encode() not in packed
    assert b"0.6875" not in packed  # where a neighbour's window is
    names = {path.name for path in (tmp_path / "unpacked").rglob("*.*") if path.is_file()}
    assert names >= {"doctor.json", "config.json", "unit.json", "edge-alpr-camera.log"}
    assert b'"capture.frames": 7' in packed
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o077 == 0
