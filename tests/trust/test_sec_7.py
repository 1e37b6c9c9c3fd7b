"""SEC-7: whatever a file or a message holds, it gives nothing but an error in words, within 1 s and 50 MiB."""

from __future__ import annotations

import json
import random
import resource
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.config.load import load_config
from edge_alpr.errors import ConfigError, MessageError
from edge_alpr.message.codec import decode
from fixtures.doors import DOORS
from fixtures.mutations import mutated
from fixtures.soak import SOAK

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.soak import Count, Publish

MOST_S = 1.0
MOST_BYTES = 50 << 20


@pytest.mark.parametrize("name", DOORS)
def test_nothing_but_an_error_in_words(
    name: str, tmp_path: Path, count: Count, publish: Publish
) -> None:
    door, rng = DOORS[name], random.Random(f"sec-7 {name}")
    tries, refused, believed, longest_s = count(400, 10_000), 0, 0, 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(tries):
        content = mutated(door.seeds[number % len(door.seeds)], rng)
        start = time.process_time()
        try:
            door.read(content, tmp_path)
            believed += 1
        except door.refuses as error:
            refused += 1
            assert str(error)
        longest_s = max(longest_s, time.process_time() - start)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    publish(
        "SEC-7",
        name,
        mutated=tries,
        refused=refused,
        still_valid=believed,
        other_errors=0,
        most_cpu_s=round(longest_s, 3),
        grown_mib=round(grown / 2**20, 1),
    )
    assert refused > tries / 3, "the control: most of it is damage"
    if SOAK:
        assert longest_s <= MOST_S
    assert grown <= MOST_BYTES


@pytest.mark.parametrize("name", DOORS)
@given(content=st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode()))
def test_noise_is_refused(
    name: str, tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    door = DOORS[name]
    try:
        door.read(content, tmp_path_factory.getbasetemp())
    except door.refuses as error:
        assert str(error)


BOMBS = {
    "alias bomb": b"a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c]\n",
    "deep list": b"a: " + b"[" * 60_000,
    "deep map": b"".join(b" " * n + b"a:\n" for n in range(340)),
    "long key": b"a" * 60_000 + b": 1\n",
    "long number": b"track: {max_gap_s: " + b"9" * 60_000 + b"}\n",
    "many keys": b"".join(b"k%d: 1\n" % n for n in range(6_000 if SOAK else 1_500)),
    "long line": b"unit: {name: '" + b"\\u0041" * 10_000 + b"'}\n",
    "quotes": b"'" * 64_000,
    "tags": b"!!python/object/apply:os.system ['true']\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_soon_and_in_little_memory(
    name: str, tmp_path: Path, publish: Publish
) -> None:
    path = tmp_path / "unit.yaml"
    path.write_bytes(BOMBS[name])
    start = time.process_time()
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    cpu_s = time.process_time() - start
    told = len(str(caught.value))
    tracemalloc.start()
    try:
        with pytest.raises(ConfigError):
            load_config(path)
        used = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    publish("SEC-7", f"bomb: {name}", cpu_s=round(cpu_s, 3), bytes=used, told=told)
    assert used <= MOST_BYTES
    assert told < 100_000
    if SOAK:  # of the figures of time one is held on a quiet machine only
        assert cpu_s <= MOST_S


@pytest.mark.parametrize("depth", [100, 10_000, 500_000])
def test_a_deep_message_is_refused(depth: int) -> None:
    for body in (b"[" * depth, b'{"a":' * depth, json.dumps({"a": "\\" * depth}).encode()):
        with pytest.raises(MessageError):
            decode(body)
