"""Which connectors are ours, and which of them a command means."""

import pytest

from messina.deployer.inventory import Deployed, NothingSelected, Selection, deployed, select
from messina.kafka import Connector


def connector(name: str, **config: str) -> Connector:
    config = {key.replace("_", "."): value for key, value in config.items()}
    return Connector(name=name, config=config)


FOUND = {
    one.name: (one, None)
    for one in (
        connector(
            "flights.flights.source", topic_prefix="flights", tables="k.flights", tasks_max="3"
        ),
        connector("flights.flights.sink", topics="flights.k.flights"),
        connector("flights.seats__static.sink", topics="flights.k.seats__static"),
        connector("shop.all.source", topic_prefix="shop", tables="k.orders, k.event_a"),
        connector("shop.all.sink", topics="shop.k.orders,shop.k.event_a"),
        connector("shop.jdbc.sink", topics="another.topic"),
        connector("shop.other.source", topic_prefix="else", tables="k.t"),
        connector("debezium", topics="x"),
    )
}
THERE = deployed(FOUND)


def names(**conditions: object) -> list[str]:
    return [one.name for one in select(THERE, Selection.model_validate(conditions))]


def test_only_ours_are_found() -> None:
    """A connector is ours by its name and by its topics: others of such a name are left alone."""
    assert [one.name for one in THERE] == [
        "flights.flights.sink",
        "flights.flights.source",
        "flights.seats__static.sink",
        "shop.all.sink",
        "shop.all.source",
    ]
    by_name: dict[str, Deployed] = {one.name: one for one in THERE}
    assert by_name["shop.all.source"].tables == ("orders", "event_a")
    assert by_name["shop.all.sink"].tables == ("orders", "event_a")
    assert by_name["flights.flights.source"].expected == 3


def test_a_target_is_a_pipeline_a_connector_or_a_pattern() -> None:
    """Targets mean pipelines or connectors, by name or pattern; several mean all of theirs."""
    assert names(targets=("shop",)) == ["shop.all.sink", "shop.all.source"]
    assert names(targets=("flights.flights.sink", "shop")) == [
        "flights.flights.sink",
        "shop.all.sink",
        "shop.all.source",
    ]
    assert names(targets=("*.sink",)) == [n for n in names() if n.endswith(".sink")]
    assert names(targets=("sho?",), role="source") == ["shop.all.source"]


def test_a_table_means_its_connectors_and_statics() -> None:
    """A table means every connector that carries it; its statics go with it, or by themselves."""
    assert names(tables=("event_*",)) == ["shop.all.sink", "shop.all.source"]
    assert names(tables=("seats",)) == ["flights.seats__static.sink"]
    assert names(tables=("seats__static",)) == ["flights.seats__static.sink"]


def test_conditions_hold_together() -> None:
    """A connector is meant only if target, table and role all fit."""
    assert names(targets=("flights",), tables=("flights",), role="sink") == ["flights.flights.sink"]
    with pytest.raises(NothingSelected, match="no connector matches shop; table flights"):
        names(targets=("shop",), tables=("flights",))


def test_what_is_misspelled_is_told_with_what_there_is() -> None:
    """Where nothing is meant, near names and the pipelines there are come with the error."""
    with pytest.raises(NothingSelected) as caught:
        names(targets=("flihgts",))
    message = str(caught.value)
    assert "did you mean flights" in message
    assert "there are pipelines flights, shop; nothing was changed; next: messina deploy get" in (
        message
    )
