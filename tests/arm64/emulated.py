"""Finds the emulator and what the Debian package brought: how Python is called on an emulated Raspberry Pi."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
FOLDER = REPOSITORY / ".cache" / "arm64"
PROCESSORS = {"cortex-a72": "Raspberry Pi 4", "cortex-a76": "Raspberry Pi 5"}


def emulated_python(processor: str) -> list[str]:
    """The command that starts the arm64 Python with the package's wheels, and nothing of this checkout."""
    root = FOLDER / "root"
    (python,) = (root / "usr" / "bin").glob("python3.1?")
    emulator = FOLDER / "qemu" / "usr" / "bin" / "qemu-aarch64"
    settings = {
        "PYTHONHOME": root / "usr",
        "PYTHONPATH": FOLDER / "site",
        "LD_LIBRARY_PATH": root / "usr" / "lib" / "aarch64-linux-gnu",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    given = [word for name, value in settings.items() for word in ("-E", f"{name}={value}")]
    return [str(emulator), "-cpu", processor, "-L", str(root), *given, str(python)]
