"""Everything a person can type or tap, found in bot/commands, bot/taps and tools."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import bot.commands
import bot.taps
from bot.cards.news import news_card
from bot.cards.result import result_card
from bot.ranking import show_ranking
from bot.slow_tools import do_slowly
from bot.studying import show_study
from bot.turn import CommandRun, TapRun, Turn
from desk.result import Result
from tools.registry import Tool

Section = Literal["Ask", "Research", "Book", "Safety", "More"]
SECTIONS: tuple[Section, ...] = ("Ask", "Research", "Book", "Safety", "More")
BOOK_TOOLS = frozenset({"portfolio"})


@dataclass(frozen=True)
class Command:
    """A slash command: its help line and what it does."""

    name: str
    summary: str
    section: Section
    example: str
    run: CommandRun


def command(
    section: Section, summary: str, example: str = ""
) -> Callable[[CommandRun], CommandRun]:
    """Mark an async function of bot/commands as the slash command of its own name."""

    def mark(run: CommandRun) -> CommandRun:
        name = getattr(run, "__name__", "").rstrip("_")
        run.__dict__["command"] = Command(name, summary, section, example, run)
        return run

    return mark


def tap(run: TapRun) -> TapRun:
    """Mark an async function of bot/taps as the action of its own name."""
    run.__dict__["tap"] = getattr(run, "__name__", "")
    return run


def commands(tools: Mapping[str, Tool]) -> Mapping[str, Command]:
    """Find all slash commands, in the order of the help; tools give theirs by themselves."""
    found = [_of_tool(tool) for tool in tools.values() if tool.command]
    for module_info in pkgutil.iter_modules(bot.commands.__path__):
        module = importlib.import_module(f"bot.commands.{module_info.name}")
        found += [
            run.__dict__["command"]
            for run in vars(module).values()
            if callable(run) and "command" in getattr(run, "__dict__", {})
        ]
    found.sort(key=lambda one: (SECTIONS.index(one.section), one.name))
    return {one.name: one for one in found}


def taps() -> Mapping[str, TapRun]:
    """Find all actions of buttons, by the word before the colon of their data."""
    found: dict[str, TapRun] = {}
    for module_info in pkgutil.iter_modules(bot.taps.__path__):
        module = importlib.import_module(f"bot.taps.{module_info.name}")
        for run in vars(module).values():
            if callable(run) and "tap" in getattr(run, "__dict__", {}):
                found[run.__dict__["tap"]] = run
    return found


def _of_tool(tool: Tool) -> Command:
    async def run(turn: Turn) -> None:
        arguments = tool.parse(turn.words)
        if tool.slow:
            await do_slowly(turn, tool, arguments)
            return
        await turn.chat.typing()
        result = await tool.call(turn.context(), arguments)
        if result.study is not None:
            await show_study(turn, result, result.study)
            return
        if result.ranking is not None:
            await show_ranking(turn, result, result.ranking)
            return
        demo = turn.services.market.demo
        if result.news is not None:
            await turn.chat.show(news_card(result, result.news, turn.services.clock(), demo=demo))
            return
        await turn.chat.show(result_card(result, _title(tool, result), demo=demo))

    return Command(
        tool.command or tool.name,
        tool.summary,
        "Book" if tool.name in BOOK_TOOLS else "Research",
        tool.example,
        run,
    )


def _title(tool: Tool, result: Result) -> str:
    first = result.facts[0] if result.facts else None
    subject = [first.symbol, first.timeframe] if first else []
    return " · ".join(part for part in [(tool.command or tool.name).title(), *subject] if part)
