"""The wheel works by itself: installed into a fresh environment, from another folder, with all that it needs inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.recordings import Stills

pytestmark = [pytest.mark.model, pytest.mark.timeout(240)]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``edge-alpr`` of a fresh environment: the wheel, and the dependencies of the one that runs the tests."""
    home = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    install = [*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    (packages,) = home.glob("lib/python*/site-packages")
    # Only the folder: its own .pth files, and with them the editable edge_alpr, are not followed from here.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin/edge-alpr"


def run(program: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
    return subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )


def test_it_holds_models_schemas_example_and_licence_and_nothing_foreign(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
        cards = {
            name: json.loads(content.read(f"edge_alpr/models/{name}.card.json"))
            for name in ("detector", "reader")
        }
    assert names >= {f"edge_alpr/models/{card['file']}" for card in cards.values()}
    assert names >= {
        "edge_alpr/message/schemas/plate.read-1.0.json",
        "edge_alpr/config.example.yaml",
        "edge_alpr/py.typed",
    }
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if top != "edge_alpr" and not top.endswith(".dist-info")} == set()


def test_it_is_the_installed_package_that_runs(program: Path, tmp_path: Path) -> None:
    """The control: not the sources that lie beside the tests."""
    code = "import edge_alpr; print(edge_alpr.__file__)"
    python = program.with_name("python")
    where = run(python, tmp_path, "-c", code).stdout.strip()
    assert Path(where).is_relative_to(program.parents[1])


def test_it_reads_a_plate_from_any_folder(
    program: Path, stills_folder: Stills, tmp_path: Path
) -> None:
    done = run(program, tmp_path, "read", "--jsonl", str(stills_folder.pictures[0]))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["plates"][0]["text"] == stills_folder.texts[0]


def test_it_prints_the_schema_of_the_event(program: Path, tmp_path: Path) -> None:
    done = run(program, tmp_path, "schema", "event")
    assert done.returncode == 0, done.stderr
    stored = ROOT / "src/edge_alpr/message/schemas/plate.read-1.0.json"
    assert json.loads(done.stdout) == json.loads(stored.read_text(encoding="utf-8"))


def test_its_example_configuration_is_valid(program: Path, tmp_path: Path) -> None:
    (example,) = program.parents[1].glob("lib/python*/site-packages/edge_alpr/config.example.yaml")
    done = run(program, tmp_path, "check", str(example))
    assert done.returncode == 0, done.stderr
