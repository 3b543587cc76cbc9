"""Rows are asked for by signals: Messina's source connector reads them again."""

import json
from collections.abc import Collection, Sequence

from messina.kafka import Asker, Signals, Target, Wanted
from messina.kafka.rereading import Meant
from messina.reconciler.repair.asking import Asked, Due, Offsets, Reasons, shown_row
from messina.reconciler.store import Intent, Run, Store


class BySignals:
    """Asks by signals.

    Args:
        store: where the run is kept.
        run: which one; held by the store.
        signals: the pipeline's.
        reasons: what could be to blame where no answer comes.
    """

    rounds = 1

    def __init__(self, store: Store, run: Run, signals: Signals, reasons: Reasons) -> None:
        self._audit = store.audit
        self._run = run
        self._signals = signals
        self._reasons = reasons

    def found(
        self, target: Target, idents: Collection[str], since_ms: int, until_ms: int
    ) -> set[str]:
        """Which signals are in their topic."""
        return self._signals.found(idents, since_ms, until_ms)

    def ask(self, due: Sequence[Due], patience: float) -> Asked:
        """Ask for rows; a key that the connector does not understand spoils no other."""
        silent: dict[Target, str] = {}

        def why(target: Target) -> str:
            if target not in silent:
                silent[target] = self._reasons.stuck(target)
            return silent[target]

        asker = Asker(self._signals, patience, why, meant=self._meant, sent=self._sent)
        rows = [Wanted(row.target, json.loads(row.found.key_json), row) for row in due]
        answers: dict[str, tuple[Target, Offsets]] = {}
        late: dict[int, str] = {}
        for one in asker.ask(rows):
            if one.came == "passed":
                answers[one.signal_id] = one.wanted.target, one.last_offsets
            else:
                late[_due(one.wanted).found.id] = one.reason
        return Asked(list(answers.values()), late, silent)

    def _meant(self, asked: Meant) -> None:
        """What is to be sent is stored before."""
        self._audit.intend(
            self._run,
            [
                Intent(row.found.id, shown_row(row.table.shape, row.sink), signal.id)
                for signal, rows in asked
                for row in map(_due, rows)
            ],
        )

    def _sent(self, asked: Meant) -> None:
        self._audit.signalled(self._run, [signal.id for signal, _ in asked])


def _due(wanted: Wanted) -> Due:
    assert isinstance(wanted.ref, Due)
    return wanted.ref
