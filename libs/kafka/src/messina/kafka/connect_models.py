"""What Kafka Connect's REST API answers, as far as it is used here."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["RUNNING", "FAILED", "PAUSED", "STOPPED", "UNASSIGNED", "RESTARTING", "DESTROYED"]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Worker(_Answer):
    """`GET /`: the worker that answers, and the cluster of brokers that it uses."""

    version: str
    kafka_cluster_id: str


class Plugin(_Answer):
    """One of `GET /connector-plugins`."""

    connector_class: str = Field(alias="class")
    type: str
    version: str | None = None


class Connector(_Answer):
    """A connector and its configuration, with references where secrets stand."""

    name: str
    config: Mapping[str, str | None]
    type: str | None = None


class TaskState(_Answer):
    """How one task of a connector is."""

    id: int
    state: State
    worker_id: str
    trace: str | None = None


class ConnectorState(_Answer):
    """How the connector itself is; its tasks may be in another state."""

    state: State
    worker_id: str
    trace: str | None = None


class ConnectorStatus(_Answer):
    """How a connector and those of its tasks that Connect knows of are.

    A task that was never started is not in the list: compare with the number that is expected.
    """

    name: str
    connector: ConnectorState
    tasks: tuple[TaskState, ...]
    type: str | None = None

    def running(self) -> int:
        """Return how many tasks run."""
        return sum(task.state == "RUNNING" for task in self.tasks)

    def failed(self) -> bool:
        """Return whether the connector or one of its tasks has failed."""
        return self.connector.state == "FAILED" or any(t.state == "FAILED" for t in self.tasks)

    def healthy(self, tasks: int) -> bool:
        """Return whether the connector runs, and exactly the tasks from 0 on that are expected."""
        numbers = sorted(task.id for task in self.tasks if task.state == "RUNNING")
        expected = numbers == list(range(tasks)) and len(self.tasks) == tasks
        return self.connector.state == "RUNNING" and expected

    def last_error(self) -> str | None:
        """Return the first trace there is, of the connector or a task."""
        traces = [self.connector.trace, *(task.trace for task in self.tasks)]
        return next((trace for trace in traces if trace), None)


class FieldErrors(_Answer):
    """A field of a connector's configuration that Connect would refuse."""

    name: str
    errors: tuple[str, ...]


class Offset(_Answer):
    """Where a connector stands in one of its partitions."""

    partition: Mapping[str, Any]
    offset: Mapping[str, Any] | None
