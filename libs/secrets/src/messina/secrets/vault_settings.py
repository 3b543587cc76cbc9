"""How Vault is reached and logged in to, as the environment states it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from messina.pipeline import Endpoints, SpecError, endpoints_path

SERVICE_ACCOUNT_TOKEN: Final = "/var/run/secrets/kubernetes.io/serviceaccount/token"
"""Where Kubernetes puts a pod's own token."""

Method = Literal["token", "approle", "kubernetes"]


class SettingsError(Exception):
    """The environment does not say enough; the message says what is missing, and what to do."""

    def __init__(self, what: str, next_step: str) -> None:
        self.what = what
        self.next_step = next_step
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """Where Vault is, and who we are to it.

    Attributes:
        address: its URL.
        method: how we log in.
        mount: where the login's method is mounted; unused with a token.
        credential: the token, the AppRole's secret ID, or the pod's token.
        role: the AppRole's role ID, or the role of Kubernetes; empty with a token.
        namespace: of Vault Enterprise.
        ca: a PEM file of who signs for Vault; the system's when None.
    """

    address: str
    method: Method
    mount: str
    credential: str = field(repr=False)
    role: str = field(default="", repr=False)
    namespace: str | None = None
    ca: str | None = None

    @property
    def shown(self) -> str:
        """The address without a user and password that it may carry."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "VaultSettings":
        """As the environment says; a token goes before an AppRole, that before Kubernetes.

        Without a VAULT_ADDR it is the Vault of the stack whose endpoints file is found.

        Raises:
            SettingsError: it doesn't say where Vault is, or who we are.
        """
        environ = {**_of_stack(environ), **environ}
        address = environ.get("VAULT_ADDR", "")
        if urlsplit(address).scheme not in ("http", "https"):
            said = "is not set" if not address else "is no http(s) URL"
            raise SettingsError(f"VAULT_ADDR {said}", "export VAULT_ADDR=https://HOST:8200")
        method, credential, role = _login(environ)
        return cls(
            address=address,
            method=method,
            mount=environ.get("VAULT_AUTH_PATH") or method,
            credential=credential,
            role=role,
            namespace=environ.get("VAULT_NAMESPACE") or None,
            ca=environ.get("VAULT_CACERT") or None,
        )


def _of_stack(environ: Mapping[str, str]) -> dict[str, str]:
    if environ.get("VAULT_ADDR"):
        return {}
    try:
        vault = Endpoints.load(endpoints_path(None, environ)).vault
    except SpecError:
        return {}
    if vault is None:
        return {}
    return {"VAULT_ADDR": vault.url, "VAULT_TOKEN_FILE": vault.token_file}


def _login(environ: Mapping[str, str]) -> tuple[Method, str, str]:
    if (token := _value(environ, "VAULT_TOKEN")) is not None:
        return "token", token, ""
    if (role := _value(environ, "VAULT_ROLE_ID")) is not None:
        return "approle", _value(environ, "VAULT_SECRET_ID") or "", role
    if role := environ.get("VAULT_KUBERNETES_ROLE"):
        file = environ.get("VAULT_KUBERNETES_TOKEN_FILE") or SERVICE_ACCOUNT_TOKEN
        return "kubernetes", _read("VAULT_KUBERNETES_TOKEN_FILE", file), role
    raise SettingsError(
        "nothing says who logs in to Vault",
        "export VAULT_TOKEN_FILE=FILE, or VAULT_ROLE_ID and VAULT_SECRET_ID_FILE, or "
        "VAULT_KUBERNETES_ROLE",
    )


def _value(environ: Mapping[str, str], name: str) -> str | None:
    """A variable's value, or the text of the file that `<name>_FILE` names."""
    if value := environ.get(name):
        return value
    file = environ.get(f"{name}_FILE")
    return _read(f"{name}_FILE", file) if file else None


def _read(variable: str, file: str) -> str:
    try:
        text = Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "no text"
        raise SettingsError(
            f"the file {file} can't be read: {why}", f"correct {variable}"
        ) from None
    if not text:
        raise SettingsError(f"the file {file} is empty", f"correct {variable}")
    return text
