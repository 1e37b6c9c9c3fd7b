"""This file runs the drive-by test: so many vehicles, how many of them were read; and writes the commissioning report.

The report holds no plate and no picture. With a unit's key it is signed, as every message of the unit is.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from edge_alpr import __version__
from edge_alpr.keys.proof import sign_document
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge_alpr.keys.pair import KeyPair

SCHEMA: Final = "unit.commissioning/1.0"
PASS_MARK: Final = 0.9
"""Share of the vehicles that must be read."""
_STYLE: Final = (
    "body{font:16px sans-serif;max-width:44em;margin:2em auto;padding:0 1em}td,th{padding:.3em .8em;"
    "text-align:left;border-bottom:1px solid #ccc}table{border-collapse:collapse}"
)


@dataclass(frozen=True, slots=True)
class DriveBy:
    """A test that runs, from the counts at its beginning."""

    vehicles: int
    """How many are to pass."""
    began_s: float
    seen: int
    read: int
    agreed: int

    def result(self, passes: Mapping[str, int]) -> dict[str, Any]:
        """How it stands, by the counts of now."""
        seen, read, agreed = (
            passes.get(name, 0) - getattr(self, name) for name in ("seen", "read", "agreed")
        )
        rate = read / seen if seen else None
        done = seen >= self.vehicles
        return {
            "vehicles": self.vehicles, "seen": seen, "read": read, "agreed": agreed, "rate": rate,
            "done": done, "passed": bool(done and rate is not None and rate >= PASS_MARK),
        }  # fmt: skip


def report(
    unit: str,
    judged: list[dict[str, Any]],
    drive: dict[str, Any],
    *,
    began_s: float,
    now_s: float,
    config: str,
    key: KeyPair | None,
) -> dict[str, Any]:
    """The commissioning report of ``org/site/unit`` as JSON, signed if there is a key."""
    lines = [
        {"name": line["name"], "value": line["value"], "limit": line["limit"], "verdict": line["verdict"]}
        for line in judged
    ]  # fmt: skip
    document = {
        "schema": SCHEMA,
        **dict(zip(("org", "site", "unit"), unit.split("/"), strict=True)),
        "software": __version__,
        "config": config,
        "began": to_text(began_s),
        "ended": to_text(now_s),
        "numbers": lines,
        "drive_by": drive,
        "passed": drive["passed"] and all(line["verdict"] in {"pass", "close"} for line in lines),
    }
    return document if key is None else sign_document(document, key)


def as_html(document: Mapping[str, Any]) -> str:
    """The report for people: one page without scripts."""
    rows = "".join(
        f"<tr><th scope=row>{escape(line['name'])}</th><td>{_number(line['value'])}</td>"
        f"<td>{_number(line['limit'])}</td><td>{escape(line['verdict'])}</td></tr>"
        for line in document["numbers"]
    )
    drive = document["drive_by"]
    proof = document.get("proof")
    signed = (
        f"Signed with key {escape(proof['key'])}." if proof else "Not signed: the unit has no key."
    )
    verdict = "passed" if document["passed"] else "not passed"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Commissioning of {escape(document['unit'])}"
        f"</title><style>{_STYLE}</style><h1>Commissioning of {escape(document['unit'])}: {verdict}</h1>"
        f"<p>{escape(document['began'])} to {escape(document['ended'])}, edge-alpr {escape(document['software'])}, "
        f"configuration {escape(document['config'])}.</p><h2>Drive-by test</h2><p>{drive['seen']} vehicles seen, "
        f"{drive['read']} read, in {drive['agreed']} of them several pictures agreed.</p><h2>Numbers</h2><table>"
        f"<tr><th>Number<th>Value<th>Limit<th>Verdict</tr>{rows}</table><p>{signed}</p></html>"
    )


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
