"""PRV-12: what is done to a log is noticed: any byte, any entry; and by a witness even what the key's holder does."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from edge_alpr.audit.checkpoint import Checkpoint, checkpoint_path, save_checkpoint
from edge_alpr.audit.entry import NOTHING, Entry, read_line, sha256_hex
from edge_alpr.audit.merkle import root_of
from edge_alpr.audit.verify import read_log, verify
from edge_alpr.audit.witness import Witness, make_request
from edge_alpr.errors import AuditError
from fakes.keys import STRANGER_KEY, UNIT_KEY
from fixtures.audit_logs import MadeLog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.audit.note import Note
    from fixtures.soak import Count, Publish

ORIGIN = "o/s/u/camera"
WITNESS_KEY = STRANGER_KEY
WITNESSES = {"league": [WITNESS_KEY.public]}


class Taken:
    """A log and its checkpoint, as a stranger has them."""

    def __init__(self, data: bytes, checkpoint: tuple[Checkpoint, Note]) -> None:
        self.data = data
        self.checkpoint = checkpoint

    def problems(self, data: bytes) -> tuple[str, ...]:
        return verify(read_log(data), [UNIT_KEY.public], [self.checkpoint]).problems


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    made = MadeLog(tmp_path_factory.mktemp("prv-12") / "camera.log", ORIGIN).unit_days(12)
    taken = Taken(made.path.read_bytes(), made.checkpoint())
    assert taken.problems(taken.data) == ()
    return taken


def flip(data: bytes, pick: random.Random) -> bytes:
    changed = bytearray(data)
    changed[pick.randrange(len(data))] ^= 1 << pick.randrange(8)
    return bytes(changed)


def drop(data: bytes, pick: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    del lines[pick.randrange(len(lines))]
    return b"".join(lines)


def swap(data: bytes, pick: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    one, other = pick.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def cut_entries(data: bytes, pick: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join(lines[: pick.randrange(len(lines))])


def cut_bytes(data: bytes, pick: random.Random) -> bytes:
    return data[: pick.randrange(len(data))]


def repeat(data: bytes, pick: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    lines.insert(pick.randrange(len(lines) + 1), pick.choice(lines))
    return b"".join(lines)


TAMPERS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip,
    flip,
    flip,
    flip,
    drop,
    swap,
    cut_entries,
    cut_bytes,
    repeat,
)


def only_json(data: bytes) -> bool:
    """The control: a log that is only read, line by line."""
    try:
        return all(isinstance(json.loads(line), dict) for line in data.splitlines())
    except ValueError:
        return False


def test_whatever_is_done_to_the_bytes_is_detected(
    taken: Taken, count: Count, publish: Publish
) -> None:
    tries = count(150, 1000)
    pick = random.Random(12)
    undetected, unnoticed_by_control = [], 0
    for n in range(tries):
        tamper = TAMPERS[n % len(TAMPERS)]
        changed = tamper(taken.data, pick)
        assert changed != taken.data
        if not taken.problems(changed):
            undetected.append(tamper.__name__)
        unnoticed_by_control += only_json(changed)
    publish(
        "PRV-12",
        "tampered bytes",
        tries=tries,
        detected=tries - len(undetected),
        undetected_without_chain=unnoticed_by_control,
    )
    assert undetected == []
    assert unnoticed_by_control > 0, "the control finds as much: this test proves nothing"


def test_every_single_byte_matters(taken: Taken) -> None:
    """Not by chance: each byte of a line of each kind, one after the other."""
    lines = taken.data.splitlines(keepends=True)
    first = sum(map(len, lines[:2]))
    for at in [*range(first, first + len(lines[2])), len(taken.data) - 1, 0]:
        changed = bytearray(taken.data)
        changed[at] ^= 0x20
        assert taken.problems(bytes(changed)), f"byte {at}"


def test_a_chain_without_a_checkpoint_does_not_notice_a_cut(taken: Taken) -> None:
    """The control for the checkpoint: what it is there for."""
    cut = b"".join(taken.data.splitlines(keepends=True)[:-3])
    assert read_log(cut).problems == ()
    assert any("missing at its end" in problem for problem in taken.problems(cut))


# ------------------------------------------------------------------ who holds the device's key


def rewritten(data: bytes, pick: random.Random) -> bytes:
    """The log with an entry changed or taken out, and the whole chain made anew: no byte is wrong with it."""
    entries = [read_line(line) for line in data.splitlines()]
    which = pick.randrange(1, len(entries))
    if pick.random() < 0.5:
        del entries[which]
    else:
        old = entries[which]
        entries[which] = Entry(old.n, old.at, "stop", {"reason": "power"}, old.prev_sha256)
    lines: list[bytes] = []
    head = NOTHING
    for n, entry in enumerate(entries):
        line = Entry(n, entry.at, entry.kind, entry.facts, head).line()
        lines.append(line + b"\n")
        head = sha256_hex(line)
    return b"".join(lines)


def resigned(data: bytes) -> tuple[Checkpoint, Note]:
    """A checkpoint over it, signed with the device's own key."""
    reading = read_log(data)
    tree = Checkpoint(ORIGIN, len(reading.leaves), root_of(reading.leaves))
    return tree, tree.signed(UNIT_KEY)


def test_a_witness_detects_what_the_holder_of_the_key_rewrites(
    tmp_path: Path, count: Count, publish: Publish
) -> None:
    tries = count(20, 100)
    pick = random.Random(21)
    refused, noticed, passed_without = 0, 0, 0
    for n in range(tries):
        made = MadeLog(tmp_path / f"{n}.log", ORIGIN, seed=n).unit_days(3)
        witness = Witness(tmp_path / f"witness-{n}", "league", WITNESS_KEY)
        reading = read_log(made.path.read_bytes())
        seen = made.checkpoint()
        request = make_request(reading.leaves, 0, *seen)
        cosigned = witness.cosign(request, [UNIT_KEY.public], 1_767_300_000)
        made.unit_days(
            2
        )  # the log grows, and is then rewritten from somewhere within what was seen
        data = made.path.read_bytes()
        head = b"".join(data.splitlines(keepends=True)[: seen[0].size])
        changed = rewritten(head, pick)
        longer = changed + _continued(changed, data.splitlines()[seen[0].size :])
        forged, note = resigned(longer)
        reading = read_log(longer)
        assert reading.problems == ()
        passed_without += verify(reading, [UNIT_KEY.public], [(forged, note)]).intact
        attack = make_request(reading.leaves, min(seen[0].size, forged.size), forged, note)
        try:
            witness.cosign(attack, [UNIT_KEY.public], 1_767_400_000)
        except AuditError as error:
            refused += "REWRITTEN" in str(error)
        held = verify(reading, [UNIT_KEY.public], [(forged, note), (seen[0], cosigned)], WITNESSES)
        noticed += not held.intact
        # And without the witness's own copy: nothing of the forged log carries its signature.
        assert not verify(reading, [UNIT_KEY.public], [(forged, note)], WITNESSES).intact
    publish(
        "PRV-12",
        "rewritten by the holder of the device's key",
        tries=tries,
        refused_by_witness=refused,
        noticed_by_verifier=noticed,
        noticed_without_witness=tries - passed_without,
    )
    assert refused == noticed == tries
    assert passed_without == tries, "the control must fail: without a witness nobody can tell"


def _continued(before: bytes, lines: list[bytes]) -> bytes:
    """More entries, chained to what stands before them."""
    old = before.splitlines()
    head, n = sha256_hex(old[-1]), len(old)
    out = b""
    for line in lines:
        entry = read_line(line)
        new = Entry(n, entry.at, entry.kind, entry.facts, head).line()
        head, n = sha256_hex(new), n + 1
        out += new + b"\n"
    return out


def test_an_honest_log_is_cosigned_as_it_grows(tmp_path: Path) -> None:
    """The other control: the witness does not refuse everything."""
    made = MadeLog(tmp_path / "camera.log", ORIGIN)
    witness = Witness(tmp_path / "witness", "league", WITNESS_KEY)
    for day in range(5):
        made.unit_days(2)
        reading = read_log(made.path.read_bytes())
        seen = witness.seen(ORIGIN)
        request = make_request(reading.leaves, seen.size if seen else 0, *made.checkpoint())
        cosigned = witness.cosign(request, [UNIT_KEY.public], 1_767_300_000 + day)
        checkpoint = made.checkpoint()[0]
        verdict = verify(reading, [UNIT_KEY.public], [(checkpoint, cosigned)], WITNESSES)
        assert verdict.problems == ()
        assert verdict.witnessed == verdict.covered == verdict.entries == checkpoint.size
    save_checkpoint(checkpoint_path(made.path), cosigned)
