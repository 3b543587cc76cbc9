"""What can go wrong with Kafka, Kafka Connect and the schema registry.

::

    KafkaProblem
    ├── BrokerProblem        the brokers, or the road to them
    │   └── TopicMissing         they answered, and have no such topic
    ├── ConnectProblem       Kafka Connect's REST API
    │   ├── ConnectRefused       it answered, and said no
    │   └── ConnectTimeout       it did not settle within the time that was given
    ├── RegistryProblem      the schema registry
    ├── SignalProblem        a signal was not served
    │   ├── SignalRefused        the source connector refused it
    │   └── SignalTimeout        not all slices answered within the time that was given
    └── DecodingProblem      bytes that are no record of ours

Each is one line: what happened, where, what state was left, and what to do next.
"""

from collections.abc import Iterable, Sequence


class KafkaProblem(Exception):
    """Anything that this library raises on purpose."""


class BrokerProblem(KafkaProblem):
    """The brokers did not do what was asked of them."""

    def __init__(
        self, what: str, bootstrap: str, reason: str, next_step: str = "messina status"
    ) -> None:
        self.what = what
        self.bootstrap = bootstrap
        self.reason = reason
        super().__init__(f"{what} at {bootstrap} failed: {reason}; next: {next_step}")


class TopicMissing(BrokerProblem):
    """There is no such topic: a pipeline's are made when it is applied."""

    def __init__(self, what: str, bootstrap: str, topics: Iterable[str]) -> None:
        reason = f"there is no topic {', '.join(topics)}"
        super().__init__(what, bootstrap, reason, "messina deploy apply FILE")


class ConnectProblem(KafkaProblem):
    """Kafka Connect did not do what was asked of it."""


class ConnectRefused(ConnectProblem):
    """Kafka Connect answered with an error that waiting does not cure."""

    def __init__(self, what: str, url: str, status: int, message: str) -> None:
        self.what = what
        self.url = url
        self.status = status
        self.message = message
        super().__init__(
            f"Kafka Connect at {url} refused {what}: {status} {message}; that request changed "
            "nothing; next: messina logs connect"
        )


class ConnectTimeout(ConnectProblem):
    """Kafka Connect was given time to settle, and did not.

    Args:
        what: the request.
        url: where Connect should answer.
        waited: seconds.
        reason: what it answered last, if anything.
        left: what that leaves.
    """

    def __init__(
        self, what: str, url: str, waited: float, reason: str, *, left: str = "it may still do it"
    ) -> None:
        self.what = what
        self.url = url
        self.waited = waited
        self.reason = reason
        super().__init__(
            f"Kafka Connect at {url} did not do {what} within {waited:.0f} s: {reason}; "
            f"{left}; next: messina status, then the same command again"
        )


class RegistryProblem(KafkaProblem):
    """The schema registry did not do what was asked of it."""

    def __init__(self, what: str, url: str, reason: str) -> None:
        self.what = what
        self.url = url
        self.reason = reason
        super().__init__(
            f"{what} at the schema registry {url} failed: {reason}; next: messina status"
        )


class SignalProblem(KafkaProblem):
    """Rows that a signal asked for were not read again, or not yet."""


class SignalRefused(SignalProblem):
    """The source connector refused a signal; nothing of it was served."""

    def __init__(self, signal_id: str, table: str, reason: str) -> None:
        self.signal_id = signal_id
        self.table = table
        self.reason = reason
        super().__init__(
            f"the source connector refused signal {signal_id} for {table}: {reason}; "
            "none of its rows were read; next: correct it and send it again"
        )


class SignalTimeout(SignalProblem):
    """Not all slices that a signal touches answered in time."""

    def __init__(
        self,
        signal_id: str,
        table: str,
        waited: float,
        answered: Sequence[int],
        slices: int | None,
    ) -> None:
        self.signal_id = signal_id
        self.table = table
        self.waited = waited
        self.answered = tuple(answered)
        self.slices = slices
        if slices is None:
            heard = "no slice answered"
        else:
            those = ", ".join(map(str, answered))
            heard = f"{len(answered)} of {slices} slices answered ({those})"
        super().__init__(
            f"signal {signal_id} for {table} is not done after {waited:.0f} s: {heard}; it stays "
            "in the topic and is still served once the source connector runs; "
            "next: messina deploy status"
        )


class DecodingProblem(KafkaProblem):
    """The bytes of a record do not have the shape that was expected."""
