"""Dead letters are replayed while their rows change all the time: the newest of each row stays."""

import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from cassandra.cluster import Session
from road import Road

from messina.testing import Stack, Traffic, until

pytestmark = pytest.mark.stack

ACCOUNTS = range(40)
OWNERS = range(4)
STUBBORN = 0
"""An account whose rows Postgres never takes while the test says so."""
RATE = 100
"""Changes a second, of rows and of what they share."""
_LOOK = (
    "CREATE FUNCTION {schema}.look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF NEW.version < OLD.version THEN"
    " INSERT INTO {schema}.back VALUES (TG_TABLE_NAME, OLD.version, NEW.version); END IF;"
    " RETURN NEW; END $$"
)
_STRICT = (
    "ALTER TABLE {schema}.accounts ADD CONSTRAINT later CHECK (version > 1)",
    "ALTER TABLE {schema}.accounts ADD CONSTRAINT stubborn CHECK (id <> 0)",
    "ALTER TABLE {schema}.accounts__static ADD CONSTRAINT later CHECK (shared > 1)",
    "CREATE TABLE {schema}.back (place text, old bigint, new bigint)",
    _LOOK,
    _LOOK.replace("look()", "look_shared()").replace(".version", ".shared"),
    "CREATE TRIGGER look BEFORE UPDATE ON {schema}.accounts"
    " FOR EACH ROW EXECUTE FUNCTION {schema}.look()",
    "CREATE TRIGGER look BEFORE UPDATE ON {schema}.accounts__static"
    " FOR EACH ROW EXECUTE FUNCTION {schema}.look_shared()",
)
_CURED = (
    "ALTER TABLE {schema}.accounts DROP CONSTRAINT later",
    "ALTER TABLE {schema}.accounts__static DROP CONSTRAINT later",
)


class Accounts:
    """Rows, and what those of an owner share, whose versions only grow."""

    def __init__(self, road: Road, dsn: str) -> None:
        self.road = road
        self._dsn = dsn
        self._table = f"{road.keyspace}.accounts"
        self._versions = count(2)

    def write(self, session: Session, owner: int, key: int, version: int) -> None:
        """Write a row."""
        session.execute(
            f"INSERT INTO {self._table} (owner, id, version) VALUES ({owner}, {key}, {version})"
        )

    def share(self, session: Session, owner: int, version: int) -> None:
        """Write what an owner's rows share."""
        session.execute(f"INSERT INTO {self._table} (owner, shared) VALUES ({owner}, {version})")

    def change(self, session: Session, chance: random.Random) -> None:
        """A newer version of some row, or of what some rows share."""
        owner, version = chance.choice(OWNERS), next(self._versions)
        if chance.random() < 0.1:
            self.share(session, owner, version)
        else:
            key = chance.choice([key for key in ACCOUNTS if key % len(OWNERS) == owner])
            self.write(session, owner, key, version)

    def hand(self, *statements: str) -> None:
        """What somebody does to Postgres."""
        with psycopg.connect(self._dsn, autocommit=True) as hand:
            for statement in statements:
                hand.execute(statement.replace("{schema}", self.road.keyspace).encode())

    def number(self, table: str) -> int:
        """How many rows a table has."""
        ((number,),) = self.road.rows(self._dsn, f"SELECT count(*) FROM {{schema}}.{table}")
        return int(number)


@pytest.fixture()
def accounts(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> Iterator[Accounts]:
    """A pipeline whose Postgres tables refuse first versions."""
    cql.execute(
        f"CREATE TABLE {keyspace}.accounts (owner int, id int, version bigint, shared bigint"
        " static, PRIMARY KEY (owner, id)) WITH cdc = {'enabled': true}"
    )
    road = Road(stack, keyspace, tmp_path, "accounts", sink={"connector": "messina"})
    applied = road.apply()
    assert applied.code == 0, applied.output
    made = Accounts(road, postgres_dsn)
    made.hand(*_STRICT)
    yield made
    road.destroy()


def test_the_newest_wins_while_letters_are_replayed(accounts: Accounts, cql: Session) -> None:
    """Rows and static rows in the dead letters are replayed while they change at 100/s: all come
    through, none of them ever goes back to an older version, and only the one whose cause is still
    there is quarantined; with its cause cured, it is there as well."""
    road = accounts.road
    for owner in OWNERS:
        accounts.share(cql, owner, 1)
    for key in ACCOUNTS:
        accounts.write(cql, key % len(OWNERS), key, 1)
    until(
        lambda: road.dlq("list").document["open"] == len(ACCOUNTS) + len(OWNERS),
        within=60,
        what="all are dead letters",
        every=0.5,
    )
    assert (accounts.number("accounts"), accounts.number("accounts__static")) == (0, 0)
    bars = road.dlq("list").document["bars"]
    assert {bar["table"] for bar in bars} == {"accounts", "accounts__static"}
    accounts.hand(*_CURED)
    with Traffic(cql, accounts.change, rate=RATE) as traffic:
        replayed = road.dlq("replay", "--yes", "--max-attempts", "1")
        written = traffic.done
    assert (replayed.code, replayed.document["outcomes"]) == (
        2,
        {"came through": len(ACCOUNTS) + len(OWNERS) - 1, "quarantined": 1},
    ), replayed.output
    assert written > RATE, "too few changes came meanwhile to show anything"
    assert accounts.number("accounts") == len(ACCOUNTS) - 1
    assert accounts.number("accounts__static") == len(OWNERS)
    listed = road.dlq("list").document
    assert listed["open"] == 0, listed
    shown = road.dlq("show", "--state", "quarantined").document["letters"]
    assert {letter["key"]["id"] for letter in shown} == {STUBBORN}
    accounts.hand("ALTER TABLE {schema}.accounts DROP CONSTRAINT stubborn")
    again = road.dlq("replay", "--yes", "--include-quarantined")
    assert (again.code, again.document["outcomes"]) == (0, {"came through": 1}), again.output
    compared = road.reconcile(settle=None)
    assert compared.code == 0, compared.output
    assert accounts.number("back") == 0
