"""Secrets that lie in HashiCorp Vault, read through hvac."""

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import hvac
import requests
import stamina
from hvac.exceptions import (
    BadGateway,
    Forbidden,
    InvalidPath,
    RateLimitExceeded,
    VaultDown,
    VaultError,
)
from hvac.exceptions import InternalServerError as ServerError

from messina.pipeline import SecretRef
from messina.secrets.errors import SecretNotFound, SecretUnreachable, SecretUnreadable
from messina.secrets.vault_settings import SettingsError, VaultSettings

# What may be over in a moment: a standby that becomes active, a restart, a network.
_PASSING: Final = (
    requests.ConnectionError,
    requests.Timeout,
    BadGateway,
    RateLimitExceeded,
    ServerError,
    VaultDown,
)
_ATTEMPTS = 5
_BOUND_SECONDS = 15.0
_REQUEST_SECONDS = 5


def read_vault(ref: SecretRef, environ: Mapping[str, str] | None = None) -> str:
    """The text that a `vault:` reference points at: the newest version in a KV v2 engine.

    Args:
        ref: the reference.
        environ: says where Vault is and who we are; None is the process's own.

    Raises:
        SecretNotFound: no such path or key, or its newest version was deleted.
        SecretUnreadable: Vault refuses us, or the value is no text.
        SecretUnreachable: Vault does not answer, or we aren't told where it is.
    """
    try:
        settings = VaultSettings.of(os.environ if environ is None else environ)
    except SettingsError as error:
        raise SecretUnreachable(ref, error.what, error.next_step) from None
    mount, path, key = ref.vault_place()
    data = _read(ref, _session(settings))
    value = data.get(key)
    if value is None:
        what = f"Vault has {mount}/{path}, but no key {key} there"
        raise SecretNotFound(ref, what, f"vault kv patch -mount={mount} {path} {key}=…")
    if not isinstance(value, str):
        what = "its value is no text"
        raise SecretUnreadable(ref, what, f"vault kv patch -mount={mount} {path} {key}=…")
    return value


class _Session:
    """A login, made when it is first needed and once more when Vault has forgotten it."""

    def __init__(self, settings: VaultSettings) -> None:
        self.settings = settings
        # An empty token: None would make hvac look for one by itself.
        self._client = hvac.Client(
            settings.address,
            token="",
            verify=settings.ca or True,
            timeout=_REQUEST_SECONDS,
            namespace=settings.namespace,
        )

    def read(self, mount: str, path: str) -> dict[str, Any]:
        """The newest version of what lies at a path."""
        fresh = not self._client.token
        if fresh:
            self.login()
        try:
            return self._get(mount, path)
        except Forbidden:
            if fresh or self.settings.method == "token":
                raise
        self.login()
        return self._get(mount, path)

    def login(self) -> None:
        """Gets a token."""
        settings = self.settings
        self._client.token = ""
        try:
            if settings.method == "approle":
                self._client.auth.approle.login(
                    settings.role, settings.credential, mount_point=settings.mount
                )
            elif settings.method == "kubernetes":
                self._client.auth.kubernetes.login(
                    settings.role, settings.credential, mount_point=settings.mount
                )
            else:
                self._client.token = settings.credential
        except _PASSING:
            raise
        except VaultError as error:
            raise _LoginRefused(type(error).__name__) from None

    def _get(self, mount: str, path: str) -> dict[str, Any]:
        answer = self._client.secrets.kv.v2.read_secret_version(
            path, mount_point=mount, raise_on_deleted_version=True
        )
        try:
            found = answer["data"]["data"]
        except (KeyError, TypeError):
            raise _NoKv2 from None
        if not isinstance(found, dict):
            raise _NoKv2
        return found


class _NotNow(Exception):
    """Vault does not serve us at this moment; only of what kind: waits are logged with it."""


class _LoginRefused(Exception):
    """Vault does not take who we say we are."""


class _NoKv2(Exception):
    """What answers is no KV v2 engine, or no Vault."""


@lru_cache(maxsize=8)
def _session(settings: VaultSettings) -> _Session:
    return _Session(settings)


def _read(ref: SecretRef, session: _Session) -> dict[str, Any]:
    mount, path, _ = ref.vault_place()
    settings = session.settings
    try:
        for attempt in stamina.retry_context(
            on=_NotNow, attempts=_ATTEMPTS, timeout=_BOUND_SECONDS, wait_initial=0.2, wait_max=3.0
        ):
            with attempt:
                try:
                    return session.read(mount, path)
                except _PASSING as error:
                    raise _NotNow(type(error).__name__) from None
    except _LoginRefused as error:
        what = f"Vault at {settings.shown} refuses the login by {settings.method} ({error})"
        next_step = f"look at auth/{settings.mount} in Vault and at the VAULT_* variables"
        raise SecretUnreadable(ref, what, next_step) from None
    except Forbidden:
        what = f"Vault at {settings.shown} doesn't let us read {mount}/data/{path}"
        next_step = f'a policy: path "{mount}/data/{path}" {{ capabilities = ["read"] }}'
        raise SecretUnreadable(ref, what, next_step) from None
    except InvalidPath:
        what = f"Vault at {settings.shown} has nothing at {path} in a KV v2 engine at {mount}"
        raise SecretNotFound(ref, what, f"vault kv put -mount={mount} {path} KEY=…") from None
    except _NoKv2:
        what = f"what answers at {settings.shown} for {mount}/ is no KV v2 engine"
        raise SecretUnreadable(ref, what, "vault secrets list -detailed") from None
    except (_NotNow, requests.RequestException, VaultError) as error:
        # Only the kind: the text of another's error is not ours to vouch for.
        kind = error if isinstance(error, _NotNow) else type(error).__name__
        what = f"Vault at {settings.shown} does not serve us ({kind})"
        raise SecretUnreachable(ref, what, "vault status; check VAULT_ADDR, VAULT_CACERT") from None
    except OSError as error:
        what = f"the file of VAULT_CACERT can't be used ({type(error).__name__})"
        raise SecretUnreachable(ref, what, "correct VAULT_CACERT") from None
    raise AssertionError("the retries end by a return or a raise")
