"""What a re-read of one row can't cure: deletes of ranges and partitions, expiry, unreadable rows.

None of the range deletes changes a row in Postgres: the gap says what is to be looked at there.
"""

from typing import Any, Final

from case import Case, Gap, Step, batch, case, created, deleted, step, updated
from tables import CLUSTERED, DESCENDING, EXPIRING, LARGE, PLAIN

_ROW: Final = "INSERT INTO {t} (id, c, d, v) VALUES ({k}, %d, '%s', 1)"
_NOT_TOLD: Final = "range deletes, and partition deletes with clustering keys, are not told"
_NO_EXPIRY: Final = "it tells nothing of expiry"

_BLOB: Final = b"\xa5" * (2 << 20)
# Two of them are more than a row may have in this pipeline.
_BLOBS: Final = (b"\x01" * (2 << 20), b"\x02" * (2 << 20))


def _bound(included: bool, **values: Any) -> tuple[dict[str, Any], bool]:
    return values, included


def _range(name: str, where: str, gap: Gap) -> Case:
    """Three rows, then a delete of a range of them."""
    rows = [(1, "a"), (1, "b"), (5, "a")]
    made = step(batch(*(_ROW % row for row in rows)), *(created(c=c, d=d, v=1) for c, d in rows))
    cut = step(f"DELETE FROM {{t}} WHERE id = {{k}} AND {where}", gap, settled=True)
    return case(f"range delete, {name}", CLUSTERED, made, cut).deviates(
        because=_NOT_TOLD, gaps=False
    )


def _deleted(start: tuple[dict[str, Any], bool] | None, end: Any = None) -> Gap:
    return Gap("range_delete", start=start, end=end)


_PREFIX: Final = _bound(True, c=1)

_RANGES: Final[tuple[Case, ...]] = (
    _range("after", "c > 1", _deleted(_bound(False, c=1))),
    _range("from", "c >= 1", _deleted(_bound(True, c=1))),
    _range("before", "c < 5", _deleted(None, _bound(False, c=5))),
    _range("up to", "c <= 5", _deleted(None, _bound(True, c=5))),
    _range("between", "c > 1 AND c < 5", _deleted(_bound(False, c=1), _bound(False, c=5))),
    _range("from up to", "c >= 1 AND c <= 5", _deleted(_bound(True, c=1), _bound(True, c=5))),
    _range("after up to", "c > 1 AND c <= 5", _deleted(_bound(False, c=1), _bound(True, c=5))),
    _range("from before", "c >= 1 AND c < 5", _deleted(_bound(True, c=1), _bound(False, c=5))),
    _range("a prefix", "c = 1", _deleted(_PREFIX, _PREFIX)),
    _range("below a prefix", "c = 1 AND d > 'a'", _deleted(_bound(False, c=1, d="a"), _PREFIX)),
    _range("above a prefix", "c = 1 AND d <= 'a'", _deleted(_PREFIX, _bound(True, c=1, d="a"))),
    _range(
        "of tuples",
        "(c, d) > (1, 'a') AND (c, d) <= (5, 'a')",
        _deleted(_bound(False, c=1, d="a"), _bound(True, c=5, d="a")),
    ),
)

_DELETES: Final[tuple[Case, ...]] = (
    case(
        "delete of one row among others",
        CLUSTERED,
        step(
            batch(_ROW % (1, "a"), _ROW % (1, "b")),
            created(c=1, d="a", v=1),
            created(c=1, d="b", v=1),
        ),
        step("DELETE FROM {t} WHERE id = {k} AND c = 1 AND d = 'a'", deleted(c=1, d="a")),
    ),
    case(
        "delete of a partition with rows",
        CLUSTERED,
        step(
            batch(_ROW % (1, "a"), _ROW % (2, "b")),
            created(c=1, d="a", v=1),
            created(c=2, d="b", v=1),
        ),
        step("DELETE FROM {t} WHERE id = {k}", Gap("partition_delete"), settled=True),
        step(_ROW % (3, "c"), created(c=3, d="c", v=1), settled=True),
    ).deviates(because=_NOT_TOLD, gaps=False),
    case(
        "what a range delete took of young rows is found by their second look",
        CLUSTERED,
        step(
            batch(_ROW % (1, "a"), _ROW % (2, "b")),
            created(c=1, d="a", v=1),
            created(c=2, d="b", v=1),
        ),
        step("DELETE FROM {t} WHERE id = {k} AND c > 1", _deleted(_bound(False, c=1))),
        step((), deleted(c=2, d="b"), late=True),
    )
    .deviates(because=_NOT_TOLD, gaps=False)
    .deviates(
        because="it has no second look",
        scylladb=[created(c=1, d="a", v=1), created(c=2, d="b", v=1)],
    ),
    # Bounds are told in the order of the clustering key: the newest come first here.
    case(
        "range delete where the order is descending",
        DESCENDING,
        step(
            "DELETE FROM {t} WHERE zone = 'z-{k}' AND id = {k} AND seen > 5",
            _deleted(None, _bound(False, seen=5)),
        ),
        step(
            "DELETE FROM {t} WHERE zone = 'z-{k}' AND id = {k} AND seen >= 1 AND seen < 5",
            _deleted(_bound(False, seen=5), _bound(True, seen=1)),
        ),
    ).deviates(because=_NOT_TOLD, gaps=False),
    case(
        "two ranges and a row in one batch",
        CLUSTERED,
        step(
            batch(
                "DELETE FROM {t} WHERE id = {k} AND c > 10",
                "DELETE FROM {t} WHERE id = {k} AND c < 3",
                _ROW % (5, "a"),
            ),
            created(c=5, d="a", v=1),
            _deleted(_bound(False, c=10)),
            _deleted(None, _bound(False, c=3)),
        ),
    ).deviates(because=_NOT_TOLD, gaps=False),
    case(
        "a row that a newer range delete took is gone when it is read",
        CLUSTERED,
        step(
            batch(
                "INSERT INTO {t} (id, c, d, v) VALUES ({k}, 1, 'a', 1) USING TIMESTAMP {now}",
                "DELETE FROM {t} USING TIMESTAMP {now+10} WHERE id = {k} AND c >= 1",
                kind="UNLOGGED",
            ),
            deleted(c=1, d="a"),
            _deleted(_bound(True, c=1)),
            repeats=True,
        ),
    )
    .deviates(
        because="an image is the row as the batch left it, range deletes apart",
        scylladb=[created(c=1, d="a", v=1)],
    )
    .deviates(because=_NOT_TOLD, gaps=False),
)


def _expiring(name: str, made: Step, *more: Step) -> Case:
    return case(name, PLAIN, made, *more).deviates(because=_NO_EXPIRY, gaps=False)


_EXPIRY: Final[tuple[Case, ...]] = (
    _expiring(
        "insert with a time to live",
        step(
            "INSERT INTO {t} (id, a) VALUES ({k}, 1) USING TTL 600",
            created(a=1),
            Gap("ttl", ttl=600),
        ),
    ),
    _expiring(
        "cell with a time to live",
        step("INSERT INTO {t} (id, a) VALUES ({k}, 1)", created(a=1)),
        step(
            "UPDATE {t} USING TTL 86400 SET b = 'x' WHERE id = {k}",
            updated(a=1, b="x"),
            Gap("ttl", ttl=86_400),
        ),
    ),
    case(
        "row of a partition with a time to live",
        CLUSTERED,
        step(
            "INSERT INTO {t} (id, c, d, v) VALUES ({k}, 1, 'a', 1) USING TTL 600",
            created(c=1, d="a", v=1),
            Gap("ttl", _bound(True, c=1, d="a"), _bound(True, c=1, d="a"), ttl=600),
        ),
        step(_ROW % (2, "b"), created(c=2, d="b", v=1)),
    ).deviates(because=_NO_EXPIRY, gaps=False),
    case(
        "default time to live",
        EXPIRING,
        step("INSERT INTO {t} (id, a) VALUES ({k}, 1)", created(a=1), Gap("ttl", ttl=3600)),
        step("UPDATE {t} SET b = 'x' WHERE id = {k}", updated(a=1, b="x"), Gap("ttl", ttl=3600)),
        step(
            "INSERT INTO {t} (id, a) VALUES ({k}, 2) USING TTL 600",
            created(a=2, b="x"),
            Gap("ttl", ttl=600),
        ),
        step("INSERT INTO {t} (id, a) VALUES ({k1}, 3) USING TTL 0", created(at=1, a=3)),
    ).deviates(because=_NO_EXPIRY, gaps=False),
)

_LARGE: Final[tuple[Case, ...]] = (
    case(
        "huge blob",
        LARGE,
        step(
            "INSERT INTO {t} (id, payload) VALUES ({k}, %s)",
            created(payload=_BLOB),
            values=(_BLOB,),
        ),
        step("UPDATE {t} SET payload = 0x WHERE id = {k}", updated(payload=b"")),
    ),
    case(
        "a row that is too large is a gap, and the stream goes on",
        LARGE,
        step(
            "INSERT INTO {t} (id, payload) VALUES ({k}, %s)",
            created(payload=_BLOBS[0]),
            values=(_BLOBS[0],),
        ),
        step(
            "UPDATE {t} SET more = %s WHERE id = {k}",
            Gap("unreadable", says="max.row.bytes"),
            values=(_BLOBS[1],),
        ),
        step("INSERT INTO {t} (id, c1) VALUES ({k1}, 1)", created(at=1, c1=1)),
        step("UPDATE {t} SET more = null WHERE id = {k}", updated(payload=_BLOBS[0])),
    ).deviates(
        because="it has no limit of its own: a record larger than the producer's stops the task",
        gaps=False,
    ),
)

CASES: Final[tuple[Case, ...]] = _RANGES + _DELETES + _EXPIRY + _LARGE
