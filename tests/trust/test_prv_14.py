"""PRV-14: whatever holds a plate in memory hides it from logs, from the words of errors and from tracebacks."""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.message.event import Alternative
from edge_alpr.message.hotlist import Entry
from edge_alpr.ops.logs import JsonFormatter, TextFormatter
from edge_alpr.plates import Plate, reveal
from fakes.events import an_event
from fakes.sightings import sighting
from fixtures.searching import finds
from trust.planted import MARK, planted

if TYPE_CHECKING:
    from fixtures.soak import Count, Publish


def holders(text: str, other: str) -> list[Any]:
    """One of everything in a unit that holds plates: as vision sees, as policy and message say, as a list wants."""
    seen = sighting(text, alternatives=((other, 0.1),))
    event = an_event()
    told = replace(
        event,
        plate=replace(
            event.plate,
            text=text,
            shown=text,
            alternatives=(Alternative(text=other, confidence=0.1),),
        ),
    )
    wanted = Entry(
        plate=text,
        region=None,
        reason_code="stolen_vehicle",
        offence_class=None,
        case_no="1",
        entered_by=None,
        agency=None,
        approved_by=None,
        created="2026-01-01T00:00:00.000Z",
        expires="2026-01-02T00:00:00.000Z",
        expected_make=None,
        expected_colour=None,
    )
    return [Plate(text), seen, seen.vote, seen.best, seen.best.read, told, told.plate, wanted]


def said_of(held: Any) -> bytes:
    """All the ways in which something may come into a log by accident."""
    lines = [f"{held}", f"{held!r}", f"{[held]}", f"{(held, {'a': held})}", f"{held!s:>40}"]
    try:
        _fail_over(held)
    except ValueError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        lines += shown.format()
        for formatter in (TextFormatter(), JsonFormatter()):
            record = logging.LogRecord(
                "edge_alpr.x", 10, "x.py", 1, "it was %s and %r", (held, held), None
            )
            record.exc_info = (ValueError, error, error.__traceback__)
            lines.append(formatter.format(record))
    lines.append(json.dumps({"held": str(held)}))
    return "\n".join(lines).encode()


def _fail_over(held: Any) -> None:
    raise ValueError("bad", held)


def test_what_holds_a_plate_does_not_show_it(count: Count, publish: Publish) -> None:
    texts = planted(14, count(100, 10_000))
    found: dict[str, int] = {}
    words = 0
    for text, other in zip(texts, reversed(texts), strict=True):
        for held in holders(text, other):
            words += 1
            finds_of_it = sum(finds(said_of(held), [MARK]).values())
            found[type(held).__name__] = found.get(type(held).__name__, 0) + finds_of_it
    publish("PRV-14", "errors, logs and tracebacks", planted=words, finds=sum(found.values()))
    assert found == dict.fromkeys(found, 0)


@pytest.mark.parametrize("index", range(8))
def test_control_each_of_them_holds_it(index: int) -> None:
    """What is hidden is there: who means to, finds it."""
    (text, other) = planted(14, 2)
    held = holders(text, other)[index]
    inner = getattr(held, "plate", held)
    inner = getattr(getattr(inner, "vote", None) or getattr(inner, "read", inner), "text", inner)
    inner = getattr(inner, "text", inner)
    assert reveal(inner) == text


def test_control_plain_text_is_found(publish: Publish) -> None:
    (text,) = planted(14, 1)
    found = finds(said_of({"text": text}), [MARK])
    publish("PRV-14", "control: plain text", planted=1, finds=sum(found.values()))
    assert found["ascii"] > 0
