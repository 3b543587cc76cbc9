"""Batches, and the timestamps of writes."""

from typing import Final

from case import Case, Gap, batch, case, created, deleted, step, updated
from tables import CLUSTERED, PLAIN

_INSERT: Final = "INSERT INTO {t} (id, a, b) VALUES ({k}, 1, 'x')"
_ROW: Final = "INSERT INTO {t} (id, c, d, v) VALUES ({k}, %d, 'a', 1)"
_NO_GAP: Final = "it tells nothing of expiry"

_BATCHES: Final[tuple[Case, ...]] = (
    case(
        "logged batch of rows",
        CLUSTERED,
        step(
            batch(_ROW % 1, _ROW % 2, _ROW % 3),
            *(created(c=n, d="a", v=1) for n in (1, 2, 3)),
        ),
    ),
    case(
        "unlogged batch of a hundred rows",
        CLUSTERED,
        step(
            batch(*(_ROW % n for n in range(100)), kind="UNLOGGED"),
            *(created(c=n, d="a", v=1) for n in range(100)),
        ),
    ),
    case(
        "logged batch over partitions",
        PLAIN,
        step(
            batch(*(f"INSERT INTO {{t}} (id, a) VALUES ({{k{n}}}, {n})" for n in (1, 2, 3))),
            *(created(at=n, a=n) for n in (1, 2, 3)),
        ),
    ),
    case(
        "unlogged batch over partitions",
        PLAIN,
        step(
            batch(
                *(f"UPDATE {{t}} SET a = {n} WHERE id = {{k{n}}}" for n in (1, 2, 3)),
                kind="UNLOGGED",
            ),
            *(updated(at=n, a=n) for n in (1, 2, 3)),
        ),
    ),
    case(
        "logged batch over tables",
        PLAIN,
        step(
            batch(_INSERT, "INSERT INTO {t1} (id, c, d, v) VALUES ({k}, 1, 'a', 2)"),
            created(a=1, b="x"),
            created(table=CLUSTERED, c=1, d="a", v=2),
        ),
        others=(CLUSTERED,),
    ),
    case(
        "batch that writes a row twice",
        PLAIN,
        step(
            batch(_INSERT, "UPDATE {t} SET b = 'y' WHERE id = {k}"),
            created(a=1, b="y"),
            repeats=True,
        ),
    ),
    case(
        "batch that writes and deletes a row",
        PLAIN,
        step(batch(_INSERT, "DELETE FROM {t} WHERE id = {k}"), deleted(), repeats=True),
    ).deviates(
        because="the image of the insert does not know of the deletion beside it",
        scylladb=[deleted(), created(a=1, b="x")],
    ),
    case(
        "conditional batch",
        CLUSTERED,
        step(_ROW % 1, created(c=1, d="a", v=1)),
        step(
            batch(
                "UPDATE {t} SET v = 2 WHERE id = {k} AND c = 1 AND d = 'a' IF v = 1",
                _ROW % 2,
            ),
            updated(c=1, d="a", v=2),
            created(c=2, d="a", v=1),
        ),
        step(
            batch(
                "UPDATE {t} SET v = 3 WHERE id = {k} AND c = 1 AND d = 'a' IF v = 1",
                _ROW % 3,
            )
        ),
    ),
    case(
        "batch of several timestamps",
        CLUSTERED,
        step(
            batch(
                "INSERT INTO {t} (id, c, d, v) VALUES ({k}, 1, 'a', 1) USING TIMESTAMP {now}",
                "INSERT INTO {t} (id, c, d, v) VALUES ({k}, 2, 'a', 2) USING TIMESTAMP {now+3}",
                "UPDATE {t} USING TIMESTAMP {now+5} SET v = 3"
                " WHERE id = {k} AND c = 1 AND d = 'a'",
                kind="UNLOGGED",
            ),
            created(c=1, d="a", v=3),
            created(c=2, d="a", v=2),
            repeats=True,
        ),
    ),
    case(
        "batch of several times to live",
        PLAIN,
        step(
            batch(
                "INSERT INTO {t} (id, a) VALUES ({k}, 1) USING TTL 600",
                "UPDATE {t} USING TTL 900 SET b = 'x' WHERE id = {k}",
                "INSERT INTO {t} (id, a) VALUES ({k1}, 1)",
            ),
            created(a=1, b="x"),
            created(at=1, a=1),
            Gap("ttl", ttl=600, optional=True),
            Gap("ttl", ttl=900),
            repeats=True,
        ),
    ).deviates(because=_NO_GAP, gaps=False),
)

_TIMESTAMPS: Final[tuple[Case, ...]] = (
    case(
        "an older timestamp loses",
        PLAIN,
        step(
            (
                "INSERT INTO {t} (id, a) VALUES ({k}, 1) USING TIMESTAMP {now}",
                "UPDATE {t} USING TIMESTAMP {now-1000} SET a = 9 WHERE id = {k}",
            ),
            created(a=1),
            repeats=True,
        ),
    ).deviates(
        because="an image is laid on top of the row without comparing timestamps; the next, in "
        "the order of the log, is right again",
        scylladb=[updated(a=9), created(a=1)],
    ),
    case(
        "a newer timestamp wins",
        PLAIN,
        step(
            (
                "UPDATE {t} USING TIMESTAMP {now+1000} SET a = 2 WHERE id = {k}",
                "INSERT INTO {t} (id, a) VALUES ({k}, 1) USING TIMESTAMP {now}",
            ),
            created(a=2),
            repeats=True,
        ),
    ).deviates(
        because="the image of the write that lost has its value",
        scylladb=[created(a=1), updated(a=2)],
    ),
    case(
        "of equal timestamps the larger value wins",
        PLAIN,
        step(
            (
                "INSERT INTO {t} (id, a) VALUES ({k}, 5) USING TIMESTAMP {now}",
                "UPDATE {t} USING TIMESTAMP {now} SET a = 3 WHERE id = {k}",
            ),
            created(a=5),
            repeats=True,
        ),
    ).deviates(
        because="an image is laid on top of the row without comparing timestamps or values",
        scylladb=[created(a=5), updated(a=3)],
    ),
    case(
        "a delete with an older timestamp loses",
        PLAIN,
        step(
            (
                "INSERT INTO {t} (id, a) VALUES ({k}, 1) USING TIMESTAMP {now}",
                "DELETE FROM {t} USING TIMESTAMP {now-1000} WHERE id = {k}",
            ),
            created(a=1),
            repeats=True,
        ),
    ).deviates(
        because="a deletion in the log is believed, whatever it deleted",
        scylladb=[deleted(), created(a=1)],
    ),
    case(
        "a write that lost behind the first look changes nothing",
        PLAIN,
        step(_INSERT, created(a=1, b="x")),
        step("UPDATE {t} USING TIMESTAMP {start-5000000} SET a = 9 WHERE id = {k}"),
    ),
    case(
        "a write behind the first look is found by the second",
        PLAIN,
        step(
            "UPDATE {t} USING TIMESTAMP {now-6000000} SET a = 9 WHERE id = {k}",
            updated(a=9),
            late=True,
            settled=True,
        ),
    ).deviates(
        because="log rows that come later than its confidence window are lost",
        scylladb=[],
    ),
    case(
        "a write from the future comes when it is due",
        PLAIN,
        step("UPDATE {t} USING TIMESTAMP {now+2000000} SET a = 9 WHERE id = {k}", updated(a=9)),
    ),
)

CASES: Final[tuple[Case, ...]] = _BATCHES + _TIMESTAMPS
