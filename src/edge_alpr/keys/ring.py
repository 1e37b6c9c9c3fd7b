"""Holds the public keys that are believed, each with the one unit, collector, person or holder that it belongs to.

A ring is a text file with one ``ed25519:... name`` a line, or a folder of such files (``*.pub``). The name is a unit's
address ``org/site/unit``, a collector's plain name, or that of a holder of sealed reads, ``agency/name`` or
``custodian/name``; the slashes keep them apart. A person who asks a holder is ``person/organisation/name``, in a ring
of persons, so nobody calls an organisation `person`. A line ``x25519:... name`` gives a key to seal to, which signs
nothing. One name may have several keys, so that an old and a new one are believed while they are exchanged. A key has
one name. A line may go on with ``from=``, ``until=`` and ``revoked=`` (`validity`); several lines about one key are
taken together, and the strictest holds. So a key is revoked by adding a line, and nothing that is added later makes it
believed again.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.files import read_public, write_new
from edge_alpr.keys.pair import PublicKey
from edge_alpr.keys.sealing import SEAL_PREFIX, SealPublic
from edge_alpr.keys.validity import ALWAYS, Validity
from edge_alpr.message.topics import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

SUFFIX: Final = ".pub"
AGENCY: Final = "agency/"
CUSTODIAN: Final = "custodian/"
"""What the name of a holder of sealed reads begins with."""
_NAME: Final = re.compile(f"{NAME}(?:/{NAME}/{NAME})?|(?:{AGENCY}|{CUSTODIAN}){NAME}")


@dataclass(frozen=True, slots=True)
class Member:
    """A key and whose it is."""

    name: str
    """``org/site/unit``, a collector's name, ``agency/name`` or ``custodian/name``."""
    key: PublicKey | SealPublic
    validity: Validity = ALWAYS

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise KeyFileError(
                f"{self.name[:200]!r} is no name for a key: expected org/site/unit, a collector's name, "
                "agency/name or custodian/name, of a-z, 0-9 and '-'"
            )

    @property
    def kid(self) -> str:
        return self.key.kid

    def __str__(self) -> str:
        """The line of a ring file."""
        return " ".join([str(self.key), self.name, *self.validity.words()])


class KeyRing:
    """The members by key. Does not change; load it again to see what was enrolled."""

    def __init__(
        self, members: Iterable[Member] = (), *, now_s: Callable[[], float] = time.time
    ) -> None:
        """``now_s`` gives the UTC seconds by which validity is judged.

        Raises:
            KeyFileError: one key under two names.
        """
        self._now_s = now_s
        self._members: dict[str, Member] = {}
        for member in members:
            known = self._members.setdefault(member.kid, member)
            if known.name != member.name:
                raise KeyFileError(
                    f"key {member.kid} is enrolled for both {known.name} and {member.name}"
                )
            together = known.validity.and_also(member.validity)
            self._members[member.kid] = replace(known, validity=together)

    @classmethod
    def load(cls, path: Path) -> KeyRing:
        """The ring in a file or a folder.

        Raises:
            KeyFileError: missing, or a line that is not one; names file and line.
        """
        return cls(member for file in _files(path) for member in _members(file))

    def get(self, kid: str) -> Member | None:
        """The member with this key, believed or not, or None."""
        return self._members.get(kid)

    def refusal(self, member: Member) -> str | None:
        """Why a member's key is not believed just now; None if it is."""
        return member.validity.refusal(self._now_s())

    def of(self, name: str) -> list[Member]:
        """All keys of one name."""
        return [member for member in self if member.name == name]

    def sealing(self, name: str) -> list[SealPublic]:
        """The keys to seal to of one name that are believed just now."""
        return [
            member.key
            for member in self.of(name)
            if isinstance(member.key, SealPublic) and self.refusal(member) is None
        ]

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def __len__(self) -> int:
        return len(self._members)


def enroll(folder: Path, member: Member) -> Path:
    """Add a member to a ring that is a folder, which is made if it is missing. Enrolling again changes nothing.

    Raises:
        KeyFileError: the key has another name there, or the folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise KeyFileError(f"{folder}: {error.strerror}") from None
    path = folder / f"{member.name.replace('/', '.')}.{member.kid}{SUFFIX}"
    ring = KeyRing.load(folder)
    KeyRing([*ring, member])
    if ring.get(member.kid) is None:
        write_new(path, f"{member}\n".encode(), 0o644)
    return path


def revoke(folder: Path, who: str, at_s: float) -> list[Path]:
    """Believe a key, or all keys of a name, no more from ``at_s`` UTC. Adds a file for each; none is changed.

    Raises:
        KeyFileError: ``who`` is neither a kid nor a name in the ring, or the folder cannot be written.
    """
    ring = KeyRing.load(folder)
    found = [member for member in ring if who in {member.kid, member.name}]
    if not found:
        raise KeyFileError(f"{who[:200]!r} is neither a kid nor a name in {folder}")
    added = []
    for member in found:
        known_s = member.validity.revoked_s
        if known_s is not None and known_s <= at_s:
            continue
        at = f"{at_s:.0f}"
        path = folder / f"{member.name.replace('/', '.')}.{member.kid}.revoked-{at}{SUFFIX}"
        line = Member(member.name, member.key, Validity(revoked_s=at_s))
        write_new(path, f"{line}\n".encode(), 0o644)
        added.append(path)
    return added


def parse_public(text: str) -> PublicKey | SealPublic:
    """A public key of either kind.

    Raises:
        KeyFileError: it is none.
    """
    return SealPublic.parse(text) if text.startswith(SEAL_PREFIX) else PublicKey.parse(text)


def _files(path: Path) -> list[Path]:
    try:
        # Not by glob: it takes a folder that may not be read for an empty one.
        return sorted(each for each in path.iterdir() if each.suffix == SUFFIX)
    except NotADirectoryError:
        return [path]
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from None


def _members(file: Path) -> Iterator[Member]:
    text = read_public(file).decode("utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            if len(words) < 2:
                raise KeyFileError("expected `ed25519:... name`")  # noqa: TRY301 - told with its line below
            yield Member(words[1], parse_public(words[0]), Validity.parse(words[2:]))
        except KeyFileError as error:
            raise KeyFileError(f"{file}:{number}: {error}") from None
