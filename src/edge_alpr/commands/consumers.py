"""This file runs what ``collect --to`` names beside the store: the list of what is owed, and a worker a webhook."""

from __future__ import annotations

import logging
from contextlib import closing
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from edge_alpr.collector.consumer import Consumer, consumer_at, is_consumer
from edge_alpr.collector.forward import Forwarding, Relay
from edge_alpr.collector.owed import Owed
from edge_alpr.collector.webhook import MOST_PAUSE_S, TIMEOUT_S, Webhook
from edge_alpr.ops.supervisor import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge_alpr.collector.collect import Upkeep
    from edge_alpr.collector.store import Store
    from edge_alpr.types import Clock

_log = logging.getLogger(__name__)

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def parted(targets: Sequence[str], owed: Path | None, *, tests: bool) -> tuple[str, list[Consumer]]:
    """The one store among what ``--to`` names, and the consumers, for which there must be a file ``owed``.

    Raises:
        ValueError: there is not exactly one store, or a consumer makes no sense.
    """
    consumers = [consumer_at(each, tests=tests) for each in targets if is_consumer(each)]
    stores = [each for each in targets if not is_consumer(each)]
    if len(stores) != 1:
        raise ValueError("--to: name one store, and as many consumers beside it as you like")
    if len({each.name for each in consumers}) < len(consumers):
        raise ValueError("--to: a consumer is named twice")
    if bool(consumers) != (owed is not None):
        raise ValueError("--owed FILE goes with consumers, and consumers with it")
    return stores[0], consumers


def take_up(consumers: Sequence[Consumer], path: Path) -> None:
    """Before anything else: what an earlier run left is owed.

    Raises:
        StoreError: the file cannot be used.
    """
    with closing(Owed(path)) as owed:
        if gone := owed.begin(consumers):
            _log.warning("%d messages were owed to consumers that are not named any more", gone)
    for each in consumers:
        if each.target.startswith("http:") and urlsplit(each.target).hostname not in _HERE:
            _log.warning("%s: plates go over http, readable for all on the way", each.name)


class Debtor:
    """The collector's side of it; used by its thread."""

    def __init__(self, consumers: Sequence[Consumer], path: Path) -> None:
        self._consumers = consumers
        self._owed = Owed(path)

    def before(self, store: Store) -> Store:
        """The store, with what is owed put down before it."""
        return Forwarding(store, self._owed, self._consumers)

    def beside(self, upkeep: Upkeep | None) -> Relay:
        """The upkeep, with what is to be published to consumers; an observer as well."""
        return Relay(self._owed, [each for each in self._consumers if not each.posted], upkeep)

    def close(self) -> None:
        self._owed.close()


def webhook_workers(consumers: Sequence[Consumer], path: Path, clock: Clock) -> list[Worker]:
    """One for each that is told by HTTP. At an end that nobody asked for they deliver first what they can."""
    workers = []
    for consumer in consumers:
        if consumer.posted:
            webhook = Webhook(consumer, path, clock)
            worker = Worker(
                consumer.name,
                webhook.run,
                stale_s=MOST_PAUSE_S + 2 * TIMEOUT_S,
                stop_s=TIMEOUT_S + 2.0,
                settled=_settled(webhook, consumer, path),
            )
            workers.append(worker)
    return workers


def _settled(webhook: Webhook, consumer: Consumer, path: Path) -> Callable[[], bool]:
    def is_settled() -> bool:
        if webhook.trouble is not None:
            return True  # what is not delivered stays owed
        with closing(Owed(path)) as owed:
            return owed.waiting([consumer]) == 0

    return is_settled
