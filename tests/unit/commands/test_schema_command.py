"""``edge-alpr schema``: JSON Schemas that a validator takes, and that take what we make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from edge_alpr.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]


@pytest.fixture
def schema(capsys: pytest.CaptureFixture[str]) -> Callable[[str], dict[str, Any]]:
    def printed(which: str) -> dict[str, Any]:
        assert main(["schema", which]) == 0
        content: dict[str, Any] = json.loads(capsys.readouterr().out)
        Draft202012Validator.check_schema(content)
        return content

    return printed


def test_the_event_schema_takes_the_golden_messages_and_not_a_wrong_one(
    schema: Callable[[str], dict[str, Any]],
) -> None:
    validator = Draft202012Validator(schema("event"))
    golden = sorted((ROOT / "tests/golden/plate.read-1.0").glob("*.json"))
    assert golden
    for path in golden:
        event = json.loads(path.read_text(encoding="utf-8"))
        validator.validate(event)
        event["plate"]["text"] = "not a plate"
        with pytest.raises(ValidationError):
            validator.validate(event)


def test_the_receipt_schema_takes_the_golden_receipts_and_not_a_wrong_one(
    schema: Callable[[str], dict[str, Any]],
) -> None:
    validator = Draft202012Validator(schema("receipt"))
    golden = sorted((ROOT / "tests/golden/receipt-1.0").glob("*.json"))
    assert golden
    for path in golden:
        receipt = json.loads(path.read_text(encoding="utf-8"))
        validator.validate(receipt)
        with pytest.raises(ValidationError):
            validator.validate({**receipt, "upto": -1})


def test_the_configuration_schema_takes_the_example_and_not_an_unknown_option(
    schema: Callable[[str], dict[str, Any]],
) -> None:
    validator = Draft202012Validator(schema("config"))
    example = yaml.safe_load((ROOT / "config.example.yaml").read_text(encoding="utf-8"))
    validator.validate(example)
    with pytest.raises(ValidationError, match="sight"):
        validator.validate({**example, "sight": 1})


def test_another_name_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["schema", "evnet"])
    assert ended.value.code == 2
    assert "'event'" in capsys.readouterr().err
