"""The spec as a JSON schema, for editors. `python -m messina.pipeline FILE` writes it."""

import json

from messina.pipeline.spec import PipelineSpec


def json_schema() -> dict[str, object]:
    """The JSON schema of a pipeline's file."""
    schema = PipelineSpec.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """The schema as it is committed in `pipeline.schema.json`."""
    return json.dumps(json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
