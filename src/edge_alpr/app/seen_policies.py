"""This file remembers which policies a unit has had, so that an older one does not come back (anti-rollback).

One small file beside the spool, replaced as a whole; nothing of a plate is in it. Whoever may write there as root can
also remove it: it stops a mistake and a technician's configuration, not a thief with the card in hand.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import KeyFileError, PolicyError
from edge_alpr.keys.files import read_public, write_over

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.policy.signed import SignedPolicy

NAME: Final = "policies.json"


class SeenPolicies:
    """The highest number that was in force, by authority and scope."""

    def __init__(self, folder: Path) -> None:
        """``folder``: where the spool lies.

        Raises:
            PolicyError: the file is there and says nothing that can be understood.
        """
        self._path = folder / NAME
        self._numbers = _numbers(self._path)

    def __bool__(self) -> bool:
        """Whether there was any."""
        return bool(self._numbers)

    @property
    def names(self) -> str:
        """``city-clerk for example-org (3)``, for a message."""
        return ", ".join(f"{what} ({number})" for what, number in sorted(self._numbers.items()))

    def refuse_older(self, policy: SignedPolicy) -> None:
        """Let a policy pass that is not older than what was in force.

        Raises:
            PolicyError: it is.
        """
        least = self._numbers.get(_key(policy), 0)
        if policy.seq < least:
            raise PolicyError(
                f"policy {policy.name} is older than number {least}, which this unit has had"
            )

    def remember(self, policy: SignedPolicy) -> None:
        """Write down that it is in force.

        Raises:
            PolicyError: the file cannot be written.
        """
        if self._numbers.get(_key(policy)) == policy.seq:
            return
        self._numbers[_key(policy)] = policy.seq
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_over(self._path, json.dumps(self._numbers).encode() + b"\n", 0o600)
        except (OSError, KeyFileError) as error:
            raise PolicyError(f"which policy is in force cannot be remembered: {error}") from None


def _key(policy: SignedPolicy) -> str:
    return f"{policy.authority} for {policy.scope}"


def _numbers(path: Path) -> dict[str, int]:
    try:
        if not path.exists():
            return {}
        found = json.loads(read_public(path))
    except (OSError, ValueError, KeyFileError) as error:
        raise PolicyError(f"{path}: cannot be understood: {error}") from None
    if not isinstance(found, dict) or not all(type(number) is int for number in found.values()):
        raise PolicyError(f"{path}: is no list of policies")
    return found
