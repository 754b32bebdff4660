"""The card of a day whose loss has reached its limit."""

from __future__ import annotations

from bot.cards.card import Block, Card, table
from bot.cards.proposal import simulated
from desk.figures import money, percent
from desk.messages import DayLost


def day_lost_card(alert: DayLost) -> Card:
    """Tell that entries stop for the day, and what else can be done."""
    rows = [
        ("began the day at", money(alert.started_at, alert.currency)),
        ("equity", money(alert.equity, alert.currency)),
    ]
    return Card(
        (
            Block(
                "title",
                f"⛔ Today's loss {percent(alert.loss)} has reached its limit of "
                f"{percent(alert.bound)}",
            ),
            table(rows),
            Block(
                "text",
                "No new entries until 00:00 UTC; stops, targets and closing go on. /positions "
                "shows what is open, /panic closes everything.",
            ),
            Block("small", f"{alert.at:%d %b %H:%M:%S} UTC · {alert.source}"),
            simulated(demo=alert.demo),
        )
    )
