"""From a reference to its value."""

import os
from collections.abc import Mapping
from pathlib import Path

from messina.pipeline import SecretRef
from messina.secrets.errors import SecretNotFound, SecretUnreadable
from messina.secrets.value import SecretValue


def resolve(ref: SecretRef | str, environ: Mapping[str, str] | None = None) -> SecretValue:
    """The value behind a reference; one line end after a file's text is not part of it.

    Connect's own providers read the same value, except that they keep that line end: `line_end`
    says whether there is one.

    Args:
        ref: the reference, or its text.
        environ: what `env:` reads and what says where Vault is; None is the process's own.

    Raises:
        ValueError: the text is no reference.
        SecretsError: there is no value to be had; says why, never what it is.
    """
    ref = SecretRef.parse(ref) if isinstance(ref, str) else ref
    if ref.scheme == "file":
        value = _from_file(ref)
    elif ref.scheme == "vault":
        # Who needs no Vault does not wait for its client's import.
        from messina.secrets.vault import read_vault

        value = read_vault(ref, environ)
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
