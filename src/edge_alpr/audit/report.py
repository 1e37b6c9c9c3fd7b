"""Computes the transparency report from logs alone: each entry is read once, and adds to the figures it is about.

What each figure means is defined in docs/audit.md. `recompute` computes the same from that page in another way.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.audit.figures import Figures, Line
from edge_alpr.audit.suppress import public_form
from edge_alpr.message.document import parse_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from edge_alpr.audit.figures import Facts

SCHEMA: Final = "audit.report/1.0"
_HOUR_S: Final = 3600


def report(
    logs: Sequence[bytes], *, since: str | None = None, until: str | None = None
) -> dict[str, Any]:
    """The exact report over the entries with ``since`` <= at < ``until``, times as entries have them.

    Args:
        logs: whole files, which the caller has verified.

    Raises:
        MessageError: one holds something that is no JSON.
    """
    figures = Figures()
    lines: list[Line] = []
    about = []
    for data in logs:
        mine = list(_lines(data))
        inside = [line for line in mine if _within(line.at, since, until)]
        about.append(
            {
                "origin": mine[0].origin if mine else "",
                "entries": len(mine),
                "counted": len(inside),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
        lines += inside
    lines.sort(key=lambda line: (line.at, line.origin, line.n))
    for line in lines:
        figures.add(line)
    return {
        "schema": SCHEMA,
        "form": "exact",
        "since": since,
        "until": until,
        "first": lines[0].at if lines else None,
        "last": lines[-1].at if lines else None,
        "logs": sorted(about, key=lambda each: (each["origin"], each["sha256"])),
        **_sections(figures),
    }


def public_report(exact: dict[str, Any]) -> dict[str, Any]:
    """The form for everybody: counts of people's affairs below five are not shown."""
    return public_form(exact)


def _lines(data: bytes) -> Iterator[Line]:
    origin = ""
    for number, raw in enumerate(data.splitlines()):
        entry = parse_document(raw)
        if number == 0:
            origin = str(entry["facts"].get("origin", ""))
        yield Line(entry["at"], origin, entry["n"], entry["kind"], entry["facts"])


def _within(at: str, since: str | None, until: str | None) -> bool:
    return (since is None or since <= at) and (until is None or at < until)


def _sections(figures: Figures) -> dict[str, Any]:
    return {
        "traffic": {
            **{name: figures.traffic[name] for name in ("seen", "read", "matched", "kept")},
            "delivered": figures.traffic["delivered"],
            "dropped": _sorted(figures.dropped),
            "active_hours": round(figures.traffic["active_s"] / _HOUR_S, 1),
        },
        "hits": _hits(figures),
        "confirmation": _confirmation(figures),
        "outcomes": _counted(figures.outcomes.values()),
        "queries": _queries(figures),
        "shares": {
            "total": len(figures.shares),
            "items": sum(facts["items"] for facts in figures.shares),
            "by_recipient": _by(figures.shares, "recipient"),
            "by_party": _by(figures.shares, "party"),
            "by_purpose": _by(figures.shares, "purpose"),
        },
        "opened": {"total": len(figures.opened), "items": sum(figures.opened)},
        "refused": {
            "total": len(figures.refused),
            "by_action": _by(figures.refused, "action"),
            "by_reason": _by(figures.refused, "reason"),
            "by_purpose": _by(figures.refused, "purpose"),
            "by_organisation": _by(figures.refused, "organisation"),
        },
        "answers": {"total": len(figures.answers), "held": sum(figures.answers)},
        "purged": {
            "messages": sum(facts["messages"] for facts in figures.purged),
            "by_cause": _by(figures.purged, "cause", "messages"),
            "by_class": _by(figures.purged, "class", "messages"),
        },
        "held": _held(figures),
        "gaps": {name: figures.tallied("gaps")[name] for name in ("messages", "of_unknown_size")},
        "keys_destroyed": _sorted(figures.tallied("keys_destroyed")),
        "lists": {
            "accepted": figures.tallied("lists")["accepted"],
            "refused": _sorted(figures.tallied("lists_refused")),
            "entries_refused": _sorted(figures.tallied("entries_refused")),
            "in_force": dict(sorted(figures.lists.items())),
        },
        "policies": figures.policies,
        "policies_refused": _sorted(figures.tallied("policies_refused")),
        "commands_refused": _sorted(figures.tallied("commands_refused")),
        "versions": {
            "software": sorted(figures.software),
            "models": {name: sorted(found) for name, found in sorted(figures.models.items())},
        },
        "log": {
            **{
                name: figures.tallied("log")[name]
                for name in ("starts", "stops", "unclean_ends", "repairs", "missed")
            },
            "tamper": _sorted(figures.tallied("tamper")),
            "clock_steps": len(figures.clock),
            "largest_step_s": max(map(abs, figures.clock), default=0.0),
        },
    }


def _hits(figures: Figures) -> dict[str, Any]:
    stand = {name: facts for name, facts in figures.hits.items() if name not in figures.withdrawn}
    real = [facts for facts in stand.values() if not facts.get("test")]
    return {
        "total": len(real),
        "tests": len(stand) - len(real),
        "withdrawn": len(figures.withdrawn),
        "by_purpose": _by(real, "purpose"),
        "by_list": _by(real, "list"),
        "by_class": _by(real, "class"),
    }


def _confirmation(figures: Figures) -> dict[str, Any]:
    lists: dict[str, Counter[str]] = {"confirm": Counter(), "refute": Counter()}
    for event, said in figures.judged.items():
        named = figures.hits.get(event, {}).get("list") or said.facts.get("list", "unnamed")
        lists[said.kind][named] += 1
    confirmed, refuted = (lists[kind].total() for kind in ("confirm", "refute"))
    stand = {name: facts for name, facts in figures.hits.items() if name not in figures.withdrawn}
    return {
        "confirmed": confirmed,
        "refuted": refuted,
        "not_judged": sum(
            not facts.get("test") and name not in figures.judged for name, facts in stand.items()
        ),
        "refuted_share": round(refuted / len(figures.judged), 4) if figures.judged else None,
        "confirmed_by_list": _sorted(lists["confirm"]),
        "refuted_by_list": _sorted(lists["refute"]),
    }


def _queries(figures: Figures) -> dict[str, Any]:
    pairs = Counter((facts["person"], facts["subject"]) for facts in figures.queries)
    return {
        "total": len(figures.queries),
        "found": sum(facts["found"] for facts in figures.queries),
        "by_purpose": _by(figures.queries, "purpose"),
        "by_organisation": _by(figures.queries, "organisation"),
        "people": len({facts["person"] for facts in figures.queries}),
        "plates": len({facts["subject"] for facts in figures.queries}),
        "most_for_one_plate_by_one_person": max(pairs.values(), default=0),
    }


def _held(figures: Figures) -> dict[str, Any]:
    oldest = [at for _, at in figures.held.values() if at is not None]
    return {
        "messages": sum(messages for messages, _ in figures.held.values()),
        "oldest": min(oldest, default=None),
    }


def _by(facts: Sequence[Facts], name: str, amount: str | None = None) -> dict[str, int]:
    """How many there are of each value of a fact, or the sum of another; ``unnamed`` where it is left out."""
    found: Counter[str] = Counter()
    for each in facts:
        found[str(each.get(name, "unnamed"))] += 1 if amount is None else each[amount]
    return _sorted(found)


def _counted(values: Iterable[str]) -> dict[str, int]:
    return _sorted(Counter(values))


def _sorted(tally: Counter[str]) -> dict[str, int]:
    return {name: amount for name, amount in sorted(tally.items()) if amount}
