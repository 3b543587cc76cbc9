"""What a pipeline will cost and how fast it can be, computed before anything is made.

Pure: `promises` takes a spec, what is known of the source, and the connectors that are to be made;
`broken` says which of the spec's own limits can't be kept. docs/scaling.md has the formulae.
"""

from messina.deployer.promises.breaking import broken, crowded
from messina.deployer.promises.computing import SourceFacts, promises
from messina.deployer.promises.model import BASIS, Basis, Promises, TablePromise

__all__ = [
    "BASIS",
    "Basis",
    "Promises",
    "SourceFacts",
    "TablePromise",
    "broken",
    "crowded",
    "promises",
]
