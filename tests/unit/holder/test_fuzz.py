"""Whatever an insider signs: a document is answered or refused by a code, and nothing else happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_alpr.collector.archive import open_archive
from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.store import Entry
from edge_alpr.errors import EdgeAlprError
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.keys.proof import sign_document
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.codec import encode
from edge_alpr.message.document import dump_document, parse_document
from fakes.house import ANN, AHouse, key_of
from fixtures.shelf import NOW_S, a_read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RESIDENT = str(SealKey.generate().public)

texts = st.text(max_size=40) | st.sampled_from(
    ["", "0", "o", "o/s/u", ANN, "request/1.0", "2026-01-01T00:00:00.000Z", "sha256:" + "0" * 64]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AHouse]:
    target = f"sqlite:{tmp_path_factory.mktemp('fuzz') / 'plates.db'}"
    store = open_store(target)
    store.keep([Entry(a_read(1), encode(a_read(1)))], NOW_S)
    store.close()
    archive = open_archive(target)
    yield AHouse("il-2-130", archive=archive)
    archive.close()


def sound(house: AHouse) -> list[tuple[bytes, Callable[[bytes], object]]]:
    """One document of each kind, and who takes it."""
    kept = house.archive.hits()[0]
    request = house.a_request()
    return [
        (request, lambda body: house.desk().query(body)),
        (house.a_request("share"), lambda body: house.desk().share(body)),
        (house.a_consent(request), lambda body: house.desk().query(request, body)),
        (house.a_verdict(kept), lambda body: house.verdicts().take(body)),
        (house.a_question(reply_to=RESIDENT), lambda body: house.residents().answer(body)),
    ]


@settings(max_examples=150)
@given(which=st.integers(0, 4), number=st.integers(0, 30), value=values, drop=st.booleans())
def test_a_changed_document_that_is_signed_anew(
    house: AHouse, which: int, number: int, value: Any, drop: bool
) -> None:
    body, take = sound(house)[which]
    document = parse_document(body)
    field = sorted(document)[number % len(document)]
    changed = {**document, field: value}
    if drop:
        del changed[field]
    try:
        signed = dump_document(sign_document(changed, key_of(ANN)))
    except (ValueError, UnicodeEncodeError):
        return
    before = len(house.log.lines)
    try:
        take(signed)
    except RefusedError:
        assert house.log.lines[-1].kind == "refused"
    assert len(house.log.lines) == before + 1


@settings(max_examples=60)
@given(which=st.integers(0, 4), body=st.binary(max_size=200))
def test_bytes_that_are_no_document(house: AHouse, which: int, body: bytes) -> None:
    _, take = sound(house)[which]
    with pytest.raises(RefusedError):
        take(body)
    assert house.log.lines[-1].kind == "refused"


def test_the_control_sound_ones_are_taken(house: AHouse) -> None:
    house.log.lines.clear()
    taken = 0
    for body, take in sound(house):
        try:
            take(body)
            taken += 1
        except EdgeAlprError:
            continue
    assert taken == 3, "not a share by the house's own, nor a consent to oneself"
