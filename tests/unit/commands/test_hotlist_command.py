"""``edge-alpr hotlist``: from a table to a list that a unit believes, and what is said on the way."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from edge_alpr.cli import main
from edge_alpr.hotlist.pack import pack_for
from edge_alpr.keys.pair import KeyPair
from edge_alpr.message.timestamps import to_text
from fakes.hotlists import CHIEF_KEY, POLICE_KEY, UNIT, UNIT_SEAL
from fakes.keys import STRANGER_KEY, UNIT_KEY

if TYPE_CHECKING:
    from pathlib import Path

HEADING = "plate,reason_code,case_no,entered_by,approved_by,expires\n"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a table, keys and the ring of those who may sign."""
    expires = to_text(time.time() + 86_400)
    rows = f"EDGE042,stolen_vehicle,7,officer-1,,{expires}\nEDGE077,missing_person,8,officer-2,,{expires}\n"
    (tmp_path / "wanted.csv").write_text(HEADING + rows)
    for name, key in (("police", POLICE_KEY), ("chief", CHIEF_KEY), ("stranger", STRANGER_KEY)):
        key.save(tmp_path / f"{name}.key")
    UNIT_KEY.save(tmp_path / "unit.key")
    ring = f"{POLICE_KEY.public} city-police\n{CHIEF_KEY.public} chief\n"
    (tmp_path / "authorities.pub").write_text(ring)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: object, status: int = 0) -> str:
    capsys.readouterr()
    assert main(["hotlist", *map(str, words)]) == status
    out, err = capsys.readouterr()
    assert "EDGE0" not in out + err, "no plate is ever quoted"
    return out + err


def sign(
    office: Path, *more: object, key: str = "police", out: str = "wanted.hotlist"
) -> list[object]:
    signing = ["--authority", "city-police", "--key", office / f"{key}.key", "--scope", "o"]
    return ["sign", office / "wanted.csv", *signing, "--seq", 7, "--out", office / out, *more]


def verify(office: Path, name: str = "wanted.hotlist", *more: object) -> list[object]:
    ring = ["--authorities", office / "authorities.pub", "--unit", UNIT]
    return ["verify", office / name, *ring, *more]


def test_a_table_is_linted_signed_and_verified(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "lint", office / "wanted.csv") == "2 entries, 0 would be refused\n"
    assert "2 entries, 0 left out" in told(capsys, *sign(office))
    said = told(capsys, *verify(office))
    assert "city-police number 7 for o" in said
    assert "second signature: none" in said
    assert "2 of 2 entries count" in said
    assert (office / "wanted.hotlist").stat().st_mode & 0o777 == 0o600


def test_what_a_unit_would_refuse_is_told_and_not_signed(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = office / "wanted.csv"
    table.write_text(table.read_text() + "EDGE099,personal,9,officer-3,,2026-01-01\n")
    said = told(capsys, "lint", table, status=1)
    assert f"{table}:4: refused: prohibited: a reason for which nobody may be looked for" in said
    (remark,) = map(json.loads, told(capsys, "lint", table, "--json", status=1).splitlines())
    assert (remark["line"], remark["code"]) == (4, "prohibited")
    assert "use --leave-out" in told(capsys, *sign(office), status=70)
    assert not (office / "wanted.hotlist").exists()
    assert "2 entries, 1 left out" in told(capsys, *sign(office, "--leave-out"))


def test_verify_says_which_entries_do_not_count_under_the_units_own_rules(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, *sign(office))
    said = told(capsys, *verify(office, "wanted.hotlist", "--profile", "de-stpo-163g"), status=1)
    assert "2 do not count: not_allowed (entry 1, 2)" in said
    assert "0 of 2 entries count" in said


def test_a_list_that_is_not_believed_is_status_78(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, *sign(office, key="stranger"))
    assert "not enrolled" in told(capsys, *verify(office), status=78)
    told(capsys, *sign(office, "--days", 2, out="long.hotlist"))
    assert "longer than the 24 hours" in told(capsys, *verify(office, "long.hotlist"), status=78)
    assert "No such file" in told(capsys, *verify(office, "absent"), status=78)


def test_entries_beyond_the_limit_count_with_a_second_signature_only(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now_s = time.time()
    lines = [
        f"EDGE042,stolen_vehicle,7,officer-1,sergeant-2,{to_text(now_s - n)},{to_text(now_s + 86_400)}\n"
        for n in range(1, 5)
    ]
    heading = "plate,reason_code,case_no,entered_by,approved_by,created,expires\n"
    (office / "wanted.csv").write_text(heading + "".join(lines))
    assert "1 of them count only with a second signature" in told(capsys, *sign(office))
    assert "1 do not count: repeated" in told(capsys, *verify(office), status=1)
    approving = ["approve", office / "wanted.hotlist", "--approver", "chief", "--key"]
    mine = [*approving, office / "police.key", "--out", office / "no"]
    assert "another must approve it" in told(capsys, *mine, status=78)
    told(capsys, *approving, office / "chief.key", "--out", office / "approved.hotlist")
    said = told(capsys, *verify(office, "approved.hotlist"))
    assert "second signature: chief" in said
    assert "4 of 4 entries count" in said


def test_a_sealed_list_is_verified_with_the_units_key(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, *sign(office))
    sealed = pack_for((office / "wanted.hotlist").read_bytes(), UNIT_SEAL.public, UNIT)
    (office / "sealed").write_bytes(sealed)
    key = office / "unit.key"
    assert "2 of 2 entries count" in told(capsys, *verify(office, "sealed", "--unit-key", key))
    KeyPair.generate().save(office / "other.key")
    other = verify(office, "sealed", "--unit-key", office / "other.key")
    assert "does not open here" in told(capsys, *other, status=78)


def test_a_heading_alone_makes_an_empty_list(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (office / "wanted.csv").write_text(HEADING)
    told(capsys, *sign(office))
    assert "0 of 0 entries count" in told(capsys, *verify(office))


def test_a_signed_policy_gives_the_rules_and_its_digest(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signing = ["--authority", "chief", "--key", str(office / "chief.key"), "--scope", "o"]
    for name, profile in (("il", "il-2-130"), ("de", "de-stpo-163g")):
        out = ["--seq", "1", "--out", str(office / f"{name}.json")]
        assert main(["policy", "sign", profile, *signing, *out]) == 0
    ring = ["--policy-authorities", office / "authorities.pub"]
    told(capsys, *sign(office, "--policy", office / "il.json", *ring, "--unit", UNIT))
    assert "2 of 2" in told(
        capsys, *verify(office, "wanted.hotlist", "--policy", office / "il.json", *ring)
    )
    other = verify(office, "wanted.hotlist", "--policy", office / "de.json", *ring)
    assert "made for another policy" in told(capsys, *other, status=78)
    assert "another policy" in told(capsys, *verify(office), status=78)
    alone = ["lint", office / "wanted.csv", "--policy", office / "il.json"]
    assert "goes with --policy-authorities" in told(capsys, *alone, status=70)
