"""Says where a broker is and how we prove who we are: URL, password, certificates."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from edge_alpr.errors import OptionError, PublishError

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_SHAPE: Final = "a broker is mqtt://host[:port], or mqtts://host[:port] with TLS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A broker's address and our papers. Files are read at every connection, so that they may be renewed."""

    host: str
    port: int
    tls: bool
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    """Certificate authority of the broker's certificate; None trusts what the system trusts. If the file also holds the
    authority's revocation list, a broker on it is refused, and so is every broker once the list is out of date."""
    cert_file: Path | None = None
    key_file: Path | None = None
    """Key of ``cert_file``; None if it is in the same file."""

    @classmethod
    def at(
        cls,
        url: str,
        *,
        username: str | None = None,
        password_file: Path | None = None,
        ca_file: Path | None = None,
        cert_file: Path | None = None,
        key_file: Path | None = None,
    ) -> Self:
        """The broker at ``mqtt://host[:port]`` or, with TLS, ``mqtts://host[:port]``.

        Raises:
            OptionError: the URL says something else, holds a password, or the papers do not fit together.
        """
        scheme, host, port = _split(url)
        tls = scheme == "mqtts"
        if not tls and (ca_file or cert_file or key_file):
            option = "ca_file" if ca_file else "cert_file" if cert_file else "key_file"
            what = "certificates are of no use without TLS: write mqtts:// or leave them out"
            raise OptionError(option, what)
        if key_file and not cert_file:
            what = "key_file without cert_file: name both, or the one file that holds both"
            raise OptionError("key_file", what)
        if password_file and not username:
            raise OptionError("password_file", "password_file without username: name both")
        return cls(
            host=host,
            port=port or _PORTS[scheme],
            tls=tls,
            username=username,
            password_file=password_file,
            ca_file=ca_file,
            cert_file=cert_file,
            key_file=key_file,
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"

    def password(self) -> str | None:
        """The first line of the password file.

        Raises:
            PublishError: it cannot be read.
        """
        if self.password_file is None:
            return None
        try:
            return self.password_file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise PublishError(f"cannot read the password file: {error}") from None

    def context(self) -> ssl.SSLContext | None:
        """TLS 1.2 or newer, the broker's name checked; None without TLS.

        Raises:
            PublishError: a certificate or key cannot be used.
        """
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise PublishError(f"cannot use ca_file {self.ca_file}: {error}") from None
        if context.cert_store_stats()["crl"]:
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        if self.cert_file is not None:
            try:
                # An encrypted key would otherwise be asked for at a terminal that nobody watches.
                context.load_cert_chain(self.cert_file, self.key_file, password="")
            except (OSError, ssl.SSLError) as error:
                raise PublishError(
                    f"cannot use the client certificate {self.cert_file} with key "
                    f"{self.key_file or 'in the same file'}: {error}"
                ) from None
        return context


def _split(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port. No error quotes the URL: it may hold a password.

    Raises:
        OptionError: it is no address of a broker.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise OptionError("url", f"no address of a broker: {_cause(error)}") from None
    if parts.username or parts.password:
        what = "name and password do not belong in the URL: use username and password_file"
        raise OptionError("url", what)
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise OptionError("url", _SHAPE)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise OptionError("url", _SHAPE)
    return parts.scheme, parts.hostname, port


def _cause(error: ValueError) -> str:
    """Why a URL cannot be taken apart, in words that hold nothing of it."""
    return "the port is a number from 1 to 65535" if "ort" in str(error) else "check its brackets"
