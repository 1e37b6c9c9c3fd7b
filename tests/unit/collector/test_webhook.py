"""Webhooks against a real HTTP server: delivered at least once, in order, whatever it answers."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from edge_alpr.collector.consumer import Consumer
from edge_alpr.collector.forward import Forwarding
from edge_alpr.collector.owed import Owed
from edge_alpr.collector.store import Entry
from edge_alpr.collector.store_sqlite import SqliteStore
from edge_alpr.collector.webhook import Webhook
from edge_alpr.message.codec import encode
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.types import Moment
from fakes.events import PLATE, an_event
from fixtures.eventually import eventually
from fixtures.receiver import receiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOW_S = to_seconds("2026-01-01T00:00:05.000Z")


class _Clock:
    def now(self) -> Moment:
        return Moment(0.0, _NOW_S)


class _Hurried(threading.Event):
    """Does not wait as long as it is told to."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(None if timeout is None else min(timeout, 0.01))


def _owe(folder: Path, consumer: Consumer, *seqs: int) -> None:
    owed, store = Owed(folder / "owed.db"), SqliteStore(folder / "plates.db")
    owed.begin([consumer])
    entries = [Entry(an_event(seq), encode(an_event(seq))) for seq in seqs]
    Forwarding(store, owed, [consumer]).keep(entries, _NOW_S)
    owed.close()
    store.close()


@contextmanager
def _posting(folder: Path, consumer: Consumer) -> Iterator[None]:
    stop = _Hurried()

    webhook = Webhook(consumer, folder / "owed.db", _Clock(), timeout_s=5.0)
    thread = threading.Thread(target=webhook.run, args=(stop, lambda: None))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _waiting(folder: Path, consumer: Consumer) -> int:
    owed = Owed(folder / "owed.db")
    try:
        return owed.waiting([consumer])
    finally:
        owed.close()


@pytest.mark.parametrize("kind", ["alpr-group", "cloudevents", "plate-recognizer"])
def test_each_shape_arrives_whole_and_in_order(kind: str, tmp_path: Path) -> None:
    with receiver() as there:
        consumer = Consumer(kind=kind, target=there.url, tests=True)
        _owe(tmp_path, consumer, 1, 2, 3)
        with _posting(tmp_path, consumer):
            assert eventually(lambda: _waiting(tmp_path, consumer) == 0)
    assert len(there.came) == 3
    for path, headers, body in there.came:
        assert path == "/hook?key=secret"
        assert headers["content-type"] == "application/json"
        assert PLATE in json.dumps(json.loads(body)).upper()
    if kind == "cloudevents":
        assert [headers["ce-id"] for _, headers, _ in there.came] == [
            f"00c0ffee-{seq}" for seq in (1, 2, 3)
        ]
        assert there.came[0][2] == encode(an_event(1))


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500, 503])
def test_a_receiver_that_is_not_well_is_asked_again(status: int, tmp_path: Path) -> None:
    with receiver() as there:
        there.answers = [status, status]
        consumer = Consumer(kind="cloudevents", target=there.url, tests=True)
        _owe(tmp_path, consumer, 1, 2)
        with _posting(tmp_path, consumer):
            assert eventually(lambda: _waiting(tmp_path, consumer) == 0)
    assert there.asked == 4
    assert [headers["ce-id"] for _, headers, _ in there.came] == ["00c0ffee-1", "00c0ffee-2"]


def test_what_is_refused_holds_up_nobody_and_is_not_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as there:
        there.answers = [422]
        consumer = Consumer(kind="cloudevents", target=there.url, tests=True)
        _owe(tmp_path, consumer, 1, 2)
        with _posting(tmp_path, consumer):
            assert eventually(lambda: _waiting(tmp_path, consumer) == 0)
        assert [headers["ce-id"] for _, headers, _ in there.came] == ["00c0ffee-2"]
        owed = Owed(tmp_path / "owed.db")
        owed.begin([consumer])  # a restart
        owed.close()
        with _posting(tmp_path, consumer):
            assert eventually(lambda: len(there.came) == 2)
    assert "422" in caplog.text
    assert PLATE not in caplog.text
    assert "secret" not in caplog.text


def test_nobody_there_keeps_everything_until_somebody_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as there:
        consumer = Consumer(kind="cloudevents", target=there.url, tests=True)
    port = int(there.url.split(":")[2].split("/")[0])
    _owe(tmp_path, consumer, 1, 2)
    with _posting(tmp_path, consumer):
        assert eventually(lambda: "cannot be reached" in caplog.text)
        assert _waiting(tmp_path, consumer) == 2
        with receiver(port) as there:
            assert eventually(lambda: len(there.came) == 2)
    assert "secret" not in caplog.text
