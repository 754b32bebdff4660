"""The card of a proposal: what would be bought, at what, and what it could cost."""

from __future__ import annotations

from bot.cards.card import Block, Button, Card
from desk.figures import money, percent, price, quantity
from trading.limits import Denied
from trading.orders import Proposal


def proposal_lines(proposal: Proposal) -> str:
    """Write the order as the lines that every card with a Confirm button shows."""
    verb = "Buy" if proposal.side == "buy" else "Sell"
    lines = [
        f"{verb} {quantity(proposal.quantity)} {proposal.base} ≈ "
        f"{money(proposal.notional, proposal.quote)}",
        f" entry {price(proposal.entry)} ±{percent(proposal.band)}",
        f" fee {money(proposal.fee, proposal.quote)}, slippage {percent(proposal.slippage)}",
    ]
    levels = [
        f"{name} {price(level)}"
        for name, level in (("stop", proposal.stop), ("target", proposal.target))
        if level is not None
    ]
    if levels:
        lines.append(f" {'  '.join(levels)}")
    if proposal.loss_at_stop is not None and proposal.loss_fraction is not None:
        lines.append(
            f" loss at stop {money(proposal.loss_at_stop, proposal.quote)} "
            f"({percent(proposal.loss_fraction)})"
        )
    lines.append(f" nearest limit: {proposal.nearest_limit.partition(' (')[0]}")
    # Times, not ages: the card stays as it is while they pass.
    lines.append(f"quote {proposal.quoted_at:%H:%M:%S} · until {proposal.expires_at:%H:%M:%S} UTC")
    return "\n".join(lines)


def proposal_buttons(proposal: Proposal, *, why: bool = False) -> tuple[tuple[Button, ...], ...]:
    row = [
        Button("Confirm", f"confirm:{proposal.id}"),
        Button("Half", f"half:{proposal.id}"),
        Button("Reject", f"reject:{proposal.id}"),
    ]
    if why and proposal.question_id:
        row.append(Button("Why", f"why:{proposal.question_id}"))
    return (tuple(row),)


def settled_buttons(
    proposal_id: str, ending: str, question_id: str | None
) -> tuple[tuple[Button, ...], ...]:
    """Make the buttons of a proposal that is over: how it ended, and Why."""
    row = [Button(ending, f"ended:{proposal_id}")]
    if question_id:
        row.append(Button("Why", f"why:{question_id}"))
    return (tuple(row),)


def proposal_card(proposal: Proposal, *, demo: bool, remark: str = "") -> Card:
    """Show a proposal that a person typed, or one that replaces another (`remark` says why)."""
    blocks = [Block("title", f"{proposal.symbol} · {proposal.source}")]
    if remark:
        blocks.append(Block("text", remark))
    blocks += [Block("table", proposal_lines(proposal)), simulated(demo=demo)]
    return Card(tuple(blocks), proposal_buttons(proposal, why=True))


def denied_text(denied: Denied, base: str) -> str:
    """Name every limit that an order breaks, and the size that would pass."""
    reasons = "\n".join(f"• {breach.text}" for breach in denied.reasons)
    if denied.passing_quantity > 0:
        size = f"{quantity(denied.passing_quantity)} {base}".rstrip()
        return f"No order, a limit says no:\n{reasons}\nA size that would pass: {size}."
    return f"No order, a limit says no:\n{reasons}\nNo size would pass now."


def simulated(*, demo: bool) -> Block:
    words = "simulated money · not advice"
    return Block("small", f"DEMO DATA · {words}" if demo else words)
