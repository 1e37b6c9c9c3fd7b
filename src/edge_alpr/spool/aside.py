"""Sets a damaged file aside under a dated name, so that somebody can look at it, and deletes it in time.

One such file is kept, for a while, and not at the cost of new messages: it may hold plates whose time is over.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from edge_alpr.spool.database import as_spool_errors, sync_folder

if TYPE_CHECKING:
    from pathlib import Path

KEPT_S: Final = 7 * 86400.0
"""So long it is kept at most."""
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_AHEAD_S: Final = 86400.0
"""A file from further in the future was set aside by a clock that was wrong; its age is unknown."""


def set_aside(path: Path, now_s: float) -> Path:
    """Rename a damaged file and its log, which no connection of ours may have open; returns the new name.

    Raises:
        SpoolError: the directory does not allow it.
    """
    with as_spool_errors(path):
        forget(path)
        stamp = datetime.fromtimestamp(now_s, UTC).strftime(_STAMP)
        aside = path.with_name(f"{path.name}.damaged-{stamp}")
        path.rename(aside)
        with suppress(FileNotFoundError):
            path.with_name(path.name + "-wal").rename(aside.with_name(aside.name + "-wal"))
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
        sync_folder(path.parent)
    return aside


def forget_old(path: Path, now_s: float) -> bool:
    """Delete what was set aside too long ago, UTC seconds; whether there was any.

    Raises:
        SpoolError: the directory does not allow it.
    """
    ages = [now_s - _since_s(file) for file in path.parent.glob(f"{path.name}.damaged-*Z")]
    return any(not -_AHEAD_S <= age <= KEPT_S for age in ages) and forget(path)


def forget(path: Path) -> bool:
    """Delete what was set aside; whether there was any.

    Raises:
        SpoolError: the directory does not allow it.
    """
    with as_spool_errors(path):
        files = list(path.parent.glob(f"{path.name}.damaged-*"))
        for file in files:
            file.unlink(missing_ok=True)
    return bool(files)


def _since_s(aside: Path) -> float:
    """UTC seconds of its name: renaming keeps the file's own times, which may be much older."""
    with suppress(ValueError):
        stamp = aside.name.rpartition("damaged-")[2]
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC).timestamp()
    return 0.0
