"""Cards of what happens by itself: fills, drawdown alerts."""

from __future__ import annotations

from bot.cards.card import Block, Button, Card, table
from bot.cards.proposal import simulated
from desk.figures import money, percent, price, quantity
from desk.messages import DrawdownAlert, FillReport

HEADINGS = {
    "entry": "Filled",
    "stop": "Stop reached",
    "trailing": "Trailing stop reached",
    "liquidation": "LIQUIDATED, the margin is used up",
    "target": "Target reached",
    "close": "Closed",
}
OWN = ("manual", "analyst")  # strategies that a person trades by hand


def fill_card(report: FillReport) -> Card:
    """Tell a fill: what, at what price, what it cost, and what is held now."""
    verb = "Bought" if report.side == "buy" else "Sold"
    heading = HEADINGS[report.reason]
    if report.reason == "close" and report.position_quantity:
        heading = "Reduced"
    rows = [
        ("price", f"{price(report.price)} {report.quote}"),
        ("worth", money(report.notional, report.quote)),
        ("fee", money(report.fee, report.quote)),
    ]
    if report.reason != "entry" or report.realised:
        rows.append(("profit before fees", money(report.realised, report.quote, signed=True)))
    if report.stop is not None:
        rows.append(("stop", price(report.stop)))
    if report.target is not None:
        rows.append(("target", price(report.target)))
    held = f"{quantity(report.position_quantity)} {report.base}"
    rows.append(("held now", held if report.position_quantity else "nothing"))
    if report.equity is not None:
        rows.append(("equity", money(report.equity, report.quote)))
    buttons: tuple[tuple[Button, ...], ...] = ()
    if report.position_id is not None:
        buttons = ((Button(f"Close {report.symbol}", f"close:{report.position_id}"),),)
    return Card(
        (
            Block(
                "title",
                f"{heading}: {verb.lower()} {quantity(report.quantity)} {report.base}",
            ),
            table(rows),
            *_armed(report.strategy),
            Block("small", f"{report.at:%d %b %H:%M:%S} UTC · {report.source}"),
            simulated(demo=report.demo),
        ),
        buttons,
    )


def drawdown_card(alert: DrawdownAlert) -> Card:
    """Warn of a drawdown, or tell that it has recovered."""
    name = _spoken(alert.scope)
    fall, bound = percent(alert.drawdown), percent(alert.bound)
    titles = {
        "warning": f"⚠ {name}: drawdown {fall}, limit {bound}",
        "limit": f"⛔ {name}: drawdown {fall} has reached its limit of {bound}",
        "ok": f"✓ {name}: drawdown back to {fall}",
    }
    texts = {
        "warning": "At the limit new entries are paused. /positions shows what is open.",
        "limit": "New entries are paused; stops, targets and closing go on.",
        "ok": "",
    }
    text = texts[alert.tier]
    if alert.paused:
        text = f"{text} /resume takes entries again, knowingly.".strip()
    rows = [
        ("equity", money(alert.equity, alert.currency)),
        ("peak", money(alert.peak, alert.currency)),
    ]
    blocks = [Block("title", titles[alert.tier]), table(rows)]
    blocks += [Block("text", text)] if text else []
    small = Block("small", f"{alert.at:%d %b %H:%M:%S} UTC · {alert.source}")
    return Card((*blocks, small, simulated(demo=alert.demo)))


def _armed(strategy: str) -> tuple[Block, ...]:
    """Say whose fill it is where nobody tapped for it."""
    return () if strategy in OWN else (Block("text", f"By {strategy}."),)


def _spoken(scope: str) -> str:
    name = scope.removeprefix("strategy:")
    # An armed strategy's name holds its symbol, which stays as it is.
    return name if " " in name else name.title()
