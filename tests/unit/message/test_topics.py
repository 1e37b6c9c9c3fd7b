"""Topics, made and taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.errors import MessageError
from edge_alpr.message.topics import UP_FILTER, Address, UnitAddress, parse

UNIT = UnitAddress("city", "north-gate", "unit-7")
names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)


def test_topics_read_as_designed() -> None:
    assert UNIT.up("status") == "alpr/v1/city/north-gate/unit-7/up/status"
    assert UNIT.up("read", "cam0") == "alpr/v1/city/north-gate/unit-7/up/read/cam0"
    assert UNIT.up("image", "cam0", "x1", "plate").endswith("/up/image/cam0/x1/plate")
    assert UNIT.down("cmd") == "alpr/v1/city/north-gate/unit-7/down/cmd"
    assert UNIT.down_filter == "alpr/v1/city/north-gate/unit-7/down/#"
    assert UP_FILTER == "alpr/v1/+/+/+/up/#"


@given(names, names, names, names, st.lists(names, max_size=4))
def test_parse_is_the_inverse_of_up(
    org: str, site: str, unit: str, kind: str, rest: list[str]
) -> None:
    address = UnitAddress(org, site, unit)
    camera = rest[0] if rest else None
    topic = address.up(kind, camera, *rest[1:])
    assert parse(topic) == Address(address, "up", kind, camera, tuple(rest[1:]))


def test_a_downlink_is_told_apart() -> None:
    assert parse(UNIT.down("receipt")) == Address(UNIT, "down", "receipt", None)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "alpr",
        "alpr/v1/city/north-gate/unit-7/up",
        "alpr/v1/city/north-gate/unit-7/up/",
        "alpr/v2/city/north-gate/unit-7/up/status",
        "other/v1/city/north-gate/unit-7/up/status",
        "alpr/v1/city/north-gate/unit-7/sideways/status",
        "alpr/v1/City/north-gate/unit-7/up/status",
        "alpr/v1//north-gate/unit-7/up/status",
        "alpr/v1/city/north-gate/unit-7/up/read/cam0/",
        "alpr/v1/city/north-gate/unit-7/up/status\n",
        "alpr/v1/city/north-gate/+/up/status",
        "alpr/v1/city/north-gate/unit-7/up/#",
    ],
)
def test_other_topics_are_refused(topic: str) -> None:
    with pytest.raises(MessageError, match="not a topic of ours"):
        parse(topic)


@given(st.text())
def test_any_text_is_parsed_or_refused(topic: str) -> None:
    with pytest.raises(MessageError):
        parse(topic)


@pytest.mark.parametrize("name", ["", "-a", "A", "a/b", "a+", "a#", "ä", "a" * 64, "a\n", "a b"])
@pytest.mark.parametrize("part", ["org", "site", "unit"])
def test_a_name_that_could_break_a_topic_is_refused(part: str, name: str) -> None:
    names = {"org": "a", "site": "b", "unit": "c", part: name}
    with pytest.raises(ValueError, match=f"^{part} is "):
        UnitAddress(**names)
