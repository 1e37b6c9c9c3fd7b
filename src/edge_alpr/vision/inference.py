"""This file loads and runs networks: the only import of onnxruntime.

A model is data: an ONNX file beside a card (``<name>.card.json``) that says how it wants to be fed and which bytes it
consists of. A file whose SHA-256 is not the card's is refused, and so is a card or a model that is not as the folder's
``SHA256SUMS`` lists it; the shipped folder has one. Nothing is ever downloaded.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn, Protocol

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from edge_alpr.errors import ModelError
from edge_alpr.vision.sums import MAX_SUMS_BYTES, SUMS_NAME, check_listed, parse_sums, sha256_hex

SHIPPED = Path(__file__).resolve().parent.parent / "models"
"""The networks that come with the package."""

CARD_SCHEMA = "edge-alpr.model-card/1"
CARD_RANGES: Final = {
    "threshold": (0.001, 0.999),
    "input.width": (16, 4096),
    "input.height": (16, 4096),
    "crop.margin_x": (0.0, 1.0),
    "crop.margin_y": (0.0, 1.0),
}
"""What the numbers on a card that steer the networks may be; each may be missing where it has no meaning."""
MAX_CARD_BYTES: Final = 1 << 20
MAX_MODEL_BYTES: Final = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceSettings:
    """How the networks are run."""

    models_dir: Path | None = None
    """Folder with detector.onnx, reader.onnx and their cards. Leave it out to use the networks that are shipped."""
    threads: Annotated[int, Ge(1), Le(8)] = 2
    """Processor cores the networks may use. Leave one for the camera: 2 or 3 on a Raspberry Pi 4 or 5."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model file says about itself."""

    name: str
    version: str
    sha256: str
    path: Path
    input_name: str
    output_names: tuple[str, ...]
    """The main output first."""
    facts: Mapping[str, Any] = field(repr=False)
    """The whole card as read."""


class Model(Protocol):
    """A network that takes luma pictures, ``(N, 1, H, W) uint8``, and returns float arrays.

    The detector looks at one picture at a time: its N is 1.
    """

    @property
    def card(self) -> ModelCard: ...

    def run(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The main output."""
        ...

    def run_all(self, luma: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """All outputs that the card names, in its order."""
        ...


def read_card(path: Path) -> ModelCard:
    """Read and check a card, and that its model file has the bytes the card names.

    Raises:
        ModelError: the card or the model is missing, broken, empty, or they do not belong together.
    """
    try:
        facts = json.loads(_read_plain(path, MAX_CARD_BYTES), parse_constant=_no_number)
        if facts["schema"] != CARD_SCHEMA:
            raise ModelError(
                f"{path}: this program reads {CARD_SCHEMA}, the card is {facts['schema']}"
            )
        card = ModelCard(
            name=str(facts["name"]),
            version=str(facts["version"]),
            sha256=str(facts["sha256"]),
            path=path.with_name(str(facts["file"])),
            input_name=str(facts["input"]["name"]),
            output_names=(
                str(facts["output"]["name"]),
                *(str(more["name"]) for more in facts.get("more_outputs", ())),
            ),
            facts=facts,
        )
    except FileNotFoundError:
        raise ModelError(
            f"{path}: no such model card; reinstall, or set inference.models_dir"
        ) from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{path}: not a model card ({type(error).__name__}: {error})") from error
    _check_ranges(path, facts)
    try:
        content = _read_plain(card.path, MAX_MODEL_BYTES)
    except OSError as error:
        raise ModelError(
            f"{card.path}: cannot be read: {error.strerror}; reinstall the model"
        ) from error
    if not content:
        raise ModelError(f"{card.path}: the file is empty (0 bytes); reinstall the model")
    found = sha256_hex(content)
    if found != card.sha256:
        raise ModelError(
            f"{card.path}: SHA-256 is {found[:16]}…, its card says {card.sha256[:16]}…; "
            "the file was changed or damaged: reinstall the model, or train and export it with its card"
        )
    return card


def _read_plain(path: Path, most: int) -> bytes:
    """The bytes of a plain file; a pipe or a device could keep us for ever.

    Raises:
        OSError: it cannot be read, is no plain file, or is too long.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a plain file")
        content = opened.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"larger than {most} bytes")
    return content


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _check_ranges(path: Path, facts: Mapping[str, Any]) -> None:
    """Refuse a card whose numbers would make the networks find nothing, everything, or take all memory.

    Raises:
        ModelError: names the field, what it says and what is allowed.
    """
    for name, (least, most) in CARD_RANGES.items():
        value: Any = facts
        for step in name.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is None:
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:
            raise ModelError(f"{path}: {name} is {value!r:.60}; {least:g} to {most:g} is allowed")


class OnnxModel:
    """A `Model` run by ONNX Runtime on the processor.

    Spinning is off: idle threads that spin took 16.8 instead of 4.6 CPU ms a frame when measured with two threads on
    x86, and on a small board they would take the cores from the camera.
    """

    def __init__(self, card: ModelCard, threads: int) -> None:
        # Before the import: the runtime otherwise keeps a device number and events for its maker in the home folder.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        # Late, so that the uplink process and `edge-alpr check` do not pay for the runtime's memory and start.
        import onnxruntime as ort  # noqa: PLC0415

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._card = card
        try:
            self._session = ort.InferenceSession(
                str(card.path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's exceptions share no base of their own
            raise ModelError(f"{card.path}: onnxruntime refuses the model: {error}") from error
        names = (
            [i.name for i in self._session.get_inputs()],
            [o.name for o in self._session.get_outputs()],
        )
        if card.input_name not in names[0] or not set(card.output_names) <= set(names[1]):
            raise ModelError(
                f"{card.path}: the card names input {card.input_name!r} and outputs {card.output_names}, "
                f"the model has {names[0]} and {names[1]}"
            )

    @property
    def card(self) -> ModelCard:
        return self._card

    def run(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(N, 1, H, W) uint8`` to the model's main output, float32."""
        return self._run(self._card.output_names[:1], luma)[0]

    def run_all(self, luma: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """``(N, 1, H, W) uint8`` to everything that the card says the model gives, float32."""
        return self._run(self._card.output_names, luma)

    def _run(
        self, names: tuple[str, ...], luma: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], ...]:
        outputs = self._session.run(list(names), {self._card.input_name: luma})
        return tuple(np.asarray(output, np.float32) for output in outputs)


def load_model(name: str, settings: InferenceSettings) -> OnnxModel:
    """The model called ``name`` (``detector`` or ``reader``).

    Raises:
        ModelError: see `read_card` and `sums`.
    """
    folder = settings.models_dir or SHIPPED
    path = folder / f"{name}.card.json"
    card = read_card(path)
    _check_sums(path, card)
    return OnnxModel(card, settings.threads)


def _check_sums(path: Path, card: ModelCard) -> None:
    """Hold card and model to the folder's list. Networks of one's own may come without a list, the shipped may not.

    Raises:
        ModelError: the list is damaged or missing, or a file is not as listed.
    """
    listing = path.with_name(SUMS_NAME)
    try:
        sums = parse_sums(listing, _read_plain(listing, MAX_SUMS_BYTES))
        content = _read_plain(path, MAX_CARD_BYTES)
    except FileNotFoundError:
        if path.parent == SHIPPED:
            raise ModelError(f"{listing}: is missing; reinstall the models") from None
        return
    except OSError as error:
        raise ModelError(f"{listing}: cannot be read: {error.strerror}") from error
    check_listed(path, sha256_hex(content), sums)
    check_listed(card.path, card.sha256, sums)
