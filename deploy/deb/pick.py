"""Picks from the lock what a unit needs on one Python, with its hashes: ``pick.py LOCK PYTHON ARCHITECTURE WHEEL``.

The package carries the product's own WHEEL and exactly these wheels; pip installs nothing whose hash is not here.
"""  # noqa: INP001

from __future__ import annotations

import email
import hashlib
import re
import sys
import zipfile
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS = ("aim", "collector", "video")
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_BLOCK = re.compile(
    r"^(?P<what>[\w.-]+==[^\\\n]+?) *\\\n(?P<hashes>(?: +--hash=\S+(?: \\)?\n)+)", re.MULTILINE
)


def target(python: str, machine: str) -> dict[str, str]:
    """What markers are answered by: CPython ``python`` ("3.13") on Linux, on a processor as `uname -m` calls it."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "platform_machine": machine,
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
    }


def asked_by(wheel: Path) -> list[str]:
    """What a wheel says that it requires, with and without extras."""
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(opened.read(name)).get_all("Requires-Dist", [])


def needed(wheel: Path, there: dict[str, str]) -> set[str]:
    """Names of all packages that the wheel needs with `EXTRAS`; what those need is looked up in what is installed."""
    found: set[str] = set()
    waiting = [("edge-alpr", extra) for extra in ("", *EXTRAS)]
    asked = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        lines = asked_by(wheel) if name == "edge-alpr" else metadata.requires(name)
        for line in lines or []:
            want = Requirement(line)
            if want.marker and not want.marker.evaluate({**there, "extra": extra}):
                continue
            child = canonicalize_name(want.name)
            found.add(child)
            more = {(child, each) for each in ("", *want.extras)} - asked
            asked |= more
            waiting += more
    return found - {"edge-alpr"}


def locked(lock: str, there: dict[str, str]) -> dict[str, str]:
    """Requirement lines with hashes by name, as far as their markers hold there."""
    lines: dict[str, str] = {}
    for block in _BLOCK.finditer(lock):
        want = Requirement(block["what"])
        if want.marker is None or want.marker.evaluate({**there, "extra": ""}):
            hashes = re.findall(r"--hash=\S+", block["hashes"])
            pinned = f"{want.name}{want.specifier}"
            lines[canonicalize_name(want.name)] = " \\\n    ".join([pinned, *hashes])
    return lines


def main(lock: str, python: str, architecture: str, wheel: str) -> None:
    """Print the requirements.

    Raises:
        KeyError: the lock lacks a package that is needed.
    """
    there = target(python, MACHINES[architecture])
    lines = locked(Path(lock).read_text(encoding="utf-8"), there)
    own = Path(wheel)
    digest = hashlib.sha256(own.read_bytes()).hexdigest()
    print(f"edge-alpr=={own.name.split('-')[1]} \\\n    --hash=sha256:{digest}")
    for name in sorted(needed(own, there)):
        print(lines[name])


if __name__ == "__main__":
    main(*sys.argv[1:])
