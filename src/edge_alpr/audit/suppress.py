"""Turns an exact report into the one for everybody: what is about fewer than five of somebody's affairs is not shown.

A count of 1 to 4 becomes ``"<5"``. Where just one count of a table is hidden so, its total would give it away: the
smallest other one is hidden too, as ``"withheld"``. Figures that add up across sections are withheld together, or
rounded. Two reports of overlapping periods can still be compared.
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
VERDICTS: Final = ("confirmed", "refuted", "not_judged")
"""They add up to the hits."""
PRIVATE_TRAFFIC: Final = ("matched", "kept")
"""The same figures as in ``hits``, by another way."""
ROUNDED_TRAFFIC: Final = ("seen", "read", "delivered")
"""What those are a part of; the reads that were dropped are rounded too, being the rest."""
STEP: Final = 10
UNDER_STEP: Final = "<10"
"""What is less than a step and not nothing: it must not be called 0."""


def public_form(exact: dict[str, Any]) -> dict[str, Any]:
    """A copy of an exact report without small counts."""
    public = {**exact, "form": "public"}
    for section in PRIVATE:
        public[section] = _hidden(exact[section], is_table=section in TABLES)
    if FEW in (public["confirmation"][name] for name in VERDICTS):
        public["confirmation"] = {
            name: dict.fromkeys(value, WITHHELD) if isinstance(value, dict) else WITHHELD
            for name, value in exact["confirmation"].items()
        }
    traffic = exact["traffic"]
    public["traffic"] = {
        **traffic,
        **{name: _few(traffic[name]) for name in PRIVATE_TRAFFIC},
        **{name: _rounded(traffic[name]) for name in ROUNDED_TRAFFIC},
        "dropped": {name: _rounded(amount) for name, amount in traffic["dropped"].items()},
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


def _rounded(amount: int) -> int | str:
    return UNDER_STEP if 0 < amount < STEP else (amount + STEP // 2) // STEP * STEP
