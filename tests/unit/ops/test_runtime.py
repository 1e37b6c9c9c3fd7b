"""The directory that both halves share: where it is, who may use it, and that no unit runs twice in it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edge_alpr.errors import ConfigError, EdgeAlprError
from edge_alpr.ops.runtime import alone, runtime_dir
from fixtures.nobody import locked


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Neither /run nor a user's own runtime directory can be used; temporary files go to ``tmp_path``."""
    access = os.access

    def ours(path: Path, mode: int, **how: bool) -> bool:
        return not str(path).startswith("/run") and access(path, mode, **how)

    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("edge_alpr.ops.runtime.os.access", ours)
    monkeypatch.setattr("edge_alpr.ops.runtime.tempfile.gettempdir", lambda: str(tmp_path))
    return tmp_path


def test_the_directory_asked_for_is_made_private(tmp_path: Path) -> None:
    made = runtime_dir(tmp_path / "a" / "b")
    assert made == tmp_path / "a" / "b"
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert runtime_dir(made) == made


def test_a_users_own_runtime_directory_comes_before_temporary_files(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = temporary / "user"
    user.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(user))
    made = runtime_dir(None)
    assert made == user / "edge-alpr"
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_among_temporary_files_it_is_private_and_used_again(temporary: Path) -> None:
    made = runtime_dir(None)
    assert made.parent == temporary
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert runtime_dir(None) == made


def test_a_link_that_somebody_put_in_its_place_is_refused(temporary: Path) -> None:
    (temporary / "elsewhere").mkdir()
    (temporary / f"edge-alpr-{os.getuid()}").symlink_to(temporary / "elsewhere")
    with pytest.raises(ConfigError, match="somebody else"):
        runtime_dir(None)


def test_a_directory_of_somebody_else_is_refused(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_alpr.ops.runtime.os.getuid", lambda: 54_321)
    (temporary / "edge-alpr-54321").mkdir()
    with pytest.raises(ConfigError, match="somebody else"):
        runtime_dir(None)


def test_what_is_no_directory_or_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for path, words in (
        (file, "runtime.dir: is no directory"),
        (file / "below", "runtime.dir: cannot be made: Not a directory"),
        (tmp_path / ("x" * 300), "runtime.dir: cannot be made: File name too long"),
        (Path("/proc/nowhere/run"), "runtime.dir: cannot be made: "),
    ):
        with pytest.raises(ConfigError, match=words):
            runtime_dir(path)
    folder = tmp_path / "locked"
    folder.mkdir()
    with locked(folder), pytest.raises(ConfigError, match=r"runtime\.dir: cannot be written"):
        runtime_dir(folder)


# ------------------------------------------------------------------ alone

HOLD = """
import sys; from pathlib import Path; from edge_alpr.ops.runtime import alone
with alone(Path(sys.argv[1]), "camera"):
    print("held", flush=True); sys.stdin.read()
"""


def test_a_half_runs_once_and_its_lock_ends_with_its_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(EdgeAlprError, match=rf"camera half .* \(process {child.pid}\)"):
            alone(tmp_path, "camera").__enter__()
        with alone(tmp_path, "uplink"):
            pass
        child.kill()
    with alone(tmp_path, "camera"):
        pass


def test_a_link_in_the_locks_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "camera.lock").symlink_to(tmp_path / "victim")
    with pytest.raises(EdgeAlprError, match="cannot be opened"):
        alone(tmp_path, "camera").__enter__()
    assert not (tmp_path / "victim").exists()
