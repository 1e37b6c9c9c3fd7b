"""docs/collector.md: the store on it is one, and what it says of names is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import edge_alpr.collector
from edge_alpr.collector import Entry, message_key
from edge_alpr.collector.metrics import Metrics
from edge_alpr.collector.postgresql_tables import MIGRATIONS
from edge_alpr.message.codec import encode
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import PLATE, an_event
from fakes.feed import MemoryFeed
from fakes.keys import COLLECTOR_KEY, RING
from fixtures.eventually import eventually
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.running import RunningUplink

__all__ = ["mosquitto"]  # the fixture

_PAGE = (Path(__file__).parents[2] / "docs/collector.md").read_text(encoding="utf-8")


def _program() -> dict[str, Any]:
    (program,) = re.findall(r"^```python\n(.*?)^```", _PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(program, names)
    return names


def test_the_store_on_the_page_keeps_each_message_once_also_after_a_restart(tmp_path: Path) -> None:
    text_file = _program()["TextFile"]
    entries = [Entry(an_event(seq), encode(an_event(seq))) for seq in (1, 2, 1)]
    store = text_file(tmp_path / "plates.txt")
    assert store.keep(entries, 0.0) == [True, True, False]
    store.close()
    store = text_file(tmp_path / "plates.txt")
    assert store.keep(entries, 0.0) == [False, False, False]
    assert {seq for first, _ in store.held("o/s/u", "00c0ffee") for seq in [first]} == {1, 2}
    assert store.held("o/s/v", "00c0ffee") == []
    store.close()
    assert (tmp_path / "plates.txt").read_text().splitlines() == [
        f"{' '.join(map(str, message_key(an_event(seq))))} {PLATE}" for seq in (1, 2)
    ]


@pytest.mark.broker
def test_the_program_on_the_page_empties_a_units_spool(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    COLLECTOR_KEY.save(tmp_path / "key.pem")
    feed = MemoryFeed()
    for seq in range(1, 21):
        feed.add(encode(an_event(seq)))
    with RunningUplink(feed, MqttSettings(url=mosquitto.url), RING):
        stored = _program()["main"](
            mosquitto.url, tmp_path / "plates.txt", tmp_path / "key.pem", most=20
        )
        assert eventually(lambda: feed.rows == [])
    assert stored == 20
    assert len((tmp_path / "plates.txt").read_text().splitlines()) == 20


def test_what_is_public_is_there_and_is_documented() -> None:
    names = edge_alpr.collector.__all__
    assert sorted(names) == names
    for name in names:
        assert getattr(edge_alpr.collector, name) is not None


def test_the_page_names_every_metric_and_no_other() -> None:
    told = set(re.findall(r"^\| `edge_alpr_(\w+)", _PAGE, re.MULTILINE))
    made = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in Metrics().registry.collect()
    }
    assert {f"edge_alpr_{name}" for name in told} == made


def test_the_page_names_every_table() -> None:
    made = set(re.findall(r"CREATE (?:TABLE|VIEW) (\w+)", "".join(MIGRATIONS)))
    told = set(re.findall(r"^\| `(\w+)` \|", _PAGE, re.MULTILINE))
    assert made
    assert made <= told
