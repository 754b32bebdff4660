"""What is wrong with arguments, in plain words in place of pydantic's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

SHOWN = 40  # letters of what was written
WHOLE = frozenset({"int_type", "int_parsing", "int_parsing_size", "int_from_float"})
NUMBER = frozenset({"float_type", "float_parsing", "finite_number"})
RANGE = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "above"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "below"),
}
WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "string_type": "must be a word",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
}


def problems_in_words(error: ValidationError, model: type[BaseModel]) -> tuple[str, ...]:
    """Say each thing that is wrong: `symbol is missing`, `fast must be a whole number, not 1e9`."""
    return tuple(_told(one, model) for one in error.errors(include_url=False))


def _told(problem: ErrorDetails, model: type[BaseModel]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    what = _what(problem, model.model_fields.get(name))
    if not name:
        return what
    # A validator of the project's own says either a sentence or what the value must be.
    joined = problem["type"] != "value_error" or what.startswith("must ")
    return f"{name} {what}" if joined else f"{name}: {what}"


def _what(problem: ErrorDetails, field: FieldInfo | None) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    written = str(problem["input"])[:SHOWN]
    if kind == "value_error":
        return problem["msg"].removeprefix("Value error, ")
    if kind in WORDS:
        return WORDS[kind]
    if kind in RANGE:
        return f"must be {_range(kind, context, field)}, not {written}"
    if kind in WHOLE:
        return f"must be a whole number, not {written}"
    if kind in NUMBER:
        return f"must be a number, not {written}"
    if kind in ("literal_error", "enum"):
        return f"must be {str(context['expected']).replace(chr(39), '')}, not {written}"
    return f"can't be '{written}'"


def _range(kind: str, context: dict[str, Any], field: FieldInfo | None) -> str:
    """Name both ends where both are known."""
    bounds = {
        side: getattr(mark, side)
        for mark in (field.metadata if field else ())
        for side in ("ge", "le")
        if getattr(mark, side, None) is not None
    }
    if len(bounds) == 2 and kind in ("greater_than_equal", "less_than_equal"):
        return f"between {bounds['ge']:g} and {bounds['le']:g}"
    side, words = RANGE[kind]
    return f"{words} {context[side]:g}"
