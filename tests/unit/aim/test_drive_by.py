"""The drive-by test and its report: what counts, when it passes, that it is signed, and holds no markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.aim.drive_by import DriveBy, as_html, report
from edge_alpr.aim.judge import as_json, judge
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.proof import verify_document
from edge_alpr.keys.ring import KeyRing, Member, enroll

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"stroke_px": 3.0, "width_px": 180.0, "blur_px": 1.8, "angle_deg": 15.0, "contrast": 0.5,
        "glare": 0.0, "frames": 8.0}  # fmt: skip
TEST = DriveBy(vehicles=10, began_s=0.0, seen=5, read=4, agreed=4)


def made(numbers: dict[str, float], read: int, key: KeyPair | None = None) -> dict[str, Any]:
    drive = TEST.result({"seen": 15, "read": 4 + read, "agreed": 4 + read})
    return report(
        "org/site/unit", as_json(judge(numbers)), drive,
        began_s=0.0, now_s=60.0, config="sha256:<b>", key=key,
    )  # fmt: skip


def test_only_what_passes_after_the_start_counts() -> None:
    half = TEST.result({"seen": 9, "read": 8, "agreed": 7})
    assert (half["seen"], half["read"], half["done"], half["passed"]) == (4, 4, False, False)


@pytest.mark.parametrize(("read", "passed"), [(10, True), (9, True), (8, False)])
def test_nine_in_ten_must_be_read(read: int, passed: bool) -> None:
    assert made(GOOD, read)["passed"] is passed


@pytest.mark.parametrize("change", [{"stroke_px": 1.9}, {"glare": 0.5}, {"angle_deg": 31.0}])
def test_no_number_may_fail(change: dict[str, float]) -> None:
    assert not made(GOOD | change, 10)["passed"]
    (advice,) = [line.advice for line in judge(GOOD | change) if line.advice]
    assert advice


def test_a_number_that_is_not_known_does_not_pass() -> None:
    assert not made({k: v for k, v in GOOD.items() if k != "frames"}, 10)["passed"]


def test_it_is_signed_by_the_unit(tmp_path: Path) -> None:
    key = KeyPair.generate()
    enroll(tmp_path / "ring", Member("org/site/unit", key.public))
    document = made(GOOD, 10, key)
    assert verify_document(document, KeyRing.load(tmp_path / "ring")).name == "org/site/unit"


def test_nothing_in_the_page_is_taken_for_markup() -> None:
    assert "<b>" not in as_html(made(GOOD, 10))
