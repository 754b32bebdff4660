"""/export: fills and equity as files, and what they can be checked against."""

from __future__ import annotations

from bot.cards.export import export_card
from bot.catalogue import command
from bot.chat import Document
from bot.turn import Turn
from desk.export import export as exported


@command("Book", "Send your fills and equity as CSV files")
async def export(turn: Turn) -> None:
    services = turn.services
    state = await services.accounts.require(turn.account_id)
    await turn.chat.typing()
    made = await exported(services.log, state, services.clock())
    files = [Document(file.name, file.content) for file in (made.fills, made.equity)]
    await turn.chat.send_files(files, export_card(made, demo=services.market.demo))
