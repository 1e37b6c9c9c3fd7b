"""The search of the second act finds a plate in whatever form a program may have written it."""

from __future__ import annotations

import base64
import json
import random
from typing import TYPE_CHECKING

import pytest

from edge_alpr.commands.demo.search import Search, schemas_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = "XKR8819"
NOISE = random.Random(3).randbytes(4096)
FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "lower": lambda text: text.lower().encode(),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "hex": lambda text: text.encode().hex().encode(),
    "HEX": lambda text: text.encode().hex().upper().encode(),
    "json": lambda text: json.dumps("".join(f"\\u{ord(c):04x}" for c in text)).encode()[1:-1],
    **{
        f"base64 at {place}": lambda text, place=place: base64.b64encode(  # type: ignore[misc]
            NOISE[:place] + text.encode() + NOISE[place : place + 5]
        )
        for place in range(6)
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_a_plate_is_found_in_any_form_anywhere_in_any_file(form: str, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    written = FORMS[form](TEXT).replace(b"\\\\", b"\\")
    (tmp_path / "deep" / "spool.db").write_bytes(NOISE + written + NOISE)
    (tmp_path / "other").write_bytes(NOISE)
    search = Search(["QX10482", TEXT])
    search.look_at(tmp_path)
    assert [find.partition(":")[0] for find in search.finds] == ["deep/spool.db"]
    assert TEXT not in str(search.finds)
    assert (search.files, search.encodings) == (2, 10)


def test_what_was_found_once_stays_found(tmp_path: Path) -> None:
    path = tmp_path / "log"
    search = Search([TEXT])
    path.write_text(TEXT)
    search.look_at(tmp_path)
    path.write_text("")
    search.look_at(tmp_path)
    assert search.finds == {"log: plain"}


def test_noise_holds_no_plate(tmp_path: Path) -> None:
    """The shortest form is long enough not to be met by chance in what is encrypted."""
    noise = random.Random(4).randbytes(1 << 20)
    (tmp_path / "noise").write_bytes(noise + base64.b64encode(noise))
    search = Search(["AB12CD", TEXT])
    search.look_at(tmp_path)
    assert search.finds == set()


def test_lines_say_their_kind_and_half_a_line_says_none() -> None:
    lines = [b'{"schema": "plate.sealed/1.0"}\n', b'{"schema": "unit.gap', b"[1]\n", b"{}\n"]
    assert schemas_in(lines) == ["plate.sealed/1.0", "None"]
