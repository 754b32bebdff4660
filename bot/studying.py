"""Answer with a backtest's card, and keep the backtest for those who want to see more of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.cards.backtest import backtest_card, report_card
from bot.chat import Document
from bot.paging import only_own_card
from bot.turn import Turn
from trading.errors import BadArgument

if TYPE_CHECKING:
    from bot.cards.card import Card
    from bot.studies import Kept
    from desk.result import Result
    from desk.study import Study

COMMAND = "/backtest"
CUT = "…"
JUST_NOW = "Run again just now, on the newest candles."
EARLIER = "Run again {at:%d %b %H:%M} UTC, on the newest candles then."
NONE_YET = "There is no backtest to export. Run one first, such as /backtest BTC/USDT 1h sma_cross."
NOT_ONE = "This is not one of your backtests, or it is no longer kept. Run it again with /backtest."


async def show_study(turn: Turn, result: Result, study: Study) -> None:
    """Show the card of a backtest that a person asked for."""
    command = " ".join((COMMAND, *turn.words))
    kept = turn.services.studies.keep(turn.account_id, command, study)
    await turn.chat.show(backtest_card(kept, result.note))


async def found(turn: Turn, study_id: str) -> tuple[Kept, bool]:
    """Return the person's own backtest, and whether it had to be run again just now.

    One that is gone (after a restart, or behind newer ones) is run by the command on its card.
    Errors: BadArgument where there is no such command; those of the backtest.
    """
    studies = turn.services.studies
    kept = studies.find(turn.account_id, study_id)
    if kept is not None:
        return kept, False
    command = _command_on(turn)
    await turn.chat.typing()
    tool = turn.services.tools["backtest"]
    result = await tool.call(turn.context(), tool.parse(command.split()[1:]))
    if result.study is None:
        raise BadArgument(NOT_ONE)
    # Another button of the same card may have been faster.
    kept = studies.find(turn.account_id, study_id)
    return kept or studies.keep(turn.account_id, command, result.study, study_id), True


def _command_on(turn: Turn) -> str:
    """Read the command from the card that was tapped, in the person's own chat."""
    message = turn.message
    text = (message.text or message.caption or "") if message else ""
    lines = [line for line in text.splitlines() if line.startswith(f"{COMMAND} ")]
    if not lines or lines[-1].endswith(CUT):
        raise BadArgument(NOT_ONE)
    only_own_card(turn)
    return lines[-1]


def rerun_words(kept: Kept, *, fresh: bool) -> str:
    """Say that a backtest is not the one of the card that was tapped; "" where it is."""
    if fresh:
        return JUST_NOW
    return EARLIER.format(at=kept.study.as_of) if kept.again_of else ""


def closer_look(kept: Kept, view: str, page: int, told: str = "") -> Card:
    """Make the card of a view, `trades`, `months` or `figures`; `told` is said under its title."""
    from bot.cards.backtest_views import figures_card, months_card, trades_card

    if view == "trades":
        return trades_card(kept, page, told)
    return months_card(kept, page, told) if view == "months" else figures_card(kept, told)


async def send_report(turn: Turn, kept: Kept, told: str = "") -> None:
    """Send the backtest's trades, equity and report as files; `told` is said in the caption."""
    from bot.report import write_report
    from desk.study_files import equity_file, file_name, trades_file

    study = kept.study
    await turn.chat.typing()

    def written() -> list[Document]:
        tables = (trades_file(study), equity_file(study))
        page = Document(file_name(study, "report.html"), write_report(study, kept.command))
        return [*(Document(file.name, file.content) for file in tables), page]

    await turn.chat.send_files(await asyncio.to_thread(written), report_card(kept, told))
