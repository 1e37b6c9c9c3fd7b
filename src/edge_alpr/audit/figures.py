"""Adds up what a report tells: one entry after the other, in the order of time; nothing is asked twice of a log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Facts: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with what it is sorted by."""

    at: str
    origin: str
    n: int
    kind: str
    facts: Facts


@dataclass(slots=True)
class Figures:
    """What has been added so far."""

    traffic: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    hits: dict[str, Facts] = field(default_factory=dict)
    """By event; a hit that names none gets a name of its own."""
    withdrawn: set[str] = field(default_factory=set)
    judged: dict[str, Line] = field(default_factory=dict)
    """By event, the last that a person said of it."""
    outcomes: dict[str, str] = field(default_factory=dict)
    lists: dict[str, Facts] = field(default_factory=dict)
    policies: list[Facts] = field(default_factory=list)
    held: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    """By log, the last that was said of what it holds."""
    queries: list[Facts] = field(default_factory=list)
    shares: list[Facts] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    refused: list[Facts] = field(default_factory=list)
    answers: list[bool] = field(default_factory=list)
    purged: list[Facts] = field(default_factory=list)
    software: set[str] = field(default_factory=set)
    models: dict[str, set[str]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    """Logs whose last start was not followed by a stop."""
    clock: list[float] = field(default_factory=list)
    tallies: dict[str, Counter[str]] = field(default_factory=dict)
    """Small ones, by their name in the report."""

    def add(self, line: Line) -> None:
        """Take one more entry, in the order of time."""
        take = getattr(self, f"on_{line.kind}", None)
        if take is not None:  # the others are about the log itself
            take(line)

    def tally(self, name: str, label: object, amount: int = 1) -> None:
        self.tallies.setdefault(name, Counter())[str(label)] += amount

    def tallied(self, name: str) -> Counter[str]:
        """One of the small tallies."""
        return self.tallies.get(name, Counter())

    # ---------------------------------------------------------------- a unit's, one method a kind

    def on_counts(self, line: Line) -> None:
        for name in ("active_s", "seen", "read", "matched", "kept", "delivered"):
            self.traffic[name] += line.facts.get(name, 0)
        self.dropped.update(line.facts.get("dropped", {}))
        if "held" in line.facts:
            self.held[line.origin] = line.facts["held"], line.facts.get("oldest")

    def on_hit(self, line: Line) -> None:
        name = line.facts.get("event") or f"{line.origin} {line.n}"
        self.hits[name] = line.facts

    def on_withdrawn(self, line: Line) -> None:
        self.withdrawn.add(line.facts["event"])

    def on_confirm(self, line: Line) -> None:
        self.judged[line.facts["event"]] = line

    def on_refute(self, line: Line) -> None:
        self.judged[line.facts["event"]] = line

    def on_outcome(self, line: Line) -> None:
        self.outcomes[line.facts["event"]] = line.facts["outcome"]

    def on_list_accepted(self, line: Line) -> None:
        facts = line.facts
        self.tally("lists", "accepted")
        self.lists[facts["list"]] = {
            "entries": facts["entries"],
            "version": facts.get("version"),
            "since": line.at,
        }
        self._entries_refused(facts)

    def on_list_refused(self, line: Line) -> None:
        self.tally("lists_refused", line.facts["reason"])
        self._entries_refused(line.facts)

    def _entries_refused(self, facts: Facts) -> None:
        for reason, amount in facts.get("refused", {}).items():
            self.tally("entries_refused", reason, amount)

    def on_policy(self, line: Line) -> None:
        told = {"policy": line.facts["policy"], "state": line.facts["state"]}
        before = self.policies[-1] if self.policies else {}
        if told != {name: before.get(name) for name in told}:
            self.policies.append({"since": line.at, **told})

    def on_start(self, line: Line) -> None:
        self.tally("log", "starts")
        if line.origin in self.running:
            self.tally("log", "unclean_ends")
        self.running.add(line.origin)
        self.software.add(line.facts["software"])
        for model, digest in line.facts.get("models", {}).items():
            self.models.setdefault(model, set()).add(digest)

    def on_stop(self, line: Line) -> None:
        self.tally("log", "stops")
        self.running.discard(line.origin)

    def on_gap(self, line: Line) -> None:
        messages = line.facts.get("messages")
        self.tally("gaps", "of_unknown_size" if messages is None else "messages", messages or 1)

    def on_policy_refused(self, line: Line) -> None:
        self.tally("policies_refused", line.facts["reason"])

    def on_command_refused(self, line: Line) -> None:
        self.tally("commands_refused", line.facts["reason"])

    def on_repair(self, _line: Line) -> None:
        self.tally("log", "repairs")

    def on_missed(self, line: Line) -> None:
        self.tally("log", "missed", line.facts["entries"])

    def on_tamper(self, line: Line) -> None:
        self.tally("tamper", line.facts["what"])

    def on_clock(self, line: Line) -> None:
        self.clock.append(line.facts["offset_s"])

    def on_purge(self, line: Line) -> None:
        self.purged.append(line.facts)

    def on_key_destroyed(self, line: Line) -> None:
        self.tally("keys_destroyed", line.facts.get("class", "unnamed"))

    # ---------------------------------------------------------------- a holder's

    def on_query(self, line: Line) -> None:
        self.queries.append(line.facts)

    def on_share(self, line: Line) -> None:
        self.shares.append(line.facts)

    def on_open(self, line: Line) -> None:
        self.opened.append(line.facts["items"])

    def on_refused(self, line: Line) -> None:
        self.refused.append(line.facts)

    def on_answer(self, line: Line) -> None:
        self.answers.append(line.facts["held"])
