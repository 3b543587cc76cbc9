"""What people say about connectors on the command line, written where the watcher reads it."""

import time
import uuid
from collections.abc import Iterable

from messina.deployer.watching.journal import create, say
from messina.deployer.watching.model import Saying, Word
from messina.deployer.watching.who import person
from messina.kafka import BrokerProblem
from messina.pipeline import KafkaEndpoint
from messina.secrets import SecretsError


def words(
    connectors: Iterable[str], saying: Saying, verb: str, reason: str | None = None
) -> tuple[Word, ...]:
    """Return what is to be said of connectors, by who runs this, now."""
    return tuple(
        Word(
            id=uuid.uuid4().hex,
            connector=name,
            saying=saying,
            verb=verb,
            by=person(),
            reason=reason,
            at=time.time(),
        )
        for name in connectors
    )


def tell(
    kafka: KafkaEndpoint, pipeline: str, said: Iterable[Word], *, timeout: float = 5.0
) -> str | None:
    """Write words; return why that could not be done, or None.

    What is PAUSED or STOPPED without a word is left alone by the watcher all the same.
    """
    topic = watch_topic(pipeline)
    try:
        create(kafka, topic, timeout=timeout)
        say(kafka, topic, said, timeout=timeout)
    except (BrokerProblem, SecretsError) as problem:
        return f"who did this, and why, is not recorded: {problem}"
    return None


def watch_topic(pipeline: str) -> str:
    """Return the topic of a pipeline's watcher."""
    return f"{pipeline}.watch"
