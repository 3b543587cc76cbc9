"""Rows are asked for by signals: Messina's source connector reads them again."""

import json
from collections.abc import Iterator, Sequence

from messina.kafka import Answer, Heard, Signal, Signals, Target, key_signals
from messina.reconciler.repair.asking import Asked, Due, Reasons, by_target, shown_row
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
        self._road = signals
        self._reasons = reasons

    def ask(self, due: Sequence[Due], patience: float) -> Asked:
        """Ask for rows; a key that the connector does not understand spoils no other."""
        answers: list[tuple[Target, Answer]] = []
        late: dict[int, str] = {}
        silent: dict[Target, str] = {}

        def signalled(
            asked: Sequence[tuple[Signal, list[Due]]],
        ) -> list[tuple[list[Due], str]]:
            """Send signals, which are stored as meant before; returns rows that were refused."""
            heard = self._sent(asked, patience)
            refused = []
            for signal, rows in asked:
                target = rows[0].target
                if signal.id in heard.answers:
                    answers.append((target, heard.answers[signal.id]))
                elif signal.id in heard.refused:
                    refused.append((rows, heard.refused[signal.id]))
                else:
                    if target not in silent:
                        silent[target] = self._reasons.stuck(target)
                    reason = f"the source has not answered within {patience:.0f} s: "
                    late.update((row.found.id, reason + silent[target]) for row in rows)
            return refused

        # A key that the connector does not understand spoils those of its signal.
        for rows, reason in signalled(list(_signals(due, None))):
            alone = [] if len(rows) == 1 else list(_signals(rows, 1))
            refused = [(rows, reason)] if not alone else signalled(alone)
            for each, why in refused:
                late[each[0].found.id] = f"the source connector refused it: {why}"
        return Asked([(target, answer.last_offsets) for target, answer in answers], late, silent)

    def _sent(self, asked: Sequence[tuple[Signal, list[Due]]], patience: float) -> Heard:
        if not asked:
            return Heard({}, {}, {})
        self._audit.intend(
            self._run,
            [
                Intent(row.found.id, shown_row(row.table.shape, row.sink), signal.id)
                for signal, rows in asked
                for row in rows
            ],
        )
        sent = self._road.send_all(signal for signal, _ in asked)
        self._audit.signalled(self._run, [signal.id for signal, _ in asked])
        return self._road.hear(sent, patience)


def _signals(due: Sequence[Due], most: int | None) -> Iterator[tuple[Signal, list[Due]]]:
    for target, rows in by_target(due).items():
        keys = (json.loads(row.found.key_json) for row in rows)
        sizes = {} if most is None else {"most": most}
        rest = iter(rows)
        for signal in key_signals(target.table, keys, static=target.static, **sizes):
            yield signal, [next(rest) for _ in signal.keys or ()]
