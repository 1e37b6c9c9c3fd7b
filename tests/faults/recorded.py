"""Records what a process really asks of the system for its card (strace), and cuts the power anywhere in the record.

So the shipped SQLite and the process as it is are tried, without any seam: what `power` does with a modelled card below
another SQLite. One record serves for any number of cuts.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from faults import passing
from faults.card import Card, Change, Truncate, Unlink, Write
from faults.power import Ledger, Outcome, recover

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS: Final = Path(passing.__file__).parent.parent
_CALLS: Final = "pwrite64,write,ftruncate,fsync,fdatasync,unlink,rename"
_HEX: Final = re.compile(r"\\x([0-9a-f]{2})")
_LINE: Final = re.compile(
    r"^\d+ +(?P<call>\w+)\((?:(?P<fd>\d+)<(?P<path>[^>]*)>(?:, )?)?(?P<rest>.*)\) += (?P<result>-?\d+)"
)


@dataclass(frozen=True, slots=True)
class Synced:
    """A sync of the file, or of the folder, that came back well."""

    name: str


@dataclass(frozen=True, slots=True)
class Said:
    """A line on standard output."""

    line: str


Step: TypeAlias = tuple[str, Change] | Synced | Said


def record(folder: Path, messages: int, *wrapper: str) -> list[Step]:
    """What `faults.passing` did with its spool in ``folder`` for so many messages, under ``wrapper``."""
    trace = folder / "trace"
    command = [
        *("strace", "-f", "-qq", "-y", "-xx", "-s", "1000000", "-e", f"trace={_CALLS}", "-o"),
        *(str(trace), *wrapper, sys.executable, "-m", "faults.passing"),
        *(str(folder / "spool.db"), f"--most={messages}"),
    ]
    subprocess.run(command, check=True, cwd=TESTS, stdout=subprocess.DEVNULL)
    with trace.open(encoding="ascii") as lines:
        return list(_steps(lines, folder))


def cut_record(steps: list[Step], seed: int, folder: Path, *, lazy_folder: bool = False) -> Outcome:
    """Cut the power somewhere in the record, start the product on what is left."""
    rng = random.Random(seed)
    card = Card(lazy_folder=lazy_folder)
    boot, safe = "", 0
    for step in steps[: rng.randrange(1, len(steps))]:
        if isinstance(step, Said):
            boot, safe = _understood(step.line, boot, safe)
        elif isinstance(step, Synced):
            if step.name:
                card.sync(step.name)
            else:
                card.sync_folder()
        else:
            card.change(*step)
    acknowledged = {(boot, n) for n in range(1, safe + 1)}
    found = folder / str(seed)
    outcome = recover(card.after_cut(rng), Ledger(acknowledged=acknowledged), found)
    shutil.rmtree(found)
    return outcome


def _understood(line: str, boot: str, safe: int) -> tuple[str, int]:
    match line.split():
        case ["boot", name, _]:
            return name, safe
        case ["safe", number]:
            return boot, int(number)
    return boot, safe


def _steps(lines: Iterator[str], folder: Path) -> Iterator[Step]:
    """The calls that concern the folder, and what was said; those that failed did nothing."""
    for line in lines:
        found = _LINE.match(line)
        if found is None or int(found["result"]) < 0:
            assert "unfinished" not in line, "calls of two threads are mixed"
            continue
        call, rest = found["call"], found["rest"]
        if call == "write" and found["fd"] == "1":
            yield Said(_unescape(rest.split('"')[1]).decode())
            continue
        path = Path(_unescape(found["path"] or rest.split('"')[1]).decode())
        if path == folder and call in ("fsync", "fdatasync"):
            yield Synced("")
        if path.parent != folder or not path.name.startswith("spool.db") or "-shm" in path.name:
            continue
        assert call != "rename", "nothing is renamed while all is well"
        if call in ("fsync", "fdatasync"):
            yield Synced(path.name)
        elif call == "pwrite64":
            data, numbers = rest.split('"')[1:]
            yield path.name, Write(int(numbers.split(",")[2]), _unescape(data))
        elif call == "ftruncate":
            yield path.name, Truncate(int(rest))
        elif call == "unlink":
            yield path.name, Unlink()


def _unescape(text: str) -> bytes:
    return bytes.fromhex(_HEX.sub(r"\1", text)) if "\\x" in text else text.encode()
