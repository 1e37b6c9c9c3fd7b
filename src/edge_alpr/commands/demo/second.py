"""The demo's second act: three vehicles under the rules of a law, one of them on a signed list.

What must come out: the collector holds the one hit and nothing else of a vehicle, sealed; the agency's key opens it;
in no file of unit, broker and collector is any of the three plates; and the page for residents is written.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_alpr.commands.demo.children import DemoError
from edge_alpr.commands.demo.parties import AGENCY, CHIEF, CLERK, PROFILE, Parties, gather
from edge_alpr.commands.demo.search import Search
from edge_alpr.commands.demo.second_play import Played, play_second
from edge_alpr.message.codec import decode
from edge_alpr.message.event import SCHEMA
from edge_alpr.message.sealed import SEALED
from edge_alpr.ops.clock import SystemClock
from edge_alpr.plates import edit_distance, fold
from edge_alpr.scene.clip import render_clip
from edge_alpr.scene.drive import Drive

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.commands.demo.broker import BrokerProgram
    from edge_alpr.message.event import PlateEvent

VEHICLES: Final = 3
_WANTED: Final = 1
"""Which of them is on the list."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that must be so, and whether it is."""

    words: str
    holds: bool


def second_act(folder: Path, program: BrokerProgram, seed: int) -> bool:
    """Play it and tell it; whether all of it came out.

    Args:
        folder: absolute, not there yet.
        program: the broker.
        seed: who drives by.

    Raises:
        DemoError: a process died, or something does not come to an end.
    """
    machines, office = folder / "machines", folder / "police"
    for each in (machines, office):
        each.mkdir(parents=True)
    drive = Drive(seed, passes=VEHICLES, night_from=1.0)
    plates = [truth.text for truth in drive.truth]
    print(
        f"\nsecond act: {VEHICLES} vehicles under {PROFILE}, signed by {CLERK}; one of them is on a list, signed by "
        f"{CHIEF} and sealed to the unit; a hit is sealed to {AGENCY}",
        flush=True,
    )
    clip = folder / "three-vehicles.avi"  # where it is not searched: it is a film of plates
    render_clip(clip, drive)
    parties = gather(machines, office, plates[_WANTED], SystemClock().now().utc_s)
    search = Search(plates)
    played = play_second(machines, parties, clip, program, search)
    opened, told = _open(parties, played)
    claims = [
        *_of_collector(played, opened, plates[_WANTED]),
        *_of_files(search, opened),
    ]
    for claim in claims:
        print(f"  {'yes' if claim.holds else 'NO '}  {claim.words}")
    for event in opened[-1:]:
        _tell(event)
    print(f"  opened with: {told}")
    print(f"transparency page: {_page(folder, parties, played)}")
    return all(claim.holds for claim in claims)


def _of_collector(played: Played, opened: list[PlateEvent], wanted: str) -> list[Claim]:
    sealed, clear = (played.received.count(kind) for kind in (SEALED, SCHEMA))
    passes = {event.id for event in opened}
    texts = {event.plate.text for event in opened}
    dropped = played.counts.get("delivery.dropped_non_hit", 0)
    near = all(edit_distance(fold(text), fold(wanted)) <= 1 for text in texts)
    return [
        Claim(
            f"of {VEHICLES} vehicles the collector holds {len(passes)}, sealed, and {clear} reads in clear",
            sealed > 0 and len(passes) == 1 and not clear,
        ),
        Claim("the agency's key opens them, and it is the one on the list", bool(texts) and near),
        Claim(f"the others were read and dropped in memory: {dropped}", dropped >= VEHICLES - 1),
    ]


def _of_files(search: Search, opened: list[PlateEvent]) -> list[Claim]:
    shown = [event.plate.text.encode() for event in opened]
    return [
        Claim(
            f"none of the {VEHICLES} plates is in any of the {search.files} files of unit, broker and collector "
            f"({search.bytes / 1e3:.0f} kB), in {search.encodings} encodings: {_finds(search)}",
            not search.finds,
        ),
        Claim(
            "the same search finds the plate in what was opened",
            bool(shown) and all(search.in_(text) for text in shown),
        ),
    ]


def _finds(search: Search) -> str:
    return "; ".join(sorted(search.finds)[:5]) or "0 finds"


def _tell(event: PlateEvent) -> None:
    hit, policy = event.hits[0], event.policy
    print(
        f"  {event.plate.text} ({event.plate.confidence:.0%}): {policy.purpose}, {hit.class_} match, {hit.entry} of "
        f"{hit.list}; unverified until a person confirms it, by {policy.confirm_by}"
    )
    print(f"  policy {policy.profile}, {policy.sha256}, to be deleted after {policy.delete_after}")


def _open(parties: Parties, played: Played) -> tuple[list[PlateEvent], str]:
    """What the agency reads, by the command that it would type."""
    arguments = (
        *("open", str(played.collected)),
        *("--agency-key", str(parties.agency_key), "--units", str(parties.units)),
    )
    done = _run(*arguments)
    events = [decode(line) for line in done.stdout.splitlines()]
    return events, f"edge-alpr {' '.join(arguments)}"


def _page(folder: Path, parties: Parties, played: Played) -> Path:
    page = folder / "transparency.html"
    done = _run(
        *("audit", "page", *map(str, played.logs), "--key", str(parties.units)),
        *("--title", "One plate reader, one demonstration", "--out", str(page)),
    )
    if done.returncode or not page.exists():
        raise DemoError(f"the page was not written: {done.stderr.decode(errors='replace').strip()}")
    return page


def _run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "edge_alpr", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
