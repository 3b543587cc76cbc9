"""From a reference to its value."""

import os
from collections.abc import Mapping
from pathlib import Path

from messina.pipeline import SecretRef
from messina.secrets.value import SecretValue


class SecretsError(Exception):
    """A reference can't be used. `ref` says which; no message holds a value."""

    def __init__(self, ref: SecretRef, what: str, next_step: str) -> None:
        self.ref = ref
        super().__init__(f"secret {ref}: {what}. Next: {next_step}")


class SecretNotFound(SecretsError):
    """Nothing is where the reference points."""


class SecretUnreadable(SecretsError):
    """What is where the reference points is no usable text."""


def resolve(ref: SecretRef | str, environ: Mapping[str, str] | None = None) -> SecretValue:
    """The value behind a reference; one line end after a file's text is not part of it.

    Connect's own providers read the same value, except that they keep that line end: `line_end`
    says whether there is one.
    """
    ref = SecretRef.parse(ref) if isinstance(ref, str) else ref
    if ref.scheme == "file":
        value = _from_file(ref)
    else:
        value = _from_env(ref, os.environ if environ is None else environ)
    if not value:
        raise SecretUnreadable(ref, "it is empty", "put the secret there")
    return SecretValue(value)


def line_end(ref: SecretRef | str) -> int:
    """How many bytes `resolve` leaves off a file's end, and Connect's provider does not.

    0 for a file that can't be read: `resolve` says so.
    """
    ref = SecretRef.parse(ref) if isinstance(ref, str) else ref
    if ref.scheme != "file":
        return 0
    try:
        text = Path(ref.name).read_bytes()
    except OSError:
        return 0
    return len(text) - len(text.removesuffix(b"\n").removesuffix(b"\r"))


def _from_env(ref: SecretRef, environ: Mapping[str, str]) -> str:
    if (value := environ.get(ref.name)) is None:
        raise SecretNotFound(ref, "the variable is not set", f"export {ref.name}=…")
    return value


def _from_file(ref: SecretRef) -> str:
    path = Path(ref.name)
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise SecretNotFound(ref, "there is no such file", f"write the secret to {path}") from None
    except UnicodeDecodeError:
        raise SecretUnreadable(ref, "the file is not UTF-8", f"write text to {path}") from None
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise SecretUnreadable(ref, f"the file can't be read: {what}", f"ls -l {path}") from None
    return text.removesuffix("\n").removesuffix("\r")
