"""What a witness signs, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.audit.checkpoint import Checkpoint
from edge_alpr.audit.verify import read_log
from edge_alpr.audit.witness import Request, Witness, make_request, read_request
from edge_alpr.errors import AuditError
from fakes.keys import COLLECTOR_KEY, STRANGER_KEY, UNIT_KEY
from fixtures.audit_logs import MadeLog

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "o/s/u/camera"
KEYS = [UNIT_KEY.public]


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "witness", "league", STRANGER_KEY)


def request(made: MadeLog, old: int = 0) -> Request:
    return make_request(read_log(made.path.read_bytes()).leaves, old, *made.checkpoint())


def a_log(folder: Path, seed: int = 0) -> MadeLog:
    return MadeLog(folder / f"{seed}.log", ORIGIN, seed).unit_days(2)


def test_a_request_is_what_was_written(tmp_path: Path) -> None:
    asked = request(a_log(tmp_path), 3)
    assert asked.proof
    assert read_request(str(asked)) == asked
    first = request(a_log(tmp_path, 1))
    assert read_request(str(first)) == first


@pytest.mark.parametrize(
    "text", ["", "old x\n\n", "old 1\nAAA\n\nnote", "new 1\n\nnote", "old 01\n\n"]
)
def test_something_else_is_no_request(text: str) -> None:
    with pytest.raises(AuditError, match="not a request"):
        read_request(text)


def test_what_was_seen_survives_the_witness(tmp_path: Path, witness: Witness) -> None:
    made = a_log(tmp_path)
    witness.cosign(request(made), KEYS, 1_767_300_000)
    again = Witness(tmp_path / "witness", "league", STRANGER_KEY)
    assert again.seen(ORIGIN) == made.checkpoint()[0]
    assert again.seen("o/s/other/camera") is None


def test_a_key_that_is_not_believed_gets_nothing(tmp_path: Path, witness: Witness) -> None:
    with pytest.raises(AuditError, match="not signed by a key that is believed"):
        witness.cosign(request(a_log(tmp_path)), [COLLECTOR_KEY.public], 1_767_300_000)
    assert witness.seen(ORIGIN) is None


def test_a_shorter_log_a_wrong_start_and_a_wrong_proof_are_refused(
    tmp_path: Path, witness: Witness
) -> None:
    made = a_log(tmp_path)
    before = request(made)
    made.unit_days(3)
    size = made.checkpoint()[0].size
    now = request(made)
    witness.cosign(now, KEYS, 1_767_300_000)
    with pytest.raises(AuditError, match="REWRITTEN OR CUT"):
        witness.cosign(before, KEYS, 1_767_300_000)
    made.unit_days(1)
    with pytest.raises(AuditError, match=f"must begin at {size}"):
        witness.cosign(request(made), KEYS, 1_767_300_000)
    right = request(made, size)
    wrong = Request(right.old, (bytes(32), *right.proof[1:]), right.note)
    with pytest.raises(AuditError, match="REWRITTEN"):
        witness.cosign(wrong, KEYS, 1_767_300_000)
    witness.cosign(right, KEYS, 1_767_300_000)


def test_the_same_log_again_is_cosigned_again(tmp_path: Path, witness: Witness) -> None:
    made = a_log(tmp_path)
    for at_s in (1_767_300_000, 1_767_300_060):
        seen = witness.seen(ORIGIN)
        asked = request(made, seen.size if seen else 0)
        assert witness.cosign(asked, KEYS, at_s).cosigned_at("league", STRANGER_KEY.public) == at_s


def test_a_log_that_follows_another_is_taken_only_if_somebody_says_so(
    tmp_path: Path, witness: Witness
) -> None:
    made = a_log(tmp_path)
    witness.cosign(request(made), KEYS, 1_767_300_000)
    made.log.set_aside("line 3: not an entry")
    made.log.append("stop", {})
    assert made.log.origin == f"{ORIGIN}/2"
    with pytest.raises(AuditError, match="follows o/s/u/camera"):
        witness.cosign(request(made), KEYS, 1_767_300_000)
    witness.cosign(request(made), KEYS, 1_767_300_000, successor=True)
    assert witness.seen(ORIGIN) == witness.seen(f"{ORIGIN}/2") == made.checkpoint()[0]


def test_the_same_name_is_never_taken_for_new(tmp_path: Path, witness: Witness) -> None:
    """``--successor`` is no way to have a rewritten log cosigned."""
    witness.cosign(request(a_log(tmp_path, 1).unit_days(3)), KEYS, 1_767_300_000)
    with pytest.raises(AuditError, match="REWRITTEN"):
        witness.cosign(request(a_log(tmp_path, 2)), KEYS, 1_767_300_000, successor=True)


def test_a_request_needs_the_entries_it_speaks_of(tmp_path: Path) -> None:
    made = a_log(tmp_path)
    leaves = read_log(made.path.read_bytes()).leaves
    checkpoint, note = made.checkpoint()
    with pytest.raises(AuditError, match="the witness has seen"):
        make_request(leaves, checkpoint.size + 1, checkpoint, note)
    longer = Checkpoint(ORIGIN, len(leaves) + 1, bytes(32))
    with pytest.raises(AuditError, match="the log has"):
        make_request(leaves, 0, longer, note)
