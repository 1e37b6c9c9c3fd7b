"""The page for technicians names what the unit really says: its states, its reasons, the doctor's lines."""

from __future__ import annotations

import re
from pathlib import Path

from edge_alpr.app.camera_health import OVERLOADED
from edge_alpr.capture.watch import COVERED, FLAT_VIEW, FROZEN, SILENT
from edge_alpr.ops.health import funnel

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/diagnose.md").read_text(encoding="utf-8")


def test_every_reason_of_a_blind_camera_is_explained() -> None:
    for trouble in (COVERED, FROZEN, FLAT_VIEW, SILENT):
        assert f"| `{trouble.kind}`" in PAGE
        assert trouble.reason.startswith(trouble.kind)
    assert OVERLOADED.startswith("overloaded")
    assert "| `fewer plates are read`" in PAGE


def test_the_tree_follows_the_funnel() -> None:
    steps = [name for name, value in funnel({}).items() if value == 0 and name != "missed_by_gate"]
    assert steps == ["seen", "read", "agreed", "published"]
    places = [re.search(rf"\b{step}\b.*= 0", PAGE) for step in steps]
    assert all(places)
    assert [found.start() for found in places if found] == sorted(f.start() for f in places if f)


def test_the_doctors_lines_are_called_so() -> None:
    code = "".join(p.read_text() for p in (ROOT / "src/edge_alpr/doctor").glob("*.py"))
    named = re.findall(r"lines? ((?:`[a-z ]+`(?:, )?)+)", PAGE)
    lines = [word for group in named for word in re.findall(r"`([a-z ]+)`", group)]
    assert len(lines) >= 7
    assert {line for line in lines if f'"{line}"' not in code} == set()
