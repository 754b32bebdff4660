"""/help: every command, by section."""

from __future__ import annotations

from bot.cards.card import Block, Card
from bot.catalogue import SECTIONS, command, commands
from bot.turn import Turn


@command("More", "List all commands")
async def help_(turn: Turn) -> None:
    known = commands(turn.services.tools).values()
    blocks = [
        Block("title", "Ask in plain words, or use a command"),
    ]
    for section in SECTIONS:
        lines = [f"/{one.name} – {one.summary}" for one in known if one.section == section]
        blocks.append(Block("text", "\n".join(["", section.upper(), *lines])))
    blocks.append(Block("small", "Simulated money only. Not advice."))
    await turn.chat.show(Card(tuple(blocks)))
