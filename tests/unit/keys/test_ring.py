"""Rings: who is enrolled, for what name, and what is refused with file and line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import KeyFileError, MessageError
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.keys.ring import KeyRing, Member, enroll, revoke
from edge_alpr.keys.sealing import SealKey
from fakes.keys import COLLECTOR_KEY, STRANGER_KEY, UNIT_KEY

if TYPE_CHECKING:
    from pathlib import Path

UNIT = Member("o/s/u", UNIT_KEY.public)
CENTRAL = Member("central", COLLECTOR_KEY.public)


def test_what_is_enrolled_is_found_by_key_and_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "ring"
    paths = {enroll(folder, UNIT), enroll(folder, CENTRAL)}
    ring = KeyRing.load(folder)
    assert ring.get(UNIT_KEY.kid) == UNIT
    assert ring.get(STRANGER_KEY.kid) is None
    assert ring.of("central") == [CENTRAL]
    assert len(ring) == len(paths) == 2
    assert paths == {path for path in folder.iterdir() if path.suffix == ".pub"}


def test_enrolling_twice_changes_nothing(tmp_path: Path) -> None:
    first = enroll(tmp_path, UNIT)
    before = first.read_bytes()
    assert enroll(tmp_path, UNIT) == first
    assert first.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [f"o.s.u.{UNIT_KEY.kid}.pub"]


def test_a_name_may_have_an_old_and_a_new_key(tmp_path: Path) -> None:
    enroll(tmp_path, UNIT)
    enroll(tmp_path, Member("o/s/u", STRANGER_KEY.public))
    assert {each.kid for each in KeyRing.load(tmp_path).of("o/s/u")} == {
        UNIT_KEY.kid,
        STRANGER_KEY.kid,
    }


def test_a_key_has_one_name_only(tmp_path: Path) -> None:
    """Else one unit could speak for another."""
    enroll(tmp_path, UNIT)
    with pytest.raises(KeyFileError, match="enrolled for both o/s/u and o/s/v"):
        enroll(tmp_path, Member("o/s/v", UNIT_KEY.public))
    assert len(KeyRing.load(tmp_path)) == 1


def test_to_take_the_file_away_is_to_stop_believing(tmp_path: Path) -> None:
    enroll(tmp_path, CENTRAL)
    enroll(tmp_path, UNIT).unlink()
    assert list(KeyRing.load(tmp_path)) == [CENTRAL]


def test_a_ring_may_be_one_file_with_comments(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    path.write_text(f"# who we believe\n\n{UNIT}\n{CENTRAL}  # until May\n", encoding="utf-8")
    assert list(KeyRing.load(path)) == [UNIT, CENTRAL]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ed25519:AAAA o/s/u", "not a public key"),
        (str(UNIT_KEY.public), "expected `ed25519:... name`"),
        (f"{UNIT_KEY.public} o/s/u more", "expected from=, until= or revoked="),
        (f"{UNIT_KEY.public} o/s", "no name for a key"),
        (f"{UNIT_KEY.public} ../u", "no name for a key"),
        (f"{UNIT_KEY.public} Central", "no name for a key"),
        (f"{UNIT_KEY.public} vendor/acme", "no name for a key"),
        (f"{UNIT_KEY.public} agency/", "no name for a key"),
        ("x25519:AAAA agency/city-police", "not a key to seal to"),
    ],
)
def test_a_wrong_line_is_told_with_file_and_number(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "ring.pub"
    path.write_text(f"{CENTRAL}\n{line}\n", encoding="utf-8")
    with pytest.raises(KeyFileError, match=rf"ring\.pub:2: .*{words}"):
        KeyRing.load(tmp_path)


def test_a_missing_ring_is_an_error_and_an_empty_one_is_not(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="No such file"):
        KeyRing.load(tmp_path / "none")
    assert len(KeyRing.load(tmp_path)) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_no_empty_ring(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    try:
        with pytest.raises(KeyFileError, match="Permission denied"):
            KeyRing.load(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_holders_have_keys_to_seal_to_that_end_like_others(tmp_path: Path) -> None:
    key = SealKey.of_unit(UNIT_KEY).public
    path = enroll(tmp_path, Member("agency/city-police", key))
    assert path.read_text() == f"{key} agency/city-police\n"
    ring = KeyRing.load(tmp_path)
    assert ring.sealing("agency/city-police") == [key]
    assert ring.sealing("agency/other") == []
    revoke(tmp_path, "agency/city-police", 0.0)
    assert KeyRing.load(tmp_path).sealing("agency/city-police") == []


def test_a_key_to_seal_to_signs_nothing() -> None:
    key = SealKey.of_unit(UNIT_KEY)
    document = sign_document({"schema": "test/1.0", "org": "o", "site": "s", "unit": "u"}, UNIT_KEY)
    document["proof"]["key"] = key.kid
    with pytest.raises(MessageError, match="one to seal to and signs nothing"):
        verify_document(document, KeyRing([Member("o/s/u", key.public)]))
