"""How a log names a plate without saying it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.audit.forms import SUBJECT
from edge_alpr.audit.subject import AuditKey
from edge_alpr.errors import KeyFileError
from edge_alpr.plates import Plate

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plate_has_one_name_under_a_key_and_another_under_another() -> None:
    key, other = AuditKey(bytes(32)), AuditKey(bytes(range(32)))
    name = key.subject("AB 12-3")
    assert SUBJECT.fits(name)
    assert name == key.subject("ab123") == key.subject(Plate("AB123"))
    assert name not in {key.subject("AB124"), other.subject("AB123")}
    assert "AB123" not in name


def test_the_key_is_saved_for_its_owner_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    key = AuditKey.generate()
    key.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert AuditKey.load(path).subject("AB123") == key.subject("AB123")
    with pytest.raises(KeyFileError, match="never overwritten"):
        key.save(path)
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="lets others at"):
        AuditKey.load(path)


@pytest.mark.parametrize("text", ["", "audit-key:", "audit-key:AAAA", "x" * 50])
def test_something_else_is_no_key(tmp_path: Path, text: str) -> None:
    path = tmp_path / "audit.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="not an audit key"):
        AuditKey.load(path)
