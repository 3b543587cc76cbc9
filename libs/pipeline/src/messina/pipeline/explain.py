"""Pydantic's errors as problems with a place, in words a person can act on."""

import difflib
import types
import typing
from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from messina.pipeline.document import Document
from messina.pipeline.models import TAGS
from messina.pipeline.problems import Path, Problem, SpecError

ModelT = TypeVar("ModelT", bound=BaseModel)

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
}


def validated(model: type[ModelT], document: Document) -> ModelT:
    """Make a model of a document; `SpecError` with all problems of its form and its content."""
    problems = list(document.problems)
    try:
        result = model.model_validate(document.value, by_alias=True)
    except ValidationError as error:
        problems += [
            _problem(model, document, details) for details in error.errors(include_url=False)
        ]
    if problems:
        raise SpecError(_without_echoes(problems))
    return result


def _without_echoes(problems: list[Problem]) -> list[Problem]:
    """Where a value has no usable form, what is said about its content adds nothing."""
    first: dict[object, Problem] = {}
    for problem in problems:
        first.setdefault(
            (problem.position, problem.what.endswith("is missing") and problem.what), problem
        )
    return list(first.values())


def _problem(model: type[BaseModel], document: Document, details: ErrorDetails) -> Problem:
    context = details.get("ctx", {})
    tagged: Path = (*details["loc"], *context.get("at", ()))
    path = untagged(tagged)
    kind = details["type"]
    name = _dotted(path)
    if kind == "extra_forbidden":
        return _unknown_key(model, document, tagged)
    if kind == "missing":
        where = document.origin.position(path[:-1])
        return Problem(where, f"{name} is missing", expected=_description(model, tagged))
    position = document.origin.position(path)
    what = f"{name}: {details['msg'][:1].lower()}{details['msg'][1:]}" if name else details["msg"]
    if kind == "literal_error":
        return Problem(position, f"{name}: not a choice", _shown(details), context["expected"])
    expected = context.get("expected") or _EXPECTED.get(kind)
    if kind in _EXPECTED:
        what = f"{name or 'the document'} has the wrong type"
    return Problem(position, what, context.get("got") or _shown(details), expected)


def untagged(path: Path) -> Path:
    """A way without the steps that only say which model of several an item was taken for."""
    return tuple(
        part
        for at, part in enumerate(path)
        if not (part in TAGS and at and isinstance(path[at - 1], int))
    )


def _unknown_key(model: type[BaseModel], document: Document, tagged: Path) -> Problem:
    known = sorted(_keys(_model_at(model, tagged[:-1])))
    path = untagged(tagged)
    key = str(path[-1])
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    owner = _dotted(path[:-1])
    what = f"unknown key {_short(key)}" + (f" in {owner}" if owner else "")
    what += f", did you mean {close[0]!r}?" if close else ""
    return Problem(document.key_position(path), what, expected="one of " + ", ".join(known))


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _shown(details: ErrorDetails) -> str | None:
    """What was found: a scalar as it is, of the rest only its kind.

    Text in the place of a mapping is not shown either: it may be a URL with a password in it.
    """
    value = details.get("input")
    if value is None:
        return "nothing"
    if isinstance(value, dict | tuple):
        kind = "a mapping" if isinstance(value, dict) else "a list"
        return kind if details["type"] in _EXPECTED else None
    if _EXPECTED.get(details["type"]) in ("a mapping", "a list"):
        return "text" if isinstance(value, str) else f"a {type(value).__name__}"
    return _short(value)


def _short(value: object) -> str:
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model whose keys stand at `path`; of several, the one that a step of `path` names."""
    found: tuple[type[BaseModel], ...] = (model,)
    for part in path:
        if isinstance(part, int) or not found:
            continue
        if part in TAGS and len(found) > 1:
            found = tuple(one for one in found if one.__name__ == TAGS[part])
            continue
        fields = found[0].model_fields.items()
        annotation = next((f.annotation for n, f in fields if part in (n, f.alias)), None)
        found = tuple(_inner_models(annotation))
    return found[0] if found else None


def _inner_models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    if typing.get_origin(annotation) in (tuple, typing.Union, types.UnionType, typing.Annotated):
        for inner in typing.get_args(annotation):
            yield from _inner_models(inner)


def _keys(model: type[BaseModel] | None) -> list[str]:
    return (
        [] if model is None else [field.alias or name for name, field in model.model_fields.items()]
    )


def _description(model: type[BaseModel], path: Path) -> str | None:
    owner = _model_at(model, path[:-1])
    if owner is None:
        return None
    for name, field in owner.model_fields.items():
        if path[-1] in (name, field.alias) and field.description:
            text = field.description.rstrip(".")
            return text[:1].lower() + text[1:]
    return None
