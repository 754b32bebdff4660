"""Tools that take many seconds, from typed commands: with progress and a Cancel button."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.cards.card import Button
from bot.cards.result import result_card
from bot.turn import Done, LongJob, Turn
from tools.registry import Tool

if TYPE_CHECKING:
    from desk.findings import Findings

BRIEF = frozenset({"forecast"})  # a second or two: it need not wait for a long search
MOST_DATA = 64  # bytes that a button of Telegram's carries
NAMED = ("symbol", "timeframe", "strategy")  # what tells one job from another


async def do_slowly(
    turn: Turn, tool: Tool, arguments: Mapping[str, Any], *, more: bool = False
) -> None:
    """Run a slow tool as the person's long job; wrong arguments are refused before.

    `more`: show what the first card had no room for, and nothing else.
    """
    checked = tool.check(arguments)
    named = [str(checked[name]) for name in NAMED if name in checked]
    subject = " ".join(named)
    doing = f"{tool.slow.capitalize()}ing {subject}"

    async def work(update: Callable[[Sequence[str]], None]) -> Done:
        context = replace(turn.context(), told=lambda text: update(text.splitlines()))
        result = await tool.call(context, arguments)
        demo = turn.services.market.demo
        if result.findings is not None:
            # It knows the compiled rooms, which must not be in the way of the bot's start.
            from bot.cards.optimize import findings_card

            again = _backtest_of(result.findings, tool, turn.words)
            return Done(findings_card(result, result.findings, again, demo=demo))
        title = " · ".join((tool.name.title(), *named))
        button = Button("More figures", f"figures:{' '.join((tool.name, *turn.words))}")
        fits = len(button.data.encode()) <= MOST_DATA
        spare = fits and any(section.spare for section in result.sections)
        if spare and more:
            return Done(result_card(result, f"More · {title}", demo=demo, part="more"))
        if spare:
            return Done(result_card(result, title, demo=demo, buttons=((button,),), part="brief"))
        return Done(result_card(result, title, demo=demo))

    job = LongJob(
        title=f"{doing}…",
        busy=f"Your {tool.slow} ({subject}) is still under way.",
        work=work,
        subject=subject,
        stopped=f"Stopped: {doing}",
        kind=tool.slow if tool.slow in BRIEF else "",
    )
    await turn.asking.do(turn, job)


def _backtest_of(found: Findings, tool: Tool, words: Sequence[str]) -> str:
    """Write the command that backtests what a search found best, with the options it had."""
    from desk.rule_words import parameters_in_words

    said = {name for name, _ in found.now} | {*tool.in_order, "parameters"}
    options = [word for word in words if "=" in word and _name(word) not in said]
    what = (found.candles.symbol, found.candles.timeframe.value, found.now.name)
    return " ".join(("/backtest", *what, parameters_in_words(found.now), *options))


def _name(word: str) -> str:
    return word.partition("=")[0].lower().replace("-", "_")
