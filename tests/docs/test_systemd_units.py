"""The services: what systemd thinks of them, and what both must agree on."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[2] / "systemd"
_UNITS = ("edge-alpr-camera.service", "edge-alpr-uplink.service")
_CENTRE = "edge-alpr-collector.service"
_WORST_SCORE = {"edge-alpr-camera.service": 8, "edge-alpr-uplink.service": 11, _CENTRE: 11}
"""Tenths of `systemd-analyze security`; 0 is best."""


def _options(name: str) -> list[str]:
    lines = (_FOLDER / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("name", _UNITS)
def test_a_service_runs_its_half_as_the_common_user(name: str) -> None:
    options = _options(name)
    half = name.removeprefix("edge-alpr-").removesuffix(".service")
    (start,) = [option for option in options if option.startswith("ExecStart=")]
    assert start.endswith(f"--only {half}")
    for wanted in (
        "User=edge-alpr",
        "StateDirectory=edge-alpr",
        "ReadWritePaths=/run/edge-alpr",
        "RestartPreventExitStatus=78",
        "LimitCORE=0",
        "MemorySwapMax=0",
    ):
        assert wanted in options


def test_the_camera_half_has_no_network_and_the_uplink_no_device() -> None:
    assert "PrivateNetwork=yes" in _options(_UNITS[0])
    assert "PrivateDevices=yes" in _options(_UNITS[1])
    assert not any(option.startswith("SupplementaryGroups=") for option in _options(_UNITS[1]))


def test_the_networks_runtime_reports_nothing_to_its_maker() -> None:
    assert "Environment=ORT_DISABLE_TELEMETRY=1" in _options(_UNITS[0])


def test_the_folder_in_memory_belongs_to_the_common_user() -> None:
    (line,) = [o for o in _options("edge-alpr.tmpfiles") if o.startswith("d ")]
    assert line.split()[:5] == ["d", "/run/edge-alpr", "0700", "edge-alpr", "edge-alpr"]


def test_the_collector_takes_its_keys_from_systemd_and_listens_on_one_port_only() -> None:
    options = _options(_CENTRE)
    (start,) = [option for option in options if option.startswith("ExecStart=")]
    for key in ("broker.key", "receipt.key"):
        assert f"=%d/{key}" in start
        assert any(option.startswith(f"LoadCredential={key}:") for option in options)
    for wanted in ("DynamicUser=yes", "SocketBindDeny=any", "SocketBindAllow=tcp:9464"):
        assert wanted in options
    assert "RestartPreventExitStatus=2 78" in options


@pytest.mark.parametrize("name", [*_UNITS, _CENTRE])
def test_systemd_understands_the_service_and_finds_it_tight(name: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    # The program need not be installed where the test runs.
    text = (_FOLDER / name).read_text()
    unit = tmp_path / name
    unit.write_text(text.replace("ExecStart=/opt/edge-alpr/bin/edge-alpr", "ExecStart=/bin/true"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    scored = subprocess.run(
        [
            "systemd-analyze",
            "security",
            "--offline=true",
            f"--threshold={_WORST_SCORE[name]}",
            str(unit),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert scored.returncode == 0, scored.stdout[-500:]
