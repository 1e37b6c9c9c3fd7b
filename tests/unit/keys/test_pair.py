"""Signing keys: the standard's own vector, files that only their owner may read, and one text for each value."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.encoding import from_text, to_text
from edge_alpr.keys.pair import KeyPair, PublicKey
from fakes.keys import STRANGER_KEY, UNIT_KEY, a_key

if TYPE_CHECKING:
    from pathlib import Path

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
SIGNATURE = bytes.fromhex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
    "d25bf5f0595bbe24655141438e7a100b"
)


def test_the_first_vector_of_rfc_8032() -> None:
    key = a_key(SEED)
    assert str(key.public) == to_text(PUBLIC)
    assert key.sign(b"") == to_text(SIGNATURE)
    assert PublicKey(PUBLIC).verify(b"", to_text(SIGNATURE))


def test_a_key_is_named_by_its_hash() -> None:
    """Pinned: the kid is in every message and in the file names of rings."""
    assert UNIT_KEY.kid == UNIT_KEY.public.kid == "4cae8ffc7755962f"
    assert str(UNIT_KEY.public) == "ed25519:UUunekSv3HH2vbAJnqCbvqpeNPvo1kKqsuoPqHljPlk"


def test_a_generated_key_signs_alike_after_it_was_saved_and_loaded(tmp_path: Path) -> None:
    key = KeyPair.generate()
    path = tmp_path / "unit.key"
    key.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    loaded = KeyPair.load(path)
    assert loaded.public == key.public
    assert loaded.sign(b"x") == key.sign(b"x")


def test_two_generated_keys_differ() -> None:
    assert KeyPair.generate().public != KeyPair.generate().public


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "unit.key"
    UNIT_KEY.save(path)
    with pytest.raises(KeyFileError, match="never overwritten"):
        STRANGER_KEY.save(path)
    assert KeyPair.load(path).public == UNIT_KEY.public
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610, 0o601, 0o777])
def test_a_key_that_others_can_get_at_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "unit.key"
    UNIT_KEY.save(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=f"mode {mode:04o} .*chmod 600"):
        KeyPair.load(path)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_that_only_its_owner_can_read_is_taken(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "unit.key"
    UNIT_KEY.save(path)
    path.chmod(mode)
    assert KeyPair.load(path).kid == UNIT_KEY.kid


def test_what_is_no_key_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "unit.key"
    with pytest.raises(KeyFileError, match=r"unit\.key: No such file"):
        KeyPair.load(path)
    with pytest.raises(KeyFileError, match="not a plain file"):
        KeyPair.load(tmp_path)
    for content in (
        b"",
        b"hello",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(KeyFileError, match="not an unencrypted private key in PEM"):
            KeyPair.load(path)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_openssl_makes_keys_for_us_and_verifies_ours(tmp_path: Path) -> None:
    theirs, ours, data, signature = (tmp_path / name for name in ("a", "b", "data", "sig"))
    run = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(theirs)]
    subprocess.run(run, check=True, capture_output=True)
    theirs.chmod(0o600)
    assert KeyPair.load(theirs).public.verify(b"x", KeyPair.load(theirs).sign(b"x"))
    UNIT_KEY.save(ours)
    data.write_bytes(b"what was said")
    signature.write_bytes(from_text(UNIT_KEY.sign(b"what was said"), 64))
    verify = ["openssl", "pkeyutl", "-verify", "-rawin", "-inkey", str(ours), "-in", str(data)]
    subprocess.run([*verify, "-sigfile", str(signature)], check=True, capture_output=True)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.key"
    other = X25519PrivateKey.generate()
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="Ed25519 is needed"):
        KeyPair.load(path)


def test_nothing_printed_holds_the_private_key() -> None:
    assert repr(UNIT_KEY) == f"KeyPair(kid='{UNIT_KEY.kid}')"
    assert "secret" not in repr(UNIT_KEY) + repr(UNIT_KEY.public)


@given(st.binary(max_size=200), st.data())
def test_a_signature_is_for_one_key_and_one_text_only(data: bytes, draw: st.DataObject) -> None:
    signature = UNIT_KEY.sign(data)
    assert UNIT_KEY.public.verify(data, signature)
    assert not STRANGER_KEY.public.verify(data, signature)
    other = draw.draw(st.binary(max_size=200).filter(lambda each: each != data))
    assert not UNIT_KEY.public.verify(other, signature)


@given(st.integers(0, 93), st.characters(codec="utf-8"))
def test_a_signature_with_one_character_changed_is_none(place: int, letter: str) -> None:
    """Also in the last character, some bits of which base64 does not use."""
    signature = UNIT_KEY.sign(b"x")
    changed = signature[:place] + letter + signature[place + 1 :]
    assert UNIT_KEY.public.verify(b"x", changed) == (changed == signature)


@given(st.binary(min_size=32, max_size=32))
def test_raw_bytes_have_exactly_one_text(raw: bytes) -> None:
    text = to_text(raw)
    assert from_text(text, 32) == raw
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [text[:-1] + letter for letter in alphabet if letter != text[-1]]
    readable = []
    for other in others:
        try:
            readable.append(from_text(other, 32))
        except ValueError:
            continue
    assert raw not in readable


@pytest.mark.parametrize(
    "text",
    ["", "ed25519:", "rsa:AAAA", "ed25519:AAAA", f"ed25519:{'A' * 43}=", f"ed25519:{'ä' * 43}"],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(KeyFileError, match="not a public key"):
        PublicKey.parse(text)


def test_a_public_key_is_equal_to_what_is_parsed_from_its_text() -> None:
    parsed = PublicKey.parse(str(UNIT_KEY.public))
    assert parsed == UNIT_KEY.public
    assert len({parsed, UNIT_KEY.public, STRANGER_KEY.public}) == 2
