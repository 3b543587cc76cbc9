"""How the demo's changes are written, against a session that only remembers."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from cassandra import DriverException

from messina.cli.demo.player import Played, play
from messina.cli.demo.timetable import changes
from messina.scylla import QueryFailed, Session

SCRIPT = changes(10)


class Remembering:
    """A session whose writes are done at once, or fail from some number on."""

    def __init__(self, fails_from: int | None = None) -> None:
        self.fails_from = fails_from
        self.said: list[str] = []

    def prepare(self, statement: str) -> Any:
        return SimpleNamespace(text=statement, is_idempotent=False)

    def execute(self, statement: str) -> None:
        self.said.append(statement)

    def execute_async(self, statement: Any, values: object) -> Any:
        self.said.append(statement.text)
        failing = self.fails_from is not None and len(self.said) > self.fails_from

        def tell(done: Callable[[object], None], failed: Callable[[Exception], None]) -> None:
            if failing:
                failed(DriverException("no answer"))
            else:
                done(None)

        return SimpleNamespace(add_callbacks=tell)


def played(session: Remembering, alter_at: int | None = None) -> Played:
    return play(cast(Session, session), SCRIPT, 1e6, lambda _: None, alter_at=alter_at)


def test_each_change_is_two_writes() -> None:
    """A change is written to the flight's row and told of as an event of its own."""
    session = Remembering()
    done = played(session)
    assert done.writes == len(session.said) == 2 * len(SCRIPT)
    assert len(done.rows) == len({change.flight.key for change in SCRIPT}) + len(SCRIPT)


def test_the_column_is_added_in_between() -> None:
    """The ALTER comes just before the change that was named; writes after it fill the column."""
    session = Remembering()
    played(session, alter_at=5)
    (at,) = (n for n, said in enumerate(session.said) if said.startswith("ALTER TABLE"))
    assert at == 2 * 5


def test_a_write_that_fails_ends_the_demo_with_a_line() -> None:
    """When the server gives up on a write, nothing more is written and an error of ours says so."""
    session = Remembering(fails_from=4)
    with pytest.raises(QueryFailed, match="writing the changes.*no answer.*next:"):
        played(session)
    assert len(session.said) < 2 * len(SCRIPT)
