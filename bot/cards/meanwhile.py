"""Cards of what the book did by itself: a waiting order gone, or many things told as one."""

from __future__ import annotations

from bot.cards.card import Block, Card
from bot.cards.columns import broken
from bot.cards.proposal import simulated
from desk.figures import cents, money, percent, price, quantity
from desk.messages import CancelNotice, DayLost, DrawdownAlert, FillReport, Meanwhile, Part
from trading.orders import Order
from trading.scope import ACCOUNT

MOST_SHOWN = 20
WHAT = {
    "entry": "filled",
    "stop": "stop",
    "trailing": "trailing stop",
    "target": "target",
    "close": "closed",
    "liquidation": "LIQUIDATED",
}


def cancelled_card(notice: CancelNotice) -> Card:
    """Tell that a waiting order is gone without a fill, and why."""
    order = notice.order
    return Card(
        (
            Block("title", f"Cancelled: {order_words(order)}"),
            Block("text", f"{notice.reason[:1].upper()}{notice.reason[1:]}."),
            Block("small", f"{notice.at:%d %b %H:%M:%S} UTC · {notice.source}"),
            simulated(demo=notice.demo),
        )
    )


def order_words(order: Order) -> str:
    """Name an order in a few words."""
    at = "" if order.price is None else f" at {price(order.price)}"
    kind = order.kind.replace("_", "-")
    return f"{order.side} {quantity(order.quantity)} {order.symbol} {kind}{at}"


def meanwhile_card(news: Meanwhile) -> Card:
    """Tell several things in the order in which they happened."""
    parts = sorted(news.parts, key=lambda part: part.at)
    if news.since is None:
        heading = f"{len(parts)} things happened at once"
    else:
        heading = f"While I was away ({news.since:%d %b %H:%M} to {news.until:%d %b %H:%M} UTC)"
    lines = [line for part in parts[:MOST_SHOWN] for line in _lines(part)]
    if len(parts) > MOST_SHOWN:
        lines.append(f"… and {len(parts) - MOST_SHOWN} more, see /history")
    blocks = [Block("title", heading), Block("table", "\n".join(lines))]
    closing = _paused(news)
    blocks += [Block("text", closing)] if closing else []
    return Card((*blocks, *_source(news), simulated(demo=news.demo)))


def _lines(part: Part) -> list[str]:
    start = f"{part.at:%d %b %H:%M}"
    if isinstance(part, FillReport):
        profit = cents(part.realised - part.fee)
        gain = "" if part.reason == "entry" else f" {money(profit, part.quote, signed=True)}"
        verb = "bought" if part.side == "buy" else "sold"
        return [
            f"{start} {part.symbol} {WHAT[part.reason]}",
            f"  {verb} {quantity(part.quantity)} at {price(part.price)}",
            *([f" {gain} after fee"] if gain else []),
        ]
    if isinstance(part, DrawdownAlert):
        name = "account" if part.scope == ACCOUNT else part.scope.removeprefix("strategy:")
        word = {"warning": "near its limit", "limit": "AT ITS LIMIT", "ok": "recovered"}[part.tier]
        return [f"{start} {name} drawdown {word}", f"  {percent(part.drawdown)}"]
    if isinstance(part, DayLost):
        return [f"{start} today's loss AT ITS LIMIT", f"  {percent(part.loss)}"]
    order = part.order
    what = f"  {order.side} {quantity(order.quantity)} {order.kind.replace('_', '-')}"
    at = "" if order.price is None else f" at {price(order.price)}"
    words = broken(f"{what}{at}") + broken(f"  {part.reason}")
    return [f"{start} cancelled {order.symbol}", *words]


def _source(news: Meanwhile) -> tuple[Block, ...]:
    return () if news.demo else (Block("small", news.source),)


def _paused(news: Meanwhile) -> str:
    if any(isinstance(part, DrawdownAlert) and part.tier == "limit" for part in news.parts):
        return "New entries are paused; exits go on. /resume takes entries again, knowingly."
    return ""
