"""Collections, tuples and user types: whole, by element, by field. Canonical JSON, always whole."""

from typing import Final

from case import Case, Gap, case, created, deleted, step, updated
from tables import COLLECTIONS

_SET: Final = "UPDATE {t} SET %s WHERE id = {k}"

CASES: Final[tuple[Case, ...]] = (
    case(
        "list",
        COLLECTIONS,
        step("INSERT INTO {t} (id, l) VALUES ({k}, [1, 2])", created(l="[1,2]")),
        step(_SET % "l = l + [3]", updated(l="[1,2,3]")),
        step(_SET % "l = [0] + l", updated(l="[0,1,2,3]")),
        step(_SET % "l[1] = 9", updated(l="[0,9,2,3]")),
        step("DELETE l[0] FROM {t} WHERE id = {k}", updated(l="[9,2,3]")),
        step(_SET % "l = l - [2]", updated(l="[9,3]")),
        step(_SET % "l = [9, 9]", updated(l="[9,9]")),
        step(_SET % "l = []", updated()),
    ),
    case(
        "set",
        COLLECTIONS,
        step("INSERT INTO {t} (id, s) VALUES ({k}, {'b', 'a'})", created(s='["a","b"]')),
        step(_SET % "s = s + {'é', 'c'}", updated(s='["a","b","c","é"]')),
        step(_SET % "s = s - {'b'}", updated(s='["a","c","é"]')),
        step("DELETE s FROM {t} WHERE id = {k}", updated()),
    ),
    case(
        "map with text keys is an object",
        COLLECTIONS,
        step("INSERT INTO {t} (id, m) VALUES ({k}, {'x': 1})", created(m='{"x":1}')),
        step(_SET % "m['a'] = 2", updated(m='{"a":2,"x":1}')),
        step(_SET % "m = m + {'y': 3, 'a': 4}", updated(m='{"a":4,"x":1,"y":3}')),
        step(_SET % "m = m - {'x'}", updated(m='{"a":4,"y":3}')),
        step("DELETE m['a'] FROM {t} WHERE id = {k}", updated(m='{"y":3}')),
        step(_SET % "m['y'] = null", updated()),
    ),
    case(
        "map with other keys is a list of pairs",
        COLLECTIONS,
        step(
            "INSERT INTO {t} (id, i) VALUES ({k}, {2: 'b', -1: 'a'})",
            created(i='[[-1,"a"],[2,"b"]]'),
        ),
        step(_SET % "i[2] = 'c'", updated(i='[[-1,"a"],[2,"c"]]')),
    ),
    case(
        "user type by field",
        COLLECTIONS,
        step(
            "INSERT INTO {t} (id, u) VALUES ({k}, {street: 'Main', number: 1})",
            created(u='{"street":"Main","number":1}'),
        ),
        step(_SET % "u.number = 2", updated(u='{"street":"Main","number":2}')),
        step(_SET % "u.street = null", updated(u='{"street":null,"number":2}')),
        step(_SET % "u = {street: 'Side'}", updated(u='{"street":"Side","number":null}')),
        step(_SET % "u = null", updated()),
    ),
    case(
        "frozen user type and tuple",
        COLLECTIONS,
        step(
            "INSERT INTO {t} (id, f, t) VALUES ({k}, {street: 'Main'}, (1, null))",
            created(f='{"street":"Main","number":null}', t="[1,null]"),
        ),
        step(
            _SET % "f = {street: null, number: 7}, t = (null, 'x')",
            updated(f='{"street":null,"number":7}', t='[null,"x"]'),
        ),
    ),
    case(
        "nested",
        COLLECTIONS,
        step(
            "INSERT INTO {t} (id, deep) VALUES ({k}, {'a': [{street: 'Main', number: 1}],"
            " 'b': []})",
            created(deep='{"a":[{"street":"Main","number":1}],"b":[]}'),
        ),
        step(
            _SET % "deep['b'] = [{number: 2}]",
            updated(deep='{"a":[{"street":"Main","number":1}],"b":[{"street":null,"number":2}]}'),
        ),
    ),
    case(
        "last element of a row without marker",
        COLLECTIONS,
        step(_SET % "m['a'] = 1", updated(m='{"a":1}')),
        step("DELETE m['a'] FROM {t} WHERE id = {k}", deleted()),
    ).deviates(
        because="the post-image of an update is written even when all is null",
        scylladb=[updated(m='{"a":1}'), updated()],
    ),
    case(
        "elements of several collections at once",
        COLLECTIONS,
        step(
            _SET % "n = 1, l = l + [1], s = s + {'x'}, m['k'] = 1",
            updated(n=1, l="[1]", s='["x"]', m='{"k":1}'),
        ),
    ),
    case(
        "elements with a time to live",
        COLLECTIONS,
        step(
            "UPDATE {t} USING TTL 600 SET s = s + {'x'} WHERE id = {k}",
            updated(s='["x"]'),
            Gap("ttl", ttl=600),
        ),
    ).deviates(because="it tells nothing of expiry", gaps=False),
)
