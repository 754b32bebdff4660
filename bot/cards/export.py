"""The caption of exported files: what is in them, and how to check it."""

from __future__ import annotations

from bot.cards.card import Block, Card
from bot.cards.columns import narrow, pair
from bot.cards.proposal import simulated
from desk.export import Export
from trading.candles import Candles, from_ms
from trading.outages import flat_outages

CHECK = "python -m bot verify --account"


def export_card(made: Export, *, demo: bool) -> Card:
    """Tell the rows, and the event of the account's log that the files go up to."""
    rows = [
        ("fills", str(made.fills.rows)),
        ("equity", str(made.equity.rows)),
        ("log events", str(made.events)),
        ("time", f"{made.at:%Y-%m-%d %H:%M:%S} UTC"),
    ]
    return Card(
        (
            Block("title", f"Export of account {made.account_id}"),
            narrow(line for name, figure in rows for line in pair(name, figure)),
            Block("text", f"Last log hash:\n{made.last_hash}"),
            Block("text", f"Check it where the bot runs: {CHECK} {made.account_id}"),
            Block("small", f"It names this hash while event {made.events} is the newest."),
            simulated(demo=demo),
        )
    )


def candles_card(candles: Candles, source: str, *, demo: bool) -> Card:
    """Tell how many candles there are, from when to when, and what they lack."""
    still = sum(stretch.count for stretch in flat_outages(candles))
    rows = [
        ("candles", f"{len(candles):,}"),
        ("first open", f"{from_ms(int(candles.time[0])):%Y-%m-%d %H:%M}"),
        ("last close", f"{candles.last_close_time:%Y-%m-%d %H:%M}"),
        ("missing", f"{candles.missing:,}"),
        ("without trades", f"{still:,}"),
    ]
    made = f", rolled up from {candles.made_from}" if candles.made_from else ""
    return Card(
        (
            Block("title", f"{candles.symbol} {candles.timeframe} candles"),
            narrow(line for name, figure in rows for line in pair(name, figure)),
            Block("small", f"{source}{made} · all times UTC, closed candles only"),
            simulated(demo=demo),
        )
    )
