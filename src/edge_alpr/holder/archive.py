"""Says what a holder asks of the store that a collector fills: find, show, confirm, refute, forget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge_alpr.message.kept import Kept, Said, SealedRow


class Archive(Protocol):
    """A store as its holder sees it. Times are text, as in messages. Every method may raise `StoreError`."""

    def find(self, plate: str, since: str, until: str, under: str) -> Sequence[Kept]:
        """Passes of one plate, exactly, that were captured from ``since`` to ``until`` by units below ``under``."""

    def hits(self) -> Sequence[Kept]:
        """All passes that match a hotlist and lie there in clear, the oldest first."""

    def said(self, unit: str, pass_id: str) -> Said | None:
        """What a person said of a hit, in clear or sealed."""

    def pictures(self, unit: str, pass_id: str) -> Sequence[bytes]:
        """JPEG files of a pass that lie there in clear."""

    def sealed(self, under: str, first_day: str, last_day: str) -> Iterable[SealedRow]:
        """Sealed events of units below ``under`` (all, if it is empty), the oldest first: hits, and window reads of
        the days from ``first_day`` to ``last_day``. Nothing else is asked of the store until the last is taken."""

    def sealed_hits(self) -> Iterable[SealedRow]:
        """Sealed hits and their pictures, the oldest first. Nothing else is asked meanwhile."""

    def confirm(self, kept: Kept, said: Said) -> bool:
        """Note what a person said; False if the pass is gone meanwhile."""

    def refute(self, kept: Kept, said: Said, correction: tuple[str, str]) -> bool:
        """The same; delete the pass and its pictures, and keep a correction (id, body) to be sent. In one commit."""

    def forget(self, passes: Iterable[Kept]) -> int:
        """Delete passes and their pictures, in clear or sealed. Returns how many there were."""

    def corrections(self) -> Sequence[tuple[str, str]]:
        """Those that were not sent yet: id and body."""

    def sent(self, ids: Iterable[str], at: str) -> None:
        """They were handed to the broker."""

    def places(self, plate: str) -> Sequence[tuple[str, int, str | None]]:
        """Unit, number and latest end of all that is kept of a plate in clear; no end if one of them has none."""

    def held(self) -> tuple[int, str | None]:
        """How many passes there are, in clear and sealed, and when the oldest of them was stored."""

    def close(self) -> None: ...
