"""This file takes a unit's memory away: everything that a configuration has it hold, and the configuration itself.

What is kept is the software. Each file is overwritten before it is unlinked; what files left behind as they shrank lies
in free blocks, which `fill` overwrites. On flash even that is no proof, since a card may write elsewhere than it was
told (wear levelling): what protects a plate there is that it was never written, or sealed to keys that the unit does
not hold. A key that was on the card is to be taken off the rings that believe in it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import tempfile
from contextlib import ExitStack
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.app.build import unit_address
from edge_alpr.app.seen_numbers import HOTLISTS, POLICIES, state_folder
from edge_alpr.ops.read_rate import READ_RATES
from edge_alpr.ops.runtime import alone, runtime_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.config.settings import Config

KEPT: Final = frozenset({"camera.path", "camera.tuning_file", "inference.models_dir"})
"""Options that name what is not the unit's own: recordings that it was shown, and parts of the software."""
FOLDERS: Final = frozenset({"spool.path", "audit.dir", "runtime.dir"})
"""Options that name where the unit writes: found by what it writes there."""
STATE: Final = Path("/var/lib/edge-alpr")
"""What systemd gives the services (``StateDirectory=``)."""
_BLOCK: Final = bytes(1 << 20)
_FITRIM: Final = 0xC0185879
"""Of ``linux/fs.h``."""


def belongings(config: Config, file: Path) -> list[Path]:
    """Every file that the unit has written or was given, and ``file``, its configuration; sorted, none twice."""
    spool = config.spool.path
    found = [file, *spool.parent.glob(f"{spool.name}*"), *_below(_unit_folder(config))]
    found += _below(config.audit.dir or spool.parent / "audit")
    for folder in {state_folder(config), STATE, spool.parent}:
        retired = f"retired-{str(unit_address(config)).replace('/', '.')}.json"
        found += [folder / name for name in (POLICIES, HOTLISTS, READ_RATES, retired)]
    for path in _named(config):
        found += _below(path) if path.is_dir() else [path]
    return sorted({path.absolute() for path in found if path.is_symlink() or path.is_file()})


def forget(config: Config, paths: list[Path]) -> list[str]:
    """Overwrite and remove them, and folders that are empty then; returns what could not be removed, in words.

    Raises:
        EdgeAlprError: the unit is running.
    """
    with ExitStack() as stack:
        for half in ("camera", "uplink"):
            stack.enter_context(alone(_unit_folder(config), half))
        # The locks themselves go last.
        everything = [*paths, *_below(_unit_folder(config))]
        failures = [failure for path in everything if (failure := _erase(path)) is not None]
    for folder in sorted({path.parent for path in everything}, key=lambda each: -len(each.parts)):
        if folder != Path.cwd() and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return failures


def fill(folder: Path) -> int:
    """Overwrite the free blocks of the file system that ``folder`` is on; returns how many bytes.

    Raises:
        OSError: but for a full card, which is meant.
    """
    written = 0
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for size in (len(_BLOCK), 4096, 1):  # the last room is smaller than a large block
            try:
                while True:
                    written += file.write(_BLOCK[:size])
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
            os.fsync(file.fileno())
    return written


def discard(folder: Path) -> bool:
    """Tell the card that it may erase the free blocks of the file system that ``folder`` is on; whether it was told.

    A file system keeps a few blocks back from everybody (ext4: one in fifty); `fill` cannot reach those, this can.
    """
    everything = struct.pack("=QQQ", 0, 2**64 - 1, 0)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(handle, _FITRIM, everything)
    except OSError:  # not root, or no such card
        return False
    finally:
        os.close(handle)
    return True


def _unit_folder(config: Config) -> Path:
    name = str(unit_address(config)).replace("/", ".")
    return runtime_dir(runtime_dir(config.runtime.dir) / name)


def _named(settings: Any, where: str = "") -> Iterator[Path]:
    """Every path that a configuration names, but for those that are not to go."""
    for each in fields(settings):
        name, value = f"{where}{each.name}", getattr(settings, each.name)
        if is_dataclass(value):
            yield from _named(value, f"{name}.")
        elif isinstance(value, Path) and name not in KEPT | FOLDERS:
            yield value


def _below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_symlink() or path.is_file()]


def _erase(path: Path) -> str | None:
    """Why it is still there, or None. A link is removed and not followed."""
    try:
        if not path.is_symlink():
            with path.open("r+b") as file:
                left = os.fstat(file.fileno()).st_size
                while left > 0:
                    left -= file.write(_BLOCK[: min(left, len(_BLOCK))])
                file.flush()
                os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"{path}: {error.strerror}"
    return None
