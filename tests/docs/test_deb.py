"""The Debian package, as far as it can be judged without building it (`make test-deb` installs and runs it)."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEB = ROOT / "deploy" / "deb"
WANTED = {"numpy", "onnxruntime", "opencv-python-headless", "cryptography", "av", "uvicorn"}
"""One of each extra, and what is written in C."""


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """An empty wheel of ours that requires what the project does."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines = re.findall(
        r'^  "([a-zA-Z].*?[<>=].*?)",', text.partition("[project.optional")[0], re.MULTILINE
    )
    extras = (
        "av>=14 ; extra == 'video'",
        "uvicorn>=0.34 ; extra == 'aim'",
        "pytest ; extra == 'dev'",
    )
    path = tmp_path / "edge_alpr-9.8.7-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        requires = "".join(f"Requires-Dist: {line}\n" for line in (*lines, *extras))
        made.writestr("edge_alpr-9.8.7.dist-info/METADATA", f"Name: edge-alpr\n{requires}")
    return path


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
@pytest.mark.parametrize(("python", "numpy"), [("3.11", "2.4."), ("3.13", "2.5.")])
def test_it_takes_from_the_lock_what_a_unit_needs_and_nothing_to_develop_with(
    architecture: str, python: str, numpy: str, wheel: Path
) -> None:
    lock = ROOT / "requirements.lock"
    command = [sys.executable, str(DEB / "pick.py"), str(lock), python, architecture, str(wheel)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    requirements = done.stdout.replace("\\\n", "").splitlines()
    pinned = dict(line.split()[0].split("==") for line in requirements)
    assert pinned["edge-alpr"] == "9.8.7"
    assert pinned.keys() > WANTED
    assert not pinned.keys() & {"pytest", "mypy", "ruff", "playwright", "colorama"}
    assert pinned["numpy"].startswith(numpy)
    assert all("--hash=sha256:" in line and ";" not in line for line in requirements)


def test_every_file_that_it_carries_is_there() -> None:
    contents = yaml.safe_load((DEB / "nfpm.yaml").read_text(encoding="utf-8"))
    sources = [entry["src"] for entry in contents["contents"]]
    ours = [src for src in sources if not src.startswith(("/", "$"))]
    assert len(ours) > 10
    for pattern in [*ours, *contents["scripts"].values()]:
        assert list(ROOT.glob(pattern)), pattern
    carried = {path.name for src in ours for path in ROOT.glob(src)}
    for service in (ROOT / "systemd").glob("*.service"):
        assert service.name in carried


@pytest.mark.parametrize("script", ["build.sh", "make-venv", "postinst", "prerm", "postrm"])
def test_its_scripts_are_shell_and_stop_at_the_first_error(script: str) -> None:
    path = DEB / script
    subprocess.run(["sh", "-n", path], check=True)
    assert re.search(r"^set -eu?$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert path.stat().st_mode & 0o111


def test_a_command_by_hand_reports_nothing_to_the_maker_of_the_networks_runtime() -> None:
    wrapper = (DEB / "edge-alpr").read_text(encoding="utf-8")
    assert wrapper.index("export ORT_DISABLE_TELEMETRY=1") < wrapper.index("exec ")


def test_only_a_purge_deletes_what_a_unit_keeps() -> None:
    case = (DEB / "postrm").read_text(encoding="utf-8").split("case ")[1]
    branches = dict(re.findall(r"^  (\w+)\)(.*?);;", case, re.MULTILINE | re.DOTALL))
    deleting = {
        name for name, body in branches.items() if re.search(r"rm .*/var/lib/edge-alpr", body)
    }
    assert deleting == {"purge"}
    for script in ("postinst", "prerm", "make-venv"):
        text = (DEB / script).read_text(encoding="utf-8")
        assert not re.search(r"rm .*(/var/lib|/etc)/edge-alpr", text)
