"""Runs a unit, its broker and a collector over planted plates, and keeps all that they wrote and said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixtures.eventually import eventually
from fixtures.folder import bytes_in
from fixtures.listener import Heard, Listening
from fixtures.running import RunningCollector
from fixtures.unit import RunningUnit, write_unit

if TYPE_CHECKING:
    from fixtures.mosquitto import Mosquitto
    from fixtures.recordings import Stills

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Traces:
    """What was left of a run."""

    card: bytes
    """Every byte of the unit when it had ended: spool, runtime folder, audit log, output, home, temporary files."""
    killed: bytes
    """The same of a copy that was made while it ran, as if the power had gone."""
    broker: bytes
    """The broker's folder, with its database."""
    broker_log: bytes
    said: bytes
    """What the unit wrote to standard output and error, at level debug."""
    collector_said: bytes
    metrics: bytes
    """Of the collector."""
    store: bytes
    """The collector's."""
    counts: dict[str, int]
    """The camera half's, at the end."""
    heard: list[Heard] = field(repr=False)
    """Every message at the broker."""
    elsewhere: list[str]
    """Paths outside its folder that the unit opened for writing."""


def run_over_planted(
    folder: Path,
    broker: Mosquitto,
    stills: Stills,
    *,
    sightings: int,
    rounds: int,
    seed: int,
    wanted: tuple[str, ...] = (),
    collected: bool = True,
    **sections: dict[str, Any],
) -> Traces:
    """A whole run of both halves: each still is shown ``rounds`` times, and ``sightings`` are put in after the vote.

    Unless it is ``collected``, what leaves the unit stays on its card: the broker says that nobody listens.
    """
    unit_folder = folder / "unit"
    for name in ("home", "tmp"):
        (unit_folder / name).mkdir(parents=True)
    source = stills.play_to(folder / "road", rounds)
    config = write_unit(unit_folder, broker.url, source, log={"level": "debug"}, **sections)
    frames = len(list(source.iterdir()))
    opened = folder / "opened"
    inject = {
        "seed": seed,
        "sightings": sightings,
        "per_frame": -(-sightings * 3 // (2 * frames)),
        "wanted": wanted,
        "opened": str(opened),
    }
    environment = {
        **os.environ,
        "INJECT": json.dumps(inject),
        "HOME": str(unit_folder / "home"),
        "TMPDIR": str(unit_folder / "tmp"),
        "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    program = (sys.executable, "-m", "trust.injected")
    store = folder / "plates.jsonl"
    heard, metrics, collector_said = [], b"", b""
    with ExitStack() as stack:
        if collected:
            listening = stack.enter_context(Listening(broker.url))
            options = (f"jsonl:{store}", folder, "--metrics=127.0.0.1:0")
            collector = stack.enter_context(RunningCollector(broker.url, *options))
            collector.wait_until_collecting()
        unit = stack.enter_context(RunningUnit(config, program=program, environment=environment))
        _wait_for_frames(unit, frames // 2)
        # A file may go while it is copied, as it may when the power goes.
        subprocess.run(["cp", "-r", unit_folder, folder / "killed"], check=False)
        if not collected:  # it would wait for somebody to send it to
            _wait_for_frames(unit, frames)
            unit.signal()
        assert unit.wait() == 0, unit.log
        if collected:
            metrics = _metrics(collector)
            assert collector.stop() == 0
            heard, collector_said = listening.heard(), collector.log.encode()
    broker.stop()
    inside = str(unit_folder.resolve())
    return Traces(
        card=bytes_in(unit_folder),
        killed=bytes_in(folder / "killed"),
        broker=bytes_in(folder / "broker"),
        broker_log=broker.log.encode(),
        said=unit.log.encode(),
        collector_said=collector_said,
        metrics=metrics,
        store=store.read_bytes() if store.exists() else b"",
        counts=unit.counts,
        heard=heard,
        elsewhere=sorted(
            path
            for path in set(opened.read_text(encoding="utf-8").splitlines())
            if not path.startswith(inside) and not path.startswith("/dev/")
        ),
    )


def _wait_for_frames(unit: RunningUnit, number: int) -> None:
    """A soak of 100,000 sightings takes its time."""

    def there() -> bool:
        return unit.counts.get("capture.frames", 0) >= number or unit.process.poll() is not None

    assert eventually(there, 3600), unit.log
    assert unit.counts.get("capture.frames", 0) >= number, unit.log


def _metrics(collector: RunningCollector) -> bytes:
    """What its endpoint says; the log names the port that was free."""
    words = collector.log.split("http://", 1)[1].split()[0]
    with urllib.request.urlopen(f"http://{words}") as answer:
        content: bytes = answer.read()
    return content


def topics(traces: Traces) -> bytes:
    """Of every message, and the names and values beside the body."""
    return "\n".join(f"{each.topic} {each.user_properties}" for each in traces.heard).encode()


def bodies(traces: Traces, *kinds: str) -> bytes:
    """Of the messages of some kinds: the word after ``up/``."""
    return b"\n".join(
        each.body for each in traces.heard if each.topic.split("/up/")[-1].split("/")[0] in kinds
    )
