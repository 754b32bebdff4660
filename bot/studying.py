"""Answer with a backtest's card, and keep the backtest for those who want to see more of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.cards.backtest import backtest_card, report_card
from bot.chat import Document
from bot.turn import Turn
from trading.errors import BadArgument

if TYPE_CHECKING:
    from bot.cards.card import Card
    from bot.studies import Kept
    from desk.facts import Result
    from desk.study import Study

COMMAND = "/backtest"
GONE = "This backtest is no longer kept. Run it again: {command}"
NONE_YET = "There is no backtest to export. Run one first, such as /backtest BTC/USDT 1h sma_cross."
NOT_ONE = "This is not one of your backtests, or it is no longer kept. Run it again with /backtest."


async def show_study(turn: Turn, result: Result, study: Study) -> None:
    """Show the card of a backtest that a person asked for."""
    command = " ".join((COMMAND, *turn.words))
    kept = turn.services.studies.keep(turn.account_id, command, study)
    await turn.chat.show(backtest_card(kept, result.note))


def found(turn: Turn, study_id: str) -> Kept:
    """Return the person's own backtest; BadArgument says how to run it again."""
    kept = turn.services.studies.find(turn.account_id, study_id)
    if kept is not None:
        return kept
    message = turn.message
    text = (message.text or message.caption or "") if message else ""
    lines = [line for line in text.splitlines() if line.startswith(f"{COMMAND} ")]
    raise BadArgument(GONE.format(command=lines[-1]) if lines else NOT_ONE)


def closer_look(kept: Kept, view: str, page: int) -> Card:
    """Make the card of a view: `trades`, `months` or `figures`."""
    from bot.cards.backtest_views import figures_card, months_card, trades_card

    if view == "trades":
        return trades_card(kept, page)
    return months_card(kept, page) if view == "months" else figures_card(kept)


async def send_report(turn: Turn, kept: Kept) -> None:
    """Send the backtest's trades, equity and report as files."""
    from bot.report import write_report
    from desk.study_files import equity_file, trades_file

    study = kept.study
    await turn.chat.typing()

    def written() -> list[Document]:
        tables = (trades_file(study), equity_file(study))
        page = Document("report.html", write_report(study, kept.command))
        return [*(Document(file.name, file.content) for file in tables), page]

    await turn.chat.send_files(await asyncio.to_thread(written), report_card(kept))
