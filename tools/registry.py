"""What a tool is, and where all of them are found.

A tool is one async function in a file of this package. Its signature and docstring are the
single source: the model's schema, the slash command, `/help` and the command menu all come from
it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

import tools
from desk.result import Result
from tools.arguments import FactReference, StrategyChoice, without_exchange
from tools.context import Context
from tools.typed_words import PARAMETERS, TypedWords
from tools.usage import Usage
from trading.argument_words import problems_in_words
from trading.errors import BadArgument

Run = Callable[..., Awaitable[Result]]


@dataclass(frozen=True)
class Tool:
    """A capability of the desk: for the model by name, for a person by slash command."""

    name: str
    summary: str
    description: str
    arguments: type[BaseModel]
    run: Run
    command: str | None
    example: str
    in_order: tuple[str, ...]
    """Arguments that a typed word fills by its place; the others are written `name=value`."""
    exchange: str = ""
    """The default exchange's id: written before a symbol it says nothing."""
    slow: str = ""
    """What it does for many seconds, "search" or "forecast", telling how far it is (Context.told);
    it may be cancelled. "": it answers at once."""

    def check(self, arguments: Mapping[str, Any], usage: Usage | None = None) -> dict[str, Any]:
        """Parse the arguments; BadArgument says which one is wrong and why.

        `usage` is told in place of the tool's own, for a command that calls it by another name.
        """
        try:
            plain = {name: self._own(value) for name, value in arguments.items()}
            checked = self.arguments.model_validate(plain)
        except ValidationError as error:
            told = "; ".join(problems_in_words(error, self.arguments))
            usage = usage or self.usage
            known = arguments.keys() <= self.arguments.model_fields.keys()
            # Who slipped in one word knows the others.
            rest = usage.short if arguments and known else usage.whole
            raise BadArgument(f"{told}. {rest}") from None
        return {name: getattr(checked, name) for name in self.arguments.model_fields}

    def _own(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._own(each) for each in value]
        return without_exchange(value, self.exchange) if isinstance(value, str) else value

    async def call(self, context: Context, arguments: Mapping[str, Any]) -> Result:
        """Check the arguments and run."""
        return await self.run(context, **self.check(arguments))

    def parse(self, words: Sequence[str]) -> dict[str, str]:
        """Match the words typed after the command to the arguments (tools.typed_words)."""
        return TypedWords(self.arguments, self.in_order, self.usage).match(words)

    def facts_named(self, checked: BaseModel) -> tuple[str, ...]:
        """Return the ids of the facts that checked arguments point to."""
        fields = self.arguments.model_fields
        named = (
            getattr(checked, name)
            for name, field in fields.items()
            if _refers([field.annotation, *field.metadata])
        )
        return tuple(found for found in named if found is not None)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The arguments' JSON schema, as a model reads it. Not to be changed: all runs share it."""
        return self.arguments.model_json_schema()

    @property
    def usage(self) -> Usage:
        fields = self.arguments.model_fields
        parts = [
            f"<{name}>" if fields[name].is_required() else f"[{name}]" for name in self.in_order
        ]
        options = [f"{name}=" for name in fields if name not in (*self.in_order, PARAMETERS)]
        parts += [f"[{' '.join(options)}]"] if options else []
        name = f"/{self.command}" if self.command else self.name
        return Usage(" ".join([name, *parts]), f"{name} {self.example}".rstrip())


def tool(*, command: str | None, example: str, slow: str = "") -> Callable[[Run], Run]:
    """Mark an async function of this package as a tool.

    `command` is the slash command a person types, None for a tool that only the model calls;
    `example` are the words typed after it; `slow` says what a tool does that shows progress
    and can be cancelled, such as "search".
    """

    def mark(run: Run) -> Run:
        run.__dict__["tool"] = (command, example, slow)
        return run

    return mark


def discover(strategies: Sequence[str] | None = None, exchange: str = "") -> Mapping[str, Tool]:
    """Find every tool of this package, by name.

    `strategies` are the names that the model may choose from; None: the built-in ones.
    `exchange` is the default exchange's id.
    """
    found: dict[str, Tool] = {}
    for module_info in pkgutil.iter_modules(tools.__path__):
        module = importlib.import_module(f"tools.{module_info.name}")
        for run in vars(module).values():
            if inspect.iscoroutinefunction(run) and "tool" in run.__dict__:
                made = make_tool(run, strategies, exchange)
                found[made.name] = made
    return found


def make_tool(run: Run, strategies: Sequence[str] | None = None, exchange: str = "") -> Tool:
    """Build the tool from a marked function: its signature, docstring and argument lines."""
    command, example, slow = run.__dict__["tool"]
    doc = inspect.getdoc(run) or ""
    text, _, argument_lines = doc.partition("\nArgs:\n")
    descriptions = dict(re.findall(r"^\s+(\w+): (.+)$", argument_lines, re.MULTILINE))
    hints = get_type_hints(run, include_extras=True)
    if strategies is not None:
        hints = {name: _naming(hint, tuple(strategies)) for name, hint in hints.items()}
    fields: dict[str, Any] = {}
    parameters = dict(list(inspect.signature(run).parameters.items())[1:])
    for name, parameter in parameters.items():
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (hints[name], Field(default, description=descriptions[name]))
    arguments = create_model(
        run.__name__, __config__=ConfigDict(extra="forbid"), __doc__=text.strip(), **fields
    )
    return Tool(
        name=run.__name__,
        summary=text.strip().splitlines()[0].rstrip("."),
        description=text.strip(),
        arguments=arguments,
        run=run,
        command=command,
        example=example,
        in_order=tuple(name for name, one in parameters.items() if one.kind != one.KEYWORD_ONLY),
        exchange=exchange,
        slow=slow,
    )


def _refers(parts: Sequence[Any]) -> bool:
    """Tell whether a type is marked as the id of a fact, here or in a part of it."""
    return any(isinstance(part, FactReference) or _refers(get_args(part)) for part in parts)


def _naming(hint: Any, strategies: tuple[str, ...]) -> Any:
    """Put the names of the strategies that there are into an argument's type."""
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        marks = [
            StrategyChoice(strategies) if isinstance(mark, StrategyChoice) else mark
            for mark in marks
        ]
        return Annotated[(_naming(inner, strategies), *marks)]
    if get_origin(hint) in (Union, types.UnionType):
        return Union[tuple(_naming(part, strategies) for part in get_args(hint))]  # noqa: UP007  the parts are known only now
    return hint
