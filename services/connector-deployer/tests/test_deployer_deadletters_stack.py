"""Dead letters in Kafka: what several commands write at once, and letters of any sink."""

import json
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from messina.deployer.cli import app
from messina.deployer.deadletters.cases import Act, Entry, came_back, came_through
from messina.deployer.deadletters.ledger import Ledger
from messina.deployer.deadletters.opens import COUNTED, Opened, Opens
from messina.kafka import Topic, Topics
from messina.testing import Stack

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

_ACT = Act(at_ms=1, by="me", what="came back")


def _returns(act: Act, entry: Entry | None) -> Entry:
    """Note that the row came back once more."""
    return came_back(entry, 10 + (entry.attempts if entry else 0), act, 99)


@dataclass(frozen=True)
class _Pipeline:
    """A pipeline of which there is but a file, and topics."""

    stack: Stack
    name: str
    file: Path

    @property
    def bootstrap(self) -> str:
        return self.stack.endpoints.kafka.bootstrap_servers

    @property
    def letters(self) -> str:
        return f"{self.name}.t.sink.dlq"

    def run(self, command: str, *options: str) -> tuple[int, Any]:
        where = ["--endpoints", str(self.stack.layout.endpoints), "--json"]
        said = CliRunner().invoke(app, ["dlq", command, str(self.file), *options, *where])
        if said.exception is not None and not isinstance(said.exception, SystemExit):
            raise said.exception
        lines = said.stdout.strip().splitlines()
        return said.exit_code, json.loads(lines[-1]) if lines else said.output

    def put(self, headers: Mapping[str, str], key: bytes | None, value: bytes | None) -> None:
        producer = Producer({"bootstrap.servers": self.bootstrap})
        encoded: dict[str, str | bytes | None] = dict(headers)
        producer.produce(self.letters, value, key, headers=encoded)
        assert producer.flush(20) == 0

    def ledger(self) -> Ledger:
        return Ledger(self.bootstrap, f"{self.name}.dlq.state", Topics(self.bootstrap))

    def opens(self) -> Opens:
        """What `status` counts with."""
        return Opens(self.bootstrap, f"{self.name}.dlq.state", f"{self.name}.ks.")


@pytest.fixture()
def pipeline(stack: Stack, tmp_path: Path) -> Iterator[_Pipeline]:
    """One with a topic of dead letters."""
    name = f"d{secrets.token_hex(4)}"
    file = tmp_path / "pipeline.yaml"
    file.write_text(
        json.dumps(
            {
                "pipeline": name,
                "source": {"keyspace": "ks"},
                "sink": {"schema": "public"},
                "tables": [{"name": "t", "mask": {"phone": None}}],
            }
        )
    )
    made = _Pipeline(stack, name, file)
    topics = Topics(made.bootstrap)
    topics.create([Topic(made.letters, 1, {}), Topic(f"{name}.ks.t", 1, {})])
    yield made
    topics.delete([made.letters, f"{name}.ks.t", f"{name}.dlq.state"])


def test_commands_that_write_at_once_lose_nothing(pipeline: _Pipeline) -> None:
    """Three writers count one row's returns: the count is that of all of them, each once."""
    pipeline.ledger().change({})
    case = f"{pipeline.name}.ks.t|row"

    def count(writer: int) -> None:
        ledger = pipeline.ledger()
        for time in range(2):
            act = _ACT.model_copy(update={"signal_id": f"{writer}-{time}"})
            change = partial(_returns, act)
            ledger.change({case: change})
            # as after a commit whose answer was lost
            ledger.change({case: change})

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(count, range(3)))
    entry = pipeline.ledger().entry(case)
    assert entry is not None
    assert entry.attempts == 6


def test_one_that_died_in_its_session_holds_up_nobody(pipeline: _Pipeline) -> None:
    """What it had not committed is as if it had never been, and the next one writes at once."""
    ledger = pipeline.ledger()
    ledger.change({"x|1": lambda e: came_through(e, 5, _ACT)})
    died = Producer(
        {
            "bootstrap.servers": pipeline.bootstrap,
            "transactional.id": f"messina.{ledger.topic}",
        }
    )
    died.init_transactions(20)
    died.begin_transaction()
    died.produce(ledger.topic, Entry(through=99).model_dump_json().encode(), b"x|1")
    died.flush(20)
    # it says no more
    other = pipeline.ledger()
    other.change({"x|1": lambda e: came_through(e, 7, _ACT)})
    entry = pipeline.ledger().entry("x|1")
    assert entry is not None and entry.through == 7


def test_a_topic_that_was_made_anew_is_not_judged_by_the_old_one(pipeline: _Pipeline) -> None:
    """Offsets of a topic that is gone say nothing of the letters of its successor."""
    topic = f"{pipeline.name}.ks.t"
    pipeline.ledger().change({f"{topic}|row": lambda e: came_through(e, 5, _ACT)})
    assert pipeline.ledger().entry(f"{topic}|row") is not None
    topics = Topics(pipeline.bootstrap)
    topics.delete([topic])
    topics.create([Topic(topic, 1, {})])
    assert pipeline.ledger().entry(f"{topic}|row") is None


def test_letters_of_any_sink_are_shown_and_discarded(pipeline: _Pipeline) -> None:
    """Those that Kafka Connect alone speaks of, those that say nothing, and none of others."""
    connects = {
        "__connect.errors.topic": f"{pipeline.name}.ks.t",
        "__connect.errors.partition": "0",
        "__connect.errors.offset": "7",
        "__connect.errors.stage": "VALUE_CONVERTER",
        "__connect.errors.exception.message": "at http://joe:hush@registry\nrow (1, secret)",
        "__connect.errors.exception.stacktrace": "row (1, secret)",
    }
    assert pipeline.run("list")[0] == 0
    pipeline.put(connects, b"\0\0\0\0\1\2", b"\xff" * 100)
    pipeline.put({}, None, b"nobody knows")
    pipeline.put({**connects, "__connect.errors.topic": "another.ks.t"}, b"k", b"v")
    code, listed = pipeline.run("list")
    assert (code, listed["open"]) == (2, 2)
    assert {(b["table"], b["reason"]["name"]) for b in listed["bars"]} == {
        ("t", "undecodable"),
        ("?", "unknown"),
    }
    _, shown = pipeline.run("show", "--table", "t")
    (letter,) = shown["letters"]
    assert letter["origin"] == f"{pipeline.name}.ks.t:0:7"
    assert letter["value"].startswith(f"0x{'ff' * 64}… (100 bytes")
    assert "hush" not in json.dumps(shown) and "secret" not in json.dumps(shown)
    opens = pipeline.opens()
    # one of them is another pipeline's: until something became of one, they are not read
    assert opens.of({pipeline.letters: 3}) == {pipeline.letters: Opened(3)}
    code, marked = pipeline.run("discard", "0:1", "--why", "nobody's", "--yes")
    assert (code, marked["discarded"]) == (0, 1)
    assert opens.of({pipeline.letters: 3}) == {pipeline.letters: Opened(1)}
    code, listed = pipeline.run("list", "--state", "open")
    assert (code, listed["open"]) == (2, 1)
    code, marked = pipeline.run("discard", "--reason", "undecodable", "--why", "old", "--yes")
    assert (code, marked["discarded"]) == (0, 1)
    assert pipeline.run("list")[0] == 0
    assert opens.of({pipeline.letters: 3}) == {pipeline.letters: Opened(0)}
    # a later letter of the same row is open again
    pipeline.put({**connects, "__connect.errors.offset": "8"}, b"\0\0\0\0\1\2", None)
    assert pipeline.run("list")[0] == 2
    for counting in (opens, pipeline.opens()):
        assert counting.of({pipeline.letters: 4}) == {pipeline.letters: Opened(1)}
    many = COUNTED + 1
    assert opens.of({pipeline.letters: many}) == {pipeline.letters: Opened(many, exact=False)}


def test_what_is_no_letter_is_told(pipeline: _Pipeline) -> None:
    """With what to do next; wrong usage is 64, and nothing is changed."""
    code, said = pipeline.run("show", "0:99")
    assert code == 1 and "there is no letter 0:99" in said["error"]
    code, said = pipeline.run("discard", "x:0:1", "--why", "w", "--yes")
    assert code == 1 and "next: messina deploy dlq show" in said["error"]


def test_without_signals_a_replay_is_refused(pipeline: _Pipeline) -> None:
    """ScyllaDB's own connector takes none: what to do instead is told."""
    spec = json.loads(pipeline.file.read_text())
    spec["source"]["connector"] = "scylladb"
    del spec["tables"][0]["mask"]
    pipeline.file.write_text(json.dumps(spec))
    code, said = pipeline.run("replay", "--yes")
    assert code == 1 and "takes no signals" in said["error"]
