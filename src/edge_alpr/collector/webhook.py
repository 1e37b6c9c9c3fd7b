"""Posts to a consumer what it is owed, in order, one at a time, until it has said that it has it."""

from __future__ import annotations

import http.client
import logging
from contextlib import closing
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from edge_alpr.backoff import Backoff
from edge_alpr.collector.owed import Owed
from edge_alpr.collector.store import StoreError
from edge_alpr.message.codec import decode

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.collector.consumer import Consumer, Post
    from edge_alpr.collector.owed import Debt
    from edge_alpr.types import Clock, StopSignal

_log = logging.getLogger(__name__)

TIMEOUT_S: Final = 10.0
_IDLE_S: Final = 0.2
_FIRST_PAUSE_S: Final = 1.0
MOST_PAUSE_S: Final = 300.0
REFUSALS: Final = frozenset({400, 406, 411, 413, 414, 415, 422, 431})
"""RFC 9110, 15.5: this very message is not wanted as it is; another may be. All else may pass, also a wrong key."""


class Webhook:
    """One consumer's. `run` is the loop of one thread.

    Only an answer of 2xx counts as delivered. A redirection is not followed: the body would be lost on the way.
    """

    def __init__(
        self,
        consumer: Consumer,
        path: Path,
        clock: Clock,
        *,
        timeout_s: float = TIMEOUT_S,
        rng: random.Random | None = None,
    ) -> None:
        """``path`` is the file with what is owed."""
        self._consumer = consumer
        self._path = path
        self._clock = clock
        self._timeout_s = timeout_s
        self._backoff = Backoff(_FIRST_PAUSE_S, MOST_PAUSE_S, rng)
        self.trouble: str | None = None
        """Why nothing gets through; None while all is well."""

    def run(self, stop: StopSignal, beat: Callable[[], None]) -> None:
        """Deliver until ``stop`` is set; what is not delivered then stays owed.

        Raises:
            StoreError: the file cannot be opened.
        """
        with closing(Owed(self._path)) as owed:
            self._run(owed, stop, beat)

    def _run(self, owed: Owed, stop: StopSignal, beat: Callable[[], None]) -> None:
        while not stop.is_set():
            beat()
            try:
                debts = owed.oldest(self._consumer, self._clock.now().utc_s)
                if not debts:
                    self.trouble = None
                    stop.wait(_IDLE_S)
                    continue
                self.trouble = self._deliver(owed, debts[0])
            except StoreError as error:
                self.trouble = str(error)
            if self.trouble is None:
                self._backoff.reset()
                continue
            pause_s = self._backoff.next_s()
            _log.warning("%s: %s; again in %.1f s", self._consumer.name, self.trouble, pause_s)
            stop.wait(pause_s)

    def _deliver(self, owed: Owed, debt: Debt) -> str | None:
        """Post it; None if it is done with, or why it must be tried again."""
        told = self._consumer.post(decode(debt.body), debt.body)
        if told is None:  # owed by another version's rules
            owed.paid([debt.number])
            return None
        try:
            status = send(self._consumer.target, told, self._timeout_s)
        except (OSError, http.client.HTTPException) as error:
            return f"cannot be reached: {type(error).__name__}"  # the words may quote the address
        if 200 <= status < 300:
            owed.paid([debt.number])
            return None
        if status in REFUSALS:
            _log.error(
                "%s refuses a message with status %d: it is set aside and tried again after a restart",
                self._consumer.name,
                status,
            )
            owed.refused(debt.number)
            return None
        return f"answers with status {status}"


def send(url: str, told: Post, timeout_s: float) -> int:
    """Post once; the status of the answer, from 200.

    Raises:
        OSError: it cannot be reached, is not who it should be, or does not answer in time.
        http.client.HTTPException: what it answers is not HTTP.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        connection.request("POST", path, told.body, dict(told.headers))
        response = connection.getresponse()
        response.read(65_536)
        return response.status
    finally:
        connection.close()
