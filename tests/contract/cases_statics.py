"""Static columns: a row of their own, in a topic and a table of their own."""

from typing import Any, Final

from case import Case, Event, Gap, case, created, deleted, step, updated
from tables import STATICS

_ROW: Final = "INSERT INTO {t} (id, c, v) VALUES ({k}, %d, %d)"
_LOST: Final = (
    "a static write is a record with a null clustering key, which breaks the sink and is filtered"
)


def _statics(*, at: int = 0, **values: Any) -> Event:
    """The static row, which is always said to be updated: a partition has no insert."""
    return updated(at=at, static=True, **values)


CASES: Final[tuple[Case, ...]] = (
    case(
        "statics alone",
        STATICS,
        step("UPDATE {t} SET s = 1 WHERE id = {k}", _statics(s=1)),
        step("UPDATE {t} SET w = 'x' WHERE id = {k}", _statics(s=1, w="x")),
        step("UPDATE {t} SET s = null WHERE id = {k}", _statics(w="x")),
    ).deviates(because=_LOST, scylladb=[]),
    case(
        "statics by an insert without a row",
        STATICS,
        step("INSERT INTO {t} (id, s) VALUES ({k}, 1)", _statics(s=1)),
    ).deviates(because=_LOST, scylladb=[]),
    case(
        "statics inside an insert",
        STATICS,
        step(
            "INSERT INTO {t} (id, c, v, s) VALUES ({k}, 1, 2, 3)",
            created(c=1, v=2),
            _statics(s=3),
        ),
        step(_ROW % (2, 4), created(c=2, v=4)),
    ).deviates(because=_LOST, scylladb=[created(c=1, v=2), created(c=2, v=4)]),
    case(
        "statics that are all null are gone",
        STATICS,
        step("UPDATE {t} SET s = 1, w = 'x' WHERE id = {k}", _statics(s=1, w="x")),
        step("DELETE s, w FROM {t} WHERE id = {k}", deleted(static=True)),
    ).deviates(because=_LOST, scylladb=[]),
    case(
        "statics come back after their deletion",
        STATICS,
        step("UPDATE {t} SET s = 1 WHERE id = {k}", _statics(s=1)),
        step("UPDATE {t} SET s = null WHERE id = {k}", deleted(static=True)),
        step("UPDATE {t} SET w = 'y' WHERE id = {k}", _statics(w="y")),
    ).deviates(because=_LOST, scylladb=[]),
    case(
        "deleting the last row leaves the statics",
        STATICS,
        step(
            "INSERT INTO {t} (id, c, v, s) VALUES ({k}, 1, 2, 3)",
            created(c=1, v=2),
            _statics(s=3),
        ),
        step("DELETE FROM {t} WHERE id = {k} AND c = 1", deleted(c=1)),
    ).deviates(because=_LOST, scylladb=[created(c=1, v=2), deleted(c=1)]),
    case(
        "a partition delete takes the statics too",
        STATICS,
        step(
            "INSERT INTO {t} (id, c, v, s) VALUES ({k}, 1, 2, 3)",
            created(c=1, v=2),
            _statics(s=3),
        ),
        step(
            "DELETE FROM {t} WHERE id = {k}",
            deleted(static=True),
            Gap("partition_delete"),
            settled=True,
        ),
    )
    .deviates(because=_LOST, scylladb=[created(c=1, v=2)])
    .deviates(because="a partition delete with clustering keys is not told", gaps=False),
    case(
        "conditional statics",
        STATICS,
        step("UPDATE {t} SET s = 1 WHERE id = {k}", _statics(s=1)),
        step("UPDATE {t} SET s = 2 WHERE id = {k} IF s = 1", _statics(s=2)),
        step("UPDATE {t} SET s = 3 WHERE id = {k} IF s = 1"),
    ).deviates(because=_LOST, scylladb=[]),
    case(
        "statics and rows of partitions in one batch",
        STATICS,
        step(
            "BEGIN BATCH UPDATE {t} SET s = 1 WHERE id = {k}; "
            + "; ".join(_ROW % (n, n) for n in (1, 2))
            + "; UPDATE {t} SET s = 2 WHERE id = {k1}; APPLY BATCH",
            _statics(s=1),
            _statics(s=2, at=1),
            created(c=1, v=1),
            created(c=2, v=2),
        ),
    ).deviates(because=_LOST, scylladb=[created(c=1, v=1), created(c=2, v=2)]),
    case(
        "statics with a time to live",
        STATICS,
        step(
            "UPDATE {t} USING TTL 600 SET s = 1 WHERE id = {k}",
            _statics(s=1),
            Gap("ttl", ttl=600, static=True),
        ),
    )
    .deviates(because=_LOST, scylladb=[])
    .deviates(because="it tells nothing of expiry", gaps=False),
)
