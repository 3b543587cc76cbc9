"""What the CQL stand-in can be told at its start: ring, password, TLS."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from messina.stack.errors import StackError

_PREFIX = "MESSINA_STANDIN_"


@dataclass(frozen=True, slots=True)
class StandinOptions:
    """The flags of a start. What does not go together, the stand-in refuses in its log.

    Attributes:
        vnodes: the ranges of the stream ring; as at the last start, or 4.
        shards: the streams of each range; as above, or 2.
        user: who may log in; None lets everybody in.
        password_file: the file with the user's password.
        tls_certificate: the server's certificate and chain (PEM); None speaks no TLS.
        tls_key: its private key (PEM, PKCS #8).
        tls_ca: who signs the certificates that clients must show; None asks for none.
    """

    vnodes: int | None = None
    shards: int | None = None
    user: str | None = None
    password_file: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """The system properties of the JVM that say so."""
        stated = {field.name: getattr(self, field.name) for field in fields(self)}
        return tuple(
            f"-Dmessina.standin.{name.replace('_', '.')}={value}"
            for name, value in stated.items()
            if value is not None
        )

    @property
    def access(self) -> dict[str, Any]:
        """What `endpoints.json` says of a stack's stand-in to those who connect to it."""
        document: dict[str, Any] = {}
        if self.user is not None:
            document |= {"user": self.user, "password": f"file:{self.password_file}"}
        if self.tls_certificate is not None:
            document["tls"] = {"ca": str(self.tls_certificate)}
        return document


def standin_options(environ: Mapping[str, str] | None = None) -> StandinOptions:
    """The options that the environment states, each as `MESSINA_STANDIN_<NAME>`.

    Raises:
        StackError: a number is none, or a file is not there.
    """
    environ = os.environ if environ is None else environ
    stated: dict[str, Any] = {}
    for field in fields(StandinOptions):
        variable = f"{_PREFIX}{field.name.upper()}"
        text = environ.get(variable)
        if text:
            stated[field.name] = _parsed(variable, text, field.name)
    return StandinOptions(**stated)


def _parsed(variable: str, text: str, name: str) -> int | str | Path:
    if name == "user":
        return text
    if name in ("vnodes", "shards"):
        if not text.isdecimal() or int(text) == 0:
            raise StackError(f"{variable}={text} is no number from 1 on; nothing was started")
        return int(text)
    path = Path(text).resolve()
    if not path.is_file():
        raise StackError(f"{variable}={text}: there is no such file; nothing was started")
    return path
