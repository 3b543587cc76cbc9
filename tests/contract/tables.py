"""The tables that the cases share: few, as each is a topic, a Postgres table and two connectors."""

from typing import Final

from case import Row, Table

_WIDTH: Final = 200


def _capital(k: int) -> Row:
    return {"Id": k}


def _zone(k: int) -> Row:
    return {"zone": f"z-{k}", "id": k}


_STRUCTS: Final = "its sink fails on a struct"

PLAIN: Final = Table("plain", "id int PRIMARY KEY, a int, b text", regular=("a", "b"))

COLLECTIONS: Final = Table(
    "collections",
    "id int PRIMARY KEY, n int, l list<int>, s set<text>, m map<text, int>, i map<int, text>,"
    " u address, f frozen<address>, t tuple<int, text>,"
    " deep map<text, frozen<list<frozen<address>>>>",
    regular=("n", "l", "s", "m", "i", "u", "f", "t", "deep"),
    json=frozenset({"l", "s", "m", "i", "u", "f", "t", "deep"}),
    types=("CREATE TYPE {ks}.address (street text, number int)",),
    breaks={
        "l": "the elements of a list that is not frozen come in the wrong order",
        "m": "its sink fails on a map",
        "i": "its sink fails on a map",
        "u": _STRUCTS,
        "f": _STRUCTS,
        "t": _STRUCTS,
        "deep": "its sink fails on a map",
    },
)

CLUSTERED: Final = Table(
    "clustered",
    "id int, c int, d text, v int, PRIMARY KEY (id, c, d)",
    clustering=("c", "d"),
    regular=("v",),
)

DESCENDING: Final = Table(
    "descending",
    "zone text, id int, seen int, n text, v int, PRIMARY KEY ((zone, id), seen, n)",
    clustering=("seen", "n"),
    regular=("v",),
    partition=_zone,
    options="CLUSTERING ORDER BY (seen DESC, n ASC)",
)

KEYS_ONLY: Final = Table("keys_only", "id int, c int, PRIMARY KEY (id, c)", clustering=("c",))

QUOTED: Final = Table(
    "Quoted",
    '"Id" int, "Order" int, "camelCase" text, "select" text, PRIMARY KEY ("Id", "Order")',
    clustering=("Order",),
    regular=("camelCase", "select"),
    partition=_capital,
)

STATICS: Final = Table(
    "statics",
    "id int, c int, v int, s int static, w text static, PRIMARY KEY (id, c)",
    clustering=("c",),
    regular=("v",),
    statics=("s", "w"),
)

EXPIRING: Final = Table(
    "expiring",
    "id int PRIMARY KEY, a int, b text",
    regular=("a", "b"),
    options="default_time_to_live = 3600",
)

LARGE: Final = Table(
    "large",
    "id int PRIMARY KEY, payload blob, more blob, " + ", ".join(f"c{n} int" for n in range(_WIDTH)),
    regular=("payload", "more", *(f"c{n}" for n in range(_WIDTH))),
)

TRUNCATED: Final = Table("truncated", "id int PRIMARY KEY, a int", regular=("a",))

EMPTY: Final = Table("empty", "id int PRIMARY KEY, a int, b text", regular=("a", "b"))
