"""Private files: who may read them, also where an access list hides behind the mode; writing whole or not at all."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.files import read_private, read_public, write_new, write_over

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 0xFFFFFFFF
STRANGER = 54321
OWNER, USER, GROUP, NAMED_GROUP, MASK, OTHERS = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


def write_listed(path: Path, *more: tuple[int, int, int], others: int = 0, group: int = 0) -> Path:
    """A file with an access list: its owner may read, and what ``more`` says (tag, permissions, user or group)."""
    path.write_bytes(b"x")
    entries = [(OWNER, 4, NOBODY), *(each for each in more if each[0] == USER)]
    entries += [(GROUP, group, NOBODY), *(each for each in more if each[0] == NAMED_GROUP)]
    entries += [(MASK, 4, NOBODY), (OTHERS, others, NOBODY)]
    listed = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *each) for each in entries)
    try:
        os.setxattr(path, "system.posix_acl_access", listed)
    except OSError as error:
        pytest.skip(f"no access lists here: {error.strerror}")
    assert path.stat().st_mode & 0o070 == 0o040, "the mask shows as the group's bits"
    return path


def test_a_credential_as_systemd_hands_it_over_is_taken(tmp_path: Path) -> None:
    path = write_listed(tmp_path / "key", (USER, 4, os.geteuid()))
    assert read_private(path) == b"x"


@pytest.mark.parametrize(
    "more", [(USER, 4, STRANGER), (USER, 2, STRANGER), (NAMED_GROUP, 4, STRANGER)]
)
def test_a_list_that_lets_somebody_else_in_is_refused(
    tmp_path: Path, more: tuple[int, int, int]
) -> None:
    with pytest.raises(KeyFileError, match="lets others"):
        read_private(write_listed(tmp_path / "key", (USER, 4, os.geteuid()), more))


@pytest.mark.parametrize("more", [{"others": 4}, {"group": 4}])
def test_a_list_that_lets_the_group_or_all_in_is_refused(
    tmp_path: Path, more: dict[str, int]
) -> None:
    with pytest.raises(KeyFileError, match="lets others"):
        read_private(write_listed(tmp_path / "key", (USER, 4, os.geteuid()), **more))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_private_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_new(path, b"x", 0o600)
    os.chown(path, STRANGER, STRANGER)
    with pytest.raises(KeyFileError, match="belongs to another user"):
        read_private(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path, 0o600)
    for read in (read_private, read_public):
        with pytest.raises(KeyFileError, match="not a plain file"):
            read(path)


def test_a_file_too_long_for_a_key_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_new(path, b"x" * 70_000, 0o600)
    with pytest.raises(KeyFileError, match="longer than"):
        read_private(path)


def test_writing_over_keeps_the_mode_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_over(path, b"new", 0o600)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("edge_alpr.keys.files.os.fsync", full)
    with pytest.raises(KeyFileError, match="No space left"):
        write_new(tmp_path / "key", b"x", 0o600)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"none/key: cannot be written: No such file"):
        write_new(tmp_path / "none/key", b"x", 0o600)
