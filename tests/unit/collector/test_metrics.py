"""What Prometheus is told: counts, ages, delays; never a plate, and never without a bound."""

from __future__ import annotations

import urllib.request
from dataclasses import replace

import pytest

from edge_alpr.collector import metrics as module
from edge_alpr.collector.metrics import Metrics
from edge_alpr.collector.store import Entry
from edge_alpr.errors import PublishError
from edge_alpr.link.terms import Arrival
from edge_alpr.message.codec import encode
from edge_alpr.types import Moment
from fakes.events import PLATE, an_event

_NOW = Moment(1000.0, 1_767_225_602.0)  # one second after the events' last look
_TOPIC = "alpr/v1/o/s/u/up/read/cam0"
_UNIT = {"org": "o", "site": "s", "unit": "u"}


def _arrival(topic: str = _TOPIC, body: bytes = b"{}", **beside: str) -> Arrival:
    return Arrival(topic, body, 1, tuple(beside.items()))


def _value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"edge_alpr_{name}", labels)


def test_arrivals_are_counted_by_kind_and_outcome() -> None:
    metrics = Metrics()
    for outcome in ("stored", "stored", "duplicate"):
        metrics.arrived(_arrival(), outcome, _NOW)
    metrics.arrived(_arrival("alpr/v1/o/s/u/up/health"), "not_kept", _NOW)
    assert _value(metrics, "messages_total", kind="read", outcome="stored") == 2
    assert _value(metrics, "messages_total", kind="read", outcome="duplicate") == 1
    assert _value(metrics, "messages_total", kind="health", outcome="not_kept") == 1


def test_a_sender_cannot_make_it_count_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNITS", 3)
    metrics = Metrics()
    for n in range(20):
        metrics.arrived(_arrival(f"alpr/v1/o/s/u{n}/up/kind{n}"), "stored", _NOW)
        metrics.arrived(_arrival(f"nonsense/{n}"), "kept_out", _NOW)
    assert _value(metrics, "messages_total", kind="other", outcome="stored") == 20
    assert _value(metrics, "messages_total", kind="other", outcome="kept_out") == 20
    text = _text(metrics)
    assert text.count("unit_last_message_timestamp_seconds{") == 3
    assert "nonsense" not in text


def test_of_each_unit_it_is_known_when_it_last_spoke_and_how_much_waits() -> None:
    metrics = Metrics()
    metrics.arrived(_arrival(backlog="17"), "stored", _NOW)
    assert _value(metrics, "unit_last_message_timestamp_seconds", **_UNIT) == _NOW.utc_s
    assert _value(metrics, "unit_backlog_messages", **_UNIT) == 17
    assert _value(metrics, "unit_last_health_timestamp_seconds", **_UNIT) is None
    later = _NOW.later(60)
    metrics.arrived(_arrival("alpr/v1/o/s/u/up/health"), "not_kept", later)
    assert _value(metrics, "unit_last_health_timestamp_seconds", **_UNIT) == later.utc_s
    assert _value(metrics, "unit_last_message_timestamp_seconds", **_UNIT) == _NOW.utc_s


def test_what_was_kept_out_says_nothing_about_the_unit_it_names() -> None:
    metrics = Metrics()
    metrics.arrived(_arrival(backlog="17"), "kept_out", _NOW)
    assert _value(metrics, "unit_last_message_timestamp_seconds", **_UNIT) is None


@pytest.mark.parametrize("backlog", ["", "-1", "many", "9" * 400, "²"])
def test_an_odd_backlog_is_left_alone(backlog: str) -> None:
    metrics = Metrics()
    metrics.arrived(_arrival(backlog=backlog), "stored", _NOW)
    assert _value(metrics, "unit_backlog_messages", **_UNIT) is None


def test_a_unit_is_in_one_state_at_a_time() -> None:
    metrics = Metrics()
    topic = "alpr/v1/o/s/u/up/status"
    for state in ("online", "blind"):
        metrics.arrived(_arrival(topic, f'{{"state":"{state}"}}'.encode()), "not_kept", _NOW)
    states = {state: _value(metrics, "unit_state", **_UNIT, state=state) for state in module.STATES}
    assert states == {"online": 0, "degraded": 0, "blind": 1, "offline": 0}
    for odd in (b"", b"\xff", b"[]", b'{"state":["x"]}', b'{"state":"TEST0X0"}'):
        metrics.arrived(_arrival(topic, odd), "not_kept", _NOW)
    assert _value(metrics, "unit_state", **_UNIT, state="blind") == 1


def test_the_delay_is_taken_where_the_clock_is_known_and_replays_apart() -> None:
    metrics = Metrics()
    event = an_event()
    metrics.stored(_arrival(), Entry(event, b""), _NOW)
    metrics.stored(_arrival(replay="true"), Entry(event, b""), _NOW.later(99))
    unsure = replace(event.time.clock, synced=False)
    unsynced = replace(event, time=replace(event.time, clock=unsure))
    metrics.stored(_arrival(), Entry(unsynced, b""), _NOW)
    assert _value(metrics, "event_delay_seconds_count", replay="false") == 1
    assert _value(metrics, "event_delay_seconds_sum", replay="false") == pytest.approx(1.0)
    assert _value(metrics, "event_delay_seconds_sum", replay="true") == pytest.approx(100.0)


def test_commits_receipts_and_the_link_are_told() -> None:
    metrics = Metrics()
    metrics.connected(up=True)
    metrics.committed(200, 0.02)
    metrics.receipted(3)
    metrics.turned(_NOW)
    assert _value(metrics, "broker_connected") == 1
    assert _value(metrics, "store_commit_seconds_count") == 1
    assert _value(metrics, "store_batch_messages") == 200
    assert _value(metrics, "receipts_total") == 3
    assert _value(metrics, "collector_turned_timestamp_seconds") == _NOW.utc_s
    metrics.connected(up=False)
    assert _value(metrics, "broker_connected") == 0


def test_no_plate_is_ever_shown() -> None:
    metrics = Metrics()
    event = an_event()
    topic = f"alpr/v1/o/s/u/up/read/{PLATE}"  # not a topic of ours: capitals
    for where in (_TOPIC, topic):
        metrics.arrived(_arrival(where, encode(event), plate=PLATE), "stored", _NOW)
        metrics.stored(_arrival(where, encode(event)), Entry(event, encode(event)), _NOW)
    text = _text(metrics)
    assert "edge_alpr_messages_total" in text, "the control"
    assert PLATE not in text
    assert event.id not in text


def test_a_port_that_is_taken_is_told() -> None:
    with pytest.raises(PublishError, match=r"192\.0\.2\.1"):
        Metrics().serve("192.0.2.1", 0)  # an address that no machine has (RFC 5737)


def _text(metrics: Metrics) -> str:
    port = metrics.serve("127.0.0.1", 0)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read(), "utf-8")
