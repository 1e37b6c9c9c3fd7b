"""Lists what an audit log may say: a closed list of kinds, each with the facts that it must and may have.

What is not in the list is refused, so that nobody can slip a plate, a face or a remark into a log that is public in
the end. docs/audit.md has the same list in words; a test keeps the two alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from edge_alpr.audit.forms import (
    CASE,
    COUNT,
    DIGEST,
    DIGESTS,
    FLAG,
    HEX,
    KEY,
    LABEL,
    LABELS,
    NUMBER,
    SUBJECT,
    TALLY,
    TIME,
    Form,
)

Facts: TypeAlias = Mapping[str, Form]
Writer: TypeAlias = Literal["every", "unit", "holder"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entry."""

    words: str
    """What it says."""
    writer: Writer
    must: Facts = field(default_factory=dict)
    may: Facts = field(default_factory=dict)


_WHO: Final[Facts] = {"person": LABEL, "organisation": LABEL}
_WHY: Final[Facts] = {"purpose": LABEL, "offence_class": LABEL, "case_no": CASE}
_LIST: Final[Facts] = {"authority": LABEL, "seq": COUNT, "scope": LABEL}
_RANGE: Final[Facts] = {"boot": HEX, "first": COUNT, "last": COUNT}

KINDS: Final[dict[str, Kind]] = {
    # -------- about the log itself
    "begin": Kind(
        "the log's first entry: its name, and the key that signs its checkpoints",
        "every",
        {"origin": LABEL},
        {"key": KEY, "follows": LABEL, "because": LABEL},
    ),
    "repair": Kind(
        "a last line that was cut off, by a power cut for example, was taken out",
        "every",
        {"bytes": COUNT, "digest": DIGEST},
    ),
    "missed": Kind(
        "entries that could not be written, because the disk was full for example",
        "every",
        {"entries": COUNT, "reason": LABEL},
        {"kinds": TALLY},
    ),
    "key": Kind("another key signs from here on", "every", {"key": KEY}),
    # -------- a unit
    "start": Kind(
        "the program began",
        "every",
        {"software": LABEL},
        {
            "part": LABEL,
            "boot": HEX,
            "config": DIGEST,
            "models": DIGESTS,
            "policy": DIGEST,
            "profile": LABEL,
        },
    ),
    "stop": Kind("the program ended in order", "every", {}, {"reason": LABEL, "boot": HEX}),
    "policy": Kind(
        "a policy came into force",
        "every",
        {"policy": DIGEST, "state": LABEL},
        {"profiles": LABELS, "because": LABEL, "test": FLAG, **_LIST},
    ),
    "policy_refused": Kind(
        "a policy was not taken", "every", {"reason": LABEL}, {"policy": DIGEST, **_LIST}
    ),
    "list_accepted": Kind(
        "a hotlist came into force",
        "unit",
        {"list": LABEL, "entries": COUNT},
        {
            "digest": DIGEST,
            "version": LABEL,
            "signed": FLAG,
            "expires": TIME,
            "purposes": TALLY,
            "refused": TALLY,
            **_LIST,
        },
    ),
    "list_refused": Kind(
        "a hotlist was not taken",
        "unit",
        {"reason": LABEL},
        {"list": LABEL, "digest": DIGEST, "refused": TALLY, **_LIST},
    ),
    "command_refused": Kind(
        "a command from outside had no effect",
        "unit",
        {"reason": LABEL},
        {"command": LABEL, "authority": LABEL, "seq": COUNT},
    ),
    "counts": Kind(
        "what happened in a stretch of time, in figures",
        "every",
        {"since": TIME, "until": TIME},
        {
            "active_s": COUNT,
            "seen": COUNT,
            "read": COUNT,
            "matched": COUNT,
            "kept": COUNT,
            "dropped": TALLY,
            "delivered": COUNT,
            "held": COUNT,
            "oldest": TIME,
            "trouble": TALLY,
        },
    ),
    "hit": Kind(
        "a plate matched a hotlist and was kept",
        "unit",
        {"purpose": LABEL},
        {
            "event": LABEL,
            "list": LABEL,
            "version": LABEL,
            "class": LABEL,
            "told": LABEL,
            "sealed": FLAG,
            "test": FLAG,
            "expires": TIME,
        },
    ),
    "withdrawn": Kind(
        "a hit that was told early, before its vehicle had left the view, was none after all",
        "unit",
        {"event": LABEL},
    ),
    "gap": Kind(
        "messages that were never delivered",
        "unit",
        {"cause": LABEL},
        {"messages": COUNT, "class": LABEL, **_RANGE},
    ),
    "clock": Kind(
        "the clock was set",
        "unit",
        {"offset_s": NUMBER},
        {"error_ms": NUMBER, "synced": FLAG},
    ),
    "tamper": Kind(
        "somebody may have been at the unit",
        "unit",
        {"what": LABEL},
        {"digest": DIGEST, "expected": DIGEST},
    ),
    # -------- a unit or a holder
    "purge": Kind(
        "what was kept was deleted",
        "every",
        {"class": LABEL, "messages": COUNT, "cause": LABEL},
        {"oldest": TIME, "epoch": LABEL, **_RANGE},
    ),
    "key_destroyed": Kind(
        "a key was destroyed, and with it all that is sealed to it",
        "every",
        {"epoch": LABEL},
        {"kid": HEX, "class": LABEL},
    ),
    # -------- a holder
    "query": Kind(
        "somebody looked for a plate in what is held",
        "holder",
        {**_WHO, "purpose": LABEL, "subject": SUBJECT, "found": COUNT},
        {
            "offence_class": LABEL,
            "case_no": CASE,
            "camera": LABEL,
            "since": TIME,
            "until": TIME,
            "party": LABEL,
            "declaration": LABEL,
            "second": LABEL,
            "request": DIGEST,
            "policy": DIGEST,
        },
    ),
    "share": Kind(
        "something was given to another organisation",
        "holder",
        {**_WHO, "purpose": LABEL, "recipient": LABEL, "items": COUNT},
        {
            "offence_class": LABEL,
            "case_no": CASE,
            "party": LABEL,
            "declaration": LABEL,
            "recipient_kid": HEX,
            "subject": SUBJECT,
            "camera": LABEL,
            "since": TIME,
            "until": TIME,
            "second": LABEL,
            "request": DIGEST,
            "policy": DIGEST,
        },
    ),
    "open": Kind(
        "something sealed was opened",
        "holder",
        {**_WHO, "items": COUNT},
        {"event": LABEL, "second": LABEL, "request": DIGEST, "policy": DIGEST, **_WHY},
    ),
    "confirm": Kind(
        "a named person compared picture and plate, and they fit",
        "holder",
        {**_WHO, "event": LABEL},
        {"list": LABEL, "subject": SUBJECT, "request": DIGEST, **_WHY},
    ),
    "refute": Kind(
        "a named person compared picture and plate, and they do not fit",
        "holder",
        {**_WHO, "event": LABEL},
        {"list": LABEL, "subject": SUBJECT, "because": LABEL, "request": DIGEST, **_WHY},
    ),
    "outcome": Kind(
        "what came of a confirmed hit: a stop, an arrest, nothing",
        "holder",
        {**_WHO, "event": LABEL, "outcome": LABEL},
        {"purpose": LABEL, "case_no": CASE},
    ),
    "answer": Kind(
        "a resident asked whether a plate is held, and was answered",
        "holder",
        {"held": FLAG},
        {"subject": SUBJECT, "queries": COUNT, "until": TIME, "request": DIGEST, **_WHO},
    ),
    "refused": Kind(
        "a use was not allowed, and nothing was opened",
        "holder",
        {"action": LABEL, "reason": LABEL},
        {
            "subject": SUBJECT,
            "event": LABEL,
            "recipient": LABEL,
            "party": LABEL,
            "declaration": LABEL,
            "second": LABEL,
            "request": DIGEST,
            "policy": DIGEST,
            **_WHO,
            **_WHY,
        },
    ),
}


def check_facts(kind: str, facts: Mapping[str, object]) -> dict[str, Any]:
    """The facts as they will be written; an optional one that is None is left out.

    Raises:
        ValueError: no such kind, or a fact that it has not, lacks, or that does not look as it must. The value is not
            told: it may be what must not be written.
    """
    known = KINDS.get(kind)
    if known is None:
        raise ValueError(f"{kind!r} is no kind of entry")
    for name in known.must:
        if facts.get(name) is None:
            raise ValueError(f"{kind}: {name} is missing")
    told = {name: value for name, value in facts.items() if value is not None}
    for name, value in told.items():
        form = known.must.get(name) or known.may.get(name)
        if form is None:
            raise ValueError(f"{kind}: has no fact {name!r}")
        if not form.fits(value):
            raise ValueError(f"{kind}: {name} is not {form.words}")
    return {name: list(value) if type(value) is tuple else value for name, value in told.items()}
