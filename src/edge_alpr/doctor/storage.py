"""This file checks the card: room, wear, whether it can be written, and the spool that lies on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from edge_alpr.doctor.finding import Finding, fail, ok, skip, warn
from edge_alpr.errors import SpoolError
from edge_alpr.spool.examine import examine_spool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.doctor.surroundings import Surroundings

LEAST_BYTES: Final = 16 << 20
"""With less, SQLite's log and the unit's own small files are at risk."""
OLD_S: Final = 3600.0
"""A message that waits for longer than that on a unit with a link is odd."""
_WORN: Final = {1: "normal", 2: "80 % of the spare blocks are used", 3: "90 % of them are used"}
"""``pre_eol_info`` of JEDEC eMMC 5.0 (JESD84-B50, section 7.4.41)."""
_NEW_CARD: Final = (
    "move the unit to a new card before this one ends: `edge-alpr export`, then `import` there"
)


def storage(config: Config, around: Surroundings) -> Iterator[Finding]:
    """Room, wear and the spool."""
    yield room(config.spool.path.parent, config.spool.max_bytes)
    yield wear(around)
    yield spool(config.spool.path, around.clock.now().utc_s)


def room(folder: Path, most_bytes: int) -> Finding:
    """Whether the spool can grow to its bound, and its folder can be written at all."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    facts = os.statvfs(there)
    free = facts.f_bavail * facts.f_frsize
    told = f"{_size(free)} free on the file system of {folder}"
    if facts.f_flag & os.ST_RDONLY:
        mend = (
            "a card that fails is made read-only by the system: look at `dmesg`, replace the card"
        )
        return fail("disk", f"{folder} is mounted read-only", mend)
    if free < LEAST_BYTES or (facts.f_files and not facts.f_favail):
        what = "no more files fit" if free >= LEAST_BYTES else "the disk is full"
        mend = "find what fills it (`du -xh / | sort -h | tail`), and delete that; never the spool's own files"
        return fail("disk", f"{what}: {told}; what is read now cannot be stored", mend)
    if free < most_bytes:
        mend = f"lower spool.max_bytes, or make room: the spool may grow to {_size(most_bytes)}"
        return warn("disk", told, mend)
    return ok("disk", told)


def wear(around: Surroundings) -> Finding:
    """What a card or eMMC says of its age. Most SD cards say nothing."""
    for device in sorted((around.root / "sys/block").glob("mmcblk*")):
        base = f"sys/block/{device.name}/device"
        ages = (around.read(f"{base}/life_time") or "").split()
        tenths = max((int(age, 16) for age in ages if age.startswith("0x")), default=0)
        if not tenths:
            continue
        state = int(around.read(f"{base}/pre_eol_info") or "0x0", 16)
        told = f"{device.name}: up to {10 * min(tenths, 10)} % of its life is used"
        if state >= 2 or tenths >= 11:
            told = f"{told}; {_WORN.get(state, 'beyond its rated life')}"
            return fail("card wear", told, _NEW_CARD)
        return warn("card wear", told, _NEW_CARD) if tenths >= 9 else ok("card wear", told)
    return skip("card wear", "not here: most SD cards do not say")


def spool(path: Path, now_s: float) -> Finding:
    """Whether its file is whole, how much waits, and for how long."""
    try:
        found = examine_spool(path)
    except SpoolError as error:
        mend = (
            "leave it where it is and restart the camera's service: it sets a damaged spool aside and keeps what can "
            "be read of it. If the file belongs to another user, run this as the user that the unit runs as"
        )
        return fail("spool", str(error), mend)
    if found is None:
        return ok("spool", f"{path}: none yet; it is made at the first start")
    if not found.messages:
        return ok("spool", "whole, and empty: everything was delivered")
    age_s = 0.0 if found.oldest_s is None else max(0.0, now_s - found.oldest_s)
    told = f"whole; {found.messages} messages wait, the oldest for {_duration(age_s)}"
    if age_s > OLD_S:
        mend = (
            "see the lines about the broker and the collector: nothing leaves before they are right"
        )
        return warn("spool", told, mend)
    return ok("spool", told)


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{count / (1 << 20):.1f} MiB"


def _duration(seconds: float) -> str:
    if seconds >= 172_800:
        return f"{seconds / 86_400:.0f} days"
    if seconds >= 7200:
        return f"{seconds / 3600:.0f} hours"
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} s"
