"""This file finds the directory for what crosses between the two halves, and keeps a unit from running twice in it.

It lies on tmpfs, never on the card, and holds a folder for each unit, so that several can run on one host.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.errors import ConfigError, EdgeAlprError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


def runtime_dir(wanted: Path | None) -> Path:
    """The directory: the one that is ``wanted``, or /run/edge-alpr, the user's own, or a private one among temporary
    files. Created if need be, for its owner only.

    Raises:
        ConfigError: it cannot be made or written, or somebody else has put something in its place.
    """
    if wanted is not None:
        return _made(wanted)
    *candidates, last = _candidates()
    for candidate in candidates:
        there = candidate if candidate.exists() else candidate.parent
        if there.is_dir() and _is_usable(there):
            return _made(candidate)
    made = _made(last)
    # Anybody may write to the folder of temporary files: what lies there under our name need not be ours.
    if last.is_symlink() or last.stat().st_uid != os.getuid():
        raise _refuse(last, "belongs to somebody else; remove it, or set another")
    return made


def find_runtime_dir(wanted: Path | None) -> Path | None:
    """The directory if it is there already; nothing is made. Another's is found if ``wanted`` or /run/edge-alpr."""
    candidates = _candidates() if wanted is None else [wanted]
    return next((candidate for candidate in candidates if candidate.is_dir()), None)


def _candidates() -> list[Path]:
    """Where it may be, the best first."""
    user = os.environ.get("XDG_RUNTIME_DIR")
    return [
        Path("/run/edge-alpr"),
        *([Path(user) / "edge-alpr"] if user else []),
        Path(tempfile.gettempdir()) / f"edge-alpr-{os.getuid()}",
    ]


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise _refuse(folder, "is no directory; remove it, or set another") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise _refuse(folder, f"cannot be made: {why}; set another") from None
    if not _is_usable(folder):
        raise _refuse(folder, "cannot be written; change its owner, or set another")
    return folder


def _is_usable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=True)


def _refuse(folder: Path, what: str) -> ConfigError:
    return ConfigError([Problem(str(folder), "runtime.dir", what)])


@contextmanager
def alone(folder: Path, half: str) -> Iterator[None]:
    """Hold a unit's half while inside. The lock ends with the process, however that ends.

    Raises:
        EdgeAlprError: another process holds it.
    """
    path = folder / f"{half}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise EdgeAlprError(f"{path}: cannot be opened: {error.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise EdgeAlprError(
                f"the {half} half of {folder.name} runs already (process {holder}); end it, or give this unit "
                "another name (unit.name), spool and runtime.dir"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
