"""This file is ``edge-alpr plan``: what will a camera see from there? Before anybody climbs a ladder."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from edge_alpr.capture.optics import REGIONS, SENSORS, Plan, Site, plan
from edge_alpr.commands.help_text import HelpText, examples

if TYPE_CHECKING:
    from collections.abc import Callable

SHUTTERS_S: Final = tuple(1 / n for n in (125, 250, 500, 1000, 2000, 4000, 8000))
MOST_BLUR_PX: Final = 1.0
_NUMBER: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([a-z/]*)")


def measured(units: dict[str, float], least: float, most: float) -> Callable[[str], float]:
    """A number with a unit, for argparse; the first unit is that of a bare number."""
    names = ", ".join(units)

    def parse(text: str) -> float:
        found = _NUMBER.fullmatch(text.strip().lower())
        factor = units.get(found[2] or next(iter(units))) if found else None
        if found is None or factor is None:
            raise argparse.ArgumentTypeError(f"{text!r}: expected a number with one of: {names}")
        value = float(found[1]) * factor
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text}: {least:g} to {most:g} {next(iter(units))}")
        return value

    return parse


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "plan",
        help="what a camera will see from there, before it is mounted",
        description="Says from distance, height, lens and sensor at which angle plates will be seen, how wide the view "
        "is, how many pixels a plate and its strokes have, which shutter blurs by less than a pixel, and in how many "
        "pictures each plate will be. Lengths in m or ft, speeds in km/h (kmh) or mph.",
        epilog=examples(
            "edge-alpr plan --distance 12 --height 4 --lens 16 --sensor imx477 --speed 50 --region eu",
            "edge-alpr plan --distance 40ft --height 12ft --lens 16 --sensor imx296 --speed 35mph --region us",
        )
        + "\nWhen it hangs, the aiming page says whether it is so (docs/aim.md).\n",
        formatter_class=HelpText,
    )
    length = {"m": 1.0, "ft": 0.3048}
    parser.add_argument(
        "--distance", required=True, type=measured(length, 1, 200), metavar="LENGTH"
    )
    parser.add_argument("--height", required=True, type=measured(length, 0, 30), metavar="LENGTH")
    parser.add_argument(
        "--aside",
        default=0.0,
        type=measured(length, 0, 30),
        metavar="LENGTH",
        help="from the camera to the middle of the lane (default 0)",
    )
    parser.add_argument("--lens", required=True, type=measured({"mm": 1.0}, 1, 200), metavar="MM")
    parser.add_argument("--sensor", required=True, choices=sorted(SENSORS))
    parser.add_argument(
        "--width", type=int, default=1920, metavar="PX", help="of the pictures (default 1920)"
    )
    parser.add_argument("--fps", type=float, default=30.0, help="default 30")
    speed = {"km/h": 1.0, "kmh": 1.0, "mph": 1.609344}
    parser.add_argument("--speed", required=True, type=measured(speed, 1, 300), metavar="SPEED")
    parser.add_argument("--region", required=True, choices=sorted(REGIONS))
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    sensor, plate = SENSORS[arguments.sensor], REGIONS[arguments.region]
    site = Site(
        distance_m=arguments.distance,
        height_m=arguments.height,
        aside_m=arguments.aside,
        lens_mm=arguments.lens,
        sensor=sensor,
        width_px=max(16, min(arguments.width, sensor.width_px)),
        fps=min(240.0, max(1.0, arguments.fps)),
        speed_kmh=arguments.speed,
        plate=plate,
    )
    planned = plan(site)
    if arguments.json:
        print(json.dumps({**asdict(planned), "shutter_s": shutter(planned)}, indent=2))
        return 0
    for line in lines(planned, site):
        print(line)
    return 0


def shutter(planned: Plan) -> float | None:
    """The longest usual exposure that blurs by less than `MOST_BLUR_PX`; None if even the shortest does not."""
    most_s = planned.shutter_s(MOST_BLUR_PX)
    return next((each for each in SHUTTERS_S if each <= most_s), None)


def lines(planned: Plan, site: Site) -> list[str]:
    """The table, each number with a word on what is wrong with it."""
    wanted = site.plate.wanted_px
    chosen = shutter(planned)
    told = "none is short enough: a smaller angle, or farther away" if chosen is None else ""
    return [
        _line("angle of view", f"{planned.view_deg:.1f}°"),
        _line(
            "angle to the plate",
            f"{planned.angle_deg:.1f}°",
            "more than 30°: hang it lower, or read farther away" if planned.angle_deg > 30 else
            "more than 20°: it reads, but not at its best" if planned.angle_deg > 20 else "",
        ),
        _line("looks down by", f"{planned.down_deg:.1f}°"),
        _line(
            "width of the view",
            f"{planned.field_m:.1f} m ({planned.field_m / 0.3048:.0f} ft)",
            "less than a lane" if planned.field_m < 2.5 else "",
        ),
        _line(
            "plate",
            f"{planned.plate_px:.0f} px",
            f"less than {wanted:.0f}: a longer lens, nearer, or wider pictures"
            if planned.plate_px < wanted else "",
        ),
        _line(
            "strokes",
            f"{planned.stroke_px:.1f} px",
            "less than 2.7: as above" if planned.stroke_px < 2.7 else "",
        ),
        _line("blur", f"{planned.blur_px_per_ms:.2f} px for each ms of exposure"),
        _line("shutter for < 1 px", _exposure(chosen), told),
        _line("zone", f"{planned.zone_m:.1f} m ({planned.zone_m / 0.3048:.0f} ft) of road"),
        _line(
            "pictures of a plate",
            f"{planned.frames:.1f}",
            "fewer than 3: more frames per second, or a wider view" if planned.frames < 3 else "",
        ),
    ]  # fmt: skip


def _exposure(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"1/{1 / seconds:.0f} s (camera.exposure_us: {seconds * 1e6:.0f})"


def _line(name: str, value: str, wrong: str = "") -> str:
    return f"{name:20} {value}" + (f"   <- {wrong}" if wrong else "")
