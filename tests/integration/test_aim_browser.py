"""The aiming page in a real browser, on a phone's screen: draw a lane and a mask, save, and the unit honours them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from edge_alpr.config.load import load_config
from fixtures.aim_page import aim_page, lanes_told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from fixtures.scenes import RenderedClip

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
]


@pytest.fixture
def phone(tmp_path: Path, day_clip: RenderedClip) -> Iterator[Page]:
    with aim_page(tmp_path, day_clip.path) as address, sync_api.sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        page = browser.new_page(viewport=PHONE)
        page.goto(address)
        yield page
        browser.close()


def draw(page: Page, kind: str, corners: list[tuple[float, float]]) -> None:
    """Tap the corners on the picture, as shares of it."""
    page.get_by_label("Kind").select_option(label=kind)
    box = page.locator("#drawing").bounding_box()
    assert box is not None
    for x, y in corners:
        page.locator("#drawing").click(
            position={"x": x * (box["width"] - 1), "y": y * (box["height"] - 1)}
        )
    page.get_by_role("button", name="Finish shape").click()


def test_a_lane_and_a_mask_are_drawn_and_honoured(
    phone: Page, tmp_path: Path, day_clip: RenderedClip
) -> None:
    sync_api.expect(phone.locator("#lines tr").first).to_be_visible(timeout=60_000)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    draw(phone, "Lane", [(0, 0), (1, 0), (1, 1), (0, 1)])
    draw(phone, "Private mask", [(0, 0), (0.1, 0), (0.1, 0.1)])
    phone.get_by_role("button", name="Save").click()
    sync_api.expect(phone.locator("#saved")).to_have_text("saved")
    saved = load_config(tmp_path / "unit.yaml")
    assert saved.mask.private[0][1] == pytest.approx((0.1, 0.0), abs=0.01)
    assert set(lanes_told(tmp_path / "unit.yaml", day_clip.path)) == {"lane 1"}
    draw(phone, "Private mask", [(0, 0), (1, 0), (1, 1), (0, 1)])
    phone.get_by_role("button", name="Save").click()
    sync_api.expect(phone.locator("#saved")).to_have_text("saved")
    assert lanes_told(tmp_path / "unit.yaml", day_clip.path) == []


def test_corners_can_be_typed_and_a_refusal_is_told(phone: Page) -> None:
    phone.get_by_role("button", name="Finish shape").focus()
    phone.keyboard.press("Enter")
    sync_api.expect(phone.locator("#saved")).to_have_text("a shape needs three corners")
    for x, y in (("0", "0"), ("50", "0"), ("50", "50")):
        phone.get_by_label("Corner x %").fill(x)
        phone.get_by_label("y %", exact=True).fill(y)
        phone.keyboard.press("Enter")
    phone.get_by_role("button", name="Finish shape").press("Enter")
    sync_api.expect(phone.get_by_role("button", name="Remove Lane lane 1")).to_be_visible()
