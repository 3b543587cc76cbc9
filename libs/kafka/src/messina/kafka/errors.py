"""What can go wrong with Kafka, Kafka Connect and the schema registry.

::

    KafkaProblem
    ├── BrokerProblem        the brokers, or the road to them
    ├── ConnectProblem       Kafka Connect's REST API
    │   ├── ConnectRefused       it answered, and said no
    │   └── ConnectTimeout       it did not settle within the time that was given
    ├── RegistryProblem      the schema registry
    └── DecodingProblem      bytes that are no record of ours

Each is one line: what happened, where, what state was left, and what to do next.
"""


class KafkaProblem(Exception):
    """Anything that this library raises on purpose."""


class BrokerProblem(KafkaProblem):
    """The brokers did not do what was asked of them."""

    def __init__(self, what: str, bootstrap: str, reason: str) -> None:
        self.what = what
        self.bootstrap = bootstrap
        self.reason = reason
        super().__init__(f"{what} at {bootstrap} failed: {reason}; next: messina status")


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
            f"Kafka Connect at {url} refused {what}: {status} {message}; nothing was changed"
        )


class ConnectTimeout(ConnectProblem):
    """Kafka Connect was given time to settle, and did not."""

    def __init__(self, what: str, url: str, waited: float, reason: str) -> None:
        self.what = what
        self.url = url
        self.waited = waited
        self.reason = reason
        super().__init__(
            f"Kafka Connect at {url} did not do {what} within {waited:.0f} s: {reason}; "
            "it may still do it; next: messina status, then the same command again"
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


class DecodingProblem(KafkaProblem):
    """The bytes of a record do not have the shape that was expected."""
