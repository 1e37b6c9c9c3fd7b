"""This file checks the board: its temperature, and whether it is short of power or held back.

`ops.board` reads what the kernel shows, and explains the bits. A Raspberry Pi slows down from 80 degrees on, and more
from 85 on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge_alpr.doctor.finding import Finding, fail, ok, skip, warn
from edge_alpr.ops.board import HELD_BACK, SINCE_START, UNDERVOLTAGE, board_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.doctor.surroundings import Surroundings

WARM_C: Final = 75.0
HOT_C: Final = 80.0
_POWER: Final = (
    "use the board's own supply (5.1 V, 3 A for a Pi 4, 5 A for a Pi 5) on a short, thick cable; take "
    "what hangs on its USB ports off. Reads are lost and cards are damaged without power enough"
)
_COOL: Final = "shade the box, let air in, or fit a heat sink and a fan"


def board(around: Surroundings) -> Iterator[Finding]:
    """Temperature, supply voltage, throttling."""
    state = board_state(around.root)
    yield temperature(state.temperature_c)
    bits = asked_bits(around) if state.bits is None else state.bits
    yield supply(bits, voltage_alarm(around))
    yield throttling(bits)


def temperature(degrees: float | None) -> Finding:
    """Of the hottest zone that the kernel knows."""
    if degrees is None:
        return skip("temperature")
    told = f"{degrees:.0f} °C"
    if degrees >= HOT_C:
        return fail("temperature", f"{told}: the board slows down from {HOT_C:g} °C on", _COOL)
    if degrees >= WARM_C:
        return warn("temperature", f"{told}: near {HOT_C:g} °C, where the board slows down", _COOL)
    return ok("temperature", told)


def asked_bits(around: Surroundings) -> int | None:
    """What the firmware says where the kernel shows no file of it; None on another board."""
    text = around.ask("vcgencmd", "get_throttled")
    try:
        return None if text is None else int(text.removeprefix("throttled="), 16)
    except ValueError:
        return None


def voltage_alarm(around: Surroundings) -> bool | None:
    """What the kernel's driver (raspberrypi-hwmon) says; None without one."""
    for name in sorted((around.root / "sys/class/hwmon").glob("hwmon*/name")):
        folder = name.parent.relative_to(around.root)
        if around.read(f"{folder}/name") == "rpi_volt":
            return around.read(f"{folder}/in0_lcrit_alarm") == "1"
    return None


def supply(bits: int | None, low: bool | None) -> Finding:
    """Whether the voltage holds."""
    if bits is None and low is None:
        return skip("supply voltage")
    bits = bits or 0
    if low or bits & UNDERVOLTAGE:
        return fail("supply voltage", "undervoltage now: less than 4.63 V", _POWER)
    if bits & UNDERVOLTAGE << SINCE_START:
        return warn("supply voltage", "undervoltage at some time since the start", _POWER)
    return ok("supply voltage", "no undervoltage since the start")


def throttling(bits: int | None) -> Finding:
    """Whether the processor is, or was, slower than it could be."""
    if bits is None:
        return skip("throttling")
    if bits & HELD_BACK:
        return fail("throttling", f"the processor is held back now (bits {bits:#x})", _COOL)
    if bits & HELD_BACK << SINCE_START:
        told = f"the processor was held back since the start (bits {bits:#x})"
        return warn("throttling", told, _COOL)
    return ok("throttling", "none since the start")
