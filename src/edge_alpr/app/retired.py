"""This file marks a unit that has been moved to other hardware, so that the old one does not start again beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from edge_alpr.app.build import unit_address
from edge_alpr.app.seen_numbers import state_folder
from edge_alpr.errors import ConfigError, Problem
from edge_alpr.keys.files import write_over
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.config.settings import Config


def retire(config: Config, now_s: float) -> None:
    """Mark it, wherever the services or a run by hand would look.

    Raises:
        KeyFileError: the mark cannot be written.
    """
    content = json.dumps({"unit": str(unit_address(config)), "at": to_text(now_s)}).encode() + b"\n"
    for path in marks(config):
        if path.parent.is_dir():
            write_over(path, content, 0o644)


def refuse_retired(config: Config) -> None:
    """Called before a unit starts.

    Raises:
        ConfigError: it lives elsewhere now.
    """
    for path in marks(config):
        if path.exists():
            what = (
                "this unit was moved to other hardware (edge-alpr export) and must not run here as well: nobody could "
                "tell their messages apart. `edge-alpr reset` clears this machine; if the move was given up, and the "
                "file destroyed, remove this mark"
            )
            raise ConfigError([Problem(str(path), "", what)])


def marks(config: Config) -> list[Path]:
    """Where a mark may be: beside the spool, which every start of the unit has in common, and where its numbers are."""
    name = f"retired-{str(unit_address(config)).replace('/', '.')}.json"
    return sorted({folder / name for folder in (state_folder(config), config.spool.path.parent)})
