"""A tap on one of the example questions."""

from __future__ import annotations

from bot.catalogue import tap
from bot.commands.start import EXAMPLES
from bot.turn import Toast, Turn


@tap
async def ask(turn: Turn) -> Toast:
    if not turn.subject.isdigit() or int(turn.subject) >= len(EXAMPLES):
        return Toast("That question is no longer offered. /start shows the present ones.")
    question = EXAMPLES[int(turn.subject)]
    await turn.chat.say(f"You ask: {question}")
    turn.asking.begin(turn, question)
    return Toast(question)
