"""What can go wrong with a deployment.

::

    DeployerError
    ├── Interrupted        a step of a plan could not be carried out
    └── NotRunning         connectors were made, but don't run

A spec that can't be carried out is a `messina.pipeline.SpecError`; a system that does not answer
has its own library's error.
"""

from collections.abc import Mapping, Sequence

from messina.deployer.secrecy import cleared

_MISLEADING = {
    # Hibernate asks the database for its dialect, and says no more when it can't
    "Unable to determine Dialect without JDBC metadata": (
        "the sink could not connect to Postgres when it started (its address, TLS, user or "
        "password); messina logs connect has the driver's words, a line of WARN before"
    ),
}
"""What Java says of a failure, and what it means, where nobody would guess it."""


class DeployerError(Exception):
    """Anything that this service raises on purpose."""


class Interrupted(DeployerError):
    """A step of a plan could not be carried out; those before it stay."""

    def __init__(
        self, problem: Exception, done: int, steps: int, file: str, held: Sequence[str] = ()
    ) -> None:
        self.done = done
        self.held = tuple(held)
        stopped = "a connector that was being changed may be STOPPED"
        if held:
            stopped = f"{', '.join(held)}: STOPPED, or about to be, and the watcher leaves that so"
        # the problem's own next step first, where it names one
        super().__init__(
            f"{problem}\n{done} of {steps} steps were done and stay; {stopped}; "
            f"next: messina deploy apply {file}, which goes on from there"
        )


class NotRunning(DeployerError):
    """Connectors don't run as they should, and don't get there."""

    def __init__(
        self, states: Mapping[str, str], traces: Mapping[str, str], waited: float, file: str
    ) -> None:
        self.states = dict(states)
        self.traces = dict(traces)
        self.waited = waited
        lines = [
            (
                f"{len(states)} connectors don't run after {waited:.0f} s; "
                "topics, tables and connectors were made and stay"
                if len(states) > 1
                else f"1 connector does not run after {waited:.0f} s; "
                "topics, tables and connectors were made and stay"
            )
        ]
        for name, state in sorted(states.items()):
            lines.append(f"{name}: {state}")
            if trace := traces.get(name):
                lines.append(_indented(trace))
        lines.append(
            f"next: messina logs connect, then messina deploy apply {file}, which restarts them"
        )
        super().__init__("\n".join(lines))


def first_line(trace: str) -> str:
    """Return what a Java trace says: its last cause, or its first line; no password in it."""
    lines = [line.strip() for line in cleared(trace).splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by:")]
    for said, meant in _MISLEADING.items():
        if any(said in line for line in (*lines[:1], *causes)):
            return meant
    if causes:
        return causes[-1].removeprefix("Caused by:").strip()
    return lines[0] if lines else "no reason was given"


def _indented(trace: str, lines: int = 12) -> str:
    kept = [line.rstrip() for line in cleared(trace).splitlines() if line.strip()]
    causes = [line for line in kept[lines:] if line.startswith("Caused by:")]
    return "\n".join(f"    {line}" for line in (*kept[:lines], *causes))
