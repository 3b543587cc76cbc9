"""The kinds of source connectors by their name in a spec."""

from messina.deployer.render.source_kind import SourceKind
from messina.deployer.render.source_messina import Messina
from messina.deployer.render.source_scylladb import ScyllaDb
from messina.pipeline import PipelineSpec

_KINDS: dict[str, SourceKind] = {"messina": Messina(), "scylladb": ScyllaDb()}


def source_kind(spec: PipelineSpec) -> SourceKind:
    """Return the kind of source connector that a spec has chosen."""
    return _KINDS[spec.source.connector]
