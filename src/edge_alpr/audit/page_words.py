"""Holds the sentences of the transparency page: what each figure is called, and what it means for who drives past."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f23; --soft: #515a63; --paper: #fdfdfb; --line: #d5d8da;
  --tile: #f0f3f1; --bar: #2f6f5e; --warn: #8a2f1d; }
@media (prefers-color-scheme: dark) { :root { --ink: #eceae4; --soft: #b3b8bc; --paper: #15181a; --line: #3a4045;
  --tile: #1f2427; --bar: #6fbfa8; --warn: #f0a08c; } }
* { box-sizing: border-box; }
body { font: 1.0625rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 46rem; padding: 1rem 1.1rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .6rem 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.4rem 0 .3rem; border-top: 1px solid var(--line); padding-top: 1.2rem; }
p, li { max-width: 40rem; } .soft { color: var(--soft); } .warn { color: var(--warn); font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(13.5rem, 1fr)); gap: .8rem; margin: 1.2rem 0;
  padding: 0; list-style: none; }
.tiles li { background: var(--tile); border-radius: .6rem; padding: .8rem 1rem; }
.tiles b { display: block; font-size: 2rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles .name { font-weight: 600; } .tiles p { margin: .3rem 0 0; font-size: .94rem; color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: .4rem 0 1rem; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .5rem .35rem 0; text-align: left; font-weight: 400;
  vertical-align: top; }
td.count { text-align: right; white-space: nowrap; width: 6rem; }
.bar { display: block; height: .4rem; background: var(--bar); border-radius: .2rem; margin-top: .2rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .88rem; overflow-wrap: anywhere; }
pre { background: var(--tile); border-radius: .6rem; padding: .8rem 1rem; overflow-x: auto; white-space: pre-wrap; }
a { color: inherit; } footer { margin-top: 3rem; font-size: .9rem; color: var(--soft); }
@media print { body { max-width: none; } h2 { break-after: avoid; } }
"""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure that people ask for first."""

    path: tuple[str, str]
    """Where it stands in the report."""
    name: str
    means: str


TILES: Final = (
    Tile(
        ("traffic", "seen"),
        "vehicles seen",
        "Every vehicle whose plate the camera found, read or not. A vehicle that comes back is counted again.",
    ),
    Tile(
        ("traffic", "kept"),
        "plates kept",
        "Plates that left the camera. All others were forgotten within seconds, without being written anywhere.",
    ),
    Tile(
        ("hits", "total"),
        "hits",
        "Vehicles whose plate looked like one on a list of wanted plates. A hit is a suspicion, not a finding.",
    ),
    Tile(
        ("queries", "total"),
        "searches",
        "Times that somebody looked for a plate in what is held. Each has a named person, a reason and a case.",
    ),
    Tile(
        ("shares", "total"),
        "times shared",
        "Times that something was given to another organisation. The table below says to which.",
    ),
    Tile(
        ("refused", "total"),
        "uses refused",
        "Times that somebody wanted to search, share or open something and was not allowed to.",
    ),
    Tile(
        ("purged", "messages"),
        "deleted at their end",
        "Kept plates whose time was over, or whose hit nobody confirmed in time.",
    ),
    Tile(
        ("held", "oldest"),
        "oldest item held",
        "When the oldest plate was stored that was still there at the end of this time, in a camera or with a holder.",
    ),
)

TABLES: Final[tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]] = (
    (
        "hits",
        "Why plates were looked for",
        (("by_purpose", "Hits by reason"), ("by_list", "Hits by list")),
    ),
    (
        "queries",
        "Who looked into what is held",
        (("by_purpose", "Searches by reason"), ("by_organisation", "Searches by organisation")),
    ),
    (
        "shares",
        "Who was given something",
        (("by_recipient", "Shared with"), ("by_party", "What kind of party that is")),
    ),
    (
        "refused",
        "What was refused",
        (
            ("by_reason", "Refusals by what was wrong"),
            ("by_purpose", "Refusals by the reason that was given"),
            ("by_organisation", "Refusals by who asked"),
        ),
    ),
)
"""Section of the report, heading, and its tables with their captions."""

LIMITS: Final = tuple(
    """\
A reason can be a lie. What this record does is make it signed, named, counted and permanent.
A camera that was switched off, or replaced by another one, writes nothing. The hours of work above show gaps.
Who takes a camera over completely decides what it writes from then on, but can not change what a witness saw before.
What somebody remembers, photographs from a screen or writes on paper is not in any log.
Counts of one to four are shown as "fewer than 5"; others that one would follow from are withheld, or told in tens.
""".splitlines()
)
UNIT: Final = re.compile("^[^/]+/[^/]+/[^/]+/(camera|uplink)(/[0-9]+)?$")
"""The name of a unit's log ends so; every other is a holder's."""
OF_HOLDERS: Final = frozenset({"queries", "shares", "refused"})
NOT_TOLD: Final = "not told"
NO_LOG: Final = "This page can not say: it was made without the log of whoever holds what was kept."
ENOUGH: Final = 1000
"""Vehicles, for a share to mean anything."""
MOST_SHOWN: Final = 5
"""Policies that are listed without being asked for."""
