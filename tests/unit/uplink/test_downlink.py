"""What comes down to the unit: sealed lists are handed on unopened, all else is refused, counted and recorded."""

from __future__ import annotations

from typing import Any

import pytest

from edge_alpr.link.terms import Arrival
from edge_alpr.message.topics import UnitAddress
from edge_alpr.uplink.downlink import MOST_LIST_BYTES, Downlink
from fakes.tally import Tally

ADDRESS = UnitAddress("o", "s", "u")


class _World:
    def __init__(self) -> None:
        self.count = Tally()
        self.recorded: list[tuple[str, dict[str, Any]]] = []
        self.handed: list[bytes] = []
        self.downlink = Downlink(ADDRESS, self.hand_over, count=self.count, record=self.record)

    def record(self, kind: str, /, **facts: object) -> None:
        self.recorded.append((kind, facts))

    def hand_over(self, sealed: bytes, /) -> bool:
        new = self.handed[-1:] != [sealed]
        self.handed.append(sealed)
        return new

    def hear(self, name: str, body: bytes, *, retained: bool = False) -> None:
        self.downlink.heard(Arrival(ADDRESS.down(name), body, 1, (), retained))


def test_it_asks_for_lists_and_for_what_it_refuses() -> None:
    names = [topic.rpartition("/")[2] for topic in _World().downlink.topics]
    assert names == ["hotlist", "cmd", "policy"]


@pytest.mark.parametrize("retained", [True, False])
def test_a_list_is_handed_on_as_it_came_retained_or_not(retained: bool) -> None:
    world = _World()
    world.hear("hotlist", b"sealed", retained=retained)
    assert world.handed == [b"sealed"]
    world.hear("hotlist", b"sealed", retained=retained)
    assert world.count == {"uplink.hotlists": 1, "uplink.hotlists_again": 1}
    assert world.recorded == []


@pytest.mark.parametrize("name", ["cmd", "policy", "reboot"])
def test_commands_and_policies_have_no_effect(name: str) -> None:
    world = _World()
    world.hear(name, b'{"do": "everything"}', retained=True)
    world.hear(name, b"")
    assert world.handed == []
    assert world.count == {"uplink.down_refused": 2}
    told = name if name in {"cmd", "policy"} else "unknown"
    assert world.recorded == [
        ("command_refused", {"command": told, "reason": "retained"}),
        ("command_refused", {"command": told, "reason": "not_used"}),
    ]


@pytest.mark.parametrize(
    ("body", "reason"), [(b"", "empty"), (bytes(MOST_LIST_BYTES + 1), "too_large")]
)
def test_a_list_that_cannot_be_one_is_refused(body: bytes, reason: str) -> None:
    world = _World()
    world.hear("hotlist", body)
    assert world.handed == []
    assert world.recorded == [("command_refused", {"command": "hotlist", "reason": reason})]


def test_a_full_directory_is_counted_and_survived() -> None:
    world = _World()

    def full(_: bytes, /) -> bool:
        raise OSError(28, "No space left on device")

    downlink = Downlink(ADDRESS, full, count=world.count)
    downlink.heard(Arrival(ADDRESS.down("hotlist"), b"sealed", 1))
    assert world.count == {"uplink.hotlists_lost": 1}


def test_no_text_of_a_topic_or_a_message_is_recorded() -> None:
    world = _World()
    world.downlink.heard(Arrival("alpr/v1/o/s/u/down/EDGE042", b"EDGE042", 1))
    assert "EDGE042" not in repr(world.recorded)
