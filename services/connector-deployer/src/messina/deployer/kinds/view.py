"""Postgres views over a table's rows and what its partitions share."""

from collections.abc import Iterable

from messina.deployer.plan import FieldChange
from messina.deployer.resources import ViewResource
from messina.deployer.site import Site
from messina.postgres import create_view, drop_view, view_columns


def read(site: Site, wanted: Iterable[ViewResource]) -> dict[str, ViewResource]:
    """Return those of the views that exist, by their columns."""
    found = {}
    for view in wanted:
        columns = view_columns(site.postgres, view.schema_name, view.view)
        if columns is not None:
            found[view.name] = view.model_copy(update={"columns": columns})
    return found


def create(site: Site, view: ViewResource) -> None:
    """Make a view."""
    site.sql(f"making view {view.name}", create_view(view.definition()))


def change(site: Site, view: ViewResource, changes: Iterable[FieldChange]) -> None:
    """Make a view anew, in one transaction: whoever reads it sees the old one or the new one.

    Postgres refuses where other views are made of it; then the old one stays.
    """
    with site.postgres.transaction():
        site.sql(f"making view {view.name} anew", drop_view(view.schema_name, view.view))
        create(site, view)


def delete(site: Site, schema_name: str, view: str) -> bool:
    """Drop a view; return whether there was one."""
    there = view_columns(site.postgres, schema_name, view) is not None
    if there:
        site.sql(f"dropping view {schema_name}.{view}", drop_view(schema_name, view))
    return there
