"""Signed notes in the form that other people's tools read and write."""

from __future__ import annotations

import base64

import pytest

from edge_alpr.audit.note import Note, read_note, verifier_key
from edge_alpr.errors import AuditError
from edge_alpr.keys.encoding import to_text
from edge_alpr.keys.pair import PublicKey
from fakes.keys import STRANGER_KEY, UNIT_KEY

# The example of Go's golang.org/x/mod/sumdb/note, which defined the form.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_that_go_signed_holds_here() -> None:
    name, _, coded = GO_KEY.split("+", 2)
    key = PublicKey.parse(to_text(base64.b64decode(coded)[1:]))
    assert verifier_key(name, key) == GO_KEY
    assert read_note(GO_NOTE).is_signed_by(name, key)
    assert not read_note(GO_NOTE.replace("problem", "solution")).is_signed_by(name, key)
    assert not read_note(GO_NOTE).is_signed_by(name, UNIT_KEY.public)


def test_a_note_is_what_was_written() -> None:
    note = Note("o/s/u/camera\n3\nAAAA\n").signed("o/s/u/camera", UNIT_KEY)
    note = note.cosigned("league", STRANGER_KEY, 1_767_300_000)
    again = read_note(str(note))
    assert again == note
    assert again.is_signed_by("o/s/u/camera", UNIT_KEY.public)
    assert again.cosigned_at("league", STRANGER_KEY.public) == 1_767_300_000
    assert again.cosigned_at("league", UNIT_KEY.public) is None
    assert again.cosigned_at("o/s/u/camera", UNIT_KEY.public) is None
    assert not again.is_signed_by("league", STRANGER_KEY.public)


def test_the_time_of_a_cosignature_is_signed() -> None:
    note = Note("text\n").cosigned("league", STRANGER_KEY, 1_767_300_000)
    (line,) = note.signatures
    later = line.rest[:7] + bytes([line.rest[7] ^ 1]) + line.rest[8:]
    forged = str(note).replace(
        base64.b64encode(line.key_hash + line.rest).decode(),
        base64.b64encode(line.key_hash + later).decode(),
    )
    assert forged != str(note)
    assert read_note(forged).cosigned_at("league", STRANGER_KEY.public) is None


def test_who_signs_again_stands_there_once() -> None:
    note = Note("text\n").cosigned("league", STRANGER_KEY, 1).cosigned("league", STRANGER_KEY, 2)
    assert note.names() == ("league",)
    assert note.cosigned_at("league", STRANGER_KEY.public) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n— name\n",
        "text\n\nname AAAAAAAA\n",
        "text\n\n— name AAAAAAAA",
        "text\n\n— name AAAA AAAA\n",
        "text\n\n— name AAAAAAB=\n",
        "\n\n— name AAAAAAAA\n",
    ],
)
def test_something_else_is_no_note(text: str) -> None:
    with pytest.raises(AuditError, match="not a signed note"):
        read_note(text)
