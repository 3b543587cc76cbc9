"""The spec: what a pipeline is, as strict and frozen models, and where the parts of a stack are.

`load_spec` reads a pipeline's YAML file and `Endpoints.load` a stack's `endpoints.json`. Both
raise `SpecError`, which holds every problem of the file at once, each with file, line and column. A
check that is made later, against the world, makes its problems with `PipelineSpec.problem`, so that
they too point into the file.
"""

from messina.pipeline.bulkheads import STATIC, Bulkhead
from messina.pipeline.endpoints import (
    ConnectEndpoint,
    Endpoints,
    KafkaEndpoint,
    PostgresEndpoint,
    RegistryEndpoint,
    ScyllaEndpoint,
    VaultEndpoint,
    endpoints_path,
    endpoints_stated,
)
from messina.pipeline.limits import Ceilings
from messina.pipeline.loader import load_spec, parse_spec
from messina.pipeline.problems import Position, Problem, SpecError
from messina.pipeline.resolving import fitting, resolve
from messina.pipeline.scalars import (
    Duration,
    Size,
    format_duration,
    format_size,
    milliseconds,
    parse_duration,
)
from messina.pipeline.schema import json_schema
from messina.pipeline.secret_ref import SecretRef, VaultPlace
from messina.pipeline.security import KafkaSecurity, PostgresTls, ScyllaTls
from messina.pipeline.sink import SinkSpec
from messina.pipeline.source import Retry, SourceSpec, Timeouts
from messina.pipeline.spec import WITH_STATIC, Defaults, PipelineSpec
from messina.pipeline.table import Expectations, Masking, TableOptions, TablePattern, TableSpec
from messina.pipeline.watch import WatchSpec
from messina.pipeline.windows import Windows

__all__ = [
    "PipelineSpec",
    "SourceSpec",
    "SinkSpec",
    "TableSpec",
    "TablePattern",
    "TableOptions",
    "Expectations",
    "Ceilings",
    "Bulkhead",
    "WatchSpec",
    "Windows",
    "Defaults",
    "STATIC",
    "WITH_STATIC",
    "Masking",
    "Timeouts",
    "Retry",
    "load_spec",
    "parse_spec",
    "resolve",
    "json_schema",
    "Endpoints",
    "KafkaEndpoint",
    "ConnectEndpoint",
    "RegistryEndpoint",
    "PostgresEndpoint",
    "ScyllaEndpoint",
    "ScyllaTls",
    "KafkaSecurity",
    "PostgresTls",
    "endpoints_path",
    "endpoints_stated",
    "SecretRef",
    "VaultEndpoint",
    "VaultPlace",
    "Duration",
    "Size",
    "format_size",
    "parse_duration",
    "fitting",
    "format_duration",
    "milliseconds",
    "SpecError",
    "Problem",
    "Position",
]
