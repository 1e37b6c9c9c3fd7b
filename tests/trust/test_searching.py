"""The search that the other suites rest on finds what is there, in every encoding, and nothing where nothing is."""

from __future__ import annotations

import base64
import json
import random

import pytest

from fixtures.searching import encodings, finds

PLATE = "ZQJXKVAB"
HIDDEN = {
    "ascii": f"plate={PLATE};".encode(),
    "lower case": f"plate={PLATE.lower()};".encode(),
    "utf-16-le": f"plate={PLATE}".encode("utf-16-le"),
    "utf-16-be": f"plate={PLATE}".encode("utf-16-be"),
    "hex": f"plate={PLATE}".encode().hex().encode(),
    "HEX": f"plate={PLATE}".encode().hex().upper().encode(),
    "json": json.dumps("".join(f"\\u{ord(c):04x}" for c in PLATE)).replace("\\\\", "\\").encode(),
    "JSON": "".join(f"\\u{ord(c):04X}" for c in PLATE).encode(),
    "reversed": PLATE[::-1].encode(),
    **{f"base64+{n}": base64.b64encode(b"12345"[: n + 3] + PLATE.encode()) for n in range(3)},
}


@pytest.mark.parametrize("name", HIDDEN)
def test_each_encoding_is_found(name: str) -> None:
    noise = random.Random(name).randbytes(10_000)
    assert name in finds(noise + HIDDEN[name] + noise, [PLATE])
    assert finds(noise + noise, [PLATE]) == {}


def test_every_encoding_is_tried() -> None:
    assert set(encodings(PLATE)) == set(HIDDEN)


def test_nothing_is_found_in_noise() -> None:
    assert finds(random.Random(1).randbytes(3_000_000), [PLATE[:6]]) == {}
