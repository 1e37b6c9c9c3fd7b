"""Epochs: bundles that are believed, the key of the day, and an end that tells no time and is never late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.errors import KeyFileError, MessageError
from edge_alpr.keys.proof import sign_document
from edge_alpr.message.document import dump_document
from edge_alpr.seal.epochs import DAY_S, Epochs, epochs_document, read_epochs, window_end
from fakes.keys import UNIT_KEY
from fakes.sealing import BEGIN_S, COURT, COURT_KEY, HOLDERS, an_epoch, epoch_key, some_epochs

if TYPE_CHECKING:
    from pathlib import Path


def a_bundle(**changes: Any) -> dict[str, Any]:
    document = epochs_document(some_epochs(), BEGIN_S, COURT_KEY)
    return sign_document({**document, **changes}, COURT_KEY) if changes else document


def test_a_bundle_is_read_as_it_was_signed(tmp_path: Path) -> None:
    path = tmp_path / "epochs.json"
    path.write_bytes(dump_document(a_bundle()))
    epochs = Epochs.load(path, HOLDERS)
    assert epochs.custodian == COURT
    assert list(epochs) == list(some_epochs())
    assert (len(epochs), epochs.last_day) == (35, "2026-02-04")


def test_the_key_of_the_day_is_found_and_no_other() -> None:
    epochs = some_epochs(2)
    first, second = epoch_key("2026-01-01").public, epoch_key("2026-01-02").public
    for seconds, key in ((0.0, first), (DAY_S - 0.001, first), (DAY_S, second)):
        found = epochs.at(BEGIN_S + seconds)
        assert found is not None
        assert found.key == key
    assert epochs.at(BEGIN_S - 0.001) is None
    assert epochs.at(BEGIN_S + 2 * DAY_S) is None
    assert epochs.at(0.0) is None


def test_a_key_that_is_destroyed_is_not_sealed_to() -> None:
    assert some_epochs(retain_days=0.5).at(BEGIN_S + 0.5 * DAY_S) is None


@given(st.floats(0, DAY_S - 0.001), st.floats(1, 400))
def test_no_read_is_kept_longer_than_the_policy_allows_and_its_end_tells_only_the_day(
    of_day_s: float, retain_days: float
) -> None:
    now_s, retain_s = BEGIN_S + of_day_s, retain_days * DAY_S
    epoch = an_epoch(now_s, retain_days)
    end_s = window_end(epoch, retain_s)
    assert end_s <= now_s + retain_s
    assert (
        end_s == window_end(epoch, retain_s) == window_end(an_epoch(BEGIN_S, retain_days), retain_s)
    )
    assert end_s <= epoch.until_s
    assert window_end(an_epoch(now_s, 1.0), retain_s) == BEGIN_S + DAY_S


@pytest.mark.parametrize(
    "changes",
    [
        {"custodian": "custodian/other"},
        {"custodian": "agency/city-police"},
        {"epochs": []},
        {"epochs": [{"day": "2026-01-01", "key": "x25519:A", "until": "2026-01-22T00:00:00.000Z"}]},
        {"epochs": [a_bundle()["epochs"][0]] * 2},
    ],
    ids=["another name", "not a custodian", "none", "no key", "a day twice"],
)
def test_a_bundle_that_is_none_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        read_epochs(a_bundle(**changes), HOLDERS)


def test_a_bundle_of_somebody_else_or_changed_since_is_refused(tmp_path: Path) -> None:
    document = a_bundle()
    with pytest.raises(MessageError, match="not enrolled"):
        read_epochs(sign_document(document, UNIT_KEY), HOLDERS)
    document["epochs"][0]["until"] = "2030-01-01T00:00:00.000Z"
    path = tmp_path / "epochs.json"
    path.write_bytes(dump_document(document))
    with pytest.raises(KeyFileError, match=r"epochs\.json: not a bundle .* does not fit"):
        Epochs.load(path, HOLDERS)
