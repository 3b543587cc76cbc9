"""Workers that do not answer: what is told of them, and what is concluded."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from messina.deployer.health import PipelineStatus, TableStatus, side, verdict
from messina.deployer.looking import judged
from messina.deployer.workers import Silence, silent_workers, workers_of
from messina.kafka import ConnectorStatus

URL = "http://connect.example:8083"
GONE = Silence(why="connection refused", there=True)
FAR = Silence(why="no such name", there=False)


def status(state: str = "RUNNING") -> ConnectorStatus:
    """A connector with a task on each of the workers a and b."""
    tasks = [
        {"id": number, "state": state, "worker_id": name} for number, name in enumerate(("a", "b"))
    ]
    connector = {"state": "RUNNING", "worker_id": "a"}
    return ConnectorStatus.model_validate({"name": "c", "connector": connector, "tasks": tasks})


class _Refuses(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(401)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@contextmanager
def answering() -> Iterator[str]:
    """A worker that answers, without letting anybody in."""
    server = HTTPServer(("127.0.0.1", 0), _Refuses)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_any_answer_is_life_and_the_rest_is_told_apart() -> None:
    """An answer of any kind will do; a port that refuses, a process that hangs and a name that
    nobody knows are three different things."""
    with socket.socket() as hangs, socket.socket() as closed, answering() as lives:
        hangs.bind(("127.0.0.1", 0))
        hangs.listen()
        closed.bind(("127.0.0.1", 0))
        stuck, refused = (f"127.0.0.1:{one.getsockname()[1]}" for one in (hangs, closed))
        far = "no-such-worker.invalid:8083"
        found = silent_workers([lives, stuck, refused, far], URL, timeout=1.0)
        assert set(found) == {stuck, refused, far}
        assert found[refused] == GONE
        assert found[stuck] == Silence(why="it takes the request, no more", there=True)
        assert not found[far].there
        assert "can't be reached from here" in found[far].words()


def test_who_answers_at_the_url_is_not_asked_again() -> None:
    """The worker behind the URL has just answered; states that are not RUNNING claim nothing."""
    assert silent_workers(["connect.example:8083"], URL) == {}
    assert workers_of([status()]) == {"a", "b"}
    assert workers_of([status("UNASSIGNED")]) == {"a"}


def test_a_task_of_a_worker_that_does_not_answer_is_not_healthy() -> None:
    """Connect says RUNNING; the worker says nothing: the task does not count, and it is told."""
    good, lost = (side("c", 2, {"c": status()}, silent) for silent in ({}, {"b": GONE}))
    assert (good.healthy, good.running) == (True, 2)
    assert (lost.healthy, lost.running, lost.state) == (False, 1, "RUNNING")
    table = TableStatus(table="t", source=good, sink=lost)
    one = PipelineStatus(pipeline="p", healthy=table.healthy, tables=(table,))
    assert verdict(one).reasons == (
        "t: connector c is RUNNING, 1 of 2 tasks run: task 1 was RUNNING last, on worker b, "
        "which does not answer (connection refused)",
    )


def test_nothing_is_concluded_where_no_worker_can_be_reached() -> None:
    """Workers of another network: Connect's word counts, and that it is only that is told."""
    silent, doubts = judged({"a", "b"}, {"a": FAR, "b": FAR}, URL)
    assert silent == {}
    assert "whether the workers live is unknown: a can't be reached from here" in doubts[0]
    assert judged({"a", "b"}, {"a": FAR}, URL) == ({"a": FAR}, ()), "the other one was reached"
    assert judged({"a"}, {"a": GONE}, URL) == ({"a": GONE}, ()), "its machine was reached"
    status = PipelineStatus(pipeline="p", healthy=True, tables=(), doubts=doubts)
    assert verdict(status).healthy
    assert verdict(status).doubts == doubts
