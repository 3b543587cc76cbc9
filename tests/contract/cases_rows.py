"""Inserts, updates, deletes of rows; conditional writes; what is null."""

from typing import Final

from case import Case, Event, case, created, deleted, step, updated
from tables import DESCENDING, KEYS_ONLY, LARGE, PLAIN, QUOTED, TRUNCATED

_INSERT: Final = "INSERT INTO {t} (id, a, b) VALUES ({k}, 1, 'x')"
_NULLS: Final = (
    "the post-image of an update is written even when all is null, also for a row that is gone"
)

CASES: Final[tuple[Case, ...]] = (
    case("insert", PLAIN, step(_INSERT, created(a=1, b="x"))),
    case("insert of a key alone", PLAIN, step("INSERT INTO {t} (id) VALUES ({k})", created())),
    case(
        "insert over a row keeps its other columns",
        PLAIN,
        step(_INSERT, created(a=1, b="x")),
        step("INSERT INTO {t} (id, a) VALUES ({k}, 2)", created(a=2, b="x")),
    ),
    case(
        "insert of a null",
        PLAIN,
        step("INSERT INTO {t} (id, a, b) VALUES ({k}, 1, null)", created(a=1)),
    ),
    case(
        "empty text is not null",
        PLAIN,
        step("INSERT INTO {t} (id, b) VALUES ({k}, '')", created(b="")),
    ),
    case(
        "update",
        PLAIN,
        step(_INSERT, created(a=1, b="x")),
        step("UPDATE {t} SET a = 2 WHERE id = {k}", updated(a=2, b="x")),
    ),
    case(
        "update of a missing row is an upsert",
        PLAIN,
        step("UPDATE {t} SET a = 1 WHERE id = {k}", updated(a=1)),
    ),
    case(
        "quick updates end with the last",
        PLAIN,
        step(
            tuple(f"UPDATE {{t}} SET a = {n} WHERE id = {{k}}" for n in range(20)),
            *(updated(a=n) for n in range(20)),
            repeats=True,
        ),
    ),
    case(
        "update to null",
        PLAIN,
        step(_INSERT, created(a=1, b="x")),
        step("UPDATE {t} SET b = null WHERE id = {k}", updated(a=1)),
    ),
    case(
        "delete of a column",
        PLAIN,
        step(_INSERT, created(a=1, b="x")),
        step("DELETE b FROM {t} WHERE id = {k}", updated(a=1)),
    ),
    case(
        "delete of a row, which is its partition",
        PLAIN,
        step(_INSERT, created(a=1, b="x")),
        step("DELETE FROM {t} WHERE id = {k}", deleted()),
    ),
    case("delete of a missing row", PLAIN, step("DELETE FROM {t} WHERE id = {k}", deleted())),
    case(
        "insert after a delete",
        PLAIN,
        step(_INSERT, created(a=1, b="x")),
        step("DELETE FROM {t} WHERE id = {k}", deleted()),
        step("INSERT INTO {t} (id, a) VALUES ({k}, 3)", created(a=3)),
    ),
    case(
        "last cell deleted of an inserted row",
        PLAIN,
        step("INSERT INTO {t} (id, a) VALUES ({k}, 1)", created(a=1)),
        step("DELETE a FROM {t} WHERE id = {k}", updated()),
    ),
    case(
        "last cell deleted of a row without marker",
        PLAIN,
        step("UPDATE {t} SET a = 1 WHERE id = {k}", updated(a=1)),
        step("DELETE a FROM {t} WHERE id = {k}", deleted()),
    ).deviates(because=_NULLS, scylladb=[updated(a=1), updated()]),
    case(
        "last cell nulled of a row without marker",
        PLAIN,
        step("UPDATE {t} SET a = 1, b = 'x' WHERE id = {k}", updated(a=1, b="x")),
        step("UPDATE {t} SET a = null, b = null WHERE id = {k}", deleted()),
    ).deviates(because=_NULLS, scylladb=[updated(a=1, b="x"), updated()]),
    case(
        "conditional insert",
        PLAIN,
        step("INSERT INTO {t} (id, a) VALUES ({k}, 1) IF NOT EXISTS", created(a=1)),
        step("INSERT INTO {t} (id, a) VALUES ({k}, 2) IF NOT EXISTS"),
        step("UPDATE {t} SET b = 'x' WHERE id = {k}", updated(a=1, b="x")),
    ),
    case(
        "conditional update",
        PLAIN,
        step("INSERT INTO {t} (id, a) VALUES ({k}, 1)", created(a=1)),
        step("UPDATE {t} SET a = 2 WHERE id = {k} IF a = 1", updated(a=2)),
        step("UPDATE {t} SET a = 3 WHERE id = {k} IF a = 1"),
        step("DELETE FROM {t} WHERE id = {k} IF a = 1"),
        step("DELETE FROM {t} WHERE id = {k} IF a = 2", deleted()),
    ),
    case(
        "conditional update of a missing row",
        PLAIN,
        step("UPDATE {t} SET a = 2 WHERE id = {k} IF EXISTS"),
        step("INSERT INTO {t} (id, a) VALUES ({k}, 1)", created(a=1)),
    ),
    case(
        "rows that are nothing but a key",
        KEYS_ONLY,
        step("INSERT INTO {t} (id, c) VALUES ({k}, 1)", created(c=1)),
        step("INSERT INTO {t} (id, c) VALUES ({k}, 2)", created(c=2)),
        step("DELETE FROM {t} WHERE id = {k} AND c = 1", deleted(c=1)),
    ),
    case(
        "composite partition key and descending rows",
        DESCENDING,
        step(
            "INSERT INTO {t} (zone, id, seen, n, v) VALUES ('z-{k}', {k}, 1, 'a', 1)",
            created(seen=1, n="a", v=1),
        ),
        step(
            "INSERT INTO {t} (zone, id, seen, n, v) VALUES ('z-{k}', {k}, 2, 'b', 2)",
            created(seen=2, n="b", v=2),
        ),
        step(
            "UPDATE {t} SET v = 3 WHERE zone = 'z-{k}' AND id = {k} AND seen = 1 AND n = 'a'",
            updated(seen=1, n="a", v=3),
        ),
        step(
            "DELETE FROM {t} WHERE zone = 'z-{k}' AND id = {k} AND seen = 2 AND n = 'b'",
            deleted(seen=2, n="b"),
        ),
    ),
    case(
        "names in quotes keep their case",
        QUOTED,
        step(
            'INSERT INTO {t} ("Id", "Order", "camelCase", "select") VALUES ({k}, 1, \'x\', \'y\')',
            created(Order=1, camelCase="x", select="y"),
        ),
        step(
            'UPDATE {t} SET "select" = null WHERE "Id" = {k} AND "Order" = 1',
            updated(Order=1, camelCase="x"),
        ),
        step('DELETE FROM {t} WHERE "Id" = {k} AND "Order" = 1', deleted(Order=1)),
        step(
            'INSERT INTO {t} ("Id", "Order", "camelCase") VALUES ({k}, 2, \'z\')',
            created(Order=2, camelCase="z"),
        ),
    ),
    case(
        "a row of two hundred columns",
        LARGE,
        step(
            f"INSERT INTO {{t}} (id, {', '.join(f'c{n}' for n in range(200))})"
            f" VALUES ({{k}}, {', '.join(str(n) for n in range(200))})",
            Event("c", {f"c{n}": n for n in range(200)}),
        ),
        step(
            "UPDATE {t} SET c7 = null WHERE id = {k}",
            Event("u", {f"c{n}": n for n in range(200) if n != 7}),
        ),
    ),
    # TRUNCATE is not in the log: the sink keeps the rows until a full reconcile.
    case(
        "truncate tells nothing",
        TRUNCATED,
        step("INSERT INTO {t} (id, a) VALUES ({k}, 1)", created(a=1)),
        step("TRUNCATE {t}", settled=True),
        step("INSERT INTO {t} (id, a) VALUES ({k1}, 2)", created(at=1, a=2), settled=True),
    ),
)
