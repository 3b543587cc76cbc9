"""Kafka Connect, through whichever of its workers answers."""

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import httpx

from messina.deployer.looking import Found
from messina.deployer.watching.clock import running
from messina.deployer.watching.model import Act
from messina.kafka import ConnectClient, ConnectProblem

LOOK_S = 3.0
"""Seconds that a worker is given to tell how all is."""
LOOKS_S = 5.0
"""Seconds after which no further worker is asked in the same look. A leader that asked all of many
that are silent would lose its place in the group meanwhile."""
CALL_S = 5.0
"""Seconds that a worker is given to do something."""


class TooLate(Exception):
    """What was decided on is too long ago for it to be done now."""


class Doors:
    """The workers' REST APIs. Close it, or use it in a `with`.

    Any worker serves all of it. The one that the spec or the endpoints name is asked first; where
    it does not answer, those are that connectors were last said to run on.

    Args:
        url: of the first.
        transport: makes what stands in for the network.
        clock: seconds that only go on.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: Callable[[], httpx.BaseTransport] = httpx.HTTPTransport,
        clock: Callable[[], float] = running,
    ) -> None:
        self._clock = clock
        self._first = url.rstrip("/")
        self._others: tuple[str, ...] = ()
        self._transport = transport
        self._clients: dict[str, ConnectClient] = {}
        self._silent_at: dict[str, float] = {}
        self.url = self._first

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def __enter__(self) -> "Doors":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def learn(self, workers: Iterable[str]) -> None:
        """Take in the names of workers, `host:port` each."""
        parts = urlsplit(self._first)
        named = (f"{parts.scheme}://{name}" for name in sorted(workers) if name != parts.netloc)
        # one that left the list because it is silent may be back: the newest few are kept
        self._others = tuple(dict.fromkeys((*named, *self._others)))[:8]

    def look(self) -> Found:
        """Return every connector with its status.

        Raises:
            ConnectProblem: if no worker answers as it should; it is that of the one asked first.
        """
        problem: ConnectProblem | None = None
        begin = self._clock()
        urls = list(dict.fromkeys((self.url, self._first, *self._others)))
        # who failed longest ago comes first, so that in the next look it is another one's turn
        for url in sorted(urls, key=lambda url: self._silent_at.get(url, 0.0)):
            if problem is not None and self._clock() - begin > LOOKS_S:
                break
            try:
                found = self._client(url).overview()
            except ConnectProblem as failed:
                problem = problem or failed
                self._silent_at[url] = self._clock()
            else:
                self._silent_at.pop(url, None)
                self.url = url
                return found
        assert problem is not None
        raise problem

    def do(self, act: Act, deadline: float) -> None:
        """Do something to a connector. Each of these can be repeated.

        Args:
            act: what, and to which.
            deadline: of `clock.running`: no call begins after it.

        Raises:
            TooLate: if the deadline has passed before the call; nothing was done.
            ConnectProblem: if Connect does not do it.
        """
        bound = Bounded(self._transport(), deadline)
        patience = max(0.2, deadline - running())
        with ConnectClient(
            self.url, patience=patience, request_timeout=CALL_S, transport=bound
        ) as client:
            match act.deed:
                case "restart":
                    client.restart(act.connector)
                case "restart all":
                    client.restart(act.connector, only_failed=False)
                case "stop":
                    client.stop(act.connector, until_stopped=False)
                case "resume":
                    client.resume(act.connector)

    def _client(self, url: str) -> ConnectClient:
        if url not in self._clients:
            self._clients[url] = ConnectClient(
                url, patience=0.5, request_timeout=LOOK_S, transport=self._transport()
            )
        return self._clients[url]


class Bounded(httpx.BaseTransport):
    """Lets no request begin after a moment, however long this process was frozen before.

    Args:
        inner: what sends them.
        deadline: the moment, of `clock.running`.
        clock: what tells the time.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        deadline: float,
        clock: Callable[[], float] = running,
    ) -> None:
        self._inner = inner
        self._deadline = deadline
        self._clock = clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, or raise `TooLate`."""
        if self._clock() > self._deadline:
            raise TooLate
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()
