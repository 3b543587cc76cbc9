"""What a topic's newest records show of the form in which its connector writes."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing

from messina.kafka import DecodingProblem, Positions, RegistryClient, read, schema_id
from messina.reconciler.parts import Part
from messina.reconciler.repair.errors import FormNotLearned
from messina.reconciler.repair.form import Carried, Form, FormUnknown, Sample, misplaced

LOOKED_AT = 1_000
"""Of each partition the newest so many offsets; ten times as many while no row is among them."""
_MOST_BYTES = 32 * 2**20


def learn(
    part: Part,
    topic: str,
    bootstrap: str,
    registry: RegistryClient,
    client: Mapping[str, str] | None = None,
) -> tuple[Form, int]:
    """Return the form of a table's records, and how many partitions their topic has.

    Args:
        part: the table.
        topic: its topic.
        bootstrap: addresses of brokers.
        registry: where the schemas are.
        client: further settings of clients of Kafka.

    Raises:
        FormNotLearned: if the records do not show it, or show something else than is written here.
        KafkaProblem: if brokers or registry do not answer.
    """
    positions = Positions(bootstrap, client=client)
    ends = positions.ends(topic)
    looked_at = LOOKED_AT
    while True:
        starts = {number: max(0, end - looked_at) for number, end in ends.items()}
        samples = newest(_samples(topic, bootstrap, starts, client))
        if any(each.value for each in samples) or not any(starts.values()):
            break
        looked_at *= 10
    try:
        return _form(part, samples, len(ends), registry), len(ends)
    except (FormUnknown, DecodingProblem) as error:
        raise FormNotLearned(part.schema.name, topic, str(error)) from error


def _samples(
    topic: str, bootstrap: str, start: Mapping[int, int], client: Mapping[str, str] | None
) -> Iterator[Sample]:
    with closing(read(bootstrap, topic, start=start, client=client)) as records:
        for each in records:
            yield Sample(each.partition, each.offset, each.timestamp_ms, each.key, each.value)


def newest(
    samples: Iterable[Sample], most: int = LOOKED_AT, most_bytes: int = _MOST_BYTES
) -> list[Sample]:
    """Return the newest of each partition: so many, and of all of them no more than some bytes.

    Args:
        samples: as they come: of each partition in order.
        most: of each partition.
        most_bytes: of all of them; one is left of each partition.
    """
    kept: dict[int, deque[Sample]] = defaultdict(deque)
    size = 0
    for each in samples:
        of = kept[each.partition]
        of.append(each)
        size += _size(each)
        if len(of) > most:
            size -= _size(of.popleft())
        while size > most_bytes:
            longest = max(kept.values(), key=len)
            if len(longest) == 1:
                break
            size -= _size(longest.popleft())
    return [each for of in kept.values() for each in of]


def _size(sample: Sample) -> int:
    return len(sample.key or b"") + len(sample.value or b"")


def _form(part: Part, samples: Sequence[Sample], partitions: int, registry: RegistryClient) -> Form:
    if any(each.key is None for each in samples):
        raise FormUnknown("it has a record without a key")
    rows = [each for each in samples if each.value]
    if not rows:
        raise FormUnknown("no row has come there yet, or none is left")
    other = misplaced(samples, partitions)
    if other is not None:
        raise FormUnknown(
            f"its record at offset {other.offset} of partition {other.partition} is not where "
            f"Kafka's default partitioner puts its key, of {partitions} partitions: another "
            "partitioner, or there were fewer partitions then"
        )
    keys = {schema_id(each.key) for each in samples if each.key}
    if len(keys) > 1:
        raise FormUnknown(
            f"its newest records have keys of several schemas ({', '.join(map(str, sorted(keys)))})"
            ": one row has several keys there"
        )
    newest = max(rows, key=lambda each: (each.timestamp_ms, each.offset))
    assert newest.key is not None and newest.value is not None
    ids = schema_id(newest.key), schema_id(newest.value)
    schemas = [registry.schema(number) for number in ids]
    for number, schema in zip(ids, schemas, strict=True):
        if schema is None:
            raise FormUnknown(f"the registry has no schema {number}, with which it was written")
    form = Form(
        [Carried(column.name, column.cql_type) for column in part.key],
        [Carried(column.name, column.cql_type) for column in part.columns],
        (ids[0], schemas[0]),
        (ids[1], schemas[1]),
    )
    for each in samples:
        if each.key:
            form.check_key(each.key)
        if each.value and schema_id(each.value) == ids[1]:
            form.check_value(each.value)
    return form
