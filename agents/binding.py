"""The desk's tools as the runs of one question call them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

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
        self.tools = tools
        self.hide = hide
        self._context = context
        self._once = Once()

    def for_run(self, run: RunLog, on_tool: Callable[[ToolFinished], None]) -> Hands:
        """Let one run call the tools; what they do is written to its log."""
        return Hands(self, run, on_tool)

    async def result(self, tool: Tool, arguments: Mapping[str, Any]) -> Result:
        """Run a tool, unless a run of the question has done just that; errors as Tool.call."""
        try:
            key = tool.arguments.model_validate(dict(arguments)).model_dump_json()
        except ValidationError:
            return await tool.call(self._context, arguments)
        return await self._once.do((tool.name, key), lambda: tool.call(self._context, arguments))


@dataclass(frozen=True)
class Hands:
    """What one run does with the tools of its question's bench."""

    bench: Bench
    run: RunLog
    on_tool: Callable[[ToolFinished], None]

    async def call(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Call a tool for the model; return its result, or an error to read, as JSON."""
        tool = self.bench.tools[name]
        wanted = _without_blanks(tool, arguments)
        if unseen := _unseen(tool, wanted, self.run):
            return self._failed(tool, arguments, f"No tool gave you {', '.join(unseen)}.")
        try:
            result = await self.bench.result(tool, wanted)
        except ConclaveError as error:
            down = isinstance(error, MarketUnavailable)
            return self._failed(tool, arguments, self.bench.hide(str(error)), market_down=down)
        except Exception:
            log.exception("tool %s failed with arguments %s", name, wanted)
            return self._failed(tool, arguments, BROKEN)
        self.run.facts.update({fact.id: fact for fact in result.facts})
        given = result.as_json()
        self.run.calls.append(
            TracedCall(
                tool=name,
                arguments=_kept(arguments),
                facts=tuple(fact.id for fact in result.facts),
                note=result.note,
                digest=digest(given),
            )
        )
        self.on_tool(ToolFinished(self.run.run, name, _subject(tool, wanted)))
        return given

    def _failed(
        self, tool: Tool, arguments: Mapping[str, Any], error: str, *, market_down: bool = False
    ) -> str:
        # The message may quote what the model wrote, and that may be a megabyte.
        error = error if len(error) <= LONGEST else f"{error[:LONGEST]}…"
        self.run.calls.append(
            TracedCall(
                tool=tool.name, arguments=_kept(arguments), error=error, market_down=market_down
            )
        )
        self.on_tool(ToolFinished(self.run.run, tool.name, _subject(tool, arguments), failed=True))
        return json.dumps({"error": error}, ensure_ascii=False)


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
