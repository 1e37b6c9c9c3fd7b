"""Writes an ONNX file byte by byte, so that the tests need no package that can: one network that negates its input.

Field numbers are those of onnx.proto3; the wire format is Protocol Buffers' (varints and length-delimited fields).
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from edge_alpr.vision.inference import CARD_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

FLOAT, UINT8, INT_ATTRIBUTE = 1, 2, 2


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _value(name: str, element: int, shape: tuple[int | str, ...]) -> bytes:
    dims = b"".join(_field(1, _field(1 if isinstance(d, int) else 2, d)) for d in shape)
    tensor = _field(1, element) + _field(2, dims)
    return _field(1, name) + _field(2, _field(1, tensor))


def _node(operator: str, source: str, target: str, attribute: bytes = b"") -> bytes:
    node = _field(1, source) + _field(2, target) + _field(4, operator)
    return node + (_field(5, attribute) if attribute else b"")


def negating_model() -> bytes:
    """``luma (n, 1, h, w) uint8`` to ``minus (n, 1, h, w) float32``."""
    shape = ("n", 1, "h", "w")
    to_float = _field(1, "to") + _field(3, FLOAT) + _field(20, INT_ATTRIBUTE)
    graph = (
        _field(1, _node("Cast", "luma", "as_float", to_float))
        + _field(1, _node("Neg", "as_float", "minus"))
        + _field(2, "tiny")
        + _field(11, _value("luma", UINT8, shape))
        + _field(12, _value("minus", FLOAT, shape))
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))


def write_model(folder: Path, *, name: str = "tiny", **changes: Any) -> Path:
    """Write the model and a card that fits it, with ``changes`` made to the card. Returns the card's path."""
    content = negating_model()
    (folder / f"{name}.onnx").write_bytes(content)
    card = {
        "schema": CARD_SCHEMA,
        "name": name,
        "version": "1",
        "file": f"{name}.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "input": {"name": "luma"},
        "output": {"name": "minus"},
        **changes,
    }
    path = folder / f"{name}.card.json"
    path.write_text(json.dumps(card), encoding="utf-8")
    return path
