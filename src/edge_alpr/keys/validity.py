"""Says from when until when a key is believed, and since when it is revoked, as words of a ring's line.

``from=``, ``until=`` and ``revoked=`` are followed by a time as messages write it, or by a day, which begins at
midnight UTC. All are judged by the clock of whoever checks, when the message is checked: a thief of a key writes
whatever time into a message that suits him.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_alpr.errors import KeyFileError
from edge_alpr.message.timestamps import to_seconds, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Validity:
    """UTC seconds; None where there is no bound."""

    begin_s: float | None = None
    end_s: float | None = None
    revoked_s: float | None = None

    @classmethod
    def parse(cls, words: Iterable[str]) -> Validity:
        """From the words of a line, in any order.

        Raises:
            KeyFileError: a word is none of ours, comes twice, or holds no time.
        """
        found: dict[str, float] = {}
        for word in words:
            name, _, text = word.partition("=")
            if name not in {"from", "until", "revoked"} or name in found:
                raise KeyFileError(f"{word[:80]!r}: expected from=, until= or revoked=, each once")
            found[name] = parse_time(text)
        return cls(found.get("from"), found.get("until"), found.get("revoked"))

    def refusal(self, now_s: float) -> str | None:
        """Why the key is not believed at ``now_s``; None if it is."""
        if self.revoked_s is not None and now_s >= self.revoked_s:
            return f"is revoked since {to_text(self.revoked_s)}"
        if self.begin_s is not None and now_s < self.begin_s:
            return f"is not believed before {to_text(self.begin_s)}"
        if self.end_s is not None and now_s >= self.end_s:
            return f"was believed until {to_text(self.end_s)}"
        return None

    def and_also(self, other: Validity) -> Validity:
        """What holds of both: of two lines about a key the stricter one wins, so a line can only take away."""
        return Validity(
            max((s for s in (self.begin_s, other.begin_s) if s is not None), default=None),
            min((s for s in (self.end_s, other.end_s) if s is not None), default=None),
            min((s for s in (self.revoked_s, other.revoked_s) if s is not None), default=None),
        )

    def words(self) -> list[str]:
        """As `parse` reads them."""
        named = (("from", self.begin_s), ("until", self.end_s), ("revoked", self.revoked_s))
        return [f"{name}={to_text(time_s)}" for name, time_s in named if time_s is not None]


ALWAYS = Validity()


def parse_time(text: str) -> float:
    """UTC seconds of a time or a day.

    Raises:
        KeyFileError: it is neither.
    """
    try:
        return to_seconds(f"{text}T00:00:00Z" if len(text) == len("2026-11-24") else text)
    except ValueError:
        raise KeyFileError(
            f"{text[:40]!r} is no time: expected 2026-11-24 or 2026-11-24T02:13:39Z"
        ) from None
