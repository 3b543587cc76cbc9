"""What runs leave in the sink's database, in schema `messina`: so that they can go on, and be told.

```python
with Store.open(endpoints.postgres, spec.pipeline) as store:
    run = store.begin("compare", {"tables": ["flights"]})      # or store.resume("compare")
    if not run.planned:
        store.plan(run, ranges)
    for each in store.pending(run): ...                        # store.finish_range(run, each.id, …)
    while batch := store.undecided(run): ...                   # store.decide(run, verdicts)
    store.finish(run, "different")
```
A run is held by an advisory lock of the connection: it is free when the process is gone.
"""

from messina.reconciler.store.audit import Audit
from messina.reconciler.store.errors import (
    NothingToResume,
    RunNotFound,
    StillRunning,
    StoreError,
)
from messina.reconciler.store.history import Keeping
from messina.reconciler.store.store import Store
from messina.reconciler.store.values import (
    Candidate,
    CandidateKey,
    Intent,
    Outcome,
    PartCounts,
    PastRun,
    PlannedRange,
    RangeRow,
    RepairOutcome,
    RepairRow,
    Run,
    RunKind,
    Settled,
    Shown,
    State,
    StoredDiscrepancy,
    Unsure,
    Verdict,
)

__all__ = [
    "Store",
    "Audit",
    "Keeping",
    "Run",
    "RunKind",
    "State",
    "PlannedRange",
    "RangeRow",
    "CandidateKey",
    "Candidate",
    "Verdict",
    "Outcome",
    "StoredDiscrepancy",
    "PartCounts",
    "Shown",
    "Intent",
    "Settled",
    "Unsure",
    "RepairRow",
    "RepairOutcome",
    "PastRun",
    "StoreError",
    "RunNotFound",
    "NothingToResume",
    "StillRunning",
]
