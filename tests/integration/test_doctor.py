"""Ten faults are planted in a healthy unit, one at a time: the doctor names each, and says what to do about it."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge_alpr.cli import main
from edge_alpr.ops.clock import SystemClock
from edge_alpr.vision.inference import SHIPPED
from fixtures.bad_tls import DAY, NOW, Authority, TlsBroker, certify, write
from fixtures.patient import found, machine, road, write_patient
from fixtures.running import RunningCollector
from fixtures.streams import StreamServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.doctor.finding import Finding
    from edge_alpr.types import Moment
    from fixtures.mosquitto import Mosquitto
    from fixtures.small_disk import SmallDisk

pytestmark = [pytest.mark.broker, pytest.mark.model]

PI = {
    "sys/class/thermal/thermal_zone0/temp": "51200\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
    "sys/block/mmcblk0/device/life_time": "0x01 0x02\n",
    "sys/block/mmcblk0/device/pre_eol_info": "0x01\n",
}
ACL = "user u\ntopic {} alpr/v1/o/s/u/up/#\ntopic read alpr/v1/o/s/u/down/#\n"


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[str]:
    """The address of a camera that looks at a road."""
    with StreamServer(road(tmp_path), seconds=2.0) as server:
        yield server.address


@pytest.fixture
def unit(tmp_path: Path, mosquitto: Mosquitto, camera: str) -> Path:
    """A healthy unit: TLS, a password, an access list."""
    (tmp_path / "unit").mkdir()
    mosquitto.use_tls()
    mosquitto.use_password("u", "made-up")
    mosquitto.use_access_list(ACL.format("write"))
    mosquitto.start()
    password = tmp_path / "unit/password"
    password.write_text("made-up\n", encoding="ascii")
    password.chmod(0o600)
    papers = {
        "ca_file": str(mosquitto.papers.ca_file),
        "username": "u",
        "password_file": "password",
    }
    return write_patient(tmp_path / "unit", mosquitto.url, camera, mqtt=papers)


def change(unit: Path, section: str, **options: object) -> None:
    config = json.loads(unit.read_text(encoding="utf-8"))
    config[section] = {**config.get(section, {}), **options}
    unit.write_text(json.dumps(config, indent=1), encoding="utf-8")


def named(finding: Finding, *words: str) -> None:
    """It failed, says these words, and how to mend it."""
    assert finding.grade == "fail", finding
    assert finding.mend
    for word in words:
        assert word in f"{finding.told} {finding.mend}", finding


def test_nothing_fails_in_the_healthy_unit(unit: Path, tmp_path: Path) -> None:
    """The control: without it a doctor that always fails would pass every test below."""
    findings = found(unit, machine(tmp_path / "pi", PI))
    assert {name: f for name, f in findings.items() if f.grade == "fail"} == {}
    seen = {name for name, f in findings.items() if f.grade == "ok"}
    assert seen >= {
        *(
            "configuration",
            "camera",
            "models",
            "card wear",
            "spool",
            "temperature",
            "supply voltage",
        ),
        *(
            "throttling",
            "clock",
            "clock source",
            "keys.unit_key",
            "mqtt.password_file",
            "authority",
        ),
        *("DNS", "connection", "TLS", "login", "read access"),
    }
    assert findings["policy"].grade == "warn"  # a bench policy is none for a road
    assert findings["write access"].grade == "warn"  # and nobody listens


def test_1_the_camera_is_unplugged(unit: Path, tmp_path: Path) -> None:
    change(unit, "camera", device="/dev/video97")
    named(
        found(unit, machine(tmp_path / "pi", PI), with_network=False)["camera"], "video97", "cable"
    )


def test_2_the_lens_is_covered(unit: Path, tmp_path: Path) -> None:
    with StreamServer(road(tmp_path, covered=True), seconds=2.0) as behind_a_cap:
        change(unit, "camera", device=behind_a_cap.address)
        finding = found(unit, machine(tmp_path / "pi", PI), with_network=False)["camera"]
    named(finding, "covered", "black", "lens cap")


class _WrongClock(SystemClock):
    def now(self) -> Moment:
        return super().now().later(-timedelta(days=4000).total_seconds())


def test_3_the_clock_is_wrong(unit: Path, tmp_path: Path) -> None:
    around = machine(tmp_path / "pi", PI, clock=_WrongClock())
    named(found(unit, around, with_camera=False)["clock"], "clock is wrong", "timedatectl")


def test_4_the_disk_is_full(unit: Path, tmp_path: Path, disk_of_1_mib: SmallDisk) -> None:
    change(unit, "spool", path=str(disk_of_1_mib.folder / "spool.db"))
    disk_of_1_mib.fill()
    around = machine(tmp_path / "pi", PI)
    finding = found(unit, around, with_camera=False, with_network=False)["disk"]
    named(finding, "the disk is full", "du -xh")


def test_5_the_brokers_certificate_has_expired(unit: Path, tmp_path: Path) -> None:
    authority, key = Authority("root"), ec.generate_private_key(ec.SECP256R1())
    expired = certify("broker", key, "root", authority.key, end=NOW - DAY)
    (tmp_path / "unit/ca.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    with TlsBroker(write(tmp_path / "expired.pem", expired, key)) as broker:
        change(unit, "mqtt", url=broker.url, ca_file="ca.pem")
        findings = found(unit, machine(tmp_path / "pi", PI), with_camera=False)
    named(findings["TLS"], "expired", "renew")
    assert findings["login"].grade == "skip"  # what cannot be asked is not called wrong


def test_5_our_own_certificate_has_expired(unit: Path, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    expired = certify("o/s/u", key, "root", Authority("root").key, end=NOW - DAY)
    write(tmp_path / "unit/own.pem", expired, key).chmod(0o600)
    change(unit, "mqtt", cert_file="own.pem")
    findings = found(unit, machine(tmp_path / "pi", PI), with_camera=False)
    named(findings["client certificate"], "own.pem", "expired on", "edge-alpr keys request")


def test_6_the_access_list_lets_us_read_only(
    unit: Path, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    mosquitto.use_access_list(ACL.format("read"))
    mosquitto.restart()
    findings = found(unit, machine(tmp_path / "pi", PI), with_camera=False)
    named(findings["write access"], "up/doctor is refused", "access list", "broker-config")
    assert findings["login"].grade == "ok"


def test_7_a_model_is_damaged(unit: Path, tmp_path: Path) -> None:
    broken = tmp_path / "models"
    shutil.copytree(SHIPPED, broken)
    with (broken / "reader.onnx").open("r+b") as file:
        file.seek(5000)
        file.write(b"rot")
    change(unit, "inference", models_dir=str(broken))
    around = machine(tmp_path / "pi", PI)
    finding = found(unit, around, with_camera=False, with_network=False)["models"]
    named(finding, "reader.onnx", "SHA-256", "reinstall")


def test_8_the_board_has_too_little_power(unit: Path, tmp_path: Path) -> None:
    weak = PI | {"sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n"}
    around = machine(tmp_path / "pi", weak)
    findings = found(unit, around, with_camera=False, with_network=False)
    named(findings["supply voltage"], "undervoltage now", "supply")
    named(findings["throttling"], "0x50005")


def test_9_the_broker_is_down(unit: Path, tmp_path: Path, mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    findings = found(unit, machine(tmp_path / "pi", PI), with_camera=False)
    named(findings["connection"], "nothing listens there", "start the broker")
    assert {findings[name].grade for name in ("TLS", "login", "write access", "echo")} == {"skip"}


def test_10_the_configuration_has_a_typing_error(
    unit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unit.write_text(unit.read_text(encoding="utf-8").replace('"url"', '"ulr"'), encoding="utf-8")
    named(
        found(unit, machine(tmp_path / "pi", PI))["configuration"], "ulr", "url", "edge-alpr check"
    )
    assert main(["doctor", "--json", str(unit)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "doctor/1.0"
    assert report["findings"][0]["check"] == "configuration"


def test_a_collectors_receipt_proves_the_whole_way(
    unit: Path, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    """And the collector holds nothing that would change an event."""
    for words in (
        ["init", str(tmp_path / "central.key")],
        ["enroll", str(tmp_path / "collectors"), "central", str(tmp_path / "central.key.pub")],
    ):
        assert main(["keys", *words]) == 0
    mosquitto.use_access_list("user u\ntopic readwrite alpr/#\n")
    mosquitto.restart()
    change(unit, "keys", collector_keys=str(tmp_path / "collectors"))
    change(unit, "uplink", confirm="receipt")
    around = machine(tmp_path / "pi", PI, echo_s=0.3)
    silent = found(unit, around, with_camera=False)["echo"]
    named(silent, "no receipt", "--receipt-key")
    around = machine(tmp_path / "pi", PI, echo_s=30.0)
    options = (
        f"--receipt-key={tmp_path / 'central.key'}",
        "--name=central",
        f"--ca={mosquitto.papers.ca_file}",
        "--username=u",
        f"--password-file={tmp_path / 'unit/password'}",
    )
    with RunningCollector(
        mosquitto.url, f"sqlite:{tmp_path / 'c.db'}", tmp_path, *options
    ) as center:
        center.wait_until_collecting()
        findings = found(unit, around, with_camera=False)
        assert findings["echo"].grade == "ok", findings["echo"]
        assert findings["write access"].grade == "ok"
        assert "refused" not in center.log
