"""The buttons of a watch: pause and resume it, let it fill by itself or ask, end it."""

from __future__ import annotations

from bot.cards.watches import ended_text
from bot.catalogue import tap
from bot.commands.watches import watches_page
from bot.paging import turn_to
from bot.seal import unsealed
from bot.turn import Toast, Turn
from bot.unwatching import ask_or_end, close_and_end
from desk.outcomes import Refused
from trading.errors import BadArgument
from trading.watches import Watch

OLD = "This button is from an older version. /watches shows the new ones."
ASKED = "It holds a position: say what becomes of it."


@tap
async def watch(turn: Turn) -> Toast:
    what = unsealed(turn.account_id, "watch", turn.subject, turn.services.clock())
    action, _, name = what.partition(".")
    if action == "end":
        return await _end(turn, name)
    changed, told = await _changed(turn, action, name)
    if isinstance(changed, Refused):
        return Toast(changed.text, alert=True)
    await turn_to(turn, await watches_page(turn, 0, name))
    return Toast(told.format(name=name))


async def _changed(turn: Turn, action: str, name: str) -> tuple[Watch | Refused, str]:
    watches, account_id = turn.services.watches, turn.account_id
    match action:
        case "pause":
            paused = await watches.pause(account_id, name)
            return paused, "{name} is paused: no new entries, exits go on."
        case "resume":
            return await watches.resume(account_id, name), "{name} takes entries again."
        case "auto":
            entrusted = await watches.entrust(account_id, name, auto=True)
            return entrusted, "{name} fills by itself from its next signal on (simulated)."
        case "ask":
            return await watches.entrust(account_id, name, auto=False), "{name} asks you first."
        case "close":
            return await close_and_end(turn, name), "{name} has ended; its position is closed."
        case "keep":
            return await watches.end(account_id, name), "{name} has ended; its position stays."
    raise BadArgument(OLD)


async def _end(turn: Turn, name: str) -> Toast:
    ended = await ask_or_end(turn, name)
    if isinstance(ended, Refused):
        return Toast(ended.text, alert=True)
    if ended is None:
        return Toast(ASKED)
    await turn_to(turn, await watches_page(turn, 0))
    return Toast(ended_text(ended))
