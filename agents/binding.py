"""The desk's tools as a model calls them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import ValidationError

from agents.progress import ToolFinished
from agents.run_log import RunLog
from agents.trace import TracedCall
from desk.once import Once
from desk.result import Result
from tools.context import Context
from tools.registry import Tool
from trading.errors import ConclaveError

log = logging.getLogger(__name__)

SUBJECT = ("symbol", "timeframe", "strategy")
BROKEN = "the tool failed on the desk's side; try another tool, or answer without it"


class Bench:
    """The tools of one question: all runs work on the same context, equal calls run once."""

    def __init__(self, tools: Mapping[str, Tool], context: Context) -> None:
        self._tools = tools
        self._context = context
        self._once = Once()

    def for_run(self, run: RunLog, on_tool: Callable[[ToolFinished], None]) -> list[BaseTool]:
        """Bind the tools for one run; what they do is written to its log."""
        return [self._bind(tool, run, on_tool) for tool in self._tools.values()]

    def _bind(
        self, tool: Tool, run: RunLog, on_tool: Callable[[ToolFinished], None]
    ) -> StructuredTool:
        async def call(**arguments: Any) -> str:
            wanted = _without_blanks(tool, arguments)
            try:
                result = await self._result(tool, wanted)
            except ConclaveError as error:
                return failed(arguments, str(error))
            except Exception:
                log.exception("tool %s failed with arguments %s", tool.name, wanted)
                return failed(arguments, BROKEN)
            run.facts.update({fact.id: fact for fact in result.facts})
            run.calls.append(
                TracedCall(
                    tool=tool.name,
                    arguments=json.dumps(arguments, ensure_ascii=False, default=str),
                    facts=tuple(fact.id for fact in result.facts),
                    note=result.note,
                )
            )
            on_tool(ToolFinished(run.run, tool.name, _subject(tool, wanted)))
            return result.as_json()

        def failed(arguments: Mapping[str, Any], error: str) -> str:
            text = json.dumps(arguments, ensure_ascii=False, default=str)
            run.calls.append(TracedCall(tool=tool.name, arguments=text, error=error))
            on_tool(ToolFinished(run.run, tool.name, _subject(tool, arguments), failed=True))
            return json.dumps({"error": error}, ensure_ascii=False)

        # The schema goes in as JSON so that LangChain leaves the arguments alone: Tool.call
        # checks them, and its message is the one that people see too.
        return StructuredTool(
            name=tool.name,
            description=tool.description,
            args_schema=tool.arguments.model_json_schema(),
            coroutine=call,
        )

    async def _result(self, tool: Tool, arguments: Mapping[str, Any]) -> Result:
        try:
            key = tool.arguments.model_validate(dict(arguments)).model_dump_json()
        except ValidationError:
            return await tool.call(self._context, arguments)
        return await self._once.do((tool.name, key), lambda: tool.call(self._context, arguments))


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
