"""A unit that is moved goes on as itself, with what it had not delivered; the old one does not start again."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from edge_alpr.app.moving import export_unit
from edge_alpr.app.retired import retire
from edge_alpr.cli import main
from edge_alpr.config.load import load_config
from edge_alpr.keys.locked import lock
from edge_alpr.keys.pair import KeyPair
from edge_alpr.ops.runtime import alone
from edge_alpr.spool.feed import SpoolFeed
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Outgoing
from fakes.manual_time import ManualClock
from fakes.tally import Tally
from fixtures.folder import bytes_in
from fixtures.unit import write_unit

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.config.settings import Config

PHRASE = "a made-up passphrase"
MARK = b"ZQJXKVABCDE"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A stopped unit with a key, three undelivered messages, numbers it has seen, and an audit log."""
    folder = tmp_path / "old"
    config = write_unit(folder, "mqtt://127.0.0.1:9", tmp_path / "road", keys={"unit_key": "u.key"})
    KeyPair.generate().save(folder / "u.key")
    spool = Spool(SpoolSettings(path=folder / "card/spool.db"), clock=ManualClock(), count=Tally())
    spool.open()
    for _ in range(3):
        spool.append(Outgoing("read", "cam0", None, hit=False), lambda _seq: MARK)
    spool.close()
    (folder / "card/policies.json").write_text('{"a for o/s/u": 3}\n', encoding="ascii")
    (folder / "card/spool.db.damaged-20260101T000000Z").write_bytes(b"no")
    (folder / "card/audit").mkdir()
    (folder / "card/audit/camera.jsonl").write_text("{}\n", encoding="ascii")
    (tmp_path / "phrase").write_text(f"{PHRASE}\n", encoding="ascii")
    (tmp_path / "phrase").chmod(0o600)
    return config


def moved(unit: Path, *words: str) -> int:
    out = unit.parents[1] / "unit.moved"
    chosen = words or ("--passphrase-file", str(unit.parents[1] / "phrase"))
    return main(["export", str(unit), "--out", str(out), *chosen])


def test_it_goes_on_elsewhere_with_what_it_had_not_delivered(unit: Path, tmp_path: Path) -> None:
    assert moved(unit) == 0
    file, card = tmp_path / "unit.moved", tmp_path / "new"
    assert MARK in bytes_in(unit.parent)  # the control: it is in clear in the spool
    assert MARK not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert (
        main(
            [
                "import",
                str(file),
                "--root",
                str(card),
                "--passphrase-file",
                str(tmp_path / "phrase"),
            ]
        )
        == 0
    )
    there = card / str(unit.parent).lstrip("/")
    assert SpoolFeed(there / "card/spool.db", count=Tally()).depth().messages == 3
    assert (there / "u.key").read_bytes() == (unit.parent / "u.key").read_bytes()
    assert (there / "u.key").stat().st_mode & 0o777 == 0o600
    assert load_config(there / "unit.yaml").unit == load_config(unit).unit
    for name in ("card/policies.json", "card/audit/camera.jsonl", "policy"):
        assert (there / name).exists()
    for left in ("card/spool.db.damaged-20260101T000000Z", "card/spool.db-reserve", "run"):
        assert not (there / left).exists()
    assert not list(there.glob("card/retired*"))  # the new one may start
    assert not file.exists()
    assert (tmp_path / "unit.moved.imported").exists()


def test_the_old_one_does_not_start_again(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert moved(unit) == 0
    assert main(["run", "--config", str(unit)]) == 78
    assert "must not run here as well" in capsys.readouterr().err
    other = unit.with_name("other.yaml")  # another unit on the same machine is another unit
    config = json.loads(unit.read_text(encoding="utf-8"))
    config["unit"]["name"] = "other"
    other.write_text(json.dumps(config), encoding="utf-8")
    main(["run", "--config", str(other)])
    assert "must not run here as well" not in capsys.readouterr().err
    assert main(["reset", str(unit), "--yes"]) == 0
    assert not list(unit.parent.glob("card/retired*"))


def test_a_running_unit_is_not_taken_away(unit: Path, tmp_path: Path) -> None:
    (unit.parent / "run/o.s.u").mkdir(parents=True)
    with alone(unit.parent / "run/o.s.u", "camera"):
        assert moved(unit) == 70
    assert not (tmp_path / "unit.moved").exists()
    assert not list(unit.parent.glob("card/retired*"))


def test_a_move_that_is_cut_short_leaves_no_unit_and_never_two(
    unit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "unit.moved"

    def cut(config: Config, now_s: float) -> None:
        retire(config, now_s)
        raise KeyboardInterrupt

    monkeypatch.setattr("edge_alpr.app.moving.retire", cut)
    with pytest.raises(KeyboardInterrupt):
        export_unit(load_config(unit), unit, out, PHRASE, 0.0)
    assert not out.exists()
    assert list(unit.parent.glob("card/retired*"))
    monkeypatch.undo()
    assert moved(unit) == 0  # and it can be done again


def test_sealed_to_a_key_only_that_key_opens_it(unit: Path, tmp_path: Path) -> None:
    for name in ("workshop", "thief"):
        assert main(["keys", "init", str(tmp_path / f"{name}.key"), "--role", "agency"]) == 0
    assert moved(unit, "--to", str(tmp_path / "workshop.key.pub")) == 0
    opened = ["import", str(tmp_path / "unit.moved"), "--root", str(tmp_path / "new"), "--key"]
    assert main([*opened, str(tmp_path / "thief.key")]) == 70
    assert not (tmp_path / "new").exists()
    assert main([*opened, str(tmp_path / "workshop.key")]) == 0


def test_nothing_is_overwritten(unit: Path, tmp_path: Path) -> None:
    assert moved(unit) == 0
    assert moved(unit) == 78
    before = bytes_in(unit.parent)
    phrase = ("--passphrase-file", str(tmp_path / "phrase"))
    assert main(["import", str(tmp_path / "unit.moved"), *phrase]) == 70
    assert bytes_in(unit.parent) == before


@pytest.mark.parametrize(
    ("name", "kind"),
    [("../out", tarfile.REGTYPE), ("a/../../out", tarfile.REGTYPE), ("link", tarfile.SYMTYPE)],
)
def test_a_file_that_reaches_out_of_its_place_is_refused(
    tmp_path: Path, name: str, kind: bytes
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, "/etc/passwd"
        archive.addfile(entry, io.BytesIO())
    (tmp_path / "bad").write_bytes(lock(packed.getvalue(), PHRASE))
    (tmp_path / "phrase").write_text(PHRASE, encoding="ascii")
    (tmp_path / "phrase").chmod(0o600)
    (tmp_path / "new").mkdir()
    phrase = ("--passphrase-file", str(tmp_path / "phrase"))
    assert main(["import", str(tmp_path / "bad"), "--root", str(tmp_path / "new"), *phrase]) == 70
    assert list((tmp_path / "new").iterdir()) == []
    assert not (tmp_path / "out").exists()
