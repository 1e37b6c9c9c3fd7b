"""REL-5: the link is cut in every way that links are. It comes back by itself, soon, and nothing is lost."""

from __future__ import annotations

import random
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from edge_alpr.message.codec import encode
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import an_event
from fakes.feed import MemoryFeed
from fakes.keys import RING
from fixtures.centre import Centre
from fixtures.eventually import eventually
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.proxy import Proxy
from fixtures.running import RunningUplink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from faults.conftest import Count, Publish

__all__ = ["mosquitto"]  # the fixture

BATCH: Final = 5
PAUSES: Final = {"backoff_first_s": 0.1, "backoff_most_s": 1.0, "reconnect_most_s": 1.0}
"""A tenth of the shipped ones, as the outages are short."""
ACK_TIMEOUT_S: Final = 1.0
"""Shipped: 20. It bounds how long a dead link goes unnoticed."""


@contextmanager
def _reset(proxy: Proxy, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    proxy.cut()
    yield


@contextmanager
def _half_open(proxy: Proxy, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    proxy.lose_the_far_side()
    yield


@contextmanager
def _black_hole(proxy: Proxy, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    proxy.stall()
    yield
    proxy.flow()


@contextmanager
def _no_names(proxy: Proxy, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Reset, and for a while nobody can say where the broker is."""

    def unknown(*_args: Any, **_options: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with patch.context() as patched:
        patched.setattr(socket, "getaddrinfo", unknown)
        proxy.cut()
        yield


CUTS: Final[tuple[Callable[..., Any], ...]] = (_reset, _half_open, _black_hole, _no_names)


@pytest.mark.broker
@pytest.mark.timeout(3600)
def test_a_link_that_is_cut_again_and_again_loses_nothing_and_comes_back(
    mosquitto: Mosquitto,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    count: Count,
    publish: Publish,
) -> None:
    """The collector's own link holds; what is timed is from the link's return until the unit owes nothing."""
    cuts = count(4, 500)
    chance = random.Random(5)
    mosquitto.start()
    centre = Centre(mosquitto.url, tmp_path)
    feed = MemoryFeed()
    took_s: list[float] = []
    with Proxy(mosquitto.port) as proxy, centre.start() as collector:
        collector.wait_until_collecting()
        settings = {"receipt_timeout_s": 2.0, "ack_timeout_s": ACK_TIMEOUT_S, **PAUSES}
        with RunningUplink(feed, MqttSettings(url=proxy.url), RING, **settings):
            for n in range(cuts):
                _add(feed)
                with CUTS[n % len(CUTS)](proxy, monkeypatch):
                    _add(feed)
                    time.sleep(chance.uniform(0.05, 1.0))
                back_s = time.monotonic()
                assert eventually(lambda: feed.rows == [])
                took_s.append(time.monotonic() - back_s)
        assert collector.stop() == 0
    given = cuts * 2 * BATCH
    stored = centre.seqs()
    took_s.sort()
    publish(
        "REL-5",
        "reset, half-open, black hole, no names, in turn",
        cuts=cuts,
        given=given,
        lost=len(set(range(1, given + 1)) - set(stored)),
        doubled=len(stored) - len(set(stored)),
        back_p95_s=round(took_s[int(0.95 * (len(took_s) - 1))], 2),
        back_most_s=round(took_s[-1], 2),
        ack_timeout_s=ACK_TIMEOUT_S,
        reconnect_most_s=PAUSES["reconnect_most_s"],
    )
    assert stored == list(range(1, given + 1))


def _add(feed: MemoryFeed) -> None:
    for seq in range(feed.made + 1, feed.made + 1 + BATCH):
        feed.add(encode(an_event(seq)))
