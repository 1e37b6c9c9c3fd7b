"""What a rogue broker, or somebody who may publish at an honest one, sends down to a unit: each kind, many ways."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.hotlist.pack import pack_for
from edge_alpr.hotlist.write import approved_list
from edge_alpr.keys.proof import sign_document
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.document import dump_document
from edge_alpr.message.hotlist import MOST_BYTES
from edge_alpr.message.receipt import Held, make_receipts, receipt_document
from edge_alpr.message.topics import UnitAddress
from fakes.hotlists import CHIEF_KEY, NOW_S, POLICE_KEY, UNIT, UNIT_SEAL, a_list, an_entry
from fakes.keys import COLLECTOR_KEY, STRANGER_KEY, UNIT_KEY

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from edge_alpr.keys.pair import KeyPair

BOOT: Final = "00c0ffee"
SEQ_IN_FORCE: Final = 50
_BOMB: Final = zlib.compress(bytes(MOST_BYTES + 1), 9)


@dataclass(frozen=True, slots=True)
class Attack:
    """One message."""

    name: str
    kind: str
    """The end of its topic."""
    body: bytes
    repeats: bool = False
    """Whether it is a genuine message again, as a broker may send it: without effect, and no offence."""


def a_receipt(
    upto: int, *, key: KeyPair = COLLECTOR_KEY, unit: UnitAddress = UNIT, collector: str = "central"
) -> dict[str, Any]:
    """That all messages up to a number are stored, signed."""
    held = Held.of(range(1, upto + 1))
    (receipt,) = make_receipts(
        held, [], address=unit, boot=BOOT, collector=collector, at="2026-01-01T00:00:00.000Z"
    )
    return sign_document(receipt_document(receipt), key)


def sealed(document: bytes) -> bytes:
    """To our unit, as everybody can who knows its public key."""
    return pack_for(document, UNIT_SEAL.public, UNIT)


def _changed(rng: random.Random, body: bytes) -> bytes:
    spoilt = bytearray(body)
    spoilt[rng.randrange(len(spoilt))] ^= rng.randrange(1, 256)
    return bytes(spoilt)


def _cut(rng: random.Random, body: bytes) -> bytes:
    return body[: rng.randrange(1, len(body))]


def _receipts(rng: random.Random) -> dict[str, bytes]:
    good = a_receipt(9)
    body = dump_document(good)
    other = UnitAddress("o", "s", "other")
    return {
        "by a stranger": dump_document(a_receipt(9, key=STRANGER_KEY)),
        "by a unit": dump_document(a_receipt(9, key=UNIT_KEY)),
        "in another's name": dump_document(a_receipt(9, collector="other")),
        "for another unit": dump_document(a_receipt(9, unit=other)),
        "unsigned": dump_document({**good, "proof": None}),
        "with a later number": dump_document({**good, "upto": 9 + rng.randrange(1, 999)}),
        "of another kind": dump_document(
            sign_document({**good, "schema": "policy/1.0"}, POLICE_KEY)
        ),
        "cut": _cut(rng, body),
        "no JSON": _changed(rng, body[:1]) + body[1:],
        "junk": rng.randbytes(rng.randrange(1, 2000)),
    }


def _lists(rng: random.Random) -> dict[str, bytes]:
    mine = an_entry("ATTACK1")
    newer = a_list(mine, seq=SEQ_IN_FORCE + 1)
    head, _, entries = newer.partition(b"\n")
    unsigned = {**json.loads(head), "proof": None}
    wrong_key = approved_list(newer, STRANGER_KEY, approver="chief", now_s=NOW_S)
    good = sealed(newer)
    return {
        "by a stranger": sealed(a_list(mine, seq=SEQ_IN_FORCE + 1, key=STRANGER_KEY)),
        "by another authority": sealed(a_list(mine, seq=SEQ_IN_FORCE + 1, key=CHIEF_KEY)),
        "unsigned": sealed(json.dumps(unsigned).encode() + b"\n" + entries),
        "with another entry": sealed(newer.replace(b"ATTACK1", b"ATTACK2")),
        "with a wrong approval": sealed(wrong_key),
        "rolled back": sealed(a_list(mine, seq=rng.randrange(1, SEQ_IN_FORCE))),
        "another of the same number": sealed(a_list(mine, seq=SEQ_IN_FORCE)),
        "from yesterday": sealed(a_list(mine, seq=SEQ_IN_FORCE + 1, now_s=NOW_S - 100_000)),
        "for tomorrow": sealed(
            a_list(mine, seq=SEQ_IN_FORCE + 1, now_s=NOW_S + 90_000 + rng.random())
        ),
        "for years": sealed(a_list(mine, seq=SEQ_IN_FORCE + 1, hours=24 * 365)),
        "for others": sealed(a_list(mine, seq=SEQ_IN_FORCE + 1, scope="o/t")),
        "sealed to another": pack_for(newer, SealKey.generate().public, UNIT),
        "bound to another": pack_for(newer, UNIT_SEAL.public, UnitAddress("o", "s", "other")),
        "in clear": newer + rng.randbytes(1),
        "cut before it was sealed": sealed(newer[: rng.randrange(1, len(newer))]),
        "cut": _cut(rng, good),
        "changed": _changed(rng, good),
        "a bomb": UNIT_SEAL.public.seal(_BOMB, info=b"hotlist/1.0 o/s/u"),
        "empty": b"",
        "junk": rng.randbytes(rng.randrange(1, 2000)),
    }


def _commands(rng: random.Random) -> dict[str, bytes]:
    command = {"schema": "cmd/1.0", "org": "o", "site": "s", "unit": "u", "command": "reboot"}
    policy = {"schema": "policy/1.0", "authority": "city-police", "scope": "o", "seq": 99}
    return {
        "in clear": dump_document(command),
        "signed by the unit": dump_document(sign_document(command, UNIT_KEY)),
        "signed by an authority": dump_document(sign_document(policy, POLICE_KEY)),
        "sealed": UNIT_SEAL.public.seal(dump_document(command), info=b"cmd/1.0 o/s/u"),
        "a list": sealed(a_list(an_entry("ATTACK1"), seq=SEQ_IN_FORCE + 1)),
        "empty": b"",
        "junk": rng.randbytes(rng.randrange(1, 2000)),
    }


_MAKERS: Final[dict[str, Callable[[random.Random], dict[str, bytes]]]] = {
    "receipt": _receipts,
    "hotlist": _lists,
    "cmd": _commands,
    "policy": _commands,
}


def attacks(rng: random.Random, count: int, replays: dict[str, bytes]) -> list[Attack]:
    """Every way of every kind in turn, with what is random drawn anew, then in any order.

    ``replays``: genuine messages that the unit has had, by their kind.
    """
    found: list[Attack] = []
    while len(found) < count:
        for kind, make in _MAKERS.items():
            found += [Attack(name, kind, body) for name, body in make(rng).items()]
        found += [Attack("replayed", kind, body, repeats=True) for kind, body in replays.items()]
    found = found[:count]
    rng.shuffle(found)
    return found
