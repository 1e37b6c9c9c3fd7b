"""The exceptions a caller is meant to catch.

::

    EdgeAlprError
    ├── ConfigError      the configuration is wrong; all problems at once       exit 78, no restart
    ├── ModelError       a model is missing, damaged or not the one of its card exit 78, no restart
    ├── PolicyError      a policy or hotlist cannot be used                     exit 78, no restart
    ├── KeyFileError     a key or certificate is missing, damaged, or open to others  exit 78, no restart
    ├── SourceError      the camera or file gives no pictures                   retried by the grabber
    ├── DriverError      the camera's driver is stuck: only a new process helps ends it; systemd starts a new one
    ├── PublishError     the broker refused, or did not answer                  retried by the uplink
    ├── SpoolError       the spool cannot be opened or written                  counted; reading goes on
    ├── AuditError       the audit log cannot be written, or is not intact      counted; reading goes on
    └── MessageError     bytes that are not a message of ours                   refused, named, kept out

`OptionError` is none of them: settings raise it, and the configuration turns it into a `ConfigError` with its line.

Everything else is a bug and ends the process; systemd restarts it.
"""

from __future__ import annotations

from dataclasses import dataclass


class EdgeAlprError(Exception):
    """Base of all errors that are not bugs. The message says what, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file a person wrote."""

    where: str
    """``file:line``, or the file alone."""
    key: str
    """Dotted path of the option, empty for the file as a whole."""
    what: str
    """What is wrong, what is allowed, and a hint."""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.key, self.what) if part)


class OptionError(ValueError):
    """An option does not fit the others. Raised by settings; the configuration adds file and line."""

    def __init__(self, option: str, what: str) -> None:
        """``option``: dotted path of the option to change, from the section that raises."""
        self.option = option
        super().__init__(what)


class ConfigError(EdgeAlprError):
    """The configuration cannot be used."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class ModelError(EdgeAlprError):
    """A model file and its card do not fit, or one of them is missing."""


class PolicyError(EdgeAlprError):
    """A policy or a hotlist cannot be used."""


class KeyFileError(EdgeAlprError):
    """A key, a certificate or a ring of keys cannot be used. The message never holds a private key."""


class SourceError(EdgeAlprError):
    """A camera, a stream or a file gives no (more) pictures."""


class DriverError(EdgeAlprError):
    """A camera's driver failed so often that only a new process may help: not retried in this one."""


class PublishError(EdgeAlprError):
    """The broker refused a connection or a message, or did not answer in time."""


class SpoolError(EdgeAlprError):
    """The spool's file cannot be opened, read or written."""


class SpoolFullError(SpoolError):
    """The disk, or the spool's own bound, is full: the message was not stored."""


class AuditError(EdgeAlprError):
    """An audit log cannot be read or written, or is not what it was when it was written."""


class DamagedLogError(AuditError):
    """An audit log holds something that was not written so: it can not be gone on with."""


class MessageError(EdgeAlprError):
    """A received message is not valid: broken JSON, wrong schema, too large."""
