"""How large a record may become, and who on its way has to be told."""

from messina.pipeline import PipelineSpec

MEBIBYTE = 1024 * 1024
_PRODUCER_BUFFER = 32 * MEBIBYTE


def message_bytes(spec: PipelineSpec) -> int:
    """Return the size that a topic must take: of the largest row, in its worst form.

    Inside collections a blob is written in hexadecimal digits, two for each byte.
    """
    return 2 * spec.source.max_row_bytes + MEBIBYTE


def producer_overrides(size: int) -> dict[str, str]:
    """Return what a source's producer must be told, so that it sends records of `size` bytes."""
    return {
        "producer.override.max.request.size": str(size),
        "producer.override.buffer.memory": str(max(_PRODUCER_BUFFER, 2 * size)),
    }


def consumer_overrides(size: int) -> dict[str, str]:
    """Return what a sink's consumer is told, so that it fetches records of `size` bytes at once."""
    return {
        "consumer.override.max.partition.fetch.bytes": str(size),
        "consumer.override.fetch.max.bytes": str(4 * size),
    }


def offset_consumer_overrides() -> dict[str, str]:
    """Return what a source's consumers of offsets are told.

    With exactly-once on, each connector and each task follows the whole topic of offsets. Answered
    at each record, a hundred tables with a transaction a second would ask the broker for 20,000
    answers a second; so they take what has come in half a second.
    """
    return {
        "consumer.override.fetch.min.bytes": str(MEBIBYTE),
        "consumer.override.fetch.max.wait.ms": "500",
    }
