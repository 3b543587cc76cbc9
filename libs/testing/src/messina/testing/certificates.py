"""Certificates of a test's own, as the PEM files that servers and clients read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    """Who somebody is.

    Attributes:
        certificate: a file with the certificate and its chain.
        key: a file with its private key, in PKCS #8.
    """

    certificate: Path
    key: Path


class Authority:
    """Signs certificates; all files are in one folder.

    Attributes:
        ca: the file that says whom to trust.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self.ca = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca))

    def issue(
        self, file: str, name: str, *, begins: timedelta = -_HOUR, ends: timedelta = _DAY
    ) -> Identity:
        """Sign a certificate for a host name or an address.

        Args:
            file: the names of the two files, without their ends.
            name: the host name or address.
            begins: from when on it is valid, seen from now.
            ends: until when it is valid, seen from now.
        """
        now = datetime.now(UTC)
        made = self._authority.issue_cert(name, not_before=now + begins, not_after=now + ends)
        identity = Identity(self._folder / f"{file}.crt", self._folder / f"{file}.key")
        identity.certificate.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
        key: Any = load_pem_private_key(made.private_key_pem.bytes(), None)
        identity.key.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return identity
