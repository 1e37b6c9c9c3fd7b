"""What is asked of a camera's controls, and what is left of it where the sensor offers less."""

from __future__ import annotations

from typing import Any

import pytest

from edge_alpr.capture.controls import PicameraSettings, offered, wanted
from edge_alpr.errors import OptionError
from fakes.picamera import MODULE_3


def test_by_default_exposure_is_fixed_and_the_gain_is_the_cameras() -> None:
    asked = wanted(PicameraSettings())
    assert asked["ExposureTime"] == 1000
    assert asked["AnalogueGain"] == 0
    assert asked["FrameDurationLimits"] == (33_333, 33_333)


def test_an_automatic_shutter_is_left_alone() -> None:
    assert not {"ExposureTime", "AnalogueGain"} & wanted(PicameraSettings(shutter="auto")).keys()


@pytest.mark.parametrize(
    ("focus", "asked"),
    [
        (None, {}),
        ("fixed", {"AfMode": 0, "LensPosition": 0.2}),
        ("once", {"AfMode": 1, "AfTrigger": 0}),
        ("continuous", {"AfMode": 2}),
    ],
)
def test_focus(focus: Any, asked: dict[str, Any]) -> None:
    every = wanted(PicameraSettings(focus=focus, focus_m=5.0))
    names = ("AfMode", "AfTrigger", "LensPosition")
    assert {name: every[name] for name in names if name in every} == asked


def test_what_is_offered_is_set_as_it_was_asked() -> None:
    asked = wanted(PicameraSettings(focus="fixed", infrared=True))
    assert offered(asked, MODULE_3) == (asked, [])


def test_of_what_is_not_offered_only_what_matters_is_said() -> None:
    settable, words = offered(wanted(PicameraSettings(infrared=True)), {})
    assert settable == {}
    assert [word.rpartition("(")[2] for word in words] == [
        "no FrameDurationLimits)",
        "no ExposureTime)",
    ]


def test_a_value_out_of_reach_becomes_the_nearest_and_that_is_said() -> None:
    asked = wanted(PicameraSettings(gain=32.0, fps=60.0))
    settable, words = offered(asked, MODULE_3)
    assert settable["AnalogueGain"] == 16.0
    assert settable["FrameDurationLimits"] == (17_849, 17_849)
    assert words == [
        "FrameDurationLimits 16667 is out of reach: 17849 is set",
        "AnalogueGain 32 is out of reach: 16 is set",
    ]


def test_a_gain_of_zero_means_the_cameras_own_and_is_not_raised_to_the_least() -> None:
    settable, words = offered({"AnalogueGain": 0}, {"AnalogueGain": (1.0, 16.0, 1.0)})
    assert settable == {"AnalogueGain": 0}
    assert words == []


@pytest.mark.parametrize(
    ("settings", "option"),
    [
        ({"sensor_width": 1456}, "sensor_width"),
        ({"window": (0.5, 0.0, 0.6)}, "window"),
        ({"exposure_us": 20_000, "fps": 60.0}, "exposure_us"),
        ({"shutter": "auto", "gain": 2.0}, "gain"),
        ({"shutter": "plates", "gain": 2.0}, "gain"),
    ],
)
def test_options_that_do_not_fit_are_refused(settings: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionError) as caught:
        PicameraSettings(**settings)
    assert caught.value.option == option
