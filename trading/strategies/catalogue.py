"""Find the strategies: one file each in this package, and those that the operator adds."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import TypeVar

from pydantic import ValidationError

from trading import strategies
from trading.errors import BadArgument
from trading.strategies.base import PairStrategy, Parameters, Strategy

Kind = TypeVar("Kind", bound=Parameters)


@dataclass(frozen=True)
class Catalogue:
    """The strategies that can be chosen, by name in alphabetical order."""

    singles: Mapping[str, type[Strategy]]
    pairs: Mapping[str, type[PairStrategy]]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted((*self.singles, *self.pairs)))

    def find(self, name: str) -> type[Parameters]:
        """Return a strategy's class; BadArgument names those there are."""
        known = {**self.singles, **self.pairs}
        if name not in known:
            raise BadArgument(f"'{name[:40]}' is no strategy. Use one of {', '.join(self.names)}.")
        return known[name]

    def make(self, name: str, parameters: Mapping[str, object] | None = None) -> Parameters:
        """Build a strategy by name; parameters that are left out keep their defaults.

        Errors: BadArgument for an unknown name or parameter, or a value out of range.
        """
        return build(self.find(name), parameters)

    def with_own(self, own: Iterable[type[Parameters]]) -> Catalogue:
        """Return a catalogue that has these too; TypeError for a name that is taken."""
        return catalogue_of([*self.singles.values(), *self.pairs.values(), *own])


def build(cls: type[Kind], parameters: Mapping[str, object] | None = None) -> Kind:
    """Make a strategy of a class; BadArgument says which parameter is wrong."""
    try:
        return cls.model_validate(dict(parameters or {}))
    except ValidationError as error:
        raise BadArgument(f"{cls.title}: {_in_words(error, cls)}") from None


def built_in() -> Catalogue:
    """Find the strategies of this package."""
    return catalogue_of(
        cls
        for info in pkgutil.iter_modules(strategies.__path__)
        for cls in defined_in(importlib.import_module(f"{strategies.__name__}.{info.name}"))
    )


def catalogue_of(classes: Iterable[type[Parameters]]) -> Catalogue:
    """Sort classes into a catalogue; TypeError when two have one name."""
    found: dict[str, type[Parameters]] = {}
    for cls in classes:
        if cls.name in found:
            raise TypeError(f"two strategies are named '{cls.name}': {found[cls.name]}, {cls}")
        found[cls.name] = cls
    ordered = dict(sorted(found.items()))
    return Catalogue(
        MappingProxyType({k: v for k, v in ordered.items() if issubclass(v, Strategy)}),
        MappingProxyType({k: v for k, v in ordered.items() if issubclass(v, PairStrategy)}),
    )


def defined_in(module: ModuleType) -> Iterator[type[Parameters]]:
    """Yield the strategies that a file itself defines."""
    for _, cls in inspect.getmembers(module, inspect.isclass):
        if (
            issubclass(cls, Parameters)
            and not inspect.isabstract(cls)
            and cls.__module__ == module.__name__
        ):
            yield cls


def _in_words(error: ValidationError, cls: type[Parameters]) -> str:
    problems = []
    for problem in error.errors(include_url=False):
        where = ".".join(str(part) for part in problem["loc"])
        what = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            known = ", ".join(cls.model_fields) or "none"
            what = f"no such parameter; it has {known}"
        problems.append(f"{where}: {what}" if where else what)
    return "; ".join(problems)
