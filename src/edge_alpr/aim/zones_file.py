"""This file writes zones.yaml, which the page draws, and adds the line to the configuration that includes it.

The configuration's own text is kept to the letter: one line is added to it, nothing else.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.config.load import load_config
from edge_alpr.errors import ConfigError, EdgeAlprError

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.config.settings import Config

NAME: Final = "zones.yaml"
HEAD: Final = """\
# Lanes, places to ignore and private places, drawn by `edge-alpr aim`, which writes this file anew when they are saved.
# Corners are [x, y] from [0, 0] at the top left of the picture to [1, 1] at the bottom right.
"""


def drawn(config: Config) -> dict[str, Any]:
    """What is in force, as the page draws it."""
    return {
        "lanes": [
            {"name": lane.name, "polygon": [list(c) for c in lane.polygon]}
            for lane in config.zones.lanes
        ],
        "ignore": [[list(c) for c in place] for place in config.zones.ignore],
        "private": [[list(c) for c in place] for place in config.mask.private],
    }


def save_zones(config_file: Path, config: Config, shapes: Any) -> Config:
    """Write what was drawn, and give the configuration that then is in force.

    If the result is no valid configuration, both files are as they were.

    Raises:
        EdgeAlprError: it cannot be saved, with what to do.
    """
    target = config.include or config_file.resolve().parent / NAME
    if config.include is None and drawn(config) != {"lanes": [], "ignore": [], "private": []}:
        raise EdgeAlprError(
            f"{config_file} has zones or mask of its own: move both sections into {target}, and add the line "
            f"`include: {NAME}`; then they can be drawn"
        )
    before = {path: _bytes(path) for path in (target, config_file)}
    try:
        _write(target, text_of(shapes).encode(), before[config_file][1])
        if config.include is None:
            text = (before[config_file][0] or b"").decode()
            _write(config_file, _including(text).encode(), before[config_file][1])
        return load_config(config_file)
    except (OSError, ValueError, TypeError, KeyError, ConfigError) as error:
        for path, (content, mode) in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif _bytes(path)[0] != content:
                _write(path, content, mode)
        raise EdgeAlprError(f"not saved: {error}") from error


def text_of(shapes: Any) -> str:
    """The file's text; what is wrong in ``shapes`` is left to the configuration to name."""
    zones = [f"    - name: {json.dumps(str(lane['name']))}\n      polygon: {_list(lane['polygon'])}"
             for lane in shapes["lanes"]]  # fmt: skip
    ignore, private = (
        [f"    - {_list(p)}" for p in shapes[kind]] for kind in ("ignore", "private")
    )
    sections = (
        ("zones:", "  lanes:", zones),
        ("", "  ignore:", ignore),
        ("mask:", "  private:", private),
    )
    lines = [HEAD.rstrip()]
    for section, option, items in sections:
        lines += [section] if section else []
        lines += [option, *items] if items else [f"{option} []"]
    return "\n".join(lines) + "\n"


def _list(polygon: Any) -> str:
    return json.dumps([[round(float(x), 4), round(float(y), 4)] for x, y in polygon])


def _including(text: str) -> str:
    """The configuration's text with the line that includes, after that of the version if there is one."""
    line = f"include: {NAME}\n"
    if found := re.search(r"^version:.*\n", text, re.MULTILINE):
        return text[: found.end()] + line + text[found.end() :]
    return line + text


def _bytes(path: Path) -> tuple[bytes | None, os.stat_result | None]:
    return (path.read_bytes(), path.stat()) if path.exists() else (None, None)


def _write(path: Path, content: bytes, like: os.stat_result | None) -> None:
    """Replace as a whole, with the owner and the mode of the configuration."""
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    if like is not None:
        new.chmod(like.st_mode & 0o777)
        if os.geteuid() == 0:
            os.chown(new, like.st_uid, like.st_gid)
    new.replace(path)
