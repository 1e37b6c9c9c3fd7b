"""This file keeps docs/event.example.json complete: ``python -m edge_alpr.message.example FILE`` (`make docs`).

The example's values are written by hand and stay; a field that the event has got since is added, and one of the wrong
kind is an error. A line for each of the event's own fields.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from edge_alpr.message.codec import decode, encode


def completed(text: str) -> str:
    """The example with all fields of the event, in its order.

    Raises:
        MessageError: it is no event, or lacks a field that has no default: write it in.
    """
    fields = json.loads(encode(decode(text.encode())))
    lines = [
        f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in fields.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(completed(path.read_text(encoding="utf-8")), encoding="utf-8")
