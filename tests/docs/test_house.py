"""House rules that a glance at the files can check: sizes, first lines, what is kept under version control."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src/edge_alpr"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.read_bytes().strip())

MOST_LINES = 300
MOST_BYTES = 4 << 20
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic"})
CLIPS = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm"})
RENDERED = {
    "docs/demo-sheet.png": "the picture sheet of `edge-alpr demo`",
    "docs/aim.png": "the page of `edge-alpr aim` over a rendered scene",
}
"""Every picture in the repository and where it comes from. None may be a photograph."""


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: there is no list of files")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.exists()]


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_a_module_is_short_and_says_first_what_it_does(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    first = (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]
    assert len(first) > 15, "no first line that says what the module does"
    assert first[-1] in ".:;!?", f"the first line is no sentence: {first!r}"


def test_no_module_is_called_after_nothing() -> None:
    vague = re.compile(r"^(utils?|helpers?|managers?|handlers?|base|common|misc)$")
    assert [names(path) for path in PACKAGE.rglob("*") if vague.match(path.stem)] == []


def test_no_file_is_large() -> None:
    large = {names(path): path.stat().st_size for path in tracked() if path.is_file()}
    assert {name: size for name, size in large.items() if size > MOST_BYTES} == {}


def test_no_picture_is_kept_but_rendered_ones() -> None:
    found = {names(path) for path in tracked() if path.suffix.lower() in PICTURES | CLIPS}
    assert found == set(RENDERED)


def test_no_picture_hides_behind_another_name() -> None:
    """By the first bytes of JPEG, PNG, GIF, WebP and AVI, MP4 files."""
    starts = re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF....(WEBP|AVI )|....ftyp", re.DOTALL)
    found = []
    for path in tracked():
        if path.is_file():
            with path.open("rb") as file:
                if starts.match(file.read(12)):
                    found.append(names(path))
    assert found == sorted(RENDERED)


def test_the_architecture_names_every_folder_and_module_at_the_top() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {path.relative_to(PACKAGE).parts[0] for path in MODULES if path.parent != PACKAGE}
    modules = {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")}
    assert {name for name in rooms if f"`{name}/`" not in text} == set()
    assert {name for name in modules if f"`{name}`" not in text} == set()


def test_the_architecture_names_no_folder_that_is_not_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.split("## Code map")[1].split("Outside the package")[0]
    named = set(re.findall(r"`([a-z]+)/`", table))
    assert {name for name in named if not (PACKAGE / name).is_dir()} == set()
    outside = set(re.findall(r"`([a-z]+)/`", text.split("Outside the package")[1].split("##")[0]))
    assert {name for name in outside if not (ROOT / name).is_dir()} == set()


def test_only_the_supervisor_makes_threads_the_demo_one_to_listen_and_the_fleet_its_units() -> None:
    """Locks are the import contract's business (pyproject.toml); this is about what runs."""
    made = {names(path) for path in MODULES if "threading.Thread(" in path.read_text("utf-8")}
    assert made == {
        "src/edge_alpr/ops/supervisor.py",
        "src/edge_alpr/commands/demo/play.py",
        "src/edge_alpr/fleet/share.py",
    }
