"""What a process that stays says of itself over HTTP: /healthz, /readyz and /metrics.

`/healthz` is 200 while the process should be left alone and 503 when it should be started anew;
`/readyz` is 200 while it does its work, or stands by to. Both answer with a JSON object. Each
request has a thread of its own, so one that hangs delays no other.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import REGISTRY, CollectorRegistry, make_wsgi_app

from messina.telemetry.logs import get_logger

_REQUEST_S = 10.0
"""Seconds that a client is given to send its request."""


@dataclass(frozen=True)
class Answer:
    """Whether something is well, and what is worth knowing of it.

    Attributes:
        well: 200 or 503.
        facts: what JSON can say: `{"role": "leader"}`.
    """

    well: bool
    facts: Mapping[str, object] = field(default_factory=dict)


Ask = Callable[[], Answer]


def always() -> Answer:
    """Say that all is well: the process answers, and there is no more to know."""
    return Answer(True)


class Beat:
    """A loop's heartbeat, to be asked by /healthz: well while its last tick is young.

    Args:
        within: seconds after which a loop that did not tick is taken for stuck.
        clock: seconds that only go on.
    """

    def __init__(self, within: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._within = within
        self._clock = clock
        self._last = clock()

    def tick(self) -> None:
        """Note that the loop goes round."""
        self._last = self._clock()

    def __call__(self) -> Answer:
        """Return whether it still does."""
        age = self._clock() - self._last
        return Answer(age <= self._within, {"last_tick_s": round(age, 3), "within_s": self._within})


class ServingError(Exception):
    """Nothing could be served where it was to be."""

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        super().__init__(
            f"/healthz, /readyz and /metrics can't be served at {address}: {reason}; nothing was "
            "begun; next: the same command with another --listen HOST:PORT"
        )


def parse_address(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`, `:PORT` (this machine only) or `[::1]:PORT`.

    Raises:
        ValueError: if it is none of them.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"not HOST:PORT (got {text!r})")
    return host or "127.0.0.1", int(port)


@contextmanager
def serving(
    address: str,
    *,
    healthz: Ask = always,
    readyz: Ask = always,
    registry: CollectorRegistry = REGISTRY,
) -> Iterator[str]:
    """Serve /healthz, /readyz and /metrics while inside; yield the URL.

    Args:
        address: `HOST:PORT`; port 0 takes a free one, which the URL tells.
        healthz: whether the process should be left alone. It must not wait for anything.
        readyz: whether it does its work, or stands by to. It must not wait either.
        registry: whose metrics these are.

    Raises:
        ServingError: if the address is none, or taken.
    """
    try:
        host, port = parse_address(address)
        server = make_server(
            host,
            port,
            _Routes({"/healthz": healthz, "/readyz": readyz}, registry),
            server_class=_Server6 if ":" in host else _Server,
            handler_class=_Handler,
        )
    except (ValueError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ServingError(address, reason) from error
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="serving", daemon=True
    )
    thread.start()
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5.0)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = _REQUEST_S

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: somebody asks every few seconds."""


class _Routes:
    def __init__(self, asked: Mapping[str, Ask], registry: CollectorRegistry) -> None:
        self._asked = asked
        self._metrics = make_wsgi_app(registry)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            shown: Iterable[bytes] = self._metrics(environ, start)
            return shown
        ask = self._asked.get(path)
        if ask is None:
            there = {"paths": [*self._asked, "/metrics"]}
            return _json(start, HTTPStatus.NOT_FOUND, {"status": "not found", **there})
        try:
            answer = ask()
        except Exception as error:  # noqa: BLE001: whoever is asked must always get an answer
            get_logger(__name__).error("a check failed", path=path, error=str(error))
            answer = Answer(False, {"error": type(error).__name__})
        code = HTTPStatus.OK if answer.well else HTTPStatus.SERVICE_UNAVAILABLE
        return _json(start, code, {"status": "ok" if answer.well else "not ok", **answer.facts})


def _json(start: StartResponse, code: HTTPStatus, content: Mapping[str, object]) -> list[bytes]:
    body = json.dumps(content, default=str).encode() + b"\n"
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start(f"{code.value} {code.phrase}", headers)
    return [body]
