"""Find the strategies: one file each in this package."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType

from pydantic import ValidationError

from trading import strategies
from trading.errors import BadArgument
from trading.strategies.base import Strategy


def discover() -> Mapping[str, type[Strategy]]:
    """Return the strategy classes by name, in alphabetical order."""
    found: dict[str, type[Strategy]] = {}
    for info in pkgutil.iter_modules(strategies.__path__):
        for cls in _defined_in(importlib.import_module(f"{strategies.__name__}.{info.name}")):
            if cls.name in found:
                raise TypeError(f"two strategies are named '{cls.name}': {found[cls.name]}, {cls}")
            found[cls.name] = cls
    return MappingProxyType(dict(sorted(found.items())))


def make(name: str, parameters: Mapping[str, object] | None = None) -> Strategy:
    """Build a strategy by name; parameters that are left out keep their defaults.

    Errors: BadArgument for an unknown name or parameter, or a value out of range.
    """
    known = discover()
    if name not in known:
        raise BadArgument(f"'{name}' is no strategy. Use one of {', '.join(known)}.")
    try:
        return known[name].model_validate(dict(parameters or {}))
    except ValidationError as error:
        raise BadArgument(f"{known[name].title}: {_in_words(error)}") from None


def _defined_in(module: ModuleType) -> Iterator[type[Strategy]]:
    for _, cls in inspect.getmembers(module, inspect.isclass):
        if (
            issubclass(cls, Strategy)
            and not inspect.isabstract(cls)
            and cls.__module__ == module.__name__
        ):
            yield cls


def _in_words(error: ValidationError) -> str:
    problems = []
    for problem in error.errors(include_url=False):
        where = ".".join(str(part) for part in problem["loc"])
        what = problem["msg"].removeprefix("Value error, ")
        problems.append(f"{where}: {what}" if where else what)
    return "; ".join(problems)
