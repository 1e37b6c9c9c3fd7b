"""Names all hits that a holder has, in clear or sealed to its agency, as if they lay in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.holder.archive import Archive
    from edge_alpr.message.kept import Kept


class SealedHits(Protocol):
    """Hits that lie sealed, as far as the keys at hand open them."""

    def hits(self) -> Sequence[Kept]: ...

    def pictures(self, kept: Kept) -> Sequence[bytes]: ...


class Hits:
    """The hits of a store."""

    def __init__(self, archive: Archive, sealed: SealedHits | None = None) -> None:
        self._archive = archive
        self._sealed = sealed

    def all(self) -> list[Kept]:
        """Those in clear, then the sealed ones; each the oldest first."""
        return [*self._archive.hits(), *(() if self._sealed is None else self._sealed.hits())]

    def named(self, pass_id: str) -> Kept | None:
        """The one hit with this id; None if there is none, or if two units claim it."""
        found = [kept for kept in self.all() if kept.id == pass_id]
        return found[0] if len(found) == 1 else None

    def pictures(self, kept: Kept) -> Sequence[bytes]:
        """JPEG files of a hit."""
        if kept.sealed:
            return [] if self._sealed is None else self._sealed.pictures(kept)
        return self._archive.pictures(kept.unit, kept.id)
