"""/settings: quiet hours and the time zone they are counted in."""

from __future__ import annotations

from bot.cards.card import Block, Button, Card, table
from bot.cards.proposal import simulated
from bot.catalogue import command
from bot.turn import Turn
from desk.quiet import quiet_hours, snoozed_until, zone_of
from trading.account import AccountState
from trading.errors import BadArgument

USAGE = (
    "Usage: /settings · /settings quiet 22:00-07:00 Europe/Berlin · /settings quiet off · "
    "/settings zone UTC+2"
)


@command("More", "Show and set quiet hours and your time zone", "quiet 22:00-07:00 Europe/Berlin")
async def settings(turn: Turn) -> None:
    await turn.chat.show(_card(turn, await _changed(turn)))


async def _changed(turn: Turn) -> AccountState:
    alarms, account_id = turn.services.alarms, turn.account_id
    match [word.strip(",") for word in turn.words]:
        case []:
            return await turn.services.accounts.require(account_id)
        case [name, value] if (name.lower(), value.lower()) == ("quiet", "off"):
            return await alarms.quiet_hours(account_id, "")
        case [name, hours, *zone] if name.lower() == "quiet":
            return await alarms.quiet_hours(account_id, hours, " ".join(zone) or None)
        case [name, *zone] if name.lower() in ("zone", "timezone") and zone:
            return await alarms.time_zone(account_id, " ".join(zone))
    raise BadArgument(USAGE)


def _card(turn: Turn, state: AccountState) -> Card:
    now = turn.services.clock()
    zone, hours = zone_of(state.settings), quiet_hours(state.settings)
    snoozed = snoozed_until(state.settings, now)
    rows = [
        ("quiet hours", str(hours) if hours else "none"),
        ("time zone", str(zone)),
        ("your time now", f"{now.astimezone(zone):%H:%M}"),
        ("snoozed", f"until {snoozed.astimezone(zone):%d %b %H:%M}" if snoozed else "no"),
    ]
    text = (
        "In quiet hours, or snoozed, alerts wait and come together afterwards. What is critical "
        "is told always.\n/settings quiet 22:00-07:00 Europe/Berlin sets them, /settings quiet "
        "off ends them. /limits has the risk limits."
    )
    blocks = (Block("title", "Settings"), table(rows), Block("text", text))
    buttons = ((Button("Alerts", f"alerts:{state.account_id}"),),)
    return Card((*blocks, simulated(demo=turn.services.market.demo)), buttons)
