"""Which of Kafka Connect's workers do not answer.

Connect keeps the last state of what a lost worker ran: until its tasks are given to others, or for
ever where there are none, they are RUNNING in its REST API.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx

from messina.deployer.resources import Value
from messina.kafka import ConnectorState, ConnectorStatus, TaskState

TIMEOUT_S = 3.0
"""Seconds that a worker is given to answer. Its `GET /` asks nobody else."""
_AT_ONCE = 16


class Silence(Value):
    """That a worker does not answer.

    Attributes:
        why: in a few words.
        there: whether its machine was reached: then it is the worker that does not answer. Else
            it may be the way from here to it that is missing.
    """

    why: str
    there: bool

    def words(self) -> str:
        """Return what is known, in a few words."""
        if self.there:
            return f"does not answer ({self.why})"
        return f"can't be reached from here ({self.why})"


def workers_of(statuses: Iterable[ConnectorStatus]) -> frozenset[str]:
    """Return the workers that connectors or tasks are said to run on: `host:port` each."""
    states: list[ConnectorState | TaskState] = []
    for one in statuses:
        states += [one.connector, *one.tasks]
    return frozenset(state.worker_id for state in states if state.state == "RUNNING")


def silent_workers(
    names: Iterable[str], url: str, *, timeout: float = TIMEOUT_S
) -> dict[str, Silence]:
    """Ask workers whether they are there, all at the same time; return those that do not answer.

    Any answer will do, a refusal too.

    Args:
        names: of the workers, `host:port`, as statuses have them.
        url: of Kafka Connect, for its scheme; whoever answers there is not asked again.
        timeout: seconds that each is given.
    """
    parts = urlsplit(url)
    asked = sorted({*names} - {parts.netloc})
    if not asked:
        return {}
    # no certificate is looked at: nothing is sent, and nothing is believed but that it is there
    with (
        httpx.Client(timeout=timeout, verify=False, trust_env=False) as client,
        ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="workers") as pool,
    ):
        found = pool.map(lambda name: _silence(client, f"{parts.scheme}://{name}/"), asked)
        return {name: one for name, one in zip(asked, found, strict=True) if one is not None}


def _silence(client: httpx.Client, url: str) -> Silence | None:
    try:
        client.get(url)
    except (httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError) as error:
        slow = isinstance(error, httpx.ReadTimeout)
        return Silence(why="it takes the request, no more" if slow else _said(error), there=True)
    except httpx.TransportError as error:
        refused = "refused" in str(error).lower()
        timed_out = isinstance(error, httpx.TimeoutException)
        why = "no answer in time" if timed_out else _said(error)
        return Silence(why="connection refused" if refused else why, there=refused)
    except (httpx.InvalidURL, ValueError) as error:
        return Silence(why=_said(error), there=False)
    return None


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
