"""ScyllaDB as Messina needs it: session, schema and CDC options, the token ring, scans.

`connect` opens a session, `table_schema` reads what a table is made of, `token_ranges` cuts the
ring into equal pieces, `scan` reads the rows of one of them, page by page, and `pages` the same in
bulk. `token` says where a key lies, without asking the server.
"""

from messina.scylla.cdc import CdcOptions
from messina.scylla.errors import (
    KeyspaceMissing,
    QueryFailed,
    ScyllaError,
    TableMissing,
    TlsFilesUnusable,
    Unreachable,
    WrongDatacenter,
)
from messina.scylla.estimates import Estimate, estimate
from messina.scylla.names import identifier
from messina.scylla.pages import Pace, pages, unhurried
from messina.scylla.raw import read_bytes
from messina.scylla.ring import (
    MAX_TOKEN,
    MIN_TOKEN,
    TokenRange,
    slice_of,
    slices_of,
    token,
    token_of,
    token_ranges,
    tokens,
)
from messina.scylla.scans import lookup, scan
from messina.scylla.schema import (
    Column,
    Kind,
    TableSchema,
    table_names,
    table_schema,
    table_schemas,
)
from messina.scylla.session import Session, connect
from messina.scylla.sizing import Size, SizedRange, estimated_size, sized_ranges
from messina.scylla.streams import stream_counts
from messina.scylla.tls import tls_context

__all__ = [
    "tls_context",
    "TlsFilesUnusable",
    "MAX_TOKEN",
    "MIN_TOKEN",
    "CdcOptions",
    "Estimate",
    "estimate",
    "Pace",
    "pages",
    "unhurried",
    "Column",
    "KeyspaceMissing",
    "Kind",
    "QueryFailed",
    "ScyllaError",
    "Size",
    "SizedRange",
    "Session",
    "TableMissing",
    "TableSchema",
    "TokenRange",
    "Unreachable",
    "WrongDatacenter",
    "connect",
    "estimated_size",
    "identifier",
    "lookup",
    "read_bytes",
    "scan",
    "sized_ranges",
    "slice_of",
    "slices_of",
    "stream_counts",
    "table_names",
    "table_schema",
    "table_schemas",
    "token",
    "token_of",
    "token_ranges",
    "tokens",
]
