"""/export: fills and equity as files and what they can be checked against, or a backtest's."""

from __future__ import annotations

from bot.cards.export import export_card
from bot.catalogue import command
from bot.chat import Document
from bot.studying import NONE_YET, send_report
from bot.turn import Turn
from desk.export import export as exported
from trading.errors import BadArgument

USAGE = (
    "Usage: /export [backtest]. Without a word: your fills and equity; with it: the last backtest."
)


@command("Book", "Send your fills and equity as CSV files, or your last backtest")
async def export(turn: Turn) -> None:
    services = turn.services
    if turn.words:
        if [word.lower() for word in turn.words] != ["backtest"]:
            raise BadArgument(USAGE)
        kept = services.studies.newest(turn.account_id)
        if kept is None:
            raise BadArgument(NONE_YET)
        await send_report(turn, kept)
        return
    state = await services.accounts.require(turn.account_id)
    await turn.chat.typing()
    made = await exported(services.log, state, services.clock())
    files = [Document(file.name, file.content) for file in (made.fills, made.equity)]
    await turn.chat.send_files(files, export_card(made, demo=services.market.demo))
