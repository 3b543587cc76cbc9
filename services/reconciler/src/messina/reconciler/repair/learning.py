"""What a topic's newest records show of the form in which its connector writes."""

from collections.abc import Iterator, Mapping, Sequence

from messina.kafka import DecodingProblem, Positions, RegistryClient, read, schema_id
from messina.reconciler.parts import Part
from messina.reconciler.repair.errors import FormNotLearned
from messina.reconciler.repair.form import Carried, Form, FormUnknown, Sample, misplaced

LOOKED_AT = 1_000
"""Of each partition the newest so many offsets."""


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
    starts = {number: max(0, end - LOOKED_AT) for number, end in ends.items()}
    samples = list(_samples(topic, bootstrap, starts, client))
    if not any(each.value is not None for each in samples):
        samples = list(_samples(topic, bootstrap, {}, client))
    try:
        return _form(part, samples, len(ends), registry), len(ends)
    except (FormUnknown, DecodingProblem) as error:
        raise FormNotLearned(part.schema.name, topic, str(error)) from error


def _samples(
    topic: str, bootstrap: str, start: Mapping[int, int], client: Mapping[str, str] | None
) -> Iterator[Sample]:
    for each in read(bootstrap, topic, start=start, client=client):
        yield Sample(each.partition, each.offset, each.timestamp_ms, each.key, each.value)


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
