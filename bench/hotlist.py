"""This file measures a hotlist of 100,000 plates: taking it as a unit does, its memory, and looking one read up in it.

Usage: ``python -m bench.hotlist``; ``make bench`` shows the same figures below its table. CPU time of one core. Taking
it is everything between the sealed bytes and the list in force: open, decompress, verify, each entry, index.
"""

from __future__ import annotations

import random
import statistics
import string
import time
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edge_alpr.config.profiles import find_profile
from edge_alpr.hotlist.list import Accepted, Terms, read_list
from edge_alpr.hotlist.pack import pack_for, unpack
from edge_alpr.hotlist.write import signed_list
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.hotlist import MOST_ENTRIES, Entry
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.topics import UnitAddress

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.types import CharScores

NOW_S = 1_767_225_600.0
ADDRESS = UnitAddress("org", "site", "unit")
READS = 2000
LENGTHS = (6, 7, 8, 12)


def costs(entries: int = MOST_ENTRIES) -> dict[str, float]:
    """Sizes in MB, taking in CPU seconds, a look-up in CPU microseconds."""
    rng, key, seal = random.Random(1), KeyPair.generate(), SealKey.generate()
    wanted = [_entry(rng) for _ in range(entries)]
    document = signed_list(
        wanted, key, authority="police", scope="org", seq=1, now_s=NOW_S, hours=24
    )
    sealed = pack_for(document, seal.public, ADDRESS)
    plates = [entry.plate for entry in wanted]
    megabytes = len(document) / 1e6
    del wanted, document
    rules = find_profile("default-strict").rules
    with_edits = replace(rules, hit=replace(rules.hit, classes=frozenset({"exact", "edit"})))
    terms = Terms(authorities=KeyRing([Member("police", key.public)]), address=ADDRESS, rules=rules)
    takes, accepted = [], None
    for _ in range(3):
        begin = time.process_time()
        accepted = read_list(unpack(sealed, seal, ADDRESS), terms, NOW_S)
        takes.append(time.process_time() - begin)
    assert accepted is not None
    assert len(accepted.hotlist) == entries
    near = read_list(unpack(sealed, seal, ADDRESS), replace(terms, rules=with_edits), NOW_S)
    return {
        "entries": entries,
        "document_mb": megabytes,
        "sealed_mb": len(sealed) / 1e6,
        "take_s": statistics.median(takes),
        **_memory_mb(lambda: read_list(unpack(sealed, seal, ADDRESS), terms, NOW_S)),
        **_match_us("match", accepted, plates, rng),
        **_match_us("match_edits", near, plates, rng),
    }


def _match_us(
    name: str, accepted: Accepted, plates: list[str], rng: random.Random
) -> dict[str, float]:
    """CPU microseconds of one look-up: half of the reads are listed, the others of all lengths."""
    spent = []
    for n in range(READS):
        text = rng.choice(plates) if n % 2 else _plate(rng, LENGTHS[n // 2 % len(LENGTHS)])
        scores: CharScores = np.full((len(text), 36), 1 / 36, np.float32)
        begin = time.thread_time_ns()
        accepted.hotlist.matches(text, scores)
        spent.append((time.thread_time_ns() - begin) / 1e3)
    spent.sort()
    return {f"{name}_us": statistics.median(spent), f"{name}_p99_us": spent[READS * 99 // 100]}


def _memory_mb(take: Callable[[], object]) -> dict[str, float]:
    """What Python and numpy hold for a list that was taken, and the most while it was."""
    tracemalloc.start()
    try:
        taken = take()
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken
    return {"held_mb": held / 1e6, "peak_mb": peak / 1e6}


def _entry(rng: random.Random) -> Entry:
    return Entry(
        plate=_plate(rng, 7),
        region="US-IL",
        reason_code=rng.choice(("stolen_vehicle", "missing_person", "felony_warrant")),
        offence_class="felony",
        case_no=f"2026-{rng.randrange(10**6):06}",
        entered_by=f"officer-{rng.randrange(50)}",
        agency="city-police",
        approved_by=None,
        created=to_text(NOW_S - rng.uniform(0, 86_400)),
        expires=to_text(NOW_S + rng.uniform(86_400, 10 * 86_400)),
        expected_make=rng.choice(("Ford", "Toyota", None)),
        expected_colour=rng.choice(("red", "black", None)),
    )


def _plate(rng: random.Random, length: int) -> str:
    return "".join(rng.choices(string.ascii_uppercase + string.digits, k=length))


def lines(found: dict[str, float]) -> list[str]:
    """The figures for people."""
    names = {
        "entries": ("entries of the hotlist", 0),
        "document_mb": ("signed list, MB", 1),
        "sealed_mb": ("compressed and sealed, MB", 1),
        "take_s": ("take it, CPU s", 2),
        "held_mb": ("memory it holds, MB", 1),
        "peak_mb": ("memory while it is taken, MB", 1),
        "match_us": ("look a read up, CPU us", 0),
        "match_p99_us": ("look a read up, p99", 0),
        "match_edits_us": ("with edits, CPU us", 0),
        "match_edits_p99_us": ("with edits, p99", 0),
    }
    return [f"{name:34}{found[key]:>10.{digits}f}" for key, (name, digits) in names.items()]


if __name__ == "__main__":
    print("\n".join(lines(costs())))
