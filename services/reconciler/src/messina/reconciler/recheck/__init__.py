"""The second pass: which candidates are discrepancies."""

from messina.reconciler.recheck.gates import ByWatermark, applied_of, gate_of, sinks_of, standing
from messina.reconciler.recheck.settling import (
    ByTime,
    Candidate,
    Clock,
    Gate,
    Table,
    Verdict,
    decide,
    settle,
)

__all__ = [
    "ByTime",
    "ByWatermark",
    "Candidate",
    "Clock",
    "Gate",
    "Table",
    "Verdict",
    "applied_of",
    "decide",
    "gate_of",
    "settle",
    "sinks_of",
    "standing",
]
