"""Reads a desk: the folder with all that a holder goes by, each thing under its own name.

::

    desk.json       {"organisation", "name", "store"}: whose it is, what it signs as, which database
    policy.json     the policy in force, as its authority signed it
    authorities/    who may sign policies and say who an organisation is
    persons/        who may ask: person/organisation/name
    partners/       what authorities say of other organisations (partner/1.0)
    declarations/   what other states' agencies declared in writing (declaration/1.0)
    holder.key      signs checkpoints, releases, answers and corrections
    audit.key       the custodian's: names plates in the log
    log/            what was done
    units/          optional: the units' keys to seal to, by which sealed reads are found
    agency.key      optional: opens what is sealed to the agency
    epochs/         optional: the custodian's daily keys

Nothing is remembered between two uses: what was revoked or changed holds from the next one on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.audit.subject import AuditKey
from edge_alpr.errors import EdgeAlprError, KeyFileError, MessageError, PolicyError
from edge_alpr.holder.house import House
from edge_alpr.keys.files import read_public, write_new
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.document import parse_document
from edge_alpr.message.topics import UnitAddress
from edge_alpr.policy.signed import read_policy

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.policy.signed import SignedPolicy

_HEAD: Final = ("organisation", "name", "store")
_RINGS: Final = ("authorities", "persons", "units")
_PAPERS: Final = ("partners", "declarations")


@dataclass(frozen=True, slots=True)
class Head:
    """``desk.json``."""

    organisation: str
    name: str
    store: str
    """``sqlite:PATH`` (from the folder on) or ``postgresql://...``."""


def make_desk(folder: Path, head: Head) -> KeyPair:
    """A new desk with keys of its own, and nobody who may ask yet.

    Raises:
        KeyFileError: it is there already, or cannot be written.
    """
    Member(head.name, (key := KeyPair.generate()).public)  # refuses a name that nobody could enroll
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (*_RINGS, *_PAPERS, "log"):
            (folder / name).mkdir(mode=0o755, exist_ok=True)
    except OSError as error:
        raise KeyFileError(f"{folder}: {error.strerror}") from None
    document = {name: getattr(head, name) for name in _HEAD}
    write_new(folder / "desk.json", f"{json.dumps(document, indent=2)}\n".encode(), 0o644)
    key.save(folder / "holder.key")
    write_new(folder / "holder.key.pub", f"{key.public}\n".encode(), 0o644)
    AuditKey.generate().save(folder / "audit.key")
    return key


def read_head(folder: Path) -> Head:
    """Whose desk it is.

    Raises:
        KeyFileError: there is none in the folder, or its head is not one.
    """
    path = folder / "desk.json"
    try:
        document = json.loads(read_public(path))
        values = [document[name] for name in _HEAD]
    except (ValueError, KeyError, TypeError):
        raise KeyFileError(f'{path}: expected {{"organisation", "name", "store"}}') from None
    if not all(isinstance(value, str) for value in values):
        raise KeyFileError(f"{path}: organisation, name and store are texts")
    organisation, name, store = values
    kind, _, rest = store.partition(":")
    if kind == "sqlite":
        store = f"sqlite:{folder / rest}"
    return Head(organisation, name, store)


def read_house(folder: Path, head: Head) -> tuple[House, str | None]:
    """What the desk goes by, and why it has no policy if it has none.

    Raises:
        KeyFileError: a ring or a document cannot be read.
    """
    authorities = KeyRing.load(folder / "authorities")
    policy, digest, trouble = _policy(folder / "policy.json", authorities)
    house = House(
        organisation=head.organisation,
        name=head.name,
        policy=policy,
        policy_sha256=digest,
        persons=KeyRing.load(folder / "persons"),
        authorities=authorities,
        partners=_documents(folder / "partners"),
        declarations=_documents(folder / "declarations"),
    )
    return house, trouble


def _policy(path: Path, authorities: KeyRing) -> tuple[SignedPolicy | None, str | None, str | None]:
    try:
        body = read_public(path)
        scope = str(parse_document(body).get("scope"))
        policy, digest = read_policy(body, authorities, _address_below(scope))
    except (KeyFileError, PolicyError, MessageError, ValueError) as error:
        return None, None, str(error)
    return policy, digest, None


def _address_below(scope: str) -> UnitAddress:
    """Some unit that a policy for ``scope`` is for: a desk has no address of its own."""
    return UnitAddress(*[*scope.split("/"), "any", "any"][:3])


def _documents(folder: Path) -> list[dict[str, Any]]:
    try:
        paths = sorted(each for each in folder.iterdir() if each.suffix == ".json")
    except OSError as error:
        raise KeyFileError(f"{folder}: {error.strerror}") from None
    return [_document(path) for path in paths]


def _document(path: Path) -> dict[str, Any]:
    try:
        return parse_document(read_public(path))
    except MessageError as error:
        raise EdgeAlprError(f"{path}: {error}") from None
