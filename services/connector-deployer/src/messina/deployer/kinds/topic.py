"""Topics."""

from collections.abc import Iterable

from messina.deployer.plan import FieldChange
from messina.deployer.resources import TopicResource
from messina.deployer.site import Site


def read(site: Site, wanted: Iterable[TopicResource]) -> dict[str, TopicResource]:
    """Return those of the topics that exist, with the settings that are insisted on."""
    insisted = {topic.name: topic.config.keys() for topic in wanted}
    return {
        name: TopicResource(
            name=name,
            partitions=found.partitions,
            config={k: v for k, v in found.config.items() if k in insisted[name]},
        )
        for name, found in site.topics.describe(insisted).items()
    }


def create_all(site: Site, topics: Iterable[TopicResource]) -> None:
    """Make topics in one request; return when all of them can be used."""
    site.topics.create([topic.topic() for topic in topics])


def change(site: Site, topic: TopicResource, changes: Iterable[FieldChange]) -> None:
    """Set the settings that differ. The number of partitions never changes."""
    site.topics.alter(topic.name, {c.field: c.new for c in changes if c.new is not None})


def delete(site: Site, name: str) -> bool:
    """Delete a topic with its data and its schemas; return whether there was a topic.

    The schemas first: while the topic is there, a run that was cut off can be repeated.
    """
    there = bool(site.topics.describe([name]))
    if there:
        for subject in subjects(name):
            site.registry.delete(subject)
        site.topics.delete([name])
    return there


def subjects(name: str) -> tuple[str, ...]:
    """Return under which names the registry has a topic's schemas."""
    return tuple(f"{name}-{part}" for part in ("key", "value"))
