"""This file remembers which policies and hotlists a unit has had, so that no older one comes back (anti-rollback).

One small file each, replaced as a whole; numbers only, nothing of a plate. Whoever may write there as root can also
remove it: it stops a mistake and a technician's configuration, not a thief with the card in hand.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from edge_alpr.errors import KeyFileError, PolicyError
from edge_alpr.keys.files import read_public, write_over

if TYPE_CHECKING:
    from edge_alpr.config.settings import Config

POLICIES: Final = "policies.json"
HOTLISTS: Final = "hotlists.json"


def state_folder(config: Config) -> Path:
    """Where they lie: what systemd gives the service (``StateDirectory=``), which no configuration can move; beside the
    spool where there is no systemd."""
    given = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(given) if given else config.spool.path.parent


class Numbered(Protocol):
    """What its authority numbers, for a scope: a policy, the head of a hotlist."""

    @property
    def authority(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def seq(self) -> int: ...


class SeenNumbers:
    """The highest number that was in force, by authority and scope."""

    def __init__(self, path: Path) -> None:
        """``path``: in the spool's folder.

        Raises:
            PolicyError: the file is there and says nothing that can be understood.
        """
        self._path = path
        self._numbers = _numbers(path)

    def __bool__(self) -> bool:
        """Whether there was any."""
        return bool(self._numbers)

    @property
    def names(self) -> str:
        """``city-clerk for example-org (3)``, for a message."""
        return ", ".join(f"{what} ({number})" for what, number in sorted(self._numbers.items()))

    def least(self, numbered: Numbered, /) -> int:
        """The smallest number that is not older than what was in force."""
        return self._numbers.get(_key(numbered), 0)

    def remember(self, numbered: Numbered, /) -> None:
        """Write down that it is in force.

        Raises:
            PolicyError: the file cannot be written.
        """
        if self._numbers.get(_key(numbered)) == numbered.seq:
            return
        numbers = {**self._numbers, _key(numbered): numbered.seq}
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_over(self._path, json.dumps(numbers).encode() + b"\n", 0o600)
        except (OSError, KeyFileError) as error:
            raise PolicyError(f"what is in force cannot be remembered: {error}") from None
        self._numbers = numbers


def _key(numbered: Numbered) -> str:
    return f"{numbered.authority} for {numbered.scope}"


def _numbers(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    try:
        found = json.loads(read_public(path))
    except (ValueError, KeyFileError) as error:
        raise PolicyError(f"{path}: cannot be understood: {error}") from None
    if not isinstance(found, dict) or not all(type(number) is int for number in found.values()):
        raise PolicyError(f"{path}: is no list of numbers")
    return found
