"""Who asked for which plate, however either is spelt: the limit against watching one plate alone rests on it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from edge_alpr.hotlist.limits import asked_by


def _entry(person: str, plate: str) -> Any:
    return cast("Any", SimpleNamespace(entered_by=person, plate=plate))


@pytest.mark.parametrize(
    ("person", "plate"),
    [("Ann", "QX10482"), ("a.nn ", "QX10482"), ("ann", "QXI0482"), ("ANN", "0X1O482")],
)
def test_another_spelling_is_the_same_person_and_plate(person: str, plate: str) -> None:
    assert asked_by(_entry(person, plate)) == asked_by(_entry("ann", "QX10482"))


@pytest.mark.parametrize(("person", "plate"), [("anna", "QX10482"), ("ann", "QX10483")])
def test_others_are_others(person: str, plate: str) -> None:
    assert asked_by(_entry(person, plate)) != asked_by(_entry("ann", "QX10482"))
