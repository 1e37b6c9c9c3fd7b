"""Reads what people keep wanted plates in, a table (CSV) or JSON lines, as entries with the lines they stand on.

The columns are the fields of `message.hotlist.Entry`; a first line names them, and one that is missing is null. Times
may also be days. ``created`` is now where nothing is said. No message quotes a cell.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.errors import KeyFileError, MessageError, PolicyError
from edge_alpr.keys.validity import parse_time
from edge_alpr.message.hotlist import Entry, entry_line, read_entry
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS: Final = tuple(each.name for each in fields(Entry))
TIMES: Final = ("created", "expires")
NO_REASON: Final = "none"
"""Stands where nobody said a reason; no policy allows it."""
MOST_BYTES: Final = 64 << 20
_SEPARATORS: Final = str.maketrans("", "", " -.\t·")


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as somebody wrote it."""

    line: int
    """As an editor counts."""
    entry: Entry | None = field(repr=False)
    wrong: str = ""
    """What keeps it from being an entry."""
    wildcard: bool = False
    """Whether its plate stands for many: it has a character such as ``*``."""


def read_rows(content: bytes, now_s: float) -> list[Row]:
    """The entries of a file; ``now_s`` (UTC seconds) is when entries without ``created`` are made.

    Raises:
        PolicyError: not a table with known columns, and no JSON lines either.
    """
    if len(content) > MOST_BYTES:
        raise PolicyError(f"larger than {MOST_BYTES >> 20} MiB: not a hotlist")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PolicyError(f"line {line}: not UTF-8 text: save it as UTF-8") from None
    cells = _json_lines(text) if text.lstrip().startswith("{") else _table(text)
    return [_row(line, each, now_s) for line, each in cells]


def _table(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        _check_columns(columns)
        for cells in reader:
            if not any(cell.strip() for cell in cells) or cells[0].startswith("#"):
                continue
            if len(cells) != len(columns):
                yield reader.line_num, f"{len(cells)} cells under {len(columns)} columns"
                continue
            values = (cell.strip() or None for cell in cells)
            yield reader.line_num, dict(zip(columns, values, strict=True))
    except csv.Error as error:
        raise PolicyError(f"line {reader.line_num}: not a table (CSV): {error}") from None


def _check_columns(columns: list[str]) -> None:
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown or "plate" not in columns or len(set(columns)) != len(columns):
        # A file without a heading begins with a plate: its words are not told.
        raise PolicyError(
            f"line 1: a table begins with the names of its columns, each once, plate among them: {', '.join(COLUMNS)}"
        )


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            yield number, "not JSON"
            continue
        if not isinstance(values, dict):
            yield number, "not a JSON object"
        elif unknown := len(values.keys() - set(COLUMNS)):
            yield number, f"{unknown} unknown fields; known are {', '.join(COLUMNS)}"
        else:
            yield number, values


def _row(line: int, values: dict[str, Any] | str, now_s: float) -> Row:
    if isinstance(values, str):
        return Row(line, None, values)
    if any(not isinstance(value, str | None) for value in values.values()):
        return Row(line, None, "a field is neither text nor null")
    plate = values.get("plate")
    if not plate:
        return Row(line, None, "no plate")
    bare = plate.upper().translate(_SEPARATORS)
    if any(character in "*?%_[]#" for character in bare):
        return Row(line, None, "stands for many plates", wildcard=True)
    filled: dict[str, Any] = {**dict.fromkeys(COLUMNS), **values, "plate": bare}
    filled["reason_code"] = values.get("reason_code") or NO_REASON
    try:
        for name in TIMES:
            if filled[name] is not None:
                filled[name] = to_text(parse_time(str(filled[name])))
        filled["created"] = filled["created"] or to_text(now_s)
        # As a unit reads it, so that what is signed is what a unit understands.
        return Row(line, read_entry(entry_line(Entry(**filled)).rstrip(b"\n")))
    except KeyFileError:
        return Row(line, None, "created or expires is no time such as 2026-11-24T02:13:39Z")
    except MessageError as error:
        return Row(line, None, str(error))
