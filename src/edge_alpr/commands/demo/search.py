"""Searches files for plates, in the forms in which a program may write a text without meaning to."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def forms(text: str) -> dict[str, bytes]:
    """A text by the name of its form, as bytes that a file may hold."""
    plain = text.encode()
    found = {
        "plain": plain,
        "lower case": text.lower().encode(),
        "UTF-16, little end first": text.encode("utf-16-le"),
        "UTF-16, big end first": text.encode("utf-16-be"),
        "hexadecimal": plain.hex().encode(),
        "hexadecimal, upper case": plain.hex().upper().encode(),
        "escaped for JSON": "".join(f"\\u{ord(character):04x}" for character in text).encode(),
    }
    # In base64 the same bytes look different at each of three places; a character that also holds bits of a neighbour
    # is left out.
    for place in range(3):
        coded = base64.b64encode(bytes(place) + plain)
        whole = slice(-(-8 * place // 6), 8 * (place + len(plain)) // 6)
        found[f"base64, place {place}"] = coded[whole]
    return found


class Search:
    """Looks for some plates in whatever it is shown, and remembers where it found one."""

    def __init__(self, plates: Iterable[str]) -> None:
        self._forms = {plate: forms(plate) for plate in plates}
        self.finds: set[str] = set()
        """``file: form``; never the plate."""
        self.files = 0
        self.bytes = 0

    @property
    def encodings(self) -> int:
        return max(map(len, self._forms.values()), default=0)

    def look_at(self, folder: Path) -> None:
        """Search every file below a folder; those that vanish meanwhile are left out."""
        self.files = self.bytes = 0
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            try:
                content = path.read_bytes()
            except OSError:
                continue
            self.files += 1
            self.bytes += len(content)
            self.finds |= {f"{path.relative_to(folder)}: {form}" for form in self.in_(content)}

    def in_(self, content: bytes) -> list[str]:
        """The forms in which a plate is in these bytes."""
        return [
            name for each in self._forms.values() for name, form in each.items() if form in content
        ]


def schemas_in(lines: Iterable[bytes]) -> list[str]:
    """What kinds of message a file of lines holds; a line that is being written is left out."""
    found = []
    for line in lines:
        try:
            found.append(str(json.loads(line).get("schema")))
        except (ValueError, AttributeError):
            continue
    return found
