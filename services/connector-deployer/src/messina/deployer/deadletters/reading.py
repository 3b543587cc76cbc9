"""Letters out of their topics, one by one, however many there are."""

from collections.abc import Callable, Generator, Mapping
from contextlib import suppress

from messina.deployer.deadletters.cases import State, state_of
from messina.deployer.deadletters.choosing import Choice
from messina.deployer.deadletters.ledger import Ledger
from messina.deployer.deadletters.letters import Letter, letter_of
from messina.deployer.errors import DeployerError
from messina.deployer.looking import Found, dead_letters, known_tables
from messina.deployer.site import Site
from messina.kafka import (
    Address,
    ConnectProblem,
    Record,
    client_settings,
    dead_letter,
    read,
)
from messina.kafka.deadletters import SUFFIX
from messina.pipeline import PipelineSpec

Place = tuple[str, int]
"""A topic and one of its partitions."""

OnProgress = Callable[[int, int], None]
"""Called with how many offsets are read, and how many there are."""

_EVERY = 500


class Box:
    """The dead letters of a pipeline.

    Args:
        site: where its systems are.
        spec: the pipeline.
    """

    def __init__(self, site: Site, spec: PipelineSpec) -> None:
        self.spec = spec
        self.notes: tuple[str, ...] = ()
        self._site = site
        kafka = site.endpoints.kafka
        self.bootstrap = kafka.bootstrap_servers
        self.client = client_settings(kafka.security)
        self.prefix = f"{spec.pipeline}.{spec.source.keyspace}."
        self.topics = self._topics()
        self.ledger = Ledger(
            self.bootstrap, spec.dead_letters_state_topic, site.topics, client=self.client
        )

    def _topics(self) -> tuple[str, ...]:
        """Those that are called as Messina's are, and what connectors of the pipeline say."""
        there = self._site.topics.names()
        begin = f"{self.spec.pipeline}."
        found = {name for name in there if is_sinks(name, self.spec.pipeline)}
        connectors: Found | None = None
        try:
            connectors = self._site.connect.overview()
        except ConnectProblem as problem:
            said = " ".join(str(problem).split())
            self.notes += (f"only topics {begin}*.sink{SUFFIX} are read: {said}",)
        else:
            named = dead_letters(connectors)
            found |= {topic for sink, topic in named.items() if sink.startswith(begin)} & there
        self._resolve(connectors)
        if not found:
            self.notes += (
                f"pipeline {self.spec.pipeline} has no topic of dead letters in this Kafka: it was "
                "never applied here, or its sinks have none; next: messina deploy status "
                f"{self.spec.argument}",
            )
        return tuple(sorted(found))

    def _resolve(self, connectors: Found | None) -> None:
        if connectors is not None:
            # else tables of patterns stay unknown; what is read does not need them
            with suppress(DeployerError):
                self.spec = known_tables(self.spec, connectors)

    def ends(self) -> dict[Place, int]:
        """Return where the topics end now."""
        return placed(self._site.positions.ends_of(self.topics))

    def letters(
        self,
        start: Mapping[Place, int] | None = None,
        upto: Mapping[Place, int] | None = None,
        progress: OnProgress | None = None,
    ) -> Generator[Letter, None, None]:
        """Yield the pipeline's letters up to where the topics end now.

        Args:
            start: by topic and partition, the first offset that is read; others from the beginning.
            upto: by topic and partition, the offset where it ends already.
            progress: called now and then.

        Raises:
            BrokerProblem: if they can't be read.
        """
        ends = self.ends() if upto is None else upto
        begins = {
            place: max(first, (start or {}).get(place, 0))
            for place, first in placed(self._site.positions.beginnings_of(self.topics)).items()
        }
        left = {place: end - begins.get(place, 0) for place, end in ends.items()}
        total = sum(max(0, number) for number in left.values())
        done = 0
        for topic in self.topics:
            numbers = [n for (name, n), count in left.items() if name == topic and count > 0]
            if not numbers:
                continue
            first = {n: begins.get((topic, n), 0) for n in numbers}
            for record in read(
                self.bootstrap, topic, start=first, partitions=numbers, client=self.client
            ):
                if record.offset >= ends[topic, record.partition]:
                    continue
                done += 1
                if progress is not None and done % _EVERY == 0:
                    progress(min(done, total), total)
                letter = letter_of(dead_letter(record), self.prefix)
                if letter is not None:
                    yield letter
        if progress is not None:
            progress(total, total)

    def chosen(
        self,
        choice: Choice,
        progress: OnProgress | None = None,
        *,
        start: Mapping[Place, int] | None = None,
        upto: Mapping[Place, int] | None = None,
    ) -> Generator[tuple[Letter, State], None, None]:
        """Yield the letters that are meant, and what became of each; as `letters` does."""
        for letter in self.letters(start, upto, progress):
            state = state_of(self.ledger.entry(letter.case.id), letter.case.number)
            if choice.means(letter, state):
                yield letter, state

    def record(self, at: Address) -> Record | None:
        """Return the letter at a place as it lies there; None where there is none."""
        records = read(
            self.bootstrap,
            at.topic,
            start={at.partition: at.offset},
            partitions=[at.partition],
            client=self.client,
        )
        first = next(records, None)
        records.close()
        return first if first is not None and first.offset == at.offset else None


def placed(offsets: Mapping[str, Mapping[int, int]]) -> dict[Place, int]:
    """Return offsets by place."""
    return {(topic, n): offset for topic, each in offsets.items() for n, offset in each.items()}


def is_sinks(topic: str, pipeline: str) -> bool:
    """Whether a topic is called as the dead letters of a pipeline's sink are.

    A table may be called `dlq`, and its keyspace `sink`: data topics have one part less.
    """
    first, *middle = topic.removesuffix(SUFFIX).split(".")
    return topic.endswith(f".sink{SUFFIX}") and first == pipeline and len(middle) > 1
