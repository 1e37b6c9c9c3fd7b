"""This file has a policy signed by an authority that exists for one moment, for trials on one's own machines.

The authority's private key is in memory only and forgotten at once: nobody can sign another policy with it, neither a
thief nor you. What it signed ends by itself after some days.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.files import write_over
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.message.document import dump_document
from edge_alpr.policy.merge import merge_all
from edge_alpr.policy.signed import policy_document, sign_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.policy.profile import Profile

AUTHORITY: Final = "bench"
_DAY_S: Final = 86400.0
_BEFORE_S: Final = 3600.0
"""Clocks of a bench differ."""


@dataclass(frozen=True, slots=True)
class Throwaway:
    """What goes into a unit's configuration, as ``policy.file`` and ``policy.authorities``."""

    policy: Path
    authorities: Path


def write_throwaway(
    folder: Path,
    stack: Sequence[Profile],
    *,
    scope: str,
    now_s: float,
    days: float,
    name: str = AUTHORITY,
) -> Throwaway:
    """Merge profiles, sign what they come to, and write policy and ring into a folder, which is made if it is missing.

    Args:
        stack: one profile or more.
        scope: ``org``, ``org/site`` or ``org/site/unit``.
        now_s: UTC seconds; in force from an hour before.
        days: in force for so long.
        name: what the authority is called.

    Raises:
        KeyFileError: the folder cannot be written.
        PolicyError: the scope is none.
    """
    papers = Throwaway(folder.absolute() / "policy.json", folder.absolute() / "authorities")
    key = KeyPair.generate()
    document = policy_document(
        merge_all(profile.rules for profile in stack),
        authority=name,
        scope=scope,
        seq=1,
        not_before_s=now_s - _BEFORE_S,
        expires_s=now_s + days * _DAY_S,
        profiles=tuple(profile.about for profile in stack),
    )
    signed = sign_policy(document, key)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KeyFileError(f"{folder}: cannot be made: {error.strerror}") from None
    enroll(papers.authorities, Member(name, key.public))
    write_over(papers.policy, dump_document(signed) + b"\n", 0o644)
    return papers
