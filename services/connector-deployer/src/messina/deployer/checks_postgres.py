"""What Postgres would refuse of what a plan makes there, for want of a right."""

from psycopg import sql

from messina.deployer.plan import Create, Plan
from messina.deployer.resources import SchemaResource, TableResource
from messina.deployer.site import Site
from messina.pipeline import PipelineSpec, Problem

_WHO = sql.SQL(
    "SELECT current_user::text, current_database()::text,"
    " has_database_privilege(current_database(), 'CREATE')"
)
_CLOSED = sql.SQL(
    "SELECT nspname::text FROM pg_namespace WHERE nspname = ANY(%s)"
    " AND NOT (has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE'))"
    " ORDER BY nspname"
)


def right_problems(site: Site, spec: PipelineSpec, result: Plan) -> list[Problem]:
    """Return which schemas and tables the sink's user may not make.

    Topics are made before Postgres is asked for anything: it is asked here.

    Args:
        site: where the systems are.
        spec: the pipeline.
        result: what is to be made.
    """
    made = [step.resource for step in result.steps if isinstance(step, Create)]
    schemas = [one.name for one in made if isinstance(one, SchemaResource)]
    within = {one.schema_name for one in made if isinstance(one, TableResource)} - {*schemas}
    if not schemas and not within:
        return []
    ((user, database, may),) = site.sql("asking for rights", _WHO)
    grants = [] if may else [_schema(user, database, name) for name in schemas]
    closed = site.sql("asking for rights", _CLOSED, [sorted(within)]) if within else []
    grants += [_tables(user, name) for (name,) in closed]
    return [
        spec.problem(what, "sink", "schema", expected=f"as its owner: {way.as_string(None)}")
        for what, way in grants
    ]


def _schema(user: str, database: str, name: str) -> tuple[str, sql.Composed]:
    grant = sql.SQL("GRANT CREATE ON DATABASE {} TO {}; or CREATE SCHEMA {}; {}")
    within = _within(user, name)
    told = grant.format(
        sql.Identifier(database), sql.Identifier(user), sql.Identifier(name), within
    )
    return f"user {user} may not make schema {name} in Postgres' database {database}", told


def _tables(user: str, name: str) -> tuple[str, sql.Composed]:
    return f"user {user} may not make tables in Postgres' schema {name}", _within(user, name)


def _within(user: str, name: str) -> sql.Composed:
    return sql.SQL("GRANT USAGE, CREATE ON SCHEMA {} TO {}").format(
        sql.Identifier(name), sql.Identifier(user)
    )
