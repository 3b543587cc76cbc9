"""The client of Kafka Connect's REST API: what it waits out, what it raises.

Rebalances, slow workers and half-known connectors can't be ordered from a real worker at will: a
transport plays them here. What a real worker does is tested with the running stack.
"""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from messina.kafka import (
    ConnectClient,
    ConnectorStatus,
    ConnectProblem,
    ConnectRefused,
    ConnectTimeout,
    describe,
)

REBALANCE = (409, {"error_code": 409, "message": "Cannot complete request because of a rebalance"})
UNKNOWN = (404, {"error_code": 404, "message": "No status found for connector flights"})
SLOW = (500, {"error_code": 500, "message": "Request timed out. The worker is currently busy"})
FENCED = (
    500,
    {
        "error_code": 500,
        "message": "Failed to write to config topic; this may be due to a transient error and the "
        "request can be safely retried",
    },
)
EXPECTED = (
    500,
    {"error_code": 500, "message": "Request cannot be completed because a rebalance is expected"},
)
UNCLAIMED = (
    500,
    {"message": "Cannot produce to config topic without claiming write privileges first"},
)
UNSENT = (500, {"message": "Failed to perform fencable send to config topic"})
RUNNING = {
    "name": "flights",
    "connector": {"state": "RUNNING", "worker_id": "w1"},
    "tasks": [{"id": 0, "state": "RUNNING", "worker_id": "w1"}],
    "type": "sink",
}
FLIGHTS = {"name": "flights", "config": {"a": "b"}, "tasks": [], "type": "sink"}

JSON = "application/json"

Answer = tuple[int, object] | httpx.TransportError


class Worker:
    """Plays a worker: gives the prepared answers in turn, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.requests: list[httpx.Request] = []
        self._answers: Iterator[Answer] = iter(answers)
        self._last: Answer = (500, {"message": "no answer was prepared"})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self._last = next(self._answers, self._last)
        if isinstance(self._last, httpx.TransportError):
            raise self._last
        status, content = self._last
        return httpx.Response(status, json=content)


@pytest.fixture()
def waits() -> list[str]:
    return []


@pytest.fixture()
def client(waits: list[str]) -> Callable[..., ConnectClient]:
    def make(worker: Worker, patience: float = 20.0) -> ConnectClient:
        return ConnectClient(
            "http://connect",
            patience=patience,
            on_wait=waits.append,
            transport=httpx.MockTransport(worker),
        )

    return make


Make = Callable[..., ConnectClient]


@pytest.mark.parametrize(
    "passing",
    [
        REBALANCE,
        SLOW,
        FENCED,
        EXPECTED,
        UNCLAIMED,
        UNSENT,
        (503, {}),
        httpx.ConnectError("refused"),
    ],
)
def test_what_passes_by_itself_is_waited_out(
    client: Make, waits: list[str], passing: Answer
) -> None:
    """A rebalance, a slow, a fenced, a starting worker are waited out, and each wait is told."""
    worker = Worker(passing, passing, (200, FLIGHTS))
    connector = client(worker).get("flights")
    assert connector is not None
    assert connector.config == {"a": "b"}
    assert len(waits) == 2


def test_a_connector_that_was_just_made_may_be_unknown_for_a_while(
    client: Make, waits: list[str]
) -> None:
    """After a PUT, 404 for the status is no error: the client waits until Connect knows it."""
    worker = Worker((201, FLIGHTS), UNKNOWN, (200, RUNNING))
    client(worker).put("flights", {"a": "b"})
    assert [request.method for request in worker.requests] == ["PUT", "GET", "GET"]
    assert json.loads(worker.requests[0].content) == {"a": "b"}
    assert "not known yet" in waits[0]


def test_waiting_has_an_end_that_says_what_was_waited_for(client: Make) -> None:
    """When patience ends, the error names the request, the time, the reason and the next step."""
    with pytest.raises(ConnectTimeout) as caught:
        client(Worker(REBALANCE), patience=0.3).delete("flights")
    assert caught.value.waited < 5
    message = str(caught.value)
    assert "DELETE /connectors/flights" in message
    assert "the workers rebalance (409 Cannot complete request" in message
    assert "next:" in message


def test_what_a_request_leaves_behind_is_told_truly(client: Make) -> None:
    """A question leaves nothing; what was to be changed may still be; a state may still come."""
    refused = httpx.ConnectError("Connection refused")
    with pytest.raises(ConnectTimeout, match="that request changes nothing; next: messina status"):
        client(Worker(refused), patience=0.2).names()
    with pytest.raises(ConnectTimeout, match="it may still do it; next: "):
        client(Worker(refused), patience=0.2).pause("flights")
    with pytest.raises(ConnectTimeout, match="it may still get there; next: "):
        client(Worker((200, RUNNING)), patience=0.2).stop("flights")


def test_a_missing_connector_is_none_not_an_error(client: Make) -> None:
    """Asking for a connector that does not exist gives None at once; deleting it gives False."""
    worker = Worker(UNKNOWN)
    assert client(worker).get("flights") is None
    assert client(worker).status("flights") is None
    assert client(worker).delete("flights") is False
    assert len(worker.requests) == 3


@pytest.mark.parametrize(
    "refusal",
    [
        (400, {"message": "Connector configuration is invalid"}),
        (409, {"message": "Connector flights already exists"}),
        (500, {"message": "NullPointerException"}),
    ],
)
def test_a_refusal_is_raised_at_once(
    client: Make, waits: list[str], refusal: tuple[int, dict[str, str]]
) -> None:
    """What waiting does not cure is raised at the first answer, with Connect's own words."""
    worker = Worker(refusal)
    with pytest.raises(ConnectRefused, match=refusal[1]["message"]):
        client(worker).put("flights", {})
    assert len(worker.requests) == 1
    assert waits == []


def test_a_question_that_fails_without_a_word_is_asked_again(
    client: Make, waits: list[str]
) -> None:
    """A worker that lists connectors while others are made fails with an empty message; a change
    that fails so is not repeated: nobody knows what became of it."""
    mute = (500, {"error_code": 500, "message": None})
    assert client(Worker(mute, (200, ["flights"]))).names() == ("flights",)
    assert len(waits) == 1
    with pytest.raises(ConnectRefused):
        client(Worker(mute)).put("flights", {})


def test_a_worker_that_starts_has_no_missing_connectors(waits: list[str]) -> None:
    """A 404 in HTML is a worker without its resources yet, not a connector that is missing."""
    answers = iter([httpx.Response(404, html="<h2>HTTP ERROR 404 Not Found</h2>")])
    transport = httpx.MockTransport(
        lambda request: next(answers, httpx.Response(200, json=FLIGHTS))
    )
    connector = ConnectClient("http://c", on_wait=waits.append, transport=transport).get("flights")
    assert connector is not None
    assert waits == ["there is no Kafka Connect behind the URL yet (404 Not Found)"]


def test_names_are_quoted_in_paths(client: Make) -> None:
    """A connector's name can't break out of the path of a request."""
    worker = Worker((200, FLIGHTS))
    client(worker).get("a/b?c")
    assert worker.requests[0].url.raw_path == b"/connectors/a%2Fb%3Fc"


def test_stop_returns_when_it_is_stopped(client: Make, waits: list[str]) -> None:
    """`stop` waits until connector and tasks stand: only then can offsets be changed."""
    stopped = {**RUNNING, "connector": {"state": "STOPPED", "worker_id": "w1"}}
    worker = Worker((202, {}), (200, RUNNING), (200, stopped), (200, {**stopped, "tasks": []}))
    client(worker).stop("flights")
    assert waits == [
        "it should be STOPPED, and is RUNNING, tasks 0 RUNNING",
        "it should be STOPPED, and is STOPPED, tasks 0 RUNNING",
    ]


def test_restart_asks_for_failed_tasks_only(client: Make) -> None:
    """A restart leaves tasks that run alone, unless all are asked for."""
    worker = Worker((202, RUNNING))
    client(worker).restart("flights")
    client(worker).restart("flights", only_failed=False)
    assert [request.url.query for request in worker.requests] == [
        b"includeTasks=true&onlyFailed=true",
        b"includeTasks=true&onlyFailed=false",
    ]


@pytest.mark.parametrize("answer", [(200, ["no", "object"]), (200, {"name": 7})])
def test_an_answer_of_another_shape_is_named(client: Make, answer: Answer) -> None:
    """Something else behind the URL gives an error about the URL, not a traceback of ours."""
    with pytest.raises(ConnectProblem, match="check that the URL is Kafka Connect's"):
        client(Worker(answer)).get("flights")


@pytest.mark.parametrize(
    "ask",
    [
        lambda connect: connect.connectors(),
        lambda connect: connect.statuses(),
        lambda connect: connect.overview(),
        lambda connect: connect.topics("flights"),
        lambda connect: connect.secret_fields("X"),
        lambda connect: connect.validate({"connector.class": "X"}),
        lambda connect: connect.offsets("flights"),
    ],
)
@pytest.mark.parametrize(
    "content",
    [
        {"a": {"status": {}, "info": {}}, "configs": [{}], "flights": {"topics": 7}, "offsets": 7},
        ["text"],
        7,
    ],
)
def test_an_answer_of_another_shape_is_named_whatever_was_asked(
    client: Make, ask: Callable[[ConnectClient], object], content: object
) -> None:
    """No question lets a KeyError or the like through, whatever the answer's shape."""
    with pytest.raises(ConnectProblem, match="check that the URL is Kafka Connect's"):
        ask(client(Worker((200, content))))


@pytest.mark.parametrize("content", [b"<html>", b"", b"[" * 100_000, b'"\xff"'])
@pytest.mark.parametrize("status", [200, 302, 403, 500])
def test_a_proxy_that_calls_its_page_json_is_named(status: int, content: bytes) -> None:
    """An error whose body is no JSON is told by its code; nothing is thrown but our own errors."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=content, headers={"content-type": JSON})

    with ConnectClient("http://connect", transport=httpx.MockTransport(answer)) as connect:
        if status == 200 and not content:
            assert connect.connectors() == {}
        else:
            with pytest.raises(ConnectProblem):
                connect.connectors()


def test_a_task_that_is_missing_is_not_healthy() -> None:
    """RUNNING with fewer tasks than expected is not healthy, nor with more."""
    status = ConnectorStatus.model_validate(RUNNING)
    assert status.healthy(tasks=1)
    assert not status.healthy(tasks=2)
    assert not status.healthy(tasks=0)
    other = {**RUNNING, "tasks": [{"id": 1, "state": "RUNNING", "worker_id": "w1"}]}
    assert not ConnectorStatus.model_validate(other).healthy(tasks=1), "task 0 is missing"


def test_a_failed_task_shows_its_trace() -> None:
    """A status finds the trace of a failed task, and tells states in one line."""
    task = {"id": 0, "state": "FAILED", "worker_id": "w1", "trace": "java.lang.Oops\n at x"}
    status = ConnectorStatus.model_validate({**RUNNING, "tasks": [task]})
    assert status.failed()
    assert status.last_error() == "java.lang.Oops\n at x"
    assert describe(status) == "RUNNING, tasks 0 FAILED"


def test_connectors_come_with_their_status_in_one_request(client: Make) -> None:
    """One request gives all connectors and statuses; one that was just made has no status yet."""
    worker = Worker(
        (200, {"b": {"info": {**FLIGHTS, "name": "b"}}, "a": {"info": FLIGHTS, "status": RUNNING}})
    )
    found = client(worker).overview()
    assert list(found) == ["a", "b"]
    assert found["a"][1] == ConnectorStatus.model_validate(RUNNING)
    assert found["b"][1] is None
    assert worker.requests[0].url.query == b"expand=info&expand=status"


def test_secrets_are_what_a_class_says_they_are(client: Make) -> None:
    """Settings of the type PASSWORD are secrets; a class that is not there has none."""
    fields = [{"name": "a", "type": "STRING"}, {"name": "b", "type": "PASSWORD"}]
    assert client(Worker((200, fields))).secret_fields("X") == {"b"}
    assert client(Worker(UNKNOWN)).secret_fields("X") == frozenset()


def test_used_topics_are_listed(client: Make) -> None:
    """The topics that a connector has used come in order; a missing connector has used none."""
    worker = Worker((200, {"flights": {"topics": ["b", "a"]}}))
    assert client(worker).topics("flights") == ("a", "b")
    assert client(Worker(UNKNOWN)).topics("flights") == ()
