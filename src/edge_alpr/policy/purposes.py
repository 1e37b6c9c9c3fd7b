"""The closed vocabulary of purposes: what a plate may be looked for, and what it may never be looked for.

There is no free text and no "other": a reason that can be made vague is made vague. What is prohibited has a name only
so that its refusal can be logged; no profile can allow it, and no type here can hold it as a purpose.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

Purpose: TypeAlias = Literal[
    "stolen_vehicle",
    "stolen_plate",
    "missing_person",
    "endangered_person",
    "abduction",
    "human_trafficking",
    "felony_warrant",
    "warrant",
    "violent_felony",
    "felony",
    "hit_and_run",
    "terrorism",
    "suspended_registration",
    "commercial_vehicle_screening",
    "parking",
]
"""What an entry of a hotlist, or a question to a holder, may be for."""

Prohibited: TypeAlias = Literal[
    "reproductive_health",
    "gender_affirming_care",
    "lawful_health_care",
    "immigration_status",
    "protected_activity",
    "religion",
    "personal",
]
"""What nobody may look for through this software, whatever a profile says."""

PURPOSES: Final[frozenset[Purpose]] = frozenset(get_args(Purpose))
PROHIBITED: Final[frozenset[Prohibited]] = frozenset(get_args(Prohibited))

PURPOSE_WORDS: Final[dict[Purpose | Prohibited, str]] = {
    "stolen_vehicle": "a stolen vehicle",
    "stolen_plate": "a stolen plate",
    "missing_person": "a missing person",
    "endangered_person": "a person in danger",
    "abduction": "an abduction",
    "human_trafficking": "trafficking in human beings",
    "felony_warrant": "an arrest warrant for a felony",
    "warrant": "an arrest warrant",
    "violent_felony": "a violent felony",
    "felony": "a felony",
    "hit_and_run": "a driver who fled after an accident",
    "terrorism": "terrorism",
    "suspended_registration": "a suspended registration",
    "commercial_vehicle_screening": "screening of commercial vehicles",
    "parking": "parking",
    "reproductive_health": "reproductive health care",
    "gender_affirming_care": "gender-affirming care",
    "lawful_health_care": "lawful health care",
    "immigration_status": "immigration status",
    "protected_activity": "speech, assembly and other protected activity",
    "religion": "religion",
    "personal": "a personal matter",
}
