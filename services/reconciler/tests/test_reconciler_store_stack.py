"""What runs leave in Postgres: nothing is lost or done twice; one process holds a run."""

import io
import secrets
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import cast

import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from rich.console import Console

from messina import postgres
from messina.pipeline import Endpoints, parse_spec
from messina.reconciler.backfill.running import marked
from messina.reconciler.checkpoints import Checkpoints
from messina.reconciler.cli.comparing import Comparison, held
from messina.reconciler.errors import SpecChanged
from messina.reconciler.scanning import Planned
from messina.reconciler.store import (
    CandidateKey,
    Intent,
    Keeping,
    NothingToResume,
    Outcome,
    PartCounts,
    PlannedRange,
    Run,
    RunNotFound,
    Settled,
    StillRunning,
    Store,
    Verdict,
)
from messina.reconciler.store.migrations import MIGRATIONS
from messina.testing import until

MIN, MAX = -(2**63), 2**63 - 1


@pytest.fixture()
def schema(postgres_dsn: str) -> Iterator[str]:
    """A schema that is this test's own, dropped behind it."""
    name = f"messina_{secrets.token_hex(4)}"
    yield name
    with postgres.connect(postgres_dsn, application_name="messina-tests") as connection:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))


@pytest.fixture()
def store(postgres_dsn: str, schema: str) -> Iterator[Store]:
    """A store of pipeline `p`."""
    with Store.open(postgres_dsn, "p", schema=schema) as opened:
        yield opened


def _planned(store: Store, tables: int = 1) -> Run:
    run = store.begin("compare", {"tables": ["t"], "settle": 30})
    store.plan(run, [PlannedRange(f"t{n}", n % 2 == 1, MIN, MAX, 100) for n in range(tables)])
    return run


def _with_candidates(store: Store, keys: int) -> Run:
    run = _planned(store)
    found = [CandidateKey(f'{{"id": {n}}}') for n in range(keys)]
    (each,) = store.pending(run)
    store.finish_range(run, each.id, rows_in_source=500, rows_in_sink=400, candidates=found)
    return run


def test_migrations_are_numbered_without_a_gap() -> None:
    """Each migration has the next number."""
    assert all(b.number == a.number + 1 for a, b in pairwise(MIGRATIONS))
    assert MIGRATIONS[0].number == 1


def test_a_run_goes_from_its_plan_to_its_sums(store: Store) -> None:
    """Ranges are pending until they are done, candidates undecided until a verdict; sums remain."""
    run = _planned(store, 2)
    assert not run.planned and run.state == "running" and run.options["settle"] == 30
    first, second = store.pending(run)
    assert (first.table, first.static, first.after, first.upto) == ("t0", False, MIN, MAX)
    assert (second.table, second.static, second.estimated_rows) == ("t1", True, 100)
    keys = [f'{{"id": "k{n}\\u0000\t"}}' for n in range(5)]
    store.finish_range(
        run, first.id, rows_in_source=7, rows_in_sink=6, candidates=map(CandidateKey, keys)
    )
    assert store.pending(run) == [second]
    store.finish_range(run, second.id, rows_in_source=3, rows_in_sink=3)
    waiting = store.undecided(run)
    assert [each.key_json for each in waiting] == keys
    assert store.undecided(run, 2, after=waiting[1].id) == waiting[2:4]
    outcomes: tuple[Outcome, ...] = (
        "missing_in_sink",
        "in_flight",
        "different",
        "extra_in_sink",
        "unsettled",
    )
    shown = {"v": {"source": "'a\x00'", "sink": "null"}}
    store.decide(
        run,
        [
            Verdict(each.id, outcome, shown if outcome == "different" else {})
            for each, outcome in zip(waiting, outcomes, strict=True)
        ],
    )
    assert store.undecided(run) == []
    found = list(store.discrepancies(run))
    assert [each.kind for each in found] == ["missing_in_sink", "different", "extra_in_sink"]
    assert [each.key_json for each in found] == [keys[0], keys[2], keys[3]]
    assert [each.columns for each in found] == [{}, shown, {}]
    expected = (
        PartCounts("t0", False, 1, 1, 7, 6, 5, 0, 1, 1, 1, 1, 1),
        PartCounts("t1", True, 1, 1, 3, 3),
    )
    assert store.counts(run) == expected
    store.finish(run, "different")
    assert store.counts(run) == expected
    assert list(store.discrepancies(run)) == found


def test_what_is_stored_twice_counts_once(store: Store) -> None:
    """A plan, a range's result and a verdict hold as they were stored first."""
    run = _with_candidates(store, 3)
    store.plan(run, [PlannedRange("other", False, MIN, MAX)])
    store.finish_range(
        run, 1, rows_in_source=1, rows_in_sink=1, candidates=[CandidateKey('{"id": 9}')]
    )
    waiting = store.undecided(run)
    assert len(waiting) == 3
    store.decide(run, [Verdict(waiting[0].id, "different")])
    store.decide(run, [Verdict(each.id, "in_flight") for each in waiting])
    (counts,) = store.counts(run)
    assert (counts.ranges, counts.rows_in_source) == (1, 500)
    assert (counts.different, counts.in_flight) == (1, 2)
    assert len(list(store.discrepancies(run))) == 1


def test_a_range_that_fails_on_its_way_leaves_nothing(store: Store) -> None:
    """A range is stored with all its candidates or stays pending."""
    run = _planned(store)

    def broken() -> Iterator[CandidateKey]:
        yield CandidateKey('{"id": 1}')
        raise RuntimeError("the scan broke")

    with pytest.raises(RuntimeError, match="the scan broke"):
        store.finish_range(run, 1, rows_in_source=1, rows_in_sink=1, candidates=broken())
    assert [each.id for each in store.pending(run)] == [1]
    assert store.undecided(run) == []


def test_a_run_is_resumed_when_its_process_is_gone_and_not_before(
    postgres_dsn: str, schema: str, store: Store
) -> None:
    """Who holds a run is named to others; its end frees the run, which goes on where it was."""
    with Store.open(postgres_dsn, "p", schema=schema) as other:
        run = _with_candidates(other, 2)
        with pytest.raises(StillRunning, match=r"still going on \(from .* session \d+\)"):
            store.resume("compare")
        with pytest.raises(NothingToResume):
            store.resume("backfill")
        assert [each.state for each in store.history()] == ["running"]
    # its session ends a moment after its connection
    until(
        lambda: [each.state for each in store.history()] == ["interrupted"],
        within=30,
        what="its end",
    )
    again = store.resume("compare", run.id)
    assert again.planned and again.resumed == 1 and again.options == run.options
    assert again.correlation_id == run.correlation_id
    assert len(store.undecided(again)) == 2 and store.pending(again) == []
    store.finish(again, "failed", "Postgres went away")
    assert store.resume("compare").id == run.id
    store.finish(again, "equal")
    with pytest.raises(NothingToResume, match="no run is unfinished"):
        store.resume("compare")
    with pytest.raises(NothingToResume, match="is finished"):
        store.resume("compare", run.id)
    assert store.resume("compare", run.id, finished=True).id == run.id


def test_a_run_that_ended_keeps_its_sums_when_it_is_taken_up(store: Store) -> None:
    """Its candidates are gone, but not how many there were; a failed one is counted anew."""
    run = _with_candidates(store, 3)
    one, other, third = store.undecided(run)
    store.decide(run, [Verdict(one.id, "unsettled"), Verdict(other.id, "different")])
    store.finish(run, "failed", "cut off")
    run = store.resume("compare", run.id)
    store.decide(run, [Verdict(third.id, "in_flight")])
    counts = store.counts(run)
    assert (counts[0].unsettled, counts[0].different, counts[0].in_flight) == (1, 1, 1)
    store.finish(run, "different")
    for finished in (True, False):  # the second time it was cut off
        run = store.resume("compare", run.id, finished=finished)
        assert store.counts(run) == counts
        store.finish(run, "failed", "cut off again")
    run = store.resume("compare", run.id)
    store.finish(run, "equal")
    assert store.history(1)[0].parts == counts


def test_a_run_planned_for_other_tables_is_not_gone_on_with(store: Store) -> None:
    """Tables that came or went since are named; nothing is left out without a word."""

    def planned(*names: str) -> list[Planned]:
        each = (SimpleNamespace(schema=SimpleNamespace(name=n), static=False) for n in names)
        return [cast(Planned, SimpleNamespace(part=part, ranges=())) for part in each]

    run = store.begin("compare", {})
    store.plan(run, [PlannedRange(name, False, MIN, MAX) for name in ("a", "b")])
    store.finish(run, "failed")
    again = Checkpoints(store, store.resume("compare"))
    with pytest.raises(SpecChanged, match="others than when it began .b is gone, c is new.; noth"):
        again.pending(planned("a", "c"))


def test_who_may_only_read_compares_without_keeping_anything(
    postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the right to make a schema rows are compared, and no more; a repair says why not."""
    spec = parse_spec("pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: t}]")
    todo = Comparison(None, None, None, False, None)
    role = f"messina_{secrets.token_hex(4)}"
    said = io.StringIO()
    screen = Console(file=said, width=500)
    with postgres.connect(postgres_dsn, application_name="messina-tests") as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(sql.Identifier(role)))
        try:
            dsn = make_conninfo(postgres_dsn, user=role, password="x")
            at = SimpleNamespace(postgres=dsn)
            where = cast(Endpoints, SimpleNamespace(under=lambda _: at))
            opened = Store.open
            monkeypatch.setattr(Store, "open", lambda at, name: opened(at, name, schema=role))
            with held(spec, where, todo, screen) as (_, checkpoints):
                assert checkpoints is None and "without checkpoints" in said.getvalue()
            with (
                pytest.raises(postgres.SchemaNotPermitted, match="GRANT CREATE"),
                held(spec, where, todo, screen, needed=True),
            ):
                raise AssertionError("a repair needs the store")
        finally:
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def test_what_was_asked_for_before_a_kill_is_a_repair(store: Store) -> None:
    """A row that is equal when its run is resumed was repaired if its signal had been sent."""
    run = _with_candidates(store, 2)
    store.decide(run, [Verdict(each.id, "different") for each in store.undecided(run)])
    one, two = (each.id for each in store.discrepancies(run))
    store.audit.intend(run, [Intent(one, {"v": "1"}, "sent"), Intent(two, {"v": "1"}, "meant")])
    store.audit.signalled(run, ["sent"])
    store.audit.settle(run, [Settled(each, "not_needed", {"v": "2"}) for each in (one, two)])
    assert store.audit.counts(run.id) == {"not_needed": 1, "verified": 1}
    assert next(store.audit.rows(run.id)).outcome == "verified"


def test_a_backfill_that_fails_says_why(store: Store) -> None:
    """In the history it is failed, with its reason, and it can be resumed."""
    run = store.begin("backfill", {})
    with pytest.raises(OSError, match="no route"), marked(store, run):
        raise OSError("no route to the source")
    (past,) = store.history()
    assert (past.state, past.error) == ("failed", "no route to the source")
    assert store.resume("backfill").id == run.id


def test_runs_of_other_pipelines_are_not_seen(postgres_dsn: str, schema: str, store: Store) -> None:
    """Each pipeline has its own history."""
    run = store.begin("compare", {})
    store.finish(run, "failed")
    with Store.open(postgres_dsn, "q", schema=schema) as other:
        assert other.history() == ()
        with pytest.raises(RunNotFound, match="pipeline q has no run"):
            other.resume("compare", run.id)
        with pytest.raises(NothingToResume):
            other.resume("compare")
        assert other.prune(Keeping(age=timedelta(0), number=0)) == 0
    with pytest.raises(RunNotFound):
        store.resume("compare", "no uuid")


def test_the_audit_has_what_was_meant_and_what_came_of_it(store: Store) -> None:
    """A repair is open from its intent to its outcome; another attempt keeps the first state."""
    run = _with_candidates(store, 3)
    store.decide(run, [Verdict(each.id, "different") for each in store.undecided(run)])
    one, two, three = (each.id for each in store.discrepancies(run))
    store.audit.intend(run, [Intent(one, {"v": "1"}, "s1"), Intent(two, None, "s1")])
    store.audit.settle(run, [Settled(three, "not_needed", {"v": "3"})])
    assert store.audit.counts(run.id) == {"open": 2, "not_needed": 1}
    unsure = store.audit.unsure(run)
    assert [(each.table, each.static, each.signal_id) for each in unsure] == [("t0", False, "s1")]
    store.audit.signalled(run, ["s1"])
    assert not store.audit.unsure(run)
    store.audit.intend(run, [Intent(two, {"v": "changed"}, "s2")])
    assert [each.signal_id for each in store.audit.unsure(run)] == ["s2"]
    store.audit.settle(
        run,
        [
            Settled(one, "verified", {"v": "2"}),
            Settled(two, "not_cured", None, "the sink has stopped"),
        ],
    )
    store.audit.intend(run, [Intent(one, None, "s3")])  # verified stays verified
    first, second, third = store.audit.rows(run.id)
    assert (first.before, first.after, first.outcome) == ({"v": "1"}, {"v": "2"}, "verified")
    assert (first.signal_id, first.attempts, first.kind) == ("s1", 1, "different")
    assert first.signalled_at is not None and first.intended_at <= first.signalled_at
    assert (second.before, second.after, second.outcome) == (None, None, "not_cured")
    assert (second.signal_id, second.attempts, second.reason) == ("s2", 2, "the sink has stopped")
    assert second.correlation_id == run.correlation_id
    assert (third.outcome, third.signal_id, third.attempts) == ("not_needed", None, 0)


def test_the_history_is_pruned_by_number_and_age_and_keeps_what_goes_on(
    postgres_dsn: str, schema: str, store: Store
) -> None:
    """Old runs go with all their rows; those that run stay, and those that repaired stay longer."""
    repaired = _with_candidates(store, 1)
    store.decide(repaired, [Verdict(each.id, "different") for each in store.undecided(repaired)])
    (found,) = store.discrepancies(repaired)
    store.audit.intend(repaired, [Intent(found.id, None, "s")])
    store.finish(repaired, "different")
    for _ in range(4):
        store.finish(store.begin("compare", {}), "equal")
    with Store.open(postgres_dsn, "p", schema=schema) as other:
        going_on = other.begin("compare", {}, Keeping(number=3))
        assert {each.id for each in store.history()} >= {going_on.id, repaired.id}
        assert len(store.history()) == 4
        own = store.begin("compare", {})
        assert store.prune(Keeping(age=timedelta(0), number=0)) == 2
        assert [each.id for each in store.history()] == [own.id, going_on.id, repaired.id]
        assert store.history(5, repaired.id)[0].repairs == {"open": 1}
        store.prune(Keeping(age=timedelta(0), audited=timedelta(0)))
        assert [each.id for each in store.history()] == [own.id, going_on.id]
    assert store.database.rows("", "SELECT count(*) FROM {s}.repairs")[0][0] == 0


def test_a_run_takes_one_small_connection(postgres_dsn: str, schema: str, store: Store) -> None:
    """A store has one session, whatever it does, and leaves none."""

    def sessions(connection: postgres.Connection) -> int:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'messina-reconciler-store'"
        ).fetchone()
        assert row is not None
        return int(row[0])

    with postgres.connect(postgres_dsn, application_name="messina-tests") as connection:
        _with_candidates(store, 10)
        assert sessions(connection) == 1
