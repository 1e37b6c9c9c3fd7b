"""Runs a unit's whole camera half on emulated Raspberry Pi processors, from the wheels of the arm64 package.

``make test-arm64``. A rendered clip goes through motion, detector, tracks, reader, vote, a policy that seals, the
unit's signature and the spool. On this machine the spool is then opened with its holders' keys: the same vehicles must
be in it as when this machine runs the clip, each signed by the unit, and no file of the unit may hold a plate.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from arm64.emulated import PROCESSORS, emulated_python
from edge_alpr.app.throwaway import write_throwaway
from edge_alpr.config.profiles import find_profile
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.keys.sealing import SealKey
from edge_alpr.scene.clip import render_clip
from edge_alpr.scene.drive import Drive
from edge_alpr.seal.custody import Custody
from edge_alpr.seal.epochs import DAY_S, epochs_document

UNIT = "bench/road/unit-1"
AGENCY, COURT = "agency/police", "custodian/court"
PROFILE = "va-2-2-5517"
"""Seals what is no hit for 21 days, to an agency and a custodian together."""
PASSES = 2


class Street:
    """A clip, the papers of a unit that seals, and the keys of those it seals to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        truth = render_clip(folder / "road.avi", Drive(1, passes=PASSES))
        self.texts = [each.text for each in truth]
        unit, agency, court = KeyPair.generate(), SealKey.generate(), KeyPair.generate()
        unit.save(folder / "unit.key")
        agency.save(folder / "agency.key")
        enroll(folder / "units", Member(UNIT, unit.public))
        enroll(folder / "holders", Member(AGENCY, agency.public))
        enroll(folder / "holders", Member(COURT, court.public))
        now_s = time.time()
        epochs = Custody(folder / "court").issue(COURT, now_s, retain_s=21 * DAY_S)
        (folder / "epochs.json").write_text(json.dumps(epochs_document(epochs, now_s, court)))
        self._papers = write_throwaway(
            folder / "policy", [find_profile(PROFILE)], scope=UNIT, now_s=now_s, days=1
        )

    def run(self, name: str, python: list[str]) -> list[str]:
        """Run the camera half by this Python in a folder of its own; the plates in its spool, sorted.

        Raises:
            subprocess.CalledProcessError: it failed, or the spool holds what cannot be opened.
            ValueError: a file of the unit holds a plate.
        """
        home = self._folder / name
        (home / "runtime").mkdir(parents=True)
        config = home / "unit.yaml"
        config.write_text(json.dumps(self._settings(home)))  # JSON is YAML
        run = [*python, "-m", "edge_alpr", "run", "--config", str(config), "--only", "camera"]
        subprocess.run(run, check=True, cwd=home)
        bodies = _spooled(home / "card" / "spool.db")
        written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
        if found := [text for text in self.texts if text.encode() in written + b"".join(bodies)]:
            raise ValueError(f"{name}: {len(found)} plates are in the unit's files")
        messages = home / "spooled.jsonl"
        messages.write_bytes(b"\n".join(bodies) + b"\n")
        return self._open(messages)

    def _settings(self, home: Path) -> dict[str, Any]:
        org, site, unit = UNIT.split("/")
        at = {name: str(self._folder / name) for name in ("holders", "epochs.json", "unit.key")}
        return {
            "version": 1,
            "unit": {"org": org, "site": site, "name": unit},
            "camera": {"kind": "files", "path": str(self._folder / "road.avi"), "pace": "fast"},
            "policy": {
                "file": str(self._papers.policy),
                "authorities": str(self._papers.authorities),
            },
            "keys": {"unit_key": at["unit.key"]},
            "seal": {"recipients": at["holders"], "epochs": at["epochs.json"]},
            "spool": {"path": str(home / "card" / "spool.db")},
            "runtime": {"dir": str(home / "runtime")},
        }

    def _open(self, messages: Path) -> list[str]:
        """Open with both holders' keys, on this machine, and believe what the unit's key signed only."""
        keys = {"--agency-key": "agency.key", "--epochs": "court", "--units": "units"}
        given = [word for key, name in keys.items() for word in (key, str(self._folder / name))]
        command = [sys.executable, "-m", "edge_alpr", "open", str(messages), *given]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return sorted(json.loads(line)["plate"]["text"] for line in done.stdout.splitlines())


def main() -> int:
    """0 if every processor's spool holds what this machine's does."""
    with tempfile.TemporaryDirectory() as scratch:
        street = Street(Path(scratch))
        here = street.run("here", [sys.executable])
        print(f"this machine reads {len(here)} of {PASSES} vehicles")
        bad = 0
        for processor, board in PROCESSORS.items():
            there = street.run(processor, emulated_python(processor))
            same = there == here
            bad += not same
            told = "same" if same else f"DIFFERS ({there} for {here})"
            print(f"{told}: {processor} ({board}): {len(there)} reads, sealed, signed, opened")
    return int(bool(bad) or len(here) != PASSES)


def _spooled(spool: Path) -> list[bytes]:
    with closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True)) as opened:
        return [body for (body,) in opened.execute("SELECT body FROM message ORDER BY rank")]


if __name__ == "__main__":
    sys.exit(main())
