"""A client of Kafka Connect's REST API that waits out what passes by itself.

While the workers rebalance, Connect answers 409; right after a connector was made, 404; when a
worker is slow, 500 with a timeout; while a worker starts, nothing. Each call here repeats itself
through those, within `patience`, and says at its end what it waited for. What does not pass by
itself is raised at once.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import stamina
from pydantic import TypeAdapter, ValidationError

from messina.kafka.connect_models import (
    Connector,
    ConnectorStatus,
    FieldErrors,
    Offset,
    Plugin,
    Worker,
)
from messina.kafka.errors import ConnectProblem, ConnectRefused, ConnectTimeout

T = TypeVar("T")

# The third: a leader that another worker took for dead says so once, and then is leader again.
# The last two: a leader that another worker has fenced claims the config topic again at its next
# tick, seen after a worker thawed or another one died.
_PASSING_WORDS = (
    "timed out",
    "timeout",
    "can be safely retried",
    "a rebalance is expected",
    "claiming write privileges",
    "fencable send to config topic",
)


class _Passing(Exception):
    """Something that is expected to pass by itself."""


class ConnectClient:
    """Kafka Connect's REST API. Close it, or use it in a `with`.

    Args:
        url: where a worker answers.
        patience: seconds to wait, for each call, for what passes by itself.
        request_timeout: seconds until a single request is given up; Connect's own limit is 90.
        on_wait: called with what is waited for, each time before waiting.
        transport: stands in for the network.
    """

    def __init__(
        self,
        url: str,
        *,
        patience: float = 60.0,
        request_timeout: float = 30.0,
        on_wait: Callable[[str], None] = lambda reason: None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._patience = patience
        self._on_wait = on_wait
        self._http = httpx.Client(
            base_url=self.url, timeout=request_timeout, transport=transport, trust_env=False
        )

    def close(self) -> None:
        """Close the connections. Twice is harmless."""
        self._http.close()

    def __enter__(self) -> "ConnectClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def worker(self) -> Worker:
        """Return who answers."""
        return self._read(Worker, self._call("GET", "/"))

    def plugins(self, *, connectors_only: bool = True) -> tuple[Plugin, ...]:
        """Return the connectors that could be made, or all that the workers have of plugins."""
        path = "/connector-plugins" + ("" if connectors_only else "?connectorsOnly=false")
        return self._read(tuple[Plugin, ...], self._call("GET", path))

    def names(self) -> tuple[str, ...]:
        """Return the names of the connectors that exist, in order."""
        return tuple(sorted(self._read(tuple[str, ...], self._call("GET", "/connectors"))))

    def connectors(self) -> dict[str, Connector]:
        """Return every connector by its name, in one request."""
        answer = self._call("GET", "/connectors?expand=info")
        found = self._read(dict[str, dict[str, Any]], answer)
        return {name: self._read(Connector, both.get("info")) for name, both in found.items()}

    def statuses(self) -> dict[str, ConnectorStatus]:
        """Return the status of every connector by its name, in one request."""
        answer = self._call("GET", "/connectors?expand=status")
        found = self._read(dict[str, dict[str, Any]], answer)
        return {
            name: self._read(ConnectorStatus, both.get("status")) for name, both in found.items()
        }

    def overview(self) -> dict[str, tuple[Connector, ConnectorStatus | None]]:
        """Return every connector with its status, in one request.

        The status is None for one that was made this moment, of which Connect has none yet.
        """
        answer = self._call("GET", "/connectors?expand=info&expand=status")
        found = self._read(dict[str, dict[str, Any]], answer)
        return {
            name: (
                self._read(Connector, both["info"]),
                self._read(ConnectorStatus, both["status"]) if both.get("status") else None,
            )
            for name, both in sorted(found.items())
            if both.get("info")
        }

    def topics(self, name: str) -> tuple[str, ...]:
        """Return the topics that a connector has used since it was made or they were reset."""
        answer = self._call("GET", _path(name, "topics"), missing=True) or {}
        used = self._read(dict[str, dict[str, tuple[str, ...]]], answer)
        return tuple(sorted(used.get(name, {}).get("topics", ())))

    def secret_fields(self, connector_class: str) -> frozenset[str]:
        """Return the settings of a connector's class whose values are secrets, by its own word."""
        path = f"/connector-plugins/{quote(connector_class, safe='')}/config"
        answer = self._call("GET", path, missing=True) or []
        fields = self._read(tuple[dict[str, Any], ...], answer)
        names = {field.get("name") for field in fields if field.get("type") == "PASSWORD"}
        return self._read(frozenset[str], names)

    def get(self, name: str) -> Connector | None:
        """Return a connector, or None if there is none of that name."""
        answer = self._call("GET", _path(name), missing=True)
        return None if answer is None else self._read(Connector, answer)

    def status(self, name: str) -> ConnectorStatus | None:
        """Return how a connector is, or None if there is none of that name."""
        answer = self._call("GET", _path(name, "status"), missing=True)
        return None if answer is None else self._read(ConnectorStatus, answer)

    def put(self, name: str, config: Mapping[str, str], *, until_known: bool = True) -> Connector:
        """Make a connector, or give it another configuration. Repeating this is harmless.

        Args:
            name: the connector.
            config: its whole configuration.
            until_known: whether to return only when Connect knows the connector's status, which
                takes it a second. Whoever makes many connectors waits for all of them afterwards.
        """
        answer = self._call("PUT", _path(name, "config"), content=dict(config))
        if until_known:
            self._call("GET", _path(name, "status"), settle=True)
        return self._read(Connector, answer)

    def create_stopped(self, name: str, config: Mapping[str, str]) -> None:
        """Make a connector that does not run, and return when it is known to be STOPPED.

        Raises:
            ConnectRefused: if there is one of that name, or the configuration is refused.
        """
        content = {"name": name, "config": dict(config), "initial_state": "STOPPED"}
        self._call("POST", "/connectors", content=content)
        self._until_stopped(name)

    def validate(self, config: Mapping[str, str]) -> tuple[FieldErrors, ...]:
        """Return the fields of a configuration that Connect would refuse; nothing is made."""
        plugin = config.get("connector.class", "").rpartition(".")[2]
        path = f"/connector-plugins/{quote(plugin, safe='')}/config/validate"
        answer = self._call("PUT", path, content=dict(config))
        fields = self._read(dict[str, Any], answer).get("configs", [])
        values = [field.get("value") for field in self._read(list[dict[str, Any]], fields)]
        return tuple(one for one in self._read(list[FieldErrors], values) if one.errors)

    def restart(self, name: str, *, only_failed: bool = True) -> None:
        """Restart a connector with its tasks, or those of them that have failed."""
        query = f"?includeTasks=true&onlyFailed={str(only_failed).lower()}"
        self._call("POST", _path(name, "restart") + query, settle=True)

    def pause(self, name: str) -> None:
        """Ask a connector to stand still and keep its tasks."""
        self._call("PUT", _path(name, "pause"))

    def resume(self, name: str) -> None:
        """Ask a paused or stopped connector to go on."""
        self._call("PUT", _path(name, "resume"))

    def stop(self, name: str, *, until_stopped: bool = True) -> None:
        """Stop a connector and its tasks.

        Args:
            name: the connector.
            until_stopped: whether to return only when it is STOPPED, as changing offsets needs.
                Whoever stops many asks all of them first: that is one rebalance instead of many.
        """
        self._call("PUT", _path(name, "stop"))
        if until_stopped:
            self._until_stopped(name)

    def _until_stopped(self, name: str) -> None:
        self.wait(
            name,
            lambda status: status.connector.state == "STOPPED" and not status.tasks,
            "be STOPPED",
        )

    def delete(self, name: str) -> bool:
        """Delete a connector; return whether there was one. Its offsets stay."""
        return self._call("DELETE", _path(name), missing=True) is not None

    def offsets(self, name: str) -> tuple[Offset, ...]:
        """Return where a connector stands."""
        answer = self._read(dict[str, Any], self._call("GET", _path(name, "offsets")))
        return self._read(tuple[Offset, ...], answer.get("offsets", []))

    def alter_offsets(self, name: str, offsets: Iterable[Offset]) -> None:
        """Set where a STOPPED connector goes on. An offset of None forgets that partition."""
        content = {"offsets": [offset.model_dump(mode="json") for offset in offsets]}
        self._call("PATCH", _path(name, "offsets"), content=content)

    def delete_offsets(self, name: str) -> None:
        """Forget where a STOPPED connector stood."""
        self._call("DELETE", _path(name, "offsets"))

    def wait(
        self, name: str, ready: Callable[[ConnectorStatus], bool], goal: str
    ) -> ConnectorStatus:
        """Wait until a connector's status is as wanted.

        Args:
            name: the connector.
            ready: whether a status is as wanted.
            goal: what that is, for messages: "be STOPPED".

        Raises:
            ConnectTimeout: if it is not within the client's patience; with the last status.
        """

        def look() -> ConnectorStatus:
            answer = self._request("GET", _path(name, "status"), None, settle=True, missing=False)
            status = self._read(ConnectorStatus, answer)
            if not ready(status):
                raise _Passing(f"it should {goal}, and is {describe(status)}")
            return status

        return self._patiently(f"GET {_path(name, 'status')}", look, left="it may still get there")

    def _call(
        self,
        method: str,
        path: str,
        *,
        content: object = None,
        missing: bool = False,
        settle: bool = False,
    ) -> Any:
        """Make one call, repeating it through what passes by itself.

        Args:
            method: of the request.
            path: of the request.
            content: what is sent, as JSON.
            missing: whether 404 is an answer (None) rather than an error.
            settle: whether 404 passes by itself, as after a connector was made.
        """
        return self._patiently(
            f"{method} {path}",
            lambda: self._request(method, path, content, settle=settle, missing=missing),
            left="that request changes nothing" if method == "GET" else "it may still do it",
        )

    def _patiently(self, what: str, act: Callable[[], T], *, left: str) -> T:
        begin = time.monotonic()
        try:
            for attempt in stamina.retry_context(
                on=self._passes,
                attempts=None,
                timeout=self._patience,
                wait_initial=0.1,
                wait_max=1.0,
                wait_jitter=0.1,
            ):
                with attempt:
                    return act()
        except _Passing as passing:
            waited = time.monotonic() - begin
            raise ConnectTimeout(what, self.url, waited, str(passing), left=left) from passing
        raise AssertionError("unreachable: the loop returns or raises")

    def _passes(self, error: Exception) -> bool:
        if isinstance(error, _Passing):
            self._on_wait(str(error))
            return True
        return False

    def _read(self, kind: type[T], answer: object) -> T:
        try:
            return TypeAdapter(kind).validate_python(answer)
        except ValidationError as error:
            raise ConnectProblem(
                f"Kafka Connect at {self.url} gave an answer of another shape: "
                f"{' '.join(str(error).split())}; next: check that the URL is Kafka Connect's"
            ) from error

    def _request(
        self, method: str, path: str, content: object, *, settle: bool, missing: bool
    ) -> Any:
        try:
            response = self._http.request(method, path, json=content)
        except httpx.TransportError as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise _Passing(f"no answer ({reason})") from error
        if response.is_success:
            return _json(response) if response.content else {}
        message = _message(response)
        status = response.status_code
        if status == httpx.codes.NOT_FOUND and not _is_json(response):
            # a worker that starts answers so, before it has its resources
            raise _Passing(f"there is no Kafka Connect behind the URL yet (404 {message})")
        if status == httpx.codes.NOT_FOUND and missing:
            return None
        if status == httpx.codes.NOT_FOUND and settle:
            raise _Passing(f"it is not known yet (404 {message})")
        if status == httpx.codes.CONFLICT and _is_rebalance(message):
            raise _Passing(f"the workers rebalance (409 {message})")
        if status in (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE):
            raise _Passing(f"the worker is not ready ({status} {message})")
        if status == httpx.codes.INTERNAL_SERVER_ERROR and any(
            word in message.lower() for word in _PASSING_WORDS
        ):
            raise _Passing(f"the worker could not do it just now (500 {message})")
        if status == httpx.codes.INTERNAL_SERVER_ERROR and method == "GET" and _mute(response):
            # its list of connectors changed while it read it: a ConcurrentModificationException,
            # seen while 20 connectors were made
            raise _Passing("the worker failed to answer, and did not say why (500)")
        raise ConnectRefused(f"{method} {path}", self.url, status, message)


def describe(status: ConnectorStatus) -> str:
    """Return a status in one line: `RUNNING, tasks 0 RUNNING, 1 FAILED`."""
    tasks = ", ".join(f"{task.id} {task.state}" for task in status.tasks) or "none"
    return f"{status.connector.state}, tasks {tasks}"


def _path(name: str, *more: str) -> str:
    return "/".join(["/connectors", quote(name, safe=""), *more])


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError) as error:
        raise ConnectProblem(
            f"{response.request.url} did not answer with JSON ({response.text[:80]!r}); "
            "next: check that the URL is Kafka Connect's"
        ) from error


def _is_json(response: httpx.Response) -> bool:
    return str(response.headers.get("content-type", "")).startswith("application/json")


def _message(response: httpx.Response) -> str:
    if not _is_json(response):
        return response.reason_phrase
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        # a proxy, or a page to log in, that calls itself JSON
        answer = None
    message = answer.get("message") if isinstance(answer, dict) else None
    return " ".join(str(message or response.reason_phrase).split())


def _mute(response: httpx.Response) -> bool:
    """Whether Kafka Connect itself answered with an error, and without any message."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and "error_code" in answer and answer.get("message") is None


def _is_rebalance(message: str) -> bool:
    """Tell "the workers rebalance" from "a connector of this name exists", which is 409 too."""
    return "already exists" not in message
