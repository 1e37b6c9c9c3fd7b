"""docs/keys.md: what it tells others to write does check our signatures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from fakes.keys import STRANGER_KEY, UNIT_KEY

ROOT = Path(__file__).parents[2]
EVENT = ROOT / "tests/golden/plate.read-1.0/hit.json"


def test_the_program_on_the_page_takes_a_golden_message_and_refuses_a_changed_one() -> None:
    page = (ROOT / "docs/keys.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(program, names)
    check, body = names["check"], EVENT.read_bytes()
    check(body, str(UNIT_KEY.public))
    with pytest.raises(InvalidSignature):
        check(body, str(STRANGER_KEY.public))
    with pytest.raises(InvalidSignature):
        check(body.replace(b"unit-0042", b"unit-0043"), str(UNIT_KEY.public))
