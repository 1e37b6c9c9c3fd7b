"""What the doctor says of a board: every bit of the firmware, both drivers, and a machine that has none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.doctor.board import board
from fixtures.patient import machine

if TYPE_CHECKING:
    from pathlib import Path

BITS = "sys/devices/platform/soc/soc:firmware/get_throttled"


def grades(root: Path, files: dict[str, str], answer: str | None = None) -> dict[str, str]:
    around = machine(root, files, ask=lambda *words: answer if words[0] == "vcgencmd" else None)
    return {each.check: each.grade for each in board(around)}


@pytest.mark.parametrize(
    ("bits", "supply", "throttling"),
    [
        ("0", "ok", "ok"),
        ("1", "fail", "ok"),
        ("2", "ok", "fail"),
        ("4", "ok", "fail"),
        ("8", "ok", "fail"),
        ("10000", "warn", "ok"),
        ("20000", "ok", "warn"),
        ("40000", "ok", "warn"),
        ("80000", "ok", "warn"),
        ("f000f", "fail", "fail"),
    ],
)
def test_each_bit_of_the_firmware(tmp_path: Path, bits: str, supply: str, throttling: str) -> None:
    expected = {"temperature": "skip", "supply voltage": supply, "throttling": throttling}
    assert grades(tmp_path / "file", {BITS: f"{bits}\n"}) == expected
    assert grades(tmp_path / "program", {}, f"throttled=0x{bits}") == expected


def test_the_kernels_driver_of_the_supply_is_enough(tmp_path: Path) -> None:
    files = {
        "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
        "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
        "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n",
    }
    assert grades(tmp_path / "low", files)["supply voltage"] == "fail"
    files["sys/class/hwmon/hwmon1/in0_lcrit_alarm"] = "0\n"
    assert grades(tmp_path / "good", files)["supply voltage"] == "ok"


@pytest.mark.parametrize(
    ("temperature", "grade"), [("45000", "ok"), ("76000", "warn"), ("81500", "fail"), ("x", "skip")]
)
def test_the_hottest_zone_counts(tmp_path: Path, temperature: str, grade: str) -> None:
    files = {
        "sys/class/thermal/thermal_zone0/temp": "40000\n",
        "sys/class/thermal/thermal_zone1/temp": f"{temperature}\n",
    }
    if grade == "skip":
        del files["sys/class/thermal/thermal_zone0/temp"]
    assert grades(tmp_path, files)["temperature"] == grade


def test_another_machine_has_none_of_it(tmp_path: Path) -> None:
    assert set(grades(tmp_path, {}).values()) == {"skip"}
