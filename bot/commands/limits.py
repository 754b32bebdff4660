"""/limits: the risk limits, and how close the account is to each."""

from __future__ import annotations

from bot.cards.card import Block, Card, table
from bot.cards.proposal import simulated
from bot.catalogue import command
from bot.turn import Turn
from desk.figures import money, percent


@command("Safety", "Show the risk limits and how close you are to them")
async def limits(turn: Turn) -> None:
    bounds = turn.services.limits
    view = await turn.services.portfolios.view(turn.account_id)
    rows = [
        ("one order", f"{percent(bounds.max_order_fraction)} of equity"),
        ("  that is", money(bounds.max_order_fraction * view.equity, view.currency)),
        ("one symbol", f"{percent(bounds.max_symbol_fraction)} of equity"),
        ("leverage, crypto", f"{bounds.max_leverage_crypto}×"),
        ("leverage, others", f"{bounds.max_leverage_other}×"),
        ("exposure now", percent(view.exposure_fraction)),
    ]
    falls = []
    for risk in view.risks:
        name = risk.scope.removeprefix("strategy:")
        falls.append((name, f"{percent(risk.drawdown)} of {percent(risk.limit)}"))
        if risk.paused:
            falls.append(("  paused", ""))
    await turn.chat.show(
        Card(
            (
                Block("title", "Limits"),
                table(rows),
                Block("title", "Drawdown, of the limit"),
                table(falls),
                Block(
                    "text",
                    "At its limit nothing new is opened; exits go on.",
                ),
                simulated(demo=view.demo),
            )
        )
    )
