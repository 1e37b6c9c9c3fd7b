"""What an audit log may say, and that a plate is not among it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.audit.forms import FORMS, label
from edge_alpr.audit.kinds import KINDS, check_facts
from edge_alpr.plates import ALPHABET, Plate
from edge_alpr.policy.purposes import PROHIBITED, PURPOSES


def test_facts_are_taken_as_they_are_and_unknown_ones_left_out() -> None:
    facts = {"software": "0.3.0", "boot": "0123abcd", "profile": None}
    assert check_facts("start", facts) == {"software": "0.3.0", "boot": "0123abcd"}


@pytest.mark.parametrize(
    ("kind", "facts", "told"),
    [
        ("remark", {}, "no kind"),
        ("start", {}, "software is missing"),
        ("start", {"software": None}, "software is missing"),
        ("start", {"software": "0.3", "driver": "x"}, "has no fact"),
        ("stop", {"boot": "XYZ"}, "boot is not"),
        ("repair", {"bytes": True, "digest": "sha256:" + "0" * 64}, "bytes is not"),
        ("repair", {"bytes": -1, "digest": "sha256:" + "0" * 64}, "bytes is not"),
        ("clock", {"offset_s": float("nan")}, "offset_s is not"),
        ("counts", {"since": "2026-02-30T00:00:00.000Z", "until": "now"}, "since is not"),
    ],
)
def test_what_is_not_in_the_list_is_refused(kind: str, facts: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check_facts(kind, facts)


@given(st.text(alphabet=ALPHABET, min_size=1, max_size=12).filter(lambda text: not text.isdigit()))
def test_no_fact_but_a_case_number_has_room_for_a_plate(text: str) -> None:
    fits = {form.name for form in FORMS if form.fits(text) or form.fits({text: 1})}
    assert fits <= {"case"}


def test_what_is_held_as_a_plate_fits_nowhere_at_all() -> None:
    assert [form.name for form in FORMS if form.fits(Plate("AB123"))] == []


def test_a_refusal_does_not_quote_the_value() -> None:
    with pytest.raises(ValueError, match="purpose is not") as refused:
        check_facts("hit", {"purpose": "QX7731"})
    assert "QX7731" not in str(refused.value)


def test_every_purpose_can_be_told_and_so_can_the_refusal_of_a_prohibited_one() -> None:
    for purpose in PURPOSES | PROHIBITED:
        facts = {"action": "query", "reason": "prohibited_purpose", "purpose": purpose}
        assert check_facts("refused", facts)["purpose"] == purpose


@given(st.text(max_size=300))
def test_any_name_becomes_a_label(text: str) -> None:
    (of_label,) = (form for form in FORMS if form.name == "label")
    assert of_label.fits(label(text))


def test_no_kind_has_a_fact_twice() -> None:
    assert [name for name, kind in KINDS.items() if kind.must.keys() & kind.may.keys()] == []
