"""Sealed messages: who opens what, headers that cannot be changed, tags that two can make, sizes that tell little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_alpr.errors import MessageError
from edge_alpr.keys.encoding import to_base64
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.sealed import read_sealed
from edge_alpr.seal.envelope import Agency, bound, seal_hit, seal_window
from edge_alpr.seal.index import index_key, tag_of
from edge_alpr.seal.open import MissingKeyError, open_inner, open_outer, open_sealed, release
from fakes.keys import UNIT_KEY
from fakes.sealing import (
    POLICE,
    POLICE_KEY,
    SHERIFF,
    SHERIFF_KEY,
    a_header,
    an_epoch,
    epoch_key,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

READ = b'{"schema":"plate.read/1.0","plate":{"text":"TEST0X0"}}'
DAY = "2026-01-01"


def a_tag(_agency: Agency) -> str:
    return "7" * 64


def a_hit(content: bytes = READ, agencies: Sequence[Agency] = (POLICE,)) -> dict[str, Any]:
    header = a_header("hit")
    return {**header, "sealed": seal_hit(content, header, agencies), "proof": None}


def a_window(content: bytes = READ, agencies: Sequence[Agency] = (POLICE,)) -> dict[str, Any]:
    header = a_header("window")
    sealed = seal_window(content, header, agencies, an_epoch(), a_tag)
    return {**header, "sealed": sealed, "proof": None}


def nobody(_day: str) -> SealKey | None:
    return None


# ------------------------------------------------------------------ who opens what


def test_a_hit_opens_with_the_agencys_key_alone() -> None:
    assert open_sealed(a_hit(), POLICE_KEY, nobody) == READ


def test_every_agency_that_is_meant_opens_a_hit_and_no_other() -> None:
    hit = a_hit(agencies=(POLICE, SHERIFF))
    assert open_sealed(hit, SHERIFF_KEY, nobody) == open_sealed(hit, POLICE_KEY, nobody) == READ
    with pytest.raises(
        MissingKeyError, match=f"agency/city-police.*agency's key is {SHERIFF.key.kid}"
    ):
        open_sealed(a_hit(), SHERIFF_KEY, nobody)
    with pytest.raises(MissingKeyError, match=r"the key of agency/city-police .* is missing"):
        open_sealed(a_hit(), None, epoch_key)


def test_a_window_read_takes_two() -> None:
    window = a_window()
    assert open_sealed(window, POLICE_KEY, epoch_key) == READ
    with pytest.raises(
        MissingKeyError, match="custodian/court for 2026-01-01 is missing or destroyed"
    ):
        open_sealed(window, POLICE_KEY, nobody)
    with pytest.raises(MissingKeyError, match="agency/city-police"):
        open_sealed(window, None, epoch_key)
    with pytest.raises(MessageError):
        open_sealed(window, POLICE_KEY, lambda _day: epoch_key("2026-01-02"))
    with pytest.raises(MissingKeyError):
        open_sealed(window, SHERIFF_KEY, epoch_key)


def test_the_custodian_hands_over_what_only_the_agency_opens() -> None:
    """The two keys need never be in one house."""
    window = a_window(agencies=(POLICE, SHERIFF))
    inner = open_outer(window, epoch_key(DAY))
    assert [each.to for each in inner] == [POLICE.key.kid, SHERIFF.key.kid]
    assert {each.tag for each in inner} == {"7" * 64}
    released = release(window, inner[0])
    assert READ not in str(released).encode()
    assert open_sealed(released, POLICE_KEY, nobody) == READ
    with pytest.raises(MissingKeyError):
        open_sealed(released, SHERIFF_KEY, nobody)
    with pytest.raises(MessageError):
        open_inner(window, inner[0].sealed, epoch_key(DAY))


def test_what_a_unit_holds_opens_nothing() -> None:
    own = SealKey.of_unit(UNIT_KEY)
    for message in (a_hit(), a_window()):
        with pytest.raises(MessageError):
            open_sealed(message, own, lambda _day: own)


# ------------------------------------------------------------------ the header


@pytest.mark.parametrize("class_", ["hit", "window"])
@pytest.mark.parametrize("field", sorted(a_header()))
def test_a_changed_header_fails_to_open(class_: str, field: str) -> None:
    message = a_hit() if class_ == "hit" else a_window()
    value = message[field]
    if field == "class":
        return  # says which way to open it; `test_a_class_cannot_be_changed`
    changed = {**message, field: not value if isinstance(value, bool) else [value, value]}
    with pytest.raises(MessageError):
        open_sealed(changed, POLICE_KEY, epoch_key)
    with pytest.raises(MessageError):
        open_sealed({k: v for k, v in message.items() if k != field}, POLICE_KEY, epoch_key)
    with pytest.raises(MessageError):
        open_sealed({**message, "more": 1}, POLICE_KEY, epoch_key)


def test_a_class_cannot_be_changed() -> None:
    with pytest.raises(MessageError):
        open_sealed({**a_hit(), "class": "window"}, POLICE_KEY, epoch_key)
    with pytest.raises(MessageError):
        open_sealed({**a_window(), "class": "hit"}, POLICE_KEY, epoch_key)
    header = a_header("hit")
    (inner,) = open_outer(a_window(), epoch_key(DAY))
    with pytest.raises(MessageError):
        open_inner(header, inner.sealed, POLICE_KEY)


def test_the_header_of_a_release_is_bound_too() -> None:
    window = a_window()
    released = release(window, open_outer(window, epoch_key(DAY))[0])
    released["header"]["delete_after"] = "2030-01-01T00:00:00.000Z"
    with pytest.raises(MessageError):
        open_sealed(released, POLICE_KEY, nobody)


@pytest.mark.parametrize("message", [{}, {"sealed": 1}, {"sealed": [{}]}, {"sealed": [{"to": 1}]}])
def test_what_is_no_sealed_message_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        open_sealed(message, POLICE_KEY, epoch_key)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
PARTS = sorted({*a_header(), "sealed", "to", "header", "more"})


@given(
    which=st.sampled_from(["hit", "window", "released"]),
    changes=st.dictionaries(st.sampled_from(PARTS), json_values, min_size=1, max_size=3),
)
@settings(max_examples=80, deadline=None)
def test_whatever_is_in_a_message_it_opens_or_is_refused_in_words(
    which: str, changes: dict[str, Any]
) -> None:
    message = a_hit() if which == "hit" else a_window()
    if which == "released":
        message = release(message, open_outer(message, epoch_key(DAY))[0])
    try:
        assert open_sealed({**message, **changes}, POLICE_KEY, epoch_key) == READ
    except MessageError as error:
        assert "TEST0X0" not in str(error)


@pytest.mark.parametrize("head", [b"", b"{}", b'{"for":1}', b'{"for":[{}]}', b"[" * 8192])
def test_an_outer_layer_that_a_stranger_sealed_is_refused(head: bytes) -> None:
    """Anybody can seal to a public key; the signature says who did, and this only that it is nonsense."""
    header = a_header()
    sealed = epoch_key(DAY).public.seal(head + b"\n", info=bound(header, "outer"))
    message = {**header, "sealed": [{"to": epoch_key(DAY).kid, "data": to_base64(sealed)}]}
    with pytest.raises(MessageError, match="does not hold what it should"):
        open_outer(message, epoch_key(DAY))


# ------------------------------------------------------------------ sizes and tags


def test_reads_of_any_usual_length_have_one_size() -> None:
    def size(message: dict[str, Any]) -> int:
        return len(message["sealed"][0]["data"])

    assert len({size(a_hit(bytes(n))) for n in (1, 1000, 4000, 4092)}) == 1
    assert len({size(a_window(bytes(n))) for n in (1, 1000, 4000, 4092)}) == 1
    assert size(a_hit(bytes(4093))) > size(a_hit(bytes(4092)))


def test_a_tag_is_made_by_the_unit_and_by_the_agency_and_by_nobody_else() -> None:
    unit = SealKey.of_unit(UNIT_KEY)
    ours = index_key(unit, POLICE.key, "o/s/u", DAY)
    theirs = index_key(POLICE_KEY, unit.public, "o/s/u", DAY)
    assert tag_of("TEST0X0", ours) == tag_of("TEST0X0", theirs)
    assert len(tag_of("TEST0X0", ours)) == 64
    custodian = index_key(epoch_key(DAY), POLICE.key, "o/s/u", DAY)
    others = {
        tag_of("TEST0X1", ours),
        tag_of("TEST0X0", custodian),
        tag_of("TEST0X0", index_key(unit, SHERIFF.key, "o/s/u", DAY)),
        tag_of("TEST0X0", index_key(unit, POLICE.key, "o/s/v", DAY)),
        tag_of("TEST0X0", index_key(unit, POLICE.key, "o/s/u", "2026-01-02")),
    }
    assert len(others) == 5
    assert tag_of("TEST0X0", ours) not in others


# ------------------------------------------------------------------ the message


def test_what_is_sealed_is_a_message_of_the_contract() -> None:
    assert read_sealed(a_hit()).class_ == "hit"
    assert read_sealed(a_window()).epoch == DAY


@pytest.mark.parametrize(
    "changes",
    [
        {"epoch": None},
        {"custodian": None},
        {"custodian": "agency/x"},
        {"epoch": "2026-02-30"},
        {"recipients": []},
        {"sealed": []},
        {"suite": "rot13"},
        {"class": "hit"},
    ],
)
def test_a_message_that_contradicts_itself_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        read_sealed({**a_window(), **changes})
