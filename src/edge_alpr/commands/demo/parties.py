"""Makes the parties of the demo's second act, each with keys of its own: a clerk, a chief of police, an agency, a unit.

The clerk signs the policy, the chief the hotlist, the agency opens what is sealed; the unit can do none of that. All
keys but the agency's and the unit's are forgotten at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edge_alpr.app.throwaway import write_throwaway
from edge_alpr.config.profiles import find_profile
from edge_alpr.hotlist.write import signed_list
from edge_alpr.keys.files import write_new
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.hotlist import Entry
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.topics import UnitAddress

ADDRESS: Final = UnitAddress("demo", "roadside", "unit-2")
PROFILE: Final = "il-2-130"
CLERK: Final = "city-clerk"
CHIEF: Final = "city-police"
AGENCY: Final = f"agency/{CHIEF}"
_LIST_HOURS: Final = 12.0
_WEEK_S: Final = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Parties:
    """What they have, and what the unit is told of it."""

    folder: Path
    """Of the unit."""
    office: Path
    """Of the police, who alone have a plate in a file."""
    policy: dict[str, Any]
    """Sections of the unit's configuration."""

    @property
    def agency_key(self) -> Path:
        return self.office / "police.key"

    @property
    def hotlist(self) -> Path:
        """Signed, not sealed yet."""
        return self.office / "wanted.hotlist"

    @property
    def units(self) -> Path:
        """Ring with the unit's public key."""
        return self.folder / "units"

    @property
    def unit_key(self) -> Path:
        return self.folder / "unit.key"

    def configure(self, *, clip: Path, url: str, protocol: str) -> Path:
        """Write the unit's configuration; returns its file."""
        settings = {
            "version": 1,
            "unit": {"org": ADDRESS.org, "site": ADDRESS.site, "name": ADDRESS.unit},
            "camera": {"kind": "files", "path": str(clip.absolute())},
            **self.policy,
            "keys": {"unit_key": str(self.unit_key)},
            "spool": {"path": str(self.folder / "card" / "spool.db")},
            "mqtt": {"url": url, "protocol": protocol},
            "runtime": {"dir": str(self.folder / "runtime"), "status_s": 0.5},
        }
        config = self.folder / "unit.yaml"
        lines = [f"{key}: {json.dumps(value)}" for key, value in settings.items()]  # JSON is YAML
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return config


def gather(folder: Path, office: Path, wanted: str, now_s: float) -> Parties:
    """Make keys, policy and list in two folders that are there and empty.

    Args:
        folder: of the unit; absolute.
        office: of the police; absolute.
        wanted: the plate on the list.
        now_s: UTC seconds.
    """
    unit, agency, chief = KeyPair.generate(), SealKey.generate(), KeyPair.generate()
    for key in (unit.public, SealKey.of_unit(unit).public):  # to verify by, and to seal to
        enroll(folder / "units", Member(str(ADDRESS), key))
    enroll(folder / "recipients", Member(AGENCY, agency.public))
    enroll(folder / "chiefs", Member(CHIEF, chief.public))
    papers = write_throwaway(
        folder / "policy",
        [find_profile(PROFILE)],
        scope=str(ADDRESS),
        now_s=now_s,
        days=1,
        name=CLERK,
    )
    document = signed_list(
        [_entry(wanted, now_s)],
        chief,
        authority=CHIEF,
        scope=str(ADDRESS),
        seq=1,
        now_s=now_s - 1,
        hours=_LIST_HOURS,
    )
    parties = Parties(
        folder,
        office,
        policy={
            "policy": {
                "file": str(papers.policy),
                "authorities": str(papers.authorities),
                "list_authorities": str(folder / "chiefs"),
                "seal_hits": True,
            },
            "seal": {"recipients": str(folder / "recipients")},
        },
    )
    unit.save(parties.unit_key)
    agency.save(parties.agency_key)
    write_new(parties.hotlist, document, 0o600)
    return parties


def _entry(plate: str, now_s: float) -> Entry:
    return Entry(
        plate=plate,
        region=None,
        reason_code="stolen_vehicle",
        offence_class="felony",
        case_no="2026-000123",
        entered_by="officer-7",
        agency=CHIEF,
        approved_by=None,
        created=to_text(now_s),
        expires=to_text(now_s + _WEEK_S),
        expected_make=None,
        expected_colour=None,
    )
