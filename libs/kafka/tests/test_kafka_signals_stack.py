"""Signals and watermarks, asked of the real source connector."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from cassandra.cluster import Session

from messina.kafka import (
    AvroDecoder,
    ChangeEvent,
    ConnectClient,
    RegistryClient,
    Signal,
    SignalRefused,
    Signals,
    SignalTimeout,
    Topic,
    Topics,
    Watermark,
    Watermarks,
    change_event,
    converter_url,
    read,
)
from messina.pipeline import Endpoints
from messina.scylla import MAX_TOKEN, MIN_TOKEN
from messina.testing import until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

SLICES = 4
EVERYTHING = (MIN_TOKEN, MAX_TOKEN)


class Source:
    """A source connector over one table, without a sink."""

    def __init__(self, endpoints: Endpoints, keyspace: str, cql: Session) -> None:
        self.brokers = endpoints.kafka.bootstrap_servers
        self.prefix = keyspace.replace("_", "-")
        self.table = f"{keyspace}.things"
        self.topic = f"{self.prefix}.{self.table}"
        self.name = f"{self.prefix}.source"
        self.connect = ConnectClient(endpoints.connect.url)
        self.registry = RegistryClient(endpoints.registry.url, endpoints.registry.kind)
        self.decoder = AvroDecoder(self.registry)
        self.signals = Signals(self.brokers, self.prefix, self.decoder)
        self._endpoints = endpoints
        self._cql = cql
        cql.execute(
            f"CREATE TABLE {self.table} (id int, leg text, word text, shared text static, "
            "PRIMARY KEY ((id), leg)) WITH cdc = {'enabled': true}"
        )
        self._topics = [
            Topic(self.topic, SLICES),
            Topic(f"{self.topic}__static", SLICES),
            Topic(f"{self.prefix}.watermarks", 1, {"cleanup.policy": "compact"}),
            *(Topic(f"{self.prefix}.{name}", 1) for name in ("gaps", "signals", "signals.done")),
        ]
        Topics(self.brokers).create(self._topics)

    def insert(self, *ids: int) -> None:
        """Writes rows."""
        query = f"INSERT INTO {self.table} (id, leg, word) VALUES (%s, 'x', 'w')"
        for number in ids:
            self._cql.execute(query, (number,))

    def start(self, tasks: int = 2, **more: str) -> None:
        """Starts the connector, or changes its configuration, and waits for its tasks."""
        converter: dict[str, str] = {}
        registry = self._endpoints.registry
        for part in ("key", "value"):
            own = f"{part}.converter"
            converter[own] = "io.apicurio.registry.utils.converter.AvroConverter"
            own += ".apicurio.registry"
            converter[f"{own}.url"] = converter_url(registry.url, registry.kind)
            converter[f"{own}.id-handler"] = "io.apicurio.registry.serde.Legacy4ByteIdHandler"
            converter[f"{own}.use-id"] = "contentId"
            converter[f"{own}.headers.enabled"] = "false"
            converter[f"{own}.auto-register"] = "true"
        scylla = self._endpoints.scylla
        config = {
            "name": self.name,
            "connector.class": "io.messina.connect.scylla.ScyllaSourceConnector",
            "tasks.max": str(tasks),
            "topic.prefix": self.prefix,
            "tables": self.table,
            "slices": str(SLICES),
            "scylla.contact.points": ",".join(scylla.contact_points),
            "scylla.local.datacenter": scylla.local_datacenter,
            "safe.confidence.ms": "5000",
            "kafka.bootstrap.servers": self.brokers,
            "exactly.once.support": "required",
            "transaction.boundary": "connector",
            **converter,
            **{name.replace("_", "."): value for name, value in more.items()},
        }
        self.connect.put(self.name, config)
        self.running(tasks)

    def running(self, tasks: int = 2) -> None:
        """Waits until all tasks run."""
        self.connect.wait(
            self.name,
            lambda status: [t.state for t in status.tasks] == ["RUNNING"] * tasks,
            f"have {tasks} tasks that run",
        )

    def events(self, signal: str | None = None, topic: str | None = None) -> list[ChangeEvent]:
        """The events of the topic so far, or those that a signal asked for."""
        found = []
        for record in read(self.brokers, topic or self.topic):
            event = change_event(record, self.decoder)
            if event is not None and (signal is None or signal in _signals(event)):
                found.append(event)
        return found

    def signals_until(self) -> dict[int, int]:
        """What the connector's offsets say of signals, by slice."""
        return {
            int(offset.partition["slice"]): int(offset.offset["signals_until"])
            for offset in self.connect.offsets(self.name)
            if offset.offset is not None
        }

    def destroy(self) -> None:
        """Deletes all that was made."""
        self.connect.delete(self.name)
        Topics(self.brokers).delete(topic.name for topic in self._topics)
        self.connect.close()
        self.registry.close()


@pytest.fixture()
def source(endpoints: Endpoints, keyspace: str, cql: Session) -> Iterator[Source]:
    made = Source(endpoints, keyspace, cql)
    yield made
    made.destroy()


def _signals(event: ChangeEvent) -> list[str]:
    """The signals that asked for an event's row."""
    return (event.signal_id or "").split(",")


def key(number: int) -> dict[str, Any]:
    return {"id": number, "leg": "x"}


def _past(offsets: Mapping[int, int | None], events: list[ChangeEvent]) -> bool:
    """Whether no event lies behind the last offset of its partition."""
    return all(event.offset <= (offsets[event.partition] or 0) for event in events)


def test_keys_are_read_again(source: Source) -> None:
    """A signal's rows come as `r` with its id; a row that is gone as `d`; then the answer."""
    source.insert(*range(20))
    source.start()
    signal = Signal(table=source.table, keys=tuple(key(n) for n in range(18, 22)))
    sent = source.signals.send(signal)
    answer = source.signals.wait_done(sent)
    events = source.events(signal.id)
    assert {(e.key["id"], e.op) for e in events} == {(18, "r"), (19, "r"), (20, "d"), (21, "d")}
    assert all(e.correlation_id == signal.id for e in events)
    assert answer.rows == 4
    assert _past(answer.last_offsets, events)
    assert set(answer.last_offsets) == {e.partition for e in events}
    until(
        lambda: set(source.signals_until().values()) == {sent.offset + 1},
        within=20,
        what="every slice is past the signal",
    )


def test_tokens_are_read_again(source: Source) -> None:
    """A range of tokens is answered by just the slices it touches, with their rows."""
    source.insert(*range(200))
    source.start()
    whole = Signal(table=source.table, token_range=EVERYTHING)
    half = Signal(table=source.table, token_range=(MIN_TOKEN, -1))
    answers = source.signals.wait_all(source.signals.send_all([whole, half]))
    assert answers[whole.id].rows == 200
    assert list(answers[whole.id].last_offsets) == list(whole.slices(SLICES) or ())
    assert list(answers[half.id].last_offsets) == [0, 1] == list(half.slices(SLICES) or ())
    events = source.events(whole.id)
    assert {e.key["id"] for e in events if e.op == "r"} == set(range(200))
    assert _past(answers[whole.id].last_offsets, events)


def test_statics_are_read_again(source: Source, cql: Session) -> None:
    """A static signal reads the static rows of partitions into their own topic."""
    cql.execute(f"INSERT INTO {source.table} (id, shared) VALUES (1, 'one')")
    source.insert(2)
    source.start()
    signal = Signal(table=source.table, keys=({"id": 1}, {"id": 2}), static=True)
    answer = source.signals.wait_done(source.signals.send(signal))
    events = source.events(signal.id, f"{source.topic}__static")
    assert {(e.key["id"], e.op) for e in events} == {(1, "r"), (2, "d")}
    assert answer.rows == 2
    assert _past(answer.last_offsets, events)
    ranged = Signal(table=source.table, token_range=EVERYTHING, static=True)
    assert source.signals.wait_done(source.signals.send(ranged)).rows == 1
    # The partition that has nothing but statics has no row to be read, and stops nobody.
    rows = Signal(table=source.table, token_range=EVERYTHING)
    assert source.signals.wait_done(source.signals.send(rows)).rows == 1


def test_a_wrong_signal_is_refused_with_its_reason(source: Source) -> None:
    """A signal that makes no sense is answered with why; what follows it is served."""
    source.insert(1)
    source.start()
    wrong = Signal(table=source.table, keys=({"id": "one", "leg": "x"},))
    right = Signal(table=source.table, keys=(key(1),))
    sent = source.signals.send_all([wrong, right])
    with pytest.raises(SignalRefused, match=r"keys\[0\]: column id \(int\)"):
        source.signals.wait_done(sent[0])
    assert source.signals.wait_done(sent[1]).rows == 1


def test_nobody_answers_for_another_table(source: Source) -> None:
    """Who waits for a table that no connector carries is told that no slice answered."""
    source.start()
    sent = source.signals.send(Signal(table="ks.nobody", keys=({"id": 1},)))
    with pytest.raises(SignalTimeout, match="no slice answered"):
        source.signals.wait_done(sent, timeout=5)


def _all_served_after(source: Source, breaks: Callable[[], None]) -> None:
    """Sends signals for all rows, slowly served; breaks something; all rows must have come."""
    source.insert(*range(300))
    source.start(signals_rows_per_second="60")
    signals = [Signal(table=source.table, token_range=EVERYTHING) for _ in range(2)]
    sent = source.signals.send_all(signals)
    until(lambda: len(source.events()) > 30, within=30, what="the first rows of the signals")
    breaks()
    answers = source.signals.wait_all(sent, timeout=90)
    events = source.events()
    for signal in signals:
        assert answers[signal.id].rows >= 300
    assert {e.key["id"] for e in events} == set(range(300))
    assert _past(answers[signals[1].id].last_offsets, source.events(signals[1].id))
    until(
        lambda: set(source.signals_until().values()) == {sent[1].offset + 1},
        within=20,
        what="every slice is past both signals",
    )


def test_a_restart_amid_a_signal_loses_nothing(source: Source) -> None:
    """Tasks that are restarted while they serve a signal serve it again, and answer it."""
    _all_served_after(source, lambda: source.connect.restart(source.name, only_failed=False))


def test_another_number_of_tasks_amid_a_signal_loses_nothing(source: Source) -> None:
    """Slices that move to another task amid a signal are served, and answered, by that."""
    _all_served_after(source, lambda: source.start(tasks=4, signals_rows_per_second="60"))


def test_watermarks_know_the_end_from_the_start(source: Source) -> None:
    """After a restart an idle slice's watermark has the offset of its last record, or -1."""
    source.start()
    source.insert(1, 2, 3)
    with Watermarks(source.brokers, source.prefix, source.decoder) as marks:

        def offsets(epochs: Mapping[int, int]) -> dict[int, int] | None:
            marks.poll(0.2)
            found: list[Watermark | None] = [marks.slice(source.table, n) for n in range(SLICES)]
            known: dict[int, int] = {}
            for mark in found:
                if mark is None or mark.last_offset is None:
                    return None
                if mark.epoch <= epochs.get(mark.slice, 0):
                    return None
                known[mark.slice] = mark.last_offset
            return known

        def expected() -> dict[int, int]:
            ends = dict.fromkeys(range(SLICES), -1)
            for record in read(source.brokers, source.topic):
                ends[record.partition] = max(ends[record.partition], record.offset)
            return ends

        until(lambda: len(source.events()) == 3, within=30, what="the rows' events")
        until(lambda: offsets({}) == expected(), within=20, what="marks with the last offsets")
        table = marks.table(source.table, SLICES)
        assert not table.unknown
        assert table.applied({n: last + 1 for n, last in expected().items()})
        assert not table.applied({})
        epochs = {n: m.epoch for n, m in table.slices.items()}
        source.connect.restart(source.name, only_failed=False)
        until(lambda: offsets(epochs) == expected(), within=30, what="the same, of new tasks")
        assert all(mark.static_last_offset == -1 for mark in table.slices.values())
