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
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

import tools
from desk.facts import Result
from tools.context import Context
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

    def check(self, arguments: Mapping[str, Any], usage: str = "") -> dict[str, Any]:
        """Parse and clamp the arguments; BadArgument says which one is wrong and why.

        `usage` is told in place of the tool's own, for a command that calls it by another name.
        """
        try:
            checked = self.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            raise BadArgument(self._explain(error, usage or self.usage)) from None
        return {name: getattr(checked, name) for name in self.arguments.model_fields}

    async def call(self, context: Context, arguments: Mapping[str, Any]) -> Result:
        """Check the arguments and run."""
        return await self.run(context, **self.check(arguments))

    def parse(self, words: Sequence[str]) -> dict[str, str]:
        """Match the words typed after the command to the arguments, in their order."""
        names = list(self.arguments.model_fields)
        if len(words) > len(names):
            raise BadArgument(
                f"{len(words)} values are too many, {len(names)} at most. {self.usage}"
            )
        return dict(zip(names, words, strict=False))

    @property
    def usage(self) -> str:
        parts = [
            f"<{name}>" if field.is_required() else f"[{name}]"
            for name, field in self.arguments.model_fields.items()
        ]
        name = f"/{self.command}" if self.command else self.name
        return f"Usage: {' '.join([name, *parts])}. Example: {name} {self.example}".rstrip()

    def _explain(self, error: ValidationError, usage: str) -> str:
        problems = []
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"]) or "arguments"
            what = problem["msg"].removeprefix("Value error, ")
            problems.append(f"{name}: {what}")
        return f"{'; '.join(problems)}. {usage}"


def tool(*, command: str | None, example: str) -> Callable[[Run], Run]:
    """Mark an async function of this package as a tool.

    `command` is the slash command a person types, None for a tool that only the model calls;
    `example` are the words typed after it.
    """

    def mark(run: Run) -> Run:
        run.__dict__["tool"] = (command, example)
        return run

    return mark


def discover() -> Mapping[str, Tool]:
    """Find every tool of this package, by name."""
    found: dict[str, Tool] = {}
    for module_info in pkgutil.iter_modules(tools.__path__):
        module = importlib.import_module(f"tools.{module_info.name}")
        for run in vars(module).values():
            if inspect.iscoroutinefunction(run) and "tool" in run.__dict__:
                made = make_tool(run)
                found[made.name] = made
    return found


def make_tool(run: Run) -> Tool:
    """Build the tool from a marked function: its signature, docstring and argument lines."""
    command, example = run.__dict__["tool"]
    doc = inspect.getdoc(run) or ""
    text, _, argument_lines = doc.partition("\nArgs:\n")
    descriptions = dict(re.findall(r"^\s+(\w+): (.+)$", argument_lines, re.MULTILINE))
    hints = get_type_hints(run, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(run).parameters.items())[1:]:
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
    )
