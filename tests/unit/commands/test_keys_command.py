"""``edge-alpr keys``: from nothing to a unit that signs, a ring that believes it, and a certificate that fits."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest

from edge_alpr.cli import main
from edge_alpr.errors import KeyFileError
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.keys.sealing import SealKey
from edge_alpr.seal.epochs import Epochs
from fakes.authority import Authority
from fakes.keys import RING, UNIT_KEY

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
version: 1
unit:
  org: o
  site: s
  name: u
mqtt:
  url: mqtts://broker.example
  cert_file: tls.pem
  key_file: tls.key
"""


def told(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> str:
    """What ``edge-alpr keys ...`` prints: the output, or the complaint if it fails."""
    capsys.readouterr()
    assert main(["keys", *map(str, arguments)]) == status
    captured = capsys.readouterr()
    return captured.out if status == 0 else captured.err


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "unit.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def test_init_makes_a_private_and_a_public_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.key"
    before = os.umask(0)
    try:
        printed = told(capsys, "init", path)
    finally:
        os.umask(before)
    key = KeyPair.load(path)
    assert printed == f"{key.kid}  {key.public}\n"
    assert (tmp_path / "unit.key.pub").read_text() == f"{key.public}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_init_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "unit.key"
    told(capsys, "init", path)
    before = path.read_bytes()
    assert "never overwritten" in told(capsys, "init", path, status=78)
    assert path.read_bytes() == before


def test_init_makes_nothing_beside_the_public_key_of_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "unit.key.pub").write_text("older\n")
    assert "never overwritten" in told(capsys, "init", tmp_path / "unit.key", status=78)
    assert [path.name for path in tmp_path.iterdir()] == ["unit.key.pub"]


def test_a_key_is_revoked_and_stays_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ring = tmp_path / "units"
    _, public = told(capsys, "init", tmp_path / "unit.key").split()
    told(capsys, "enroll", ring, "o/s/u", public, "--until", "2030-01-01")
    told(capsys, "revoke", ring, "o/s/u", "--at", "2026-11-24T10:00:00Z")
    told(capsys, "enroll", ring, "o/s/u", public)
    shown = told(capsys, "show", ring).strip()
    assert shown.endswith("until=2030-01-01T00:00:00.000Z revoked=2026-11-24T10:00:00.000Z")


def test_show_gives_the_same_for_both_files_and_never_the_private_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.key"
    made = told(capsys, "init", path)
    assert told(capsys, "show", path) == made
    assert told(capsys, "show", f"{path}.pub") == made
    shown = json.loads(told(capsys, "show", "--json", path))
    key = KeyPair.load(path)
    assert shown == [{"kid": key.kid, "public": str(key.public), "name": None, "bounds": None}]


def test_show_refuses_a_private_key_that_others_can_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.key"
    told(capsys, "init", path)
    path.chmod(0o644)
    assert "chmod 600" in told(capsys, "show", path, status=78)


def test_enroll_takes_the_text_or_a_file_and_show_lists_the_ring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = tmp_path / "ring"
    unit, central = tmp_path / "unit.key", tmp_path / "central.key"
    told(capsys, "init", unit)
    told(capsys, "init", central)
    told(capsys, "enroll", ring, "o/s/u", f"{unit}.pub")
    told(capsys, "enroll", ring, "central", KeyPair.load(central).public)
    loaded = KeyRing.load(ring)
    assert {member.name: member.key for member in loaded} == {
        "o/s/u": KeyPair.load(unit).public,
        "central": KeyPair.load(central).public,
    }
    listed = json.loads(told(capsys, "show", "--json", ring))
    assert {one["name"] for one in listed} == {"o/s/u", "central"}
    assert f"{KeyPair.load(unit).public}  o/s/u" in told(capsys, "show", ring)


def test_a_ring_in_one_file_is_shown_and_enrolled_from_only_if_it_holds_one_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = tmp_path / "ring"
    ring.write_text(f"{Member('o/s/u', UNIT_KEY.public)}\n")
    shown = told(capsys, "show", ring)
    assert shown == f"{UNIT_KEY.kid}  {UNIT_KEY.public}  o/s/u\n"
    assert "o/s/u" in told(capsys, "enroll", tmp_path / "one", "o/s/u", ring)
    ring.write_text("".join(f"{member}\n" for member in RING))
    assert told(capsys, "show", ring).count("\n") == 2
    complaint = told(capsys, "enroll", tmp_path / "two", "o/s/u", ring, status=78)
    assert "holds 2 keys; expected one" in complaint


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("O/s/u", "unit.key.pub", "no name for a key"),
        ("o/s/u", "ed25519:AAAA", "not a public key"),
        ("o/s/u", "none.pub", "No such file"),
    ],
)
def test_enroll_refuses_what_it_cannot_use(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    key: str,
    words: str,
) -> None:
    told(capsys, "init", tmp_path / "unit.key")
    given = key if key.startswith("ed25519:") else tmp_path / key
    assert words in told(capsys, "enroll", tmp_path / "ring", name, given, status=78)
    assert not (tmp_path / "ring").exists()


def test_a_certificate_is_asked_for_and_imported(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, pem = tmp_path / "unit.csr", tmp_path / "signed.pem"
    assert told(capsys, "request", "--config", config, "--out", out) == ""
    pem.write_bytes(Authority().sign(out.read_text()))
    assert "by CN=test authority" in told(capsys, "import", pem, "--config", config)
    assert (tmp_path / "tls.pem").read_bytes() == pem.read_bytes()


def test_a_certificate_for_somebody_else_is_refused_by_file(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pem = tmp_path / "signed.pem"
    request = told(capsys, "request", "--config", config)
    pem.write_bytes(Authority().sign(request, name="o/s/v"))
    complaint = told(capsys, "import", pem, "--config", config, status=78)
    assert complaint.startswith(f"edge-alpr: {pem}: ")
    assert not (tmp_path / "tls.pem").exists()


@pytest.mark.parametrize("action", ["request", "import"])
def test_without_names_for_the_files_nothing_is_made(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    config.write_text("version: 1\nmqtt:\n  url: mqtts://broker.example\n", encoding="utf-8")
    arguments = [action, *(["x.pem"] if action == "import" else []), "--config", config]
    assert "mqtt.key_file: needed" in told(capsys, *arguments, status=78)
    assert list(tmp_path.iterdir()) == [config]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), KeyFileError("no room")])
def test_an_init_that_is_interrupted_leaves_no_half_pair(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("edge_alpr.commands.keys.write_new", fail)
    assert main(["keys", "init", str(tmp_path / "unit.key")]) in {78, 130}
    assert list(tmp_path.iterdir()) == []


def test_an_init_that_was_killed_half_way_is_completed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.key"
    assert main(["keys", "init", str(path)]) == 0
    first, content = capsys.readouterr().out, path.read_bytes()
    (tmp_path / "unit.key.pub").unlink()
    assert main(["keys", "init", str(path)]) == 0
    told = capsys.readouterr()
    assert told.out == first
    assert "was there already and is kept" in told.err
    assert path.read_bytes() == content, "never overwritten"
    assert (tmp_path / "unit.key.pub").read_text().strip() in first
    assert main(["keys", "init", str(path)]) == 78


def test_what_is_no_key_is_not_completed(tmp_path: Path) -> None:
    path = tmp_path / "unit.key"
    path.write_text("not a key")
    path.chmod(0o600)
    assert main(["keys", "init", str(path)]) == 78
    assert path.read_text() == "not a key"
    assert not (tmp_path / "unit.key.pub").exists()


# ------------------------------------------------------------------ holders


def test_a_units_public_file_has_the_key_to_seal_to_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, ring = tmp_path / "unit.key", tmp_path / "units"
    made = told(capsys, "init", path, "--role", "unit")
    key = KeyPair.load(path)
    both = [str(key.public), str(SealKey.of_unit(key).public)]
    assert (tmp_path / "unit.key.pub").read_text().splitlines() == both
    assert [line.split()[1] for line in made.splitlines()] == both
    assert told(capsys, "show", "--seal", path) == made
    told(capsys, "enroll", ring, "o/s/u", f"{path}.pub")
    assert {str(member.key) for member in KeyRing.load(ring).of("o/s/u")} == set(both)


def test_an_agency_has_a_key_that_things_are_sealed_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, ring = tmp_path / "police.key", tmp_path / "holders"
    made = told(capsys, "init", path, "--role", "agency")
    assert made == f"{SealKey.load(path).kid}  {SealKey.load(path).public}\n"
    assert told(capsys, "show", path) == made
    told(capsys, "enroll", ring, "agency/city-police", f"{path}.pub")
    assert KeyRing.load(ring).sealing("agency/city-police") == [SealKey.load(path).public]
    assert "no name for a key" in told(
        capsys, "enroll", ring, "vendor/acme", f"{path}.pub", status=78
    )


def test_a_custodian_issues_lists_and_destroys_its_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, folder, out = tmp_path / "court.key", tmp_path / "epochs", tmp_path / "epochs.json"
    told(capsys, "init", key, "--role", "custodian")
    issue = ("epochs", "issue", key, folder, "--name", "court", "--retain-days", "21")
    told(capsys, *issue, "--days", "3", "--out", out)
    told(capsys, "enroll", tmp_path / "holders", "custodian/court", f"{key}.pub")
    epochs = Epochs.load(out, KeyRing.load(tmp_path / "holders"))
    assert len(epochs) == 3
    listed = json.loads(told(capsys, "epochs", "list", folder, "--json"))
    assert [one["state"] for one in listed] == ["in use", "ahead", "ahead"]
    assert [one["kid"] for one in listed] == [epoch.key.kid for epoch in epochs]
    assert told(capsys, "epochs", "destroy", folder) == ""
    old = folder / f"{listed[0]['day']}.epoch"
    old.write_text(old.read_text().partition("until=")[0] + "until=2026-01-01\n")
    log = tmp_path / "court.log"
    destroy = ("epochs", "destroy", folder, "--log", log)
    assert "go together" in told(capsys, *destroy, status=2)
    assert told(capsys, *destroy, "--name", "court").endswith("destroyed\n")
    assert told(capsys, *destroy, "--name", "court") == ""
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    (entry,) = [entry for entry in entries if entry["kind"] == "key_destroyed"]
    assert (entry["facts"]["epoch"], entry["facts"]["kid"]) == (listed[0]["day"], listed[0]["kid"])
    assert "destroyed" in told(capsys, "epochs", "list", folder)
    assert not (folder / f"{listed[0]['day']}.key").exists()
