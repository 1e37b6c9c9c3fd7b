"""``edge-alpr run`` writes down what it does: after a kill its log is whole, signed and at the collector; no plate."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.cli import main
from fakes.keys import UNIT_KEY
from fixtures.eventually import eventually
from fixtures.running import RunningCollector
from fixtures.unit import RunningUnit, write_unit

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.mosquitto import Mosquitto
    from fixtures.recordings import Stills

pytestmark = [pytest.mark.broker, pytest.mark.model]

KEY = str(UNIT_KEY.public)


def others(database: Path, kind: str) -> list[str]:
    """What a collector keeps of a kind of message."""
    with closing(sqlite3.connect(database)) as db:
        query = "SELECT body FROM others WHERE kind = ? ORDER BY stored, seq"
        return [str(body) for (body,) in db.execute(query, (kind,))]


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_log_is_whole_after_a_kill_and_the_collector_has_it(
    mosquitto: Mosquitto,
    stills_folder: Stills,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mosquitto.start()
    UNIT_KEY.save(tmp_path / "unit.key")
    config = write_unit(
        tmp_path / "unit",
        mosquitto.url,
        stills_folder.folder,
        camera={"pace": "real-time", "fps": 2},
        keys={"unit_key": str(tmp_path / "unit.key")},
    )
    audit = config.parent / "card/audit"
    store = tmp_path / "plates.db"
    with RunningCollector(mosquitto.url, f"sqlite:{store}", tmp_path) as collector:
        collector.wait_until_collecting()
        with RunningUnit(config) as unit:
            unit.wait_for("delivery.tests", 2)
            assert eventually((audit / "camera.jsonl.checkpoint").exists), unit.log
            unit.signal(signal.SIGKILL)
            unit.wait()
        with RunningUnit(config) as unit:
            assert unit.wait() == 0, unit.log
        last = entries(audit / "camera.jsonl")[-1]["n"]
        assert eventually(
            lambda: any(json.loads(body)["size"] > last for body in others(store, "audit"))
        )
        assert collector.stop() == 0

    logs = [str(audit / f"{half}.jsonl") for half in ("camera", "uplink")]
    assert main(["audit", "verify", *logs, "--key", KEY, "--json"]) == 0
    verdicts = json.loads(capsys.readouterr().out)
    assert [verdict["origin"] for verdict in verdicts] == ["o/s/u/camera", "o/s/u/uplink"]
    assert verdicts[0]["covered"] == verdicts[0]["entries"]

    kinds = [entry["kind"] for entry in entries(audit / "camera.jsonl")]
    assert kinds[0] == "begin"
    assert kinds.count("start") == 2
    assert kinds.count("stop") == 1
    counts = [each["facts"] for each in entries(audit / "camera.jsonl") if each["kind"] == "counts"]
    assert sum(each["kept"] for each in counts) >= len(stills_folder.texts)
    summaries = [json.loads(body) for body in others(store, "summary")]
    assert [each["kept"] for each in summaries] == [each["kept"] for each in counts]
    text = "".join((audit / name).read_text("utf-8") for name in ("camera.jsonl", "uplink.jsonl"))
    assert [plate for plate in stills_folder.texts if plate in text.upper()] == []

    (tmp_path / "pieces.jsonl").write_text("\n".join(others(store, "audit")), encoding="utf-8")
    joined = str(tmp_path / "joined.jsonl")
    words = ["--log", "o/s/u/camera", "--out", joined]
    assert main(["audit", "join", str(tmp_path / "pieces.jsonl"), *words]) == 0
    assert (tmp_path / "joined.jsonl").read_bytes() == (audit / "camera.jsonl").read_bytes()
    assert main(["audit", "verify", joined, "--key", KEY]) == 0
