"""Work that a cluster does, where the cluster goes away."""

from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from messina.reconciler.scanning import scheduled
from messina.reconciler.scanning.options import Options
from messina.reconciler.scanning.scheduled import Cluster, Scheduled, SchedulerLost
from messina.reconciler.scanning.worker import Work


class _Promise:
    """What never ends."""

    def add_done_callback(self, _: object) -> None:
        pass


class _Client:
    """A scheduler that takes work, and never does any."""

    def __init__(self) -> None:
        self.workers: dict[str, object] = {"one": None}
        self.gone = False
        self.scheduler = SimpleNamespace(identity=None)
        self.widths: list[int] = []

    def scatter(self, work: Work, **_: object) -> Work:
        return work

    def submit(self, _: object, __: Work, width: int, *___: object, **____: object) -> "_Promise":
        self.widths.append(width)
        return _Promise()

    def sync(self, _: object, n_workers: int, callback_timeout: float) -> dict[str, object]:
        if self.gone:
            raise TimeoutError
        return {"workers": self.workers}

    def close(self) -> None:
        pass


def _cluster(monkeypatch: pytest.MonkeyPatch, client: _Client) -> Cluster:
    monkeypatch.setattr(scheduled, "Client", lambda *_, **__: client)
    return Cluster("tcp://a:1")


@pytest.mark.parametrize("gone", [False, True])
def test_work_that_nobody_is_left_to_do_fails(monkeypatch: pytest.MonkeyPatch, gone: bool) -> None:
    """After a minute, not for ever; a worker that comes back in time goes on."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    client = _Client()
    cluster = _cluster(monkeypatch, client)
    work = cast(Work, SimpleNamespace(tasks=[None], folder=Path("/run")))
    pool = Scheduled(work, cluster, ExitStack())
    future = pool.read_sink(0)
    for now[0], there in ((50, False), (100, True), (150, False)):
        client.workers = {"one": None} if there else {}
        pool.rows(0)
        assert not future.done()
    client.workers, client.gone, now[0] = {}, gone, 170.0
    pool.rows(0)
    with pytest.raises(SchedulerLost, match="no worker was seen for 70 s"):
        future.result(0)


def test_a_scheduler_that_says_nothing_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not waited for without end."""
    client = _Client()
    client.gone = True
    with pytest.raises(SchedulerLost, match=r"has not answered within 10 s; .*next: start it"):
        _cluster(monkeypatch, client)


def test_workers_that_join_later_get_work_within_the_same_ceiling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is told how many there are with its work, and keeps to its part from then on."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    client = _Client()
    options = Options(max_rows_per_second=100)
    work = cast(Work, SimpleNamespace(tasks=[None], folder=Path("/late"), options=options))
    pool = Scheduled(work, _cluster(monkeypatch, client), ExitStack())
    pool.compare(0, 0)
    client.workers = dict.fromkeys("abcd")
    now[0] = 10.0
    pool.rows(0)
    pool.compare(0, 1)
    assert (pool.width, client.widths) == (4, [1, 4])
    monkeypatch.setattr(scheduled, "Worker", lambda work, opened, pace: pace)
    try:
        paces = [cast(Any, scheduled._worker(work, width)) for width in client.widths]
        assert paces[0] is paces[1]
        assert paces[0](50, 0.0) == 2.0, "25 rows a second"
    finally:
        scheduled._forget("late")
