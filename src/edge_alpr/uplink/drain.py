"""Empties the spool into a publisher: in order, a bounded number at a time, never forgetting what was not accepted.

The only file on the unit's network side that retries. A message leaves the spool when `confirm.Confirmation` says so;
a lost link, a refusal, a silent broker or collector leave it where it is. What was in flight at a lost link is sent
again, so a consumer may see it twice: (unit, boot, seq) tells.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Final

from edge_alpr.backoff import Backoff
from edge_alpr.errors import PublishError, SpoolError
from edge_alpr.link.refusals import NOBODY_LISTENS, explain_reason
from edge_alpr.uplink.confirm import ByPuback
from edge_alpr.uplink.envelope import put_in_envelope
from edge_alpr.uplink.expiry import Expiry
from edge_alpr.uplink.gate import Gate
from edge_alpr.uplink.pace import Pace
from edge_alpr.uplink.window import Window

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.types import Clock, Counter, Moment, Spooled, StopSignal
    from edge_alpr.uplink.confirm import Confirmation
    from edge_alpr.uplink.downlink import Downlink
    from edge_alpr.uplink.health import Facts, Presence
    from edge_alpr.uplink.settings import UplinkSettings
    from edge_alpr.uplink.terms import Feed, Publisher

_log = logging.getLogger(__name__)

_IDLE_S: Final = 0.5
"""Longest wait for a new message, the network left alone."""
_ANSWER_S: Final = 0.1
"""Longest wait for the broker's answers, the spool left alone."""
_SPOOL_REST_S: Final = 1.0
"""Pause before a spool that failed is asked again."""
_GOODBYE_S: Final = 1.0
"""How long a stop waits for the broker to confirm the last status."""
_BEAT_S: Final = 1.0
"""Longest time without a heartbeat while waiting to connect again."""


class Uplink:
    """Owns the link and the order of sending. `run` is the loop of one thread."""

    def __init__(
        self,
        feed: Feed,
        publisher: Publisher,
        presence: Presence,
        settings: UplinkSettings,
        *,
        address: UnitAddress,
        clock: Clock,
        count: Counter,
        confirmation: Confirmation | None = None,
        downlink: Downlink | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """Without ``confirmation`` the broker's PUBACK counts; without ``downlink`` nothing but receipts is heard."""
        self._feed = feed
        self._publisher = publisher
        self._presence = presence
        self._settings = settings
        self._address = address
        self._clock = clock
        self._count = count
        first_s = min(settings.backoff_first_s, settings.reconnect_most_s)
        self._reconnect = Backoff(first_s, settings.reconnect_most_s, rng)
        self._window = Window(Backoff(settings.backoff_first_s, settings.backoff_most_s, rng))
        self._confirm = confirmation or ByPuback()
        self._downlink = downlink
        self._gate = Gate(self._confirm, Pace(settings.replay_rate_per_s), settings.replay_after_s)
        self._expiry = Expiry(feed, clock, count)
        self._spool_again_s = -math.inf
        self._connects = 0
        self._spool_told = ""

    def run(self, stop: StopSignal, beat: Callable[[], None]) -> None:
        """Send until ``stop`` is set, then drain for a while and say goodbye. ``beat`` is called at every step.

        A blocked name look-up or connection attempt may keep the beat waiting for ``connect_timeout_s`` a step.
        """
        while not stop.is_set():
            beat()
            connected_s = self._clock.now().mono_s
            try:
                self._connect()
                connected_s = self._clock.now().mono_s
                self._serve(stop, beat)
                self._finish(beat)
            except PublishError as error:
                self._give_up_link(error, connected_s)
                self._rest(self._reconnect.next_s(), stop, beat)
        self._publisher.close()

    # ---------------------------------------------------------------- one link

    def _connect(self) -> None:
        wished = () if self._downlink is None else self._downlink.topics
        self._publisher.connect(self._presence.will(), self._confirm.topics, wished)
        self._connects += 1
        _log.info("connected to %s", self._publisher)
        self._feed.begin_live()
        for publication in self._presence.birth(self._clock.now()):
            self._publisher.publish(publication)

    def _serve(self, stop: StopSignal, beat: Callable[[], None]) -> None:
        while not stop.is_set():
            beat()
            now = self._clock.now()
            for publication in self._presence.due(now, self._facts):
                self._publisher.publish(publication)
            if not self._exchange(now):
                self._await_news()

    def _finish(self, beat: Callable[[], None]) -> None:
        """Drain what can be drained, then leave in order."""
        deadline_s = self._clock.now().mono_s + self._settings.drain_s
        while (now := self._clock.now()).mono_s < deadline_s:
            beat()
            if not self._exchange(now):
                break
        farewell = self._publisher.publish(self._presence.farewell(self._clock.now()))
        deadline_s = self._clock.now().mono_s + _GOODBYE_S
        while self._clock.now().mono_s < deadline_s and farewell not in self._hear(_ANSWER_S):
            beat()
        self._forget_done()

    def _give_up_link(self, error: PublishError, connected_s: float) -> None:
        now = self._clock.now()
        again = self._window.lost(now.mono_s)
        self._publisher.close()
        self._count("uplink.links_lost")
        if now.mono_s - connected_s > self._settings.reconnect_most_s:
            self._reconnect.reset()  # a link that lasted; a flapping one keeps its longer pauses
        _log.warning("%s; %d unanswered messages stay in the spool", error, again)

    # ---------------------------------------------------------------- messages

    def _exchange(self, now: Moment) -> bool:
        """Send what may be sent, take what was answered; whether anything is going on."""
        self._tidy(now)
        self._send(now)
        waiting = self._window.in_flight > 0 or self._confirm.room(now) == 0
        busy = waiting or self._spool_rests(now)
        self._hear(_ANSWER_S if busy else 0.0)
        self._forget_done()
        return busy

    def _send(self, now: Moment) -> None:
        if self._spool_rests(now):
            return
        size = self._publisher.window
        again = self._confirm.again(now)
        idle = not again and not self._window.kept_back and self._confirm.room(now) == 0
        limit = self._window.ask_for(size) + self._confirm.held()
        try:
            if idle and not self._feed.wait(0):
                return
            pending = self._feed.pending(limit, now.utc_s)
            if len(pending) < limit:
                self._window.forget_strangers(pending)
            self._delivered([message for message in pending if self._confirm.settled(message)])
            candidates = self._gate.candidates(again, pending)
            chosen = self._window.choose(candidates, size, now.mono_s, self._gate.open(again, now))
            backlog = self._feed.depth().messages if chosen else 0
        except SpoolError as error:
            self._spool_failed(error)
            return
        for message in chosen:
            envelope = put_in_envelope(
                message,
                self._address,
                now_s=now.utc_s,
                replay_after_s=self._settings.replay_after_s,
                backlog=backlog,
            )
            token = self._publisher.publish(envelope)
            self._window.sent(token, message, now.mono_s)
            self._confirm.sent(message, now)

    def _hear(self, timeout_s: float) -> set[int]:
        """Take the broker's answers; returns their tokens."""
        answers = self._publisher.settle(timeout_s)
        now = self._clock.now()
        now_s = now.mono_s
        for arrival in self._publisher.arrivals():
            if self._downlink is None or arrival.topic in self._confirm.topics:
                self._delivered(self._confirm.heard(arrival, now))
            else:
                self._downlink.heard(arrival)
        for answer in answers:
            refused = answer.refused
            if refused is None and answer.unheard and self._settings.keep_unheard:
                refused = explain_reason(NOBODY_LISTENS)
            if refused is None:
                message = self._window.accepted(answer.token)
                if message is not None and self._confirm.accepted(message):
                    self._delivered([message])
            elif (message := self._window.refused(answer.token, now_s)) is not None:
                self._confirm.refused(message)
                self._count("uplink.refused")
                _log.warning(
                    "%s %s/%d refused, kept for later: %s",
                    message.kind,
                    message.boot,
                    message.seq,
                    refused,
                )
            elif answer.refused is not None:
                self._count("uplink.refused")
                _log.warning("status or info refused: %s", refused)
        oldest_s = self._window.oldest_s()
        if oldest_s is not None and now_s - oldest_s > self._settings.ack_timeout_s:
            raise PublishError(
                f"{self._publisher}: no answer to a message for {self._settings.ack_timeout_s:g} s"
            )
        return {answer.token for answer in answers}

    def _delivered(self, messages: list[Spooled]) -> None:
        self._window.finish(messages)
        if messages:
            self._count("uplink.delivered", len(messages))

    def _forget_done(self) -> None:
        done = self._window.done()
        if not done or self._spool_rests(self._clock.now()):
            return
        try:
            self._feed.delivered(done)
        except SpoolError as error:
            # They stay done: not sent again by this process, deleted later.
            self._spool_failed(error)
        else:
            self._window.forgotten(done)

    # ---------------------------------------------------------------- waiting and tidying

    def _await_news(self) -> None:
        try:
            self._feed.wait(_IDLE_S)
        except SpoolError as error:
            self._spool_failed(error)

    def _tidy(self, now: Moment) -> None:
        if self._spool_rests(now):
            return
        try:
            self._expiry.tidy(now)
        except SpoolError as error:
            self._spool_failed(error)

    def _rest(self, seconds: float, stop: StopSignal, beat: Callable[[], None]) -> None:
        _log.info("connecting again in %.1f s", seconds)
        while seconds > 0 and not stop.wait(min(seconds, _BEAT_S)):
            beat()
            self._tidy(self._clock.now())
            seconds -= _BEAT_S

    def _spool_rests(self, now: Moment) -> bool:
        return now.mono_s < self._spool_again_s

    def _spool_failed(self, error: SpoolError) -> None:
        self._spool_again_s = self._clock.now().mono_s + _SPOOL_REST_S
        self._count("uplink.spool_errors")
        if str(error) != self._spool_told:
            _log.error("the spool cannot be used just now: %s", error)
        self._spool_told = str(error)

    def _facts(self) -> Facts:
        """For the health report."""
        facts = {
            "connects": self._connects,
            "in_flight": self._window.in_flight,
            **self._confirm.facts(self._clock.now()),
        }
        try:
            depth = self._feed.depth()
        except SpoolError:
            return facts
        return {
            **facts,
            "spool_messages": depth.messages,
            "spool_bytes": depth.bytes,
            "spool_oldest_s": depth.oldest_s,
        }
