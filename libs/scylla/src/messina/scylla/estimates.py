"""How large a table is, as the cluster itself says."""

from collections.abc import Iterable
from dataclasses import dataclass

from messina.scylla.session import Session

_RING = 2**64
_STATEMENT = (
    "SELECT range_start, range_end, partitions_count, mean_partition_size"
    " FROM system.size_estimates WHERE keyspace_name = %s AND table_name = %s"
)


@dataclass(frozen=True)
class Estimate:
    """About how many partitions a table has, and their mean size in bytes.

    Zeros where the cluster has made no estimate yet.
    """

    partitions: int
    mean_bytes: int

    @property
    def bytes(self) -> int:
        """About how large the table is."""
        return self.partitions * self.mean_bytes

    @staticmethod
    def of(ranges: Iterable[tuple[str, str, int | None, int | None]]) -> "Estimate":
        """The estimate of `system.size_estimates`: start, end, partitions, mean size of ranges.

        A node knows the ranges that it owns: what they hold stands for the rest of the ring.
        """
        covered = partitions = size = 0
        for start, end, count, mean in ranges:
            covered += (int(end) - int(start)) % _RING or _RING
            partitions += count or 0
            size += (count or 0) * (mean or 0)
        if not partitions:
            return Estimate(0, 0)
        return Estimate(max(partitions, partitions * _RING // covered), size // partitions)


def estimate(session: Session, keyspace: str, table: str) -> Estimate:
    """Ask a node how large a table is.

    Raises:
        QueryFailed: if it can't be asked.
    """
    return Estimate.of(
        (str(start), str(end), count, mean)
        for start, end, count, mean in session.execute(_STATEMENT, (keyspace, table))
    )
