"""Pipelines' files as hypothesis makes them: mostly sound, in every key that there is."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]

_NAMES = st.sampled_from(["a", "b", "event_1", "Event_2", "all", "a__static", "users"])
_COLUMNS = st.sampled_from(["id", "at", "n", "note", "owner", "Name"])
_DURATIONS = st.sampled_from(["1ms", "250ms", "1s", "1.5s", "30s", "1m", "1h"])
_SECRETS = st.sampled_from(["env:X", "file:/run/x", "vault:secret/a#b"])
_SIZES = st.sampled_from([1, 4096, "1KiB", "512MiB", "2TiB"])
_COUNTS = st.integers(1, 300)
_WRONG: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "x y", 0, -1, 1.5, True, [], {}, [None], "pg_x", "a:b"]
)


@st.composite
def _some(draw: st.DrawFn, required: Document, optional: Document) -> Document:
    """What is required, and at most two of what is optional: with more, little would be sound."""
    chosen = draw(st.lists(st.sampled_from(sorted(optional)), unique=True, max_size=2))
    fields = {**required, **{key: optional[key] for key in chosen}}
    return {key: draw(strategy) for key, strategy in fields.items()}


def _pairs(**fields: Any) -> st.SearchStrategy[Document]:
    return _some({}, fields)


_TLS = _pairs(ca=st.just("/ca.pem"), certificate=st.just("/c.pem"), key=st.just("/k.pem"))
_SCYLLA = _some(
    {"contact_points": st.just(["h:1"]), "local_datacenter": st.just("dc")},
    {"user": st.just("u"), "password": _SECRETS, "tls": _TLS},
)
_SECURITIES = st.sampled_from(
    [
        {"protocol": "SSL"},
        {"protocol": "SASL_SSL", "user": "u", "password": "env:X", "ca": "/ca.pem"},
        {"protocol": "SASL_PLAINTEXT", "mechanism": "PLAIN", "user": "u", "password": "env:X"},
    ]
)
_KAFKA = _some(
    {"bootstrap_servers": st.just("k:1")},
    {
        "security": _pairs(
            protocol=st.sampled_from(["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]),
            mechanism=st.sampled_from(["PLAIN", "SCRAM-SHA-512"]),
            user=st.just("u"),
            password=_SECRETS,
            ca=st.just("/ca.pem"),
        )
        | _SECURITIES
    },
)
_REGISTRY = _some(
    {"url": st.sampled_from(["https://r:1", "https://r:1", "http://r:1"])},
    {
        "kind": st.sampled_from(["apicurio", "confluent"]),
        "ca": st.just("/ca.pem"),
        "user": st.just("u"),
        "password": _SECRETS,
    },
)
_POSTGRES = _some(
    {"host": st.just("h"), "database": st.just("d"), "user": st.just("u")},
    {
        "password": _SECRETS,
        "tls": st.sampled_from([{"mode": "require"}, {"ca": "/ca.pem"}, {}]),
    },
)
_OPTIONS: Document = {
    "partitions": st.integers(1, 8),
    "tasks": st.integers(1, 4),
    "group": st.sampled_from(["g", "h", "a"]),
    "columns": st.lists(_COLUMNS, min_size=1, max_size=3, unique=True),
    "exclude": st.lists(_COLUMNS, max_size=2),
    "mask": st.dictionaries(_COLUMNS, st.sampled_from(["hmac", "null", None]), max_size=2),
    "rename": st.dictionaries(
        _COLUMNS, st.sampled_from(["id", "number", "note", "Other"]), max_size=2
    ),
    "window": _DURATIONS,
    "confidence": _DURATIONS,
    "safe_confidence": _DURATIONS,
    "expect": _pairs(rows_per_second=st.floats(0, 1e6), row_bytes=_SIZES),
}
_TABLE = _some({"name": _NAMES}, {**_OPTIONS, "to": st.sampled_from(["a", "sales", "users"])})
_PATTERN = _some({"pattern": st.sampled_from(["*", "event_*", "[ab]", "?", "nothing*"])}, _OPTIONS)
_SOURCE = _some(
    {"keyspace": st.just("ks")},
    {
        "connector": st.sampled_from(["messina", "scylladb"]),
        "mask_key": _SECRETS,
        "window": _DURATIONS,
        "confidence": _DURATIONS,
        "safe_confidence": _DURATIONS,
        "scylla": _SCYLLA,
        "max_row_bytes": st.integers(1024, 10**6),
        "retry": _pairs(timeout=_DURATIONS, backoff_max=_DURATIONS),
    },
)
_SOUND = _some(
    {
        "pipeline": st.sampled_from(["p", "my-pipeline"]),
        "source": _SOURCE,
        "sink": _some(
            {"schema": st.just("mart")},
            {
                "connector": st.sampled_from(["messina", "debezium", "confluent-jdbc"]),
                "postgres": _POSTGRES,
            },
        ),
        "tables": st.lists(
            _TABLE | _TABLE | _PATTERN,
            min_size=1,
            max_size=3,
            unique_by=lambda table: str(table)[:14],
        ),
    },
    {
        "latency_target": _DURATIONS,
        "bulkhead": st.sampled_from(["table", "group", "pipeline"]),
        "ceilings": _pairs(
            source_queries_per_second=_COUNTS, connect_tasks=_COUNTS, connect_memory=_SIZES
        ),
        "defaults": _pairs(partitions=st.integers(1, 8), tasks=st.integers(1, 3)),
        "exclude_tables": st.lists(st.sampled_from(["b", "event_*"]), max_size=2),
        "kafka": _KAFKA,
        "connect": st.just({"url": "http://c:1"}),
        "registry": _REGISTRY,
    },
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Return a document: sound, or with one value or key that is not."""
    # a copy: parts of it are values that strategies hand out again
    document = deepcopy(draw(_SOUND))
    if draw(st.sampled_from([False, False, False, True])):
        _spoil(draw, document)
    return document


def _spoil(draw: st.DrawFn, value: Any) -> None:
    """Put something wrong somewhere inside."""
    inside = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    if not inside:
        return
    key, inner = draw(st.sampled_from(inside))
    if isinstance(inner, dict | list) and inner and draw(st.booleans()):
        _spoil(draw, inner)
    elif isinstance(value, dict) and draw(st.booleans()):
        value[draw(st.sampled_from(["unknown", f"{key}s", "<table>"]))] = inner
    else:
        value[key] = draw(_WRONG)
