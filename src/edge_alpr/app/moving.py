"""This file moves a unit to other hardware: everything that makes it this unit, locked, and the old one retired.

Taken: the configuration and what it names, the audit log, the numbers of policies and lists that were in force, and the
spool with what was not delivered. Left: what lies in memory, damaged spools, and the software. Files go to the same
places. The old unit is retired before the file gets its name: a move that is cut short leaves no unit, never two.
"""

from __future__ import annotations

import io
import os
import pwd
import stat
import tarfile
from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from edge_alpr.app.build import unit_address
from edge_alpr.app.factory_reset import belongings
from edge_alpr.app.retired import marks, retire
from edge_alpr.errors import EdgeAlprError, KeyFileError, MessageError
from edge_alpr.keys.files import write_new
from edge_alpr.keys.locked import lock, unlock
from edge_alpr.ops.runtime import alone, runtime_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.config.settings import Config
    from edge_alpr.keys.sealing import SealKey, SealPublic

MOST_BYTES: Final = 256 << 20
"""It is all held in memory, three times over."""


def export_unit(config: Config, file: Path, out: Path, to: str | SealPublic, now_s: float) -> int:
    """Write the unit that ``file`` configures to ``out``, locked, and retire it here; returns how many files it has.

    Raises:
        EdgeAlprError: it runs, or is too large.
        KeyFileError: a file cannot be read or written, or ``out`` is there already.
    """
    if out.exists():
        raise KeyFileError(f"{out} is there already and is never overwritten")
    draft = out.with_name(f"{out.name}.unfinished")
    draft.unlink(missing_ok=True)
    folder = runtime_dir(
        runtime_dir(config.runtime.dir) / str(unit_address(config)).replace("/", ".")
    )
    with ExitStack() as stack:
        for half in ("camera", "uplink"):
            stack.enter_context(alone(folder, half))
        taken = [path for path in belongings(config, file) if _moves(path, config, folder)]
        write_new(draft, lock(_packed(taken), to), 0o600)
        retire(config, now_s)
        try:
            os.link(draft, out)
        except OSError as error:
            raise KeyFileError(
                f"{out}: cannot be written: {error.strerror}; it is in {draft}"
            ) from None
        draft.unlink()
    return len(taken)


def import_unit(locked: bytes, by: str | SealKey, root: Path) -> list[Path]:
    """Put a unit's files to their places below ``root``; returns them. All are new, or nothing is written.

    Raises:
        MessageError: it does not open, or is no unit.
        EdgeAlprError: something is there already.
        KeyFileError: a file cannot be written.
    """
    entries = list(_unpacked(unlock(locked, by)))
    places = [root / entry.name for entry, _ in entries]
    if there := [str(place) for place in places if place.exists() or place.is_symlink()]:
        raise EdgeAlprError(
            f"there already: {', '.join(there[:5])}; nothing is overwritten. `edge-alpr reset` clears an old unit"
        )
    for (entry, content), place in zip(entries, places, strict=True):
        owner = _owner(entry.uname)
        for made in _make_folder(place.parent):
            _give(made, owner)
        write_new(place, content, entry.mode & 0o777)
        _give(place, owner)
    return places


def _moves(path: Path, config: Config, folder: Path) -> bool:
    spool = config.spool.path
    if folder in path.parents or path in marks(config):
        return False
    beside = path.parent == spool.parent and path.name.startswith(f"{spool.name}")
    return not beside or path.name in {spool.name, f"{spool.name}-wal"}


def _packed(paths: list[Path]) -> bytes:
    if sum(path.stat().st_size for path in paths) > MOST_BYTES:
        raise EdgeAlprError(
            f"more than {MOST_BYTES >> 20} MiB: let the spool empty itself first (edge-alpr run --only uplink)"
        )
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for path in paths:
            content, facts = path.read_bytes(), path.stat()
            entry = tarfile.TarInfo(str(path).lstrip("/"))
            entry.size, entry.mode = len(content), stat.S_IMODE(facts.st_mode)
            with suppress(KeyError):
                entry.uname = pwd.getpwuid(facts.st_uid).pw_name
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def _unpacked(packed: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
            for entry in archive:
                name = PurePosixPath(entry.name)
                content = archive.extractfile(entry) if entry.isreg() else None
                if content is None or name.is_absolute() or ".." in name.parts:
                    raise MessageError(
                        f"holds something that no unit is made of: {entry.name[:80]}"
                    )
                yield entry, content.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise MessageError(f"holds no unit: {error}") from None


def _make_folder(folder: Path) -> list[Path]:
    """The folders that had to be made."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700)
    return missing


def _owner(name: str) -> int | None:
    """Whom a file belongs to here, if we may say so."""
    if os.geteuid() != 0 or not name:
        return None
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def _give(path: Path, owner: int | None) -> None:
    if owner is not None:
        os.chown(path, owner, -1)
