"""A collector into PostgreSQL: a server that is killed and comes back, and what it cannot be told twice."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.postgresql_tables import VERSION
from edge_alpr.collector.store import Entry, StoreError
from edge_alpr.message.codec import encode
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import an_event
from fakes.feed import MemoryFeed
from fakes.keys import COLLECTOR_KEY, RING
from fixtures import dying_collector
from fixtures.eventually import eventually
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.postgresql import Postgresql, find_postgresql
from fixtures.running import RunningCollector, RunningUplink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["mosquitto"]  # the fixture

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

_NOW_S = 1_767_225_600.0


@pytest.fixture
def server() -> Iterator[Postgresql]:
    """One of our own, since it is killed."""
    pytest.importorskip("psycopg")
    programs = find_postgresql()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = Postgresql(programs)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _ask(url: str, question: str) -> list[Any]:
    import psycopg  # noqa: PLC0415  # not where it is not installed

    with psycopg.connect(url) as db:
        return [column for (column,) in db.execute(question.encode()).fetchall()]


def _seqs(url: str) -> list[int]:
    return _ask(url, "SELECT seq FROM passes ORDER BY seq")


def _add(feed: MemoryFeed, count: int) -> None:
    first = feed.made + 1
    for seq in range(first, first + count):
        feed.add(encode(an_event(seq)))


def _signing(folder: Path) -> tuple[str, str]:
    COLLECTOR_KEY.save(folder / "centre.pem")
    return f"--receipt-key={folder / 'centre.pem'}", "--name=central"


def test_a_database_that_is_killed_and_comes_back_has_everything_once(
    server: Postgresql, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    feed = MemoryFeed()
    _add(feed, 200)
    url = server.url()
    with (
        RunningCollector(mosquitto.url, url, tmp_path, *_signing(tmp_path)) as collector,
        RunningUplink(feed, MqttSettings(url=mosquitto.url), RING, receipt_timeout_s=0.5),
    ):
        assert eventually(lambda: feed.gone != [])
        for _ in range(3):
            server.stop()
            # Counted before there is more to do: a quick collector may take all of it at once.
            before = len(feed.gone)
            _add(feed, 100)
            server.start()
            assert eventually(lambda before=before: len(feed.gone) > before)  # type: ignore[misc]
        assert eventually(lambda: feed.rows == [], patience_s=120)
        assert collector.stop() == 0
    assert _seqs(url) == list(range(1, 501))


def test_killed_between_commit_and_receipt_it_loses_and_doubles_nothing(
    postgresql: str, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Ten times; each time the message is stored, and the unit does not know."""
    mosquitto.start()
    feed = MemoryFeed()
    signing = _signing(tmp_path)
    key = str(tmp_path / "centre.pem")
    command = [sys.executable, dying_collector.__file__, mosquitto.url, postgresql, key, "10"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as dying,
        RunningUplink(feed, MqttSettings(url=mosquitto.url), RING, receipt_timeout_s=0.3),
    ):
        assert dying.stdout is not None
        for _ in range(10):
            _add(feed, 10)
            assert dying.stdout.readline(), "it died too early"
        assert dying.wait(30) == 0
        assert feed.gone == [], "nobody said a word"
        with RunningCollector(mosquitto.url, postgresql, tmp_path, *signing) as collector:
            assert eventually(lambda: feed.rows == [])
            assert collector.stop() == 0
    assert _seqs(postgresql) == list(range(1, 101))


def test_a_lost_connection_is_an_error_once_and_then_a_new_one_is_made(server: Postgresql) -> None:
    store = open_store(server.url())
    entry = Entry(an_event(1), encode(an_event(1)))
    server.stop()
    with pytest.raises(StoreError):
        store.keep([entry], _NOW_S)
    with pytest.raises(StoreError, match="cannot use postgresql://"):
        store.purge(_NOW_S)
    server.start()
    assert list(store.keep([entry], _NOW_S)) == [True]
    assert list(store.keep([entry], _NOW_S)) == [False]
    store.close()


def test_tables_of_a_newer_version_are_refused(postgresql: str) -> None:
    import psycopg  # noqa: PLC0415

    open_store(postgresql).close()
    with psycopg.connect(postgresql) as db:
        db.execute("UPDATE edge_alpr_version SET version = 99")
    with pytest.raises(StoreError, match="newer"):
        open_store(postgresql)


def test_what_a_crash_could_take_back_is_not_receipted(postgresql: str) -> None:
    """A server may be set to answer before it has written; our sessions are not."""
    store = open_store(f"{postgresql}%20-csynchronous_commit%3Doff")
    (found,) = store._connected().execute("SHOW synchronous_commit").fetchone()  # type: ignore[attr-defined]
    assert found == "on"
    store.close()


def test_two_collectors_that_start_at_once_make_the_tables_once(postgresql: str) -> None:
    program = (
        f"from edge_alpr.collector.open_store import open_store; open_store({postgresql!r}).close()"
    )
    both = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(4)]
    assert [each.wait(60) for each in both] == [0] * 4
    assert _ask(postgresql, "SELECT version FROM edge_alpr_version") == [VERSION]
