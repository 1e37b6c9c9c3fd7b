"""Sealing keys: the standard's own vector, a second implementation of it, and files only their owner may read."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_alpr.errors import KeyFileError, MessageError
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.sealing import OVERHEAD, SealKey, SealPublic
from fakes.keys import STRANGER_KEY, UNIT_KEY

if TYPE_CHECKING:
    from pathlib import Path

KEY = SealKey(X25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
OTHER = SealKey(X25519PrivateKey.from_private_bytes(bytes(range(2, 34))))


# ------------------------------------------------------------------ RFC 9180 written once more, to check the bytes


def _extract(salt: bytes, label: bytes, ikm: bytes, suite: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(prk: bytes, label: bytes, info: bytes, size: int, suite: bytes) -> bytes:
    labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labelled + b"\x01", "sha256")[:size]


def open_by_the_book(sealed: bytes, private: bytes, info: bytes, aad: bytes = b"") -> bytes:
    """RFC 9180, sections 4.1 and 5.1: KEM 0x0020, KDF 0x0001, AEAD 0x0001, mode 0, sequence number 0."""
    key = X25519PrivateKey.from_private_bytes(private)
    enc, ciphertext = sealed[:32], sealed[32:]
    kem = b"KEM\x00\x20"
    shared = key.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + key.public_key().public_bytes_raw()
    secret = _expand(_extract(b"", b"eae_prk", shared, kem), b"shared_secret", context, 32, kem)
    suite = b"HPKE\x00\x20\x00\x01\x00\x01"
    schedule = (
        b"\x00"
        + _extract(b"", b"psk_id_hash", b"", suite)
        + _extract(b"", b"info_hash", info, suite)
    )
    root = _extract(secret, b"secret", b"", suite)
    aead = AESGCM(_expand(root, b"key", schedule, 16, suite))
    return aead.decrypt(_expand(root, b"base_nonce", schedule, 12, suite), ciphertext, aad)


def test_the_book_gives_the_first_vector_of_rfc_9180() -> None:
    """Appendix A.1.1.1, sequence number 0: what checks ours is checked by the standard."""
    enc = "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
    ciphertext = (
        "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"
    )
    private = bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    info = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
    plain = open_by_the_book(bytes.fromhex(enc + ciphertext), private, info, b"Count-0")
    assert plain == b"Beauty is truth, truth beauty"


def test_what_we_seal_opens_by_the_book() -> None:
    sealed = KEY.public.seal(b"what was read", info=b"the header")
    assert open_by_the_book(sealed, bytes(range(1, 33)), b"the header") == b"what was read"


# ------------------------------------------------------------------ sealing


@given(plain=st.binary(max_size=4096), info=st.binary(max_size=64))
@settings(max_examples=30)
def test_what_was_sealed_opens_again_with_the_same_key_and_info(plain: bytes, info: bytes) -> None:
    sealed = KEY.public.seal(plain, info=info)
    assert len(sealed) == len(plain) + OVERHEAD
    assert KEY.open(sealed, info=info) == plain


@given(where=st.integers(0, 60), bit=st.integers(0, 7))
@settings(max_examples=40)
def test_any_changed_bit_makes_it_fail_to_open(where: int, bit: int) -> None:
    sealed = bytearray(KEY.public.seal(b"what was read", info=b"the header"))
    sealed[where] ^= 1 << bit
    with pytest.raises(MessageError):
        KEY.open(bytes(sealed), info=b"the header")


@pytest.mark.parametrize("sealed", [b"", b"x", bytes(32), bytes(47), bytes(4096)])
def test_what_was_never_sealed_is_refused_in_words(sealed: bytes) -> None:
    with pytest.raises(MessageError, match=f"does not open with key {KEY.kid}"):
        KEY.open(sealed, info=b"")


def test_another_key_and_another_info_open_nothing() -> None:
    sealed = KEY.public.seal(b"what was read", info=b"the header")
    with pytest.raises(MessageError):
        OTHER.open(sealed, info=b"the header")
    with pytest.raises(MessageError):
        KEY.open(sealed, info=b"the Header")


def test_the_same_thing_sealed_twice_looks_different() -> None:
    assert KEY.public.seal(b"x", info=b"") != KEY.public.seal(b"x", info=b"")


# ------------------------------------------------------------------ keys


def test_a_key_is_named_by_its_hash_and_has_one_text() -> None:
    """Pinned: the kid is in every sealed message."""
    assert str(KEY.public) == "x25519:B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9_AsrhtHHw"
    assert KEY.kid == KEY.public.kid == "aaa8fff703b50b22"
    assert SealPublic.parse(str(KEY.public)) == KEY.public


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x25519:",
        "x25519:AAAA",
        "ed25519:B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9_AsrhtHHw",
        "x25519:B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9_AsrhtHHw=",
        "x25519:B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9_AsrhtHHx",
        "x25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
    ids=["empty", "nothing", "short", "another kind", "padded", "unused bits", "small order"],
)
def test_what_is_no_key_to_seal_to_is_refused(text: str) -> None:
    with pytest.raises(KeyFileError, match="not a key to seal to"):
        SealPublic.parse(text)


def test_a_key_opens_alike_after_it_was_saved_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "agency.key"
    KEY.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert SealKey.load(path).open(KEY.public.seal(b"x", info=b""), info=b"") == b"x"
    with pytest.raises(KeyFileError, match="never overwritten"):
        OTHER.save(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        SealKey.load(path)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "unit.key"
    UNIT_KEY.save(path)
    with pytest.raises(KeyFileError, match="X25519 is needed"):
        SealKey.load(path)
    path.write_bytes(b"hello")
    with pytest.raises(KeyFileError, match="not an unencrypted private key in PEM"):
        SealKey.load(path)


def test_a_units_sealing_key_follows_from_its_one_key_file(tmp_path: Path) -> None:
    """Pinned: who sends a hotlist has the public half from its ring."""
    path = tmp_path / "unit.key"
    UNIT_KEY.save(path)
    assert SealKey.of_unit(KeyPair.load(path)).public == SealKey.of_unit(UNIT_KEY).public
    assert SealKey.of_unit(UNIT_KEY).kid == "c558dc13db8bf127"
    assert SealKey.of_unit(STRANGER_KEY).public != SealKey.of_unit(UNIT_KEY).public
    seed = b"edge-alpr test key, not a secret"
    direct = SealKey(X25519PrivateKey.from_private_bytes(seed))
    assert direct.public != SealKey.of_unit(UNIT_KEY).public


def test_two_holders_share_a_secret_that_depends_on_what_it_is_for() -> None:
    ours = KEY.shared_secret(OTHER.public, info=b"2026-11-24")
    assert ours == OTHER.shared_secret(KEY.public, info=b"2026-11-24")
    assert ours != KEY.shared_secret(OTHER.public, info=b"2026-11-25")
    assert ours != SealKey.generate().shared_secret(OTHER.public, info=b"2026-11-24")


def test_nothing_printed_holds_the_private_key() -> None:
    assert repr(KEY) == f"SealKey(kid='{KEY.kid}')"
