"""A client of the schema registry, in the API that Confluent's registry and Apicurio share."""

import json
import ssl
from functools import cache
from types import TracebackType
from typing import Any, Literal
from urllib.parse import quote

import httpx

from messina.kafka.errors import RegistryProblem
from messina.pipeline import RegistryEndpoint
from messina.secrets import resolve

Kind = Literal["apicurio", "confluent"]

_ROOT = {"apicurio": "/apis/ccompat/v7", "confluent": ""}


def converter_url(url: str, kind: Kind) -> str:
    """Return the URL that a converter inside Kafka Connect is given."""
    return url.rstrip("/") + ("/apis/registry/v2" if kind == "apicurio" else "")


def schemas_url(url: str, kind: Kind) -> str:
    """Return the root of the API that Confluent's registry and Apicurio share."""
    return url.rstrip("/") + _ROOT[kind]


class RegistryClient:
    """A schema registry. Close it, or use it in a `with`.

    Args:
        url: where the registry answers, without the path of an API.
        kind: which registry it is.
        auth: user and password, where it asks for them.
        verify: how its certificate is verified; as the system does if True.
        timeout: seconds until a request is given up.
        transport: stands in for the network.
    """

    def __init__(
        self,
        url: str,
        kind: Kind = "apicurio",
        *,
        auth: tuple[str, str] | None = None,
        verify: ssl.SSLContext | bool = True,
        timeout: float = 20.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=schemas_url(url, kind),
            auth=auth,
            verify=verify,
            timeout=timeout,
            transport=transport,
            trust_env=False,
        )
        self.schema = cache(self._schema)

    @classmethod
    def of(cls, endpoint: RegistryEndpoint, *, timeout: float = 20.0) -> "RegistryClient":
        """Return a client of the registry at an endpoint, which gives up after `timeout` seconds.

        Raises:
            SecretsError: if there is no password where the reference points.
            RegistryProblem: if its file of certificates can't be used.
        """
        auth = None
        if endpoint.user is not None and endpoint.password is not None:
            auth = endpoint.user, resolve(endpoint.password).reveal()
        try:
            verify = ssl.create_default_context(cafile=endpoint.ca) if endpoint.ca else True
        except OSError as error:
            what = f"reading the certificates {endpoint.ca}"
            raise RegistryProblem(what, endpoint.url, str(error)) from error
        return cls(endpoint.url, endpoint.kind, timeout=timeout, auth=auth, verify=verify)

    def close(self) -> None:
        """Close the connections. Twice is harmless."""
        self._http.close()

    def __enter__(self) -> "RegistryClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def subjects(self) -> tuple[str, ...]:
        """Return the names of subjects, in order; Apicurio tells a thousand unless set to more."""
        return tuple(sorted(self._call("GET", "/subjects")))

    def compatibility(self) -> str | None:
        """Return what a new schema must be to those before it, such as `BACKWARD`; or `NONE`.

        That is the rule for subjects without a rule of their own. None where it tells none.
        """
        answer = self._call("GET", "/config")
        if not isinstance(answer, dict):
            return None
        level = answer.get("compatibilityLevel", answer.get("compatibility"))
        return level if isinstance(level, str) else None

    def latest(self, subject: str) -> dict[str, Any] | None:
        """Return the newest Avro schema of a subject, or None if there is no such subject."""
        answer = self._call("GET", f"/subjects/{quote(subject, safe='')}/versions/latest")
        return None if answer is None else self._avro(answer)

    def _schema(self, schema_id: int) -> dict[str, Any] | None:
        answer = self._call("GET", f"/schemas/ids/{schema_id}")
        return None if answer is None else self._avro(answer)

    def delete(self, subject: str) -> bool:
        """Delete a subject for good, not just from sight; return whether there was one."""
        path = f"/subjects/{quote(subject, safe='')}"
        there = self._call("DELETE", path) is not None
        gone = self._call("DELETE", path + "?permanent=true") is not None
        return there or gone

    def _avro(self, answer: dict[str, Any]) -> dict[str, Any]:
        schema = json.loads(answer["schema"])
        return schema if isinstance(schema, dict) else {"type": schema}

    def _call(self, method: str, path: str) -> Any:
        what = f"{method} {path}"
        try:
            response = self._http.request(method, path)
            if response.status_code == httpx.codes.NOT_FOUND:
                return None
            response.raise_for_status()
            return response.json()
        except httpx.HTTPStatusError as error:
            reason = f"{error.response.status_code} {' '.join(error.response.text.split())[:200]}"
            raise RegistryProblem(what, self.url, reason) from error
        except (httpx.TransportError, json.JSONDecodeError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise RegistryProblem(what, self.url, reason) from error
