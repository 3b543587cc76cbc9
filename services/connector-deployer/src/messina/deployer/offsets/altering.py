"""Altering offsets: stop, alter, look, go on.

Connect takes other offsets only of a connector that is STOPPED. Each step can be repeated: stopping
what is stopped and setting what is set are harmless. What was running goes on in the end; whatever
goes wrong in between, a signal or a reader that is gone too, leaves connectors STOPPED, and the
error names them.
"""

import time
from collections.abc import Generator, Iterable
from typing import Literal

from messina.deployer.errors import DeployerError
from messina.deployer.offsets.alterations import Alteration, Alterations
from messina.deployer.offsets.members import Member
from messina.deployer.offsets.reading import standing
from messina.deployer.resources import Value
from messina.deployer.site import Site
from messina.deployer.watching.hands import Hands
from messina.kafka import ConnectorStatus, KafkaProblem


class Stopped(Value):
    """A connector was stopped, so that its offsets can be altered."""

    event: Literal["stopped"] = "stopped"
    connector: str


class Altered(Value):
    """A connector's offsets are as wanted: they were read again."""

    event: Literal["altered"] = "altered"
    connector: str
    offsets: int


class WentOn(Value):
    """A connector is as it was before: it runs, or is paused."""

    event: Literal["went on"] = "went on"
    connector: str
    state: str
    seconds: float


class StaysStopped(Value):
    """A connector was STOPPED before, and is left so.

    Attributes:
        connector: which one.
        tried: whether its watcher tries it now, as its breaker had stopped it.
    """

    event: Literal["stays stopped"] = "stays stopped"
    connector: str
    tried: bool = False


class Untold(Value):
    """The watcher may not know that connectors are stopped here, or that they are no more."""

    event: Literal["untold"] = "untold"
    reason: str


OffsetEvent = Stopped | Altered | WentOn | StaysStopped | Untold


class LeftStopped(DeployerError):
    """Something went wrong while connectors were stopped; they are named."""

    def __init__(
        self, stopped: Iterable[str], altered: Iterable[str], reason: str, file: str
    ) -> None:
        self.stopped = tuple(stopped)
        self.altered = tuple(altered)
        done = f"altered: {', '.join(self.altered)}" if self.altered else "no offset was altered"
        super().__init__(
            f"{reason}\n{len(self.stopped)} connectors are left STOPPED: "
            f"{', '.join(self.stopped)}; their watcher leaves them so; {done}; next: the same "
            f"command again, which is harmless, then messina deploy apply {file}, which lets them "
            "go on"
        )


def carry_out(
    site: Site, plan: Alterations, hands: Hands | None = None
) -> Generator[OffsetEvent, None, None]:
    """Alter offsets. The events are made while the work is done: it goes on as far as they are
    taken. Whoever takes them closes the generator, however that ends (`contextlib.closing`).

    Args:
        site: where the connectors are.
        plan: what is to be altered.
        hands: tell the pipeline's watcher; None: nobody is told.

    Raises:
        LeftStopped: if something went wrong after the first connector was stopped; by `close()`,
            if the events were not all taken.
    """
    stopped: list[str] = []
    done: list[str] = []
    states = {one.member.name: one.member.state for one in plan.alterations}
    tried: set[str] = set()
    try:
        if hands is not None and states:
            hands.take(states)
            tried = {name for name in states if hands.tried(name)}
            for doubt in hands.doubts:
                yield Untold(reason=doubt)
        for one in plan.alterations:
            # its trial may have begun since it was looked at
            if one.member.state != "STOPPED" or one.member.name in tried:
                stopped.append(one.member.name)
                site.connect.stop(one.member.name)
                yield Stopped(connector=one.member.name)
        for one in plan.alterations:
            site.connect.alter_offsets(one.member.name, [e.offset() for e in one.entries])
            _look(site, one)
            done.append(one.member.name)
            yield Altered(connector=one.member.name, offsets=len(one.entries))
        if hands is not None:
            hands.give_back()
        for one in reversed(plan.alterations):  # sinks first: no event waits for its table
            yield go_on(site, one.member, tried=one.member.name in tried)
            if one.member.name in stopped:
                stopped.remove(one.member.name)
    except BaseException as error:
        if hands is not None:
            hands.give_back(name for name in states if name not in stopped)
        if not stopped:
            raise
        raise LeftStopped(stopped, done, _reason(error), plan.file) from error


def _reason(error: BaseException) -> str:
    match error:
        case KafkaProblem() | DeployerError():
            return str(error)
        case Exception():
            return f"{type(error).__name__}: {error}"
        case _:  # ctrl-C, SIGTERM, a closed terminal, or nobody takes the events any more
            return "interrupted"


def go_on(site: Site, member: Member, *, tried: bool = False) -> WentOn | StaysStopped:
    """Let a stopped connector be what it was, and wait until it is.

    Args:
        site: where it is.
        member: the connector, as it was.
        tried: whether its watcher was asked to try it.
    """
    begin = time.monotonic()
    if member.state == "STOPPED":
        return StaysStopped(connector=member.name, tried=tried)
    if member.state == "PAUSED":
        site.connect.pause(member.name)
        site.connect.wait(member.name, lambda s: s.connector.state == "PAUSED", "be PAUSED")
        return WentOn(connector=member.name, state="PAUSED", seconds=time.monotonic() - begin)
    site.connect.resume(member.name)
    site.connect.wait(member.name, _runs, "run with its tasks")
    return WentOn(connector=member.name, state="RUNNING", seconds=time.monotonic() - begin)


def _runs(status: ConnectorStatus) -> bool:
    return status.connector.state == "RUNNING" and 0 < status.running() == len(status.tasks)


def _look(site: Site, one: Alteration) -> None:
    """Read back what was set: Connect answers before it is sure for connectors that say nothing."""
    (found,) = standing(site, [one.member])
    for wanted in one.entries:
        if wanted.after is not None and wanted.after not in found.positions:
            raise DeployerError(
                f"connector {one.member.name} should stand at {wanted.after.text()} in "
                f"{wanted.place}, and Kafka Connect does not say so after it was set"
            )
