"""A worker of Kafka Connect that is lost: Connect still says RUNNING, `health` does not."""

from pathlib import Path

import pytest
from campaign_workers import second_worker
from deployer_pipelines import Pipeline, own_pipeline

from messina.testing import Stack, until

pytestmark = pytest.mark.stack

TABLES = [f"t{number} (id int PRIMARY KEY, name text)" for number in range(2)]


def workers(pipeline: Pipeline) -> set[str]:
    """The workers that tasks are said to run on."""
    tables = pipeline.run("status").document["tables"]
    sides = [table[side] for table in tables for side in ("source", "sink")]
    return {task["worker"] for side in sides for task in side["tasks"]}


def test_a_task_on_a_lost_worker_is_not_healthy(stack: Stack, tmp_path: Path) -> None:
    """A worker killed with -9: while Connect has its tasks as RUNNING, `health` names them with
    their worker and exits 1; once another worker has them, all is well again."""
    with own_pipeline(stack, tmp_path, TABLES) as pipeline:
        assert pipeline.run("apply").code == 0
        with second_worker(stack, tmp_path) as second:
            until(
                lambda: second.name in workers(pipeline) and pipeline.run("health").code == 0,
                within=60,
                what="the second worker has some of the tasks",
            )
            second.kill()
            told = pipeline.run("health")
            seen = pipeline.run("status")
            assert second.name in str(seen.document), "Connect had given them away already"
        assert told.code == seen.code == 1, told.output
        assert any(
            f"was RUNNING last, on worker {second.name}, which does not answer (connection refused)"
            in reason
            for reason in told.document["reasons"]
        ), told.output
        until(
            lambda: pipeline.run("health").code == 0,
            within=60,
            what="the tasks run on the worker that is left",
        )
