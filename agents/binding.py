"""The desk's tools as a model calls them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import ValidationError

from agents.fingerprint import digest
from agents.progress import ToolFinished
from agents.run_log import RunLog
from agents.trace import TracedCall
from desk.errors import MarketUnavailable
from desk.once import Once
from desk.result import Result
from desk.secrecy import Hide, as_it_is
from tools.context import Context
from tools.registry import Tool
from trading.errors import ConclaveError

log = logging.getLogger(__name__)

SUBJECT = ("symbol", "timeframe", "strategy")
# Characters of arguments, or of an error, that are kept and told.
LONGEST = 2_000
MOST_KEPT = 10
BROKEN = "the tool failed on the desk's side; try another tool, or answer without it"


class Bench:
    """The tools of one question: all runs work on the same context, equal calls run once."""

    def __init__(self, tools: Mapping[str, Tool], context: Context, hide: Hide = as_it_is) -> None:
        self._tools = tools
        self._context = context
        self._once = Once()
        self._hide = hide

    def for_run(self, run: RunLog, on_tool: Callable[[ToolFinished], None]) -> list[BaseTool]:
        """Bind the tools for one run; what they do is written to its log."""
        return [self._bind(tool, run, on_tool) for tool in self._tools.values()]

    def _bind(
        self, tool: Tool, run: RunLog, on_tool: Callable[[ToolFinished], None]
    ) -> StructuredTool:
        async def call(**arguments: Any) -> str:
            wanted = _without_blanks(tool, arguments)
            if unseen := _unseen(tool, wanted, run):
                return failed(arguments, f"No tool gave you {', '.join(unseen)}.")
            try:
                result = await self._result(tool, wanted)
            except ConclaveError as error:
                down = isinstance(error, MarketUnavailable)
                return failed(arguments, self._hide(str(error)), market_down=down)
            except Exception:
                log.exception("tool %s failed with arguments %s", tool.name, wanted)
                return failed(arguments, BROKEN)
            run.facts.update({fact.id: fact for fact in result.facts})
            given = result.as_json()
            run.calls.append(
                TracedCall(
                    tool=tool.name,
                    arguments=_kept(arguments),
                    facts=tuple(fact.id for fact in result.facts),
                    note=result.note,
                    digest=digest(given),
                )
            )
            on_tool(ToolFinished(run.run, tool.name, _subject(tool, wanted)))
            return given

        def failed(arguments: Mapping[str, Any], error: str, *, market_down: bool = False) -> str:
            # The message may quote what the model wrote, and that may be a megabyte.
            error = error if len(error) <= LONGEST else f"{error[:LONGEST]}…"
            run.calls.append(
                TracedCall(
                    tool=tool.name,
                    arguments=_kept(arguments),
                    error=error,
                    market_down=market_down,
                )
            )
            on_tool(ToolFinished(run.run, tool.name, _subject(tool, arguments), failed=True))
            return json.dumps({"error": error}, ensure_ascii=False)

        # The schema goes in as JSON so that LangChain leaves the arguments alone: Tool.call
        # checks them, and its message is the one that people see too.
        return StructuredTool(
            name=tool.name,
            description=tool.description,
            args_schema=deepcopy(tool.schema),
            coroutine=call,
        )

    async def _result(self, tool: Tool, arguments: Mapping[str, Any]) -> Result:
        try:
            key = tool.arguments.model_validate(dict(arguments)).model_dump_json()
        except ValidationError:
            return await tool.call(self._context, arguments)
        return await self._once.do((tool.name, key), lambda: tool.call(self._context, arguments))


def _unseen(tool: Tool, arguments: Mapping[str, Any], run: RunLog) -> list[str]:
    """Return the facts that a call points to though this run was not given them."""
    try:
        checked = tool.arguments.model_validate(dict(arguments))
    except ValidationError:
        return []
    return [found for found in tool.facts_named(checked) if found not in run.facts]


def _kept(arguments: Mapping[str, Any]) -> str:
    """Write the arguments as JSON for the trace; of a flood only the beginnings are kept."""
    text = json.dumps(arguments, ensure_ascii=False, default=str)
    if len(text) <= LONGEST:
        return text
    first = list(arguments.items())[:MOST_KEPT]
    short = {name[:50]: str(value)[:100] for name, value in first}
    return json.dumps(short, ensure_ascii=False)


def _without_blanks(tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out optional arguments that a model filled with null or an empty text."""
    fields = tool.arguments.model_fields
    return {
        name: value
        for name, value in arguments.items()
        if value not in (None, "") or name not in fields or fields[name].is_required()
    }


def _subject(tool: Tool, arguments: Mapping[str, Any]) -> str:
    try:
        checked = tool.arguments.model_validate(dict(arguments))
    except ValidationError:
        words = [arguments.get(name) for name in SUBJECT]
    else:
        words = [getattr(checked, name, None) for name in SUBJECT]
    return " ".join(str(word)[:40] for word in words if word)
