"""A simulated fleet against a real broker and collector, set up as docs/fleet.md says; and what it must notice."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.cli import main
from edge_alpr.fleet.papers import COLLECTOR, Papers
from fixtures.eventually import eventually
from fixtures.made_broker import MadeBroker
from fixtures.mosquitto import find_mosquitto
from fixtures.running import RunningCollector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.broker,
    pytest.mark.timeout(240),
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
]

UNITS = 6


class Bench:
    """Papers, a broker that is running, and the ways to start the others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.papers = Papers(folder / "papers")
        prepare = ["simulate", f"--prepare={self.papers.folder}", f"--units={UNITS}"]
        assert main(prepare) == 0
        self.broker = MadeBroker(folder / "broker", self.papers, COLLECTOR)
        self.broker.start()
        self.store = f"sqlite:{folder / 'plates.db'}"

    def collect(self) -> RunningCollector:
        cert, key = self.papers.certificate(COLLECTOR)
        login = (f"--ca={self.papers.ca_file}", f"--cert={cert}", f"--key={key}")
        trust = (f"--receipt-key={self.papers.collector_key}", f"--units={self.papers.units}")
        return RunningCollector(
            self.broker.url, self.store, self.folder, *login, *trust, f"--name={COLLECTOR}"
        ).wait_until_collecting()

    def simulate(self, *options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "edge_alpr", "simulate", f"--broker={self.broker.url}"]
        command += [f"--papers={self.papers.folder}", f"--units={UNITS}", "--ramp=0.5", "--json"]
        return subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def db(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "plates.db", timeout=30)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.broker.end(signal.SIGKILL)


def _told(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    out, err = process.communicate(timeout=200)
    assert out, err
    return process.returncode, json.loads(out)


def test_every_read_is_in_the_store_once_and_the_store_says_so(bench: Bench) -> None:
    with bench.collect():
        run = bench.simulate("--rate=4", "--duration=4", "--processes=2", f"--store={bench.store}")
        status, told = _told(run)
    assert status == 0, told
    assert (told["connected"], told["unconfirmed"], told["confirmed_by"]) == (UNITS, 0, "receipt")
    assert told["made"] == told["confirmed"] == told["store"]["stored"] > 0
    assert (told["store"]["lost"], told["store"]["doubled"]) == (0, 0)
    assert told["latency"]["p95"] >= told["latency"]["p50"] > 0
    with closing(bench.db()) as db:
        rows = db.execute("SELECT unit, plate, test FROM passes").fetchall()
    assert len(rows) == told["made"]
    assert {unit for unit, _, _ in rows} == {f"bench/fleet/unit-{n:04d}" for n in range(1, 7)}
    assert all(plate.startswith("SIM0X") and test for _, plate, test in rows)


def test_a_broker_that_is_killed_in_the_middle_costs_nothing(bench: Bench) -> None:
    with bench.collect():
        run = bench.simulate("--rate=3", "--duration=8", f"--store={bench.store}", "--drain=120")
        assert eventually(lambda: _stored(bench) > 10)
        bench.broker.end(signal.SIGKILL)
        bench.broker.start()
        status, told = _told(run)
    assert status == 0, told
    assert told["links_lost"] > 0
    assert (told["unconfirmed"], told["store"]["lost"], told["store"]["doubled"]) == (0, 0, 0)


def test_what_somebody_takes_out_of_the_store_is_lost(bench: Bench) -> None:
    """The control: the simulation must be able to say no."""
    with bench.collect():
        run = bench.simulate("--rate=3", "--duration=6", f"--store={bench.store}", "--drain=2")
        assert eventually(lambda: _stored(bench) > 5)
        with closing(bench.db()) as db:
            db.execute("DELETE FROM messages WHERE seq = 1")
            db.commit()
            gone = db.total_changes
        status, told = _told(run)
    assert status == 1
    assert gone > 0
    assert told["store"]["lost"] == gone
    assert not told["sound"]


def test_without_a_collector_nothing_is_confirmed(bench: Bench) -> None:
    status, told = _told(bench.simulate("--rate=3", "--duration=2", "--drain=1"))
    assert status == 1
    assert told["made"] == told["unconfirmed"] > 0


def test_a_broker_that_lets_nobody_in_is_told_in_words(bench: Bench) -> None:
    bench.broker.end()
    run = bench.simulate("--units=1", "--duration=1", "--ramp=0.1")
    _, err = run.communicate(timeout=200)
    assert run.returncode == 70
    assert "no unit was ever connected" in err
    assert "nothing listens there" in err


def _stored(bench: Bench) -> int:
    try:
        with closing(bench.db()) as db:
            ((count,),) = db.execute("SELECT count(*) FROM passes").fetchall()
    except sqlite3.OperationalError:  # not made yet
        return 0
    return int(count)
