"""One row on both sides, its events in Kafka, and where it stands."""

from messina.reconciler.explain.console import show_explanation
from messina.reconciler.explain.reading import explain
from messina.reconciler.explain.values import ColumnView, EventView, Explanation, Standing

__all__ = [
    "ColumnView",
    "EventView",
    "Explanation",
    "Standing",
    "explain",
    "show_explanation",
]
