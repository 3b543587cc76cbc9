"""Work that a cluster does, where the cluster goes away."""

from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

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

    def scatter(self, work: Work, **_: object) -> Work:
        return work

    def submit(self, *_: object, **__: object) -> "_Promise":
        return _Promise()

    def scheduler_info(self, n_workers: int) -> dict[str, object]:
        if self.gone:
            raise OSError("no answer")
        return {"workers": self.workers}


@pytest.mark.parametrize("gone", [False, True])
def test_work_that_nobody_is_left_to_do_fails(monkeypatch: pytest.MonkeyPatch, gone: bool) -> None:
    """After a minute, not for ever; a worker that comes back in time goes on."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    client = _Client()
    cluster = cast(Cluster, SimpleNamespace(client=client, width=1, address="tcp://a:1"))
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
