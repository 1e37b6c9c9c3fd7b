"""Kills the two halves of a unit in turn, at random points, while messages flow to a collector; keeps the account."""

from __future__ import annotations

import itertools
import json
import math
import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from faults.recorded import TESTS
from fixtures.eventually import eventually

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

Half: TypeAlias = Literal["camera", "uplink"]

_KILLED_AT_WORK: Final = 0.75
_PATIENCE_S: Final = 60.0
_BOOTS: Final = "SELECT name, ordinal FROM boot ORDER BY ordinal DESC LIMIT 1"
_LAST: Final = """
    SELECT max(rank & 0xffffffffff) FROM message WHERE rank >> 40 & 0x3fffff = ?
"""


@dataclass(slots=True)
class Account:
    """What a unit said was safe, by boot, and how long it took to be back after a kill."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    """The last number of each boot."""
    kills: dict[Half, int] = field(default_factory=lambda: {"camera": 0, "uplink": 0})
    back_s: dict[Half, list[float]] = field(default_factory=lambda: {"camera": [], "uplink": []})
    """Seconds from the start of a camera half to its open spool or, over pictures, to its first status; of an uplink
    half to its connection."""
    back_cpu_s: dict[Half, list[float]] = field(
        default_factory=lambda: {"camera": [], "uplink": []}
    )
    """The same in seconds of processor time, which a busy machine does not lengthen."""
    opened_s: list[float] = field(default_factory=list)
    """Of the camera's the seconds that the spool took: what a kill costs, besides the start of a program."""

    def note(self, boot: str, through: int) -> None:
        self.acknowledged[boot] = max(through, self.acknowledged.get(boot, 0))

    def lost(self, stored: dict[str, set[int]]) -> int:
        """How many acknowledged messages are not in the collector's store."""
        return sum(
            len(set(range(1, last + 1)) - stored.get(boot, set()))
            for boot, last in self.acknowledged.items()
        )


class Passing:
    """`faults.passing` as a process; notes what it says is safe."""

    def __init__(self, spool: Path, account: Account, per_s: float) -> None:
        command = [sys.executable, "-m", "faults.passing", str(spool), f"--per-s={per_s}"]
        self._started_s = time.monotonic()
        self._account = account
        self._back = threading.Event()
        self._process = subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True)
        self._listener = threading.Thread(target=self._listen, name="passing")
        self._listener.start()

    def wait_until_back(self) -> None:
        assert self._back.wait(_PATIENCE_S), "it does not start"

    def kill(self) -> None:
        assert self._process.poll() is None, "it ended by itself"
        self._process.kill()
        self._process.wait()
        self._listener.join()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as said:
            boot = ""
            for line in said:
                match line.split():
                    case ["boot", boot, opened_s]:
                        self._account.back_s["camera"].append(time.monotonic() - self._started_s)
                        self._account.opened_s.append(float(opened_s))
                    case ["safe", through] if line.endswith("\n"):
                        self._account.note(boot, int(through))
                        self._back.set()


class Daemon:
    """``edge-alpr run --only`` one half, as a process."""

    def __init__(self, config: Path, half: Half) -> None:
        self.log = config.parent / f"{half}.log"
        self._from = self.log.stat().st_size if self.log.exists() else 0
        command = [sys.executable, "-m", "edge_alpr", "run", "--config", str(config)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--only", half], stdout=log, stderr=subprocess.STDOUT
            )

    @property
    def said(self) -> str:
        """What this process said, not its predecessors."""
        return self.log.read_bytes()[self._from :].decode()

    @property
    def cpu_s(self) -> float:
        """Processor time so far, of its threads and of the system for it."""
        with suppress(OSError, IndexError):
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return math.nan

    def kill(self) -> None:
        assert self._process.poll() is None, self.said
        self._process.kill()
        self._process.wait()


class UplinkHalf:
    """The uplink half; notes when it is connected."""

    def __init__(self, config: Path, account: Account) -> None:
        self._account = account
        self._started_s = time.monotonic()
        self._daemon = Daemon(config, "uplink")

    def wait_until_back(self) -> None:
        assert eventually(lambda: "connected to" in self._daemon.said, _PATIENCE_S), (
            self._daemon.said
        )
        self._account.back_s["uplink"].append(time.monotonic() - self._started_s)
        self._account.back_cpu_s["uplink"].append(self._daemon.cpu_s)

    def kill(self) -> None:
        self._daemon.kill()


class Camera:
    """The camera half over real pictures; what its status file and its spool say is noted when it is killed."""

    def __init__(self, config: Path, account: Account) -> None:
        self._account = account
        self._spool = config.parent / "card/spool.db"
        self._status = config.parent / "run/o.s.u/camera.json"
        self._status.unlink(missing_ok=True)
        self._before = _newest_boot(self._spool)
        self._killed = threading.Event()
        self._daemon = Daemon(config, "camera")
        self._watcher = threading.Thread(target=self._watch, args=(time.monotonic(),), name="watch")
        self._watcher.start()

    def wait_until_back(self) -> None:
        """Until something is stored."""
        assert eventually(lambda: self._claim() > 0, _PATIENCE_S), self._daemon.said

    def kill(self) -> None:
        self._daemon.kill()
        self._killed.set()
        self._watcher.join()
        boot = _newest_boot(self._spool)
        if boot is None or boot == self._before:
            assert self._claim() == 0
            return
        name, ordinal = boot
        self._account.note(name, max(self._claim(), _last_seq(self._spool, ordinal)))

    def _watch(self, started_s: float) -> None:
        """Note when the first status is there: spool open, networks loaded, threads running."""
        while not self._killed.wait(0.01):
            if self._status.exists():
                self._account.back_s["camera"].append(time.monotonic() - started_s)
                self._account.back_cpu_s["camera"].append(self._daemon.cpu_s)
                return

    def _claim(self) -> int:
        """How many messages it says are stored."""
        with suppress(FileNotFoundError):
            status = json.loads(self._status.read_text(encoding="utf-8"))
            return int(status["counts"].get("spool.stored", 0))
        return 0


class Killable(Protocol):
    """A process to be killed; `kill` fails if it has ended by itself."""

    def wait_until_back(self) -> None:
        """Until it works again."""

    def kill(self) -> None: ...


def kill_in_turn(
    start: dict[Half, Callable[[], Killable]],
    account: Account,
    rng: random.Random,
    *,
    kills: int,
    wait_s: float,
) -> Killable:
    """Start both halves, kill them in turn, start each again at once.

    Three of four kills come up to ``wait_s`` after the half is back, the others while it starts. In the end the camera
    half is killed; returns the other one, which runs.
    """
    running = {half: starter() for half, starter in start.items()}
    halves: itertools.cycle[Half] = itertools.cycle(start)
    for _ in range(kills - 1):
        half = next(halves)
        if rng.random() < _KILLED_AT_WORK:
            running[half].wait_until_back()
        time.sleep(rng.uniform(0, wait_s))
        running[half].kill()
        account.kills[half] += 1
        running[half] = start[half]()
    running["camera"].wait_until_back()
    time.sleep(wait_s)
    running["camera"].kill()
    account.kills["camera"] += 1
    return running["uplink"]


def stored_by_boot(database: Path) -> tuple[dict[str, set[int]], int]:
    """The numbers in a collector's store by boot, and how many passes it holds."""
    stored: dict[str, set[int]] = {}
    with closing(sqlite3.connect(database, timeout=30)) as db:
        for boot, seq in db.execute("SELECT boot, seq FROM messages"):
            stored.setdefault(boot, set()).add(seq)
        (passes,) = db.execute("SELECT count(*) FROM passes").fetchone()
    return stored, passes


def _newest_boot(spool: Path) -> tuple[str, int] | None:
    with suppress(sqlite3.Error), closing(_look_at(spool)) as db:
        row: tuple[str, int] | None = db.execute(_BOOTS).fetchone()
        return row
    return None


def _last_seq(spool: Path, ordinal: int) -> int:
    with suppress(sqlite3.Error), closing(_look_at(spool)) as db:
        return int(db.execute(_LAST, (ordinal,)).fetchone()[0] or 0)
    return 0


def _look_at(spool: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{spool.as_uri()}?mode=ro", uri=True, timeout=10)
