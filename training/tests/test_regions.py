"""Labels of regions: what each leaves open, and that every plate's region is one of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edge_training.chance import Chance
from edge_training.plate import draw_plate
from edge_training.regions import GROUPS, LABEL_BYTES, REGIONS, admitted, as_label
from edge_training.states import STATES

if TYPE_CHECKING:
    from edge_training.fonts import Typefaces


def test_the_classes_are_iso_codes_and_fit_a_record() -> None:
    assert len(set(REGIONS)) == len(REGIONS)
    for name in (*REGIONS, *GROUPS):
        assert re.fullmatch("([a-z]{2}(-[a-z]{2})?)?", name)
        assert len(name) <= LABEL_BYTES


def test_a_label_leaves_itself_its_group_or_everything_open() -> None:
    one, states, europe, unknown = admitted(["us-tx", "us", "eu", ""])
    assert [name for name, open_ in zip(REGIONS, one, strict=True) if open_] == ["us-tx"]
    assert sum(states) == len(STATES)
    assert {"de", "gb", "pl"} <= {n for n, open_ in zip(REGIONS, europe, strict=True) if open_}
    assert not europe[REGIONS.index("br")]
    assert unknown.all()


def test_names_of_data_sets_become_labels() -> None:
    assert as_label("us-u s virgin islands") == "us-vi"
    assert as_label("eu") == "eu"
    assert as_label("atlantis") == as_label(None) == ""


def test_every_drawn_plate_has_a_label(faces: Typefaces) -> None:
    regions = {draw_plate(Chance(4, k), faces).region for k in range(150)}
    assert regions <= set(REGIONS) | set(GROUPS)
    assert len(regions) > 40
