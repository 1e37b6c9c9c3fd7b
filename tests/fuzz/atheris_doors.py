"""Goes through a door with inputs that atheris grows by coverage: ``atheris_doors.py DOOR [-max_total_time=S]``.

Not a test of pytest: `make fuzz` runs it. Anything but the door's own error ends it, with the input that did it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["edge_alpr"]):
    from fixtures.doors import DOORS


def main() -> None:
    door = DOORS[sys.argv.pop(1)]
    corpus = tempfile.mkdtemp(prefix="corpus-")
    for number, seed in enumerate(door.seeds):
        (Path(corpus) / str(number)).write_bytes(seed)
    folder = Path(tempfile.mkdtemp(prefix="files-"))

    def once(content: bytes) -> None:
        try:
            door.read(content, folder)
        except door.refuses as error:
            if not str(error):
                raise AssertionError("an error without words") from error

    # One second and what the process itself takes plus 50 MiB are what SEC-7 allows.
    atheris.Setup([*sys.argv, "-timeout=2", "-max_len=65536", corpus], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
