"""The papers that a policy owes the public: what is printed as given stays text."""

from __future__ import annotations

from edge_alpr.config.profiles import find_profile
from edge_alpr.policy.papers import Basis, notice


def a_draft() -> Basis:
    return Basis(find_profile("il-2-130").rules, "il-2-130", "0" * 64, ("il-2-130",))


def test_what_is_printed_as_given_is_no_markup() -> None:
    told = notice(a_draft(), controller="City <b>of</b>\n# Example | [x](y)", contact="clerk")
    assert r"Run by: City \<b\>of\</b\> \# Example \| \[x\](y)" in told
    assert "\n# Example" not in told


def test_rules_that_nobody_signed_are_called_a_draft() -> None:
    assert "This is a draft, in force nowhere" in notice(a_draft())
