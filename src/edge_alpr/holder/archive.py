"""Says what a holder asks of the store that a collector fills: find, show, confirm, refute, forget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge_alpr.message.kept import Kept, Said


class Archive(Protocol):
    """A store as its holder sees it. Times are text, as in messages. Every method may raise `StoreError`."""

    def find(self, plate: str, since: str, until: str, under: str) -> Sequence[Kept]:
        """Passes of one plate, exactly, that were captured from ``since`` to ``until`` by units below ``under``."""

    def hits(self) -> Sequence[Kept]:
        """All passes that match a hotlist, the oldest first."""

    def alert(self, pass_id: str) -> Kept | None:
        """The hit with this id."""

    def pictures(self, unit: str, pass_id: str) -> Sequence[bytes]:
        """JPEG files of a pass."""

    def confirm(self, kept: Kept, said: Said) -> bool:
        """Note what a person said; False if the pass is gone meanwhile."""

    def refute(self, kept: Kept, said: Said, correction: tuple[str, str]) -> bool:
        """The same; delete the pass and its pictures, and keep a correction (id, body) to be sent. In one commit."""

    def forget(self, passes: Iterable[tuple[str, str]]) -> int:
        """Delete passes, by unit and id, and their pictures. Returns how many there were."""

    def corrections(self) -> Sequence[tuple[str, str]]:
        """Those that were not sent yet: id and body."""

    def sent(self, ids: Iterable[str], at: str) -> None:
        """They were handed to the broker."""

    def places(self, plate: str) -> Sequence[tuple[str, int, str | None]]:
        """Unit, number and latest end of all that is kept of a plate in clear; no end if one of them has none."""

    def close(self) -> None: ...
