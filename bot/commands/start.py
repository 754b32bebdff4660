"""/start: greet, open the paper account, offer questions to begin with."""

from __future__ import annotations

from bot.cards.card import Block, Button, Card
from bot.catalogue import command
from bot.turn import Turn
from desk.figures import money

EXAMPLES = (
    "Is BTC a long on the 1h right now?",
    "Should I short ETH on the 4h?",
    "How risky is SOL today?",
)


@command("More", "Greet, open your paper account, show three questions to begin with")
async def start(turn: Turn) -> None:
    view = await turn.services.portfolios.view(turn.account_id)
    market = turn.services.market
    prices = (
        "Prices come from a made-up DEMO market, not from an exchange."
        if market.demo
        else f"Prices come live from {market.name}."
    )
    blocks = (
        Block("title", "Hello! This is Conclave, a trading desk in your chat.\n"),
        Block(
            "text",
            f"Your paper account is worth {money(view.equity, view.currency)}. Ask in plain words: "
            "several runs of an analyst look at the same frozen market and vote, and you confirm "
            "or reject the paper order they propose.\n",
        ),
        Block("text", f"{prices} Analyst: {turn.services.analyst}.\n"),
        Block("text", "Try one of these, or /help for all commands."),
        Block("small", "Simulated money only. Not advice."),
    )
    buttons = tuple((Button(text, f"ask:{i}"),) for i, text in enumerate(EXAMPLES))
    await turn.chat.show(Card(blocks, buttons))
