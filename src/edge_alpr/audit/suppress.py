"""Turns an exact report into the one for everybody: what is about fewer than five of somebody's affairs is not shown.

A count of 1 to 4 becomes ``"<5"``. Where just one count of a table is hidden so, its total would give it away: the
smallest other one is hidden too, as ``"withheld"``. Two reports of overlapping periods can still be compared.
"""

from __future__ import annotations

from typing import Any, Final

LEAST: Final = 5
FEW: Final = "<5"
WITHHELD: Final = "withheld"
PRIVATE: Final = (
    "hits",
    "confirmation",
    "outcomes",
    "queries",
    "shares",
    "opened",
    "refused",
    "answers",
    "purged",
)
"""Sections about what was done to people; the others are about what the machine did."""
TABLES: Final = frozenset({"outcomes"})
"""Of these, the ones that are one table; the others hold single counts and tables."""
PRIVATE_TRAFFIC: Final = ("matched", "kept")
"""The same figures as in ``hits``, by another way."""


def public_form(exact: dict[str, Any]) -> dict[str, Any]:
    """A copy of an exact report without small counts."""
    public = {**exact, "form": "public"}
    for section in PRIVATE:
        public[section] = _hidden(exact[section], is_table=section in TABLES)
    confirmation = public["confirmation"]
    if WITHHELD in confirmation.values() or FEW in confirmation.values():
        confirmation["refuted_share"] = WITHHELD
    traffic = exact["traffic"]
    public["traffic"] = {
        **traffic,
        **{name: _few(traffic[name]) for name in PRIVATE_TRAFFIC},
    }
    return public


def _hidden(table: dict[str, Any], *, is_table: bool) -> dict[str, Any]:
    """A section, or a table within one."""
    shown = {
        name: _hidden(value, is_table=True) if isinstance(value, dict) else _few(value)
        for name, value in table.items()
    }
    few = [name for name, value in shown.items() if value == FEW]
    others = [name for name, value in shown.items() if type(value) is int and value >= LEAST]
    if is_table and len(few) == 1 and others:
        shown[min(others, key=lambda name: (shown[name], name))] = WITHHELD
    return shown


def _few(value: Any) -> Any:
    return FEW if type(value) is int and 0 < value < LEAST else value
