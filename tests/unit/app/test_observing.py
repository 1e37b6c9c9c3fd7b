"""Who hears of a frame: ops everything, the exposure how plates were lit."""

from __future__ import annotations

from edge_alpr.app.look import observing
from edge_alpr.capture.exposure import PlateMeter
from edge_alpr.types import FrameReport, PlateLight

LIGHT = PlateLight(bright=0.5, contrast=0.4, glare=0.0, exposure_us=900.0, gain=1.0)
REPORT = FrameReport(1, True, 1, 1, 0, {}, lights=(LIGHT,))


class Listening(PlateMeter):
    def __init__(self) -> None:
        super().__init__(1000.0, 16.0)
        self.heard: list[PlateLight] = []

    def hear(self, plates: tuple[PlateLight, ...]) -> None:  # type: ignore[override]
        self.heard += plates


def test_without_a_meter_only_ops_hears() -> None:
    told: list[FrameReport] = []
    assert observing(told.append, None) == told.append


def test_the_meter_hears_how_plates_were_lit_and_ops_the_report() -> None:
    told: list[FrameReport] = []
    meter = Listening()
    observing(told.append, meter)(REPORT)
    assert told == [REPORT]
    assert meter.heard == [LIGHT]
