"""The card of a proposal: what would be bought, at what, and what it could cost."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards.card import WIDTH, Block, Button, Card
from bot.cards.columns import broken
from desk.figures import money, percent, plain, price, quantity
from trading.limits import Denied
from trading.orders import Proposal


def proposal_lines(proposal: Proposal) -> str:
    """Write the order as the lines that every card with a Confirm button shows."""
    quote = proposal.quote
    lines = [*_what(proposal), *_entry(proposal), *_exits(proposal)]
    lines += _closing(proposal)
    if proposal.exposure_after != proposal.exposure_before:
        before, after = money(proposal.exposure_before, ""), money(proposal.exposure_after, quote)
        lines += _joined(f"exposure {before.strip()} →", after, " ")
    lines += _margin(proposal)
    lines += _same_bet(proposal)
    if not proposal.reduce_only:
        lines += _joined("nearest limit:", proposal.nearest_limit.partition(" (")[0], " ")
    if proposal.until is not None:
        lines.append(f" in the book until {proposal.until:%d %b %H:%M} UTC")
    elif proposal.kind != "market":
        lines.append(" in the book till cancelled")
    # Times, not ages: the card stays as it is while they pass.
    lines.append(f"quote {proposal.quoted_at:%H:%M:%S} · until {proposal.expires_at:%H:%M:%S} UTC")
    return "\n".join(part for line in lines for part in broken(line))


def _closing(proposal: Proposal) -> list[str]:
    """Say what an order closes before it opens the other side, if it does."""
    opens = proposal.opens
    if opens is None or opens == proposal.quantity:
        return []
    closes = f"closes {quantity(proposal.quantity - opens)}"
    if opens == 0:
        return [f" {closes} {proposal.base} of what you hold"]
    side = "long" if proposal.side == "buy" else "short"
    return _joined(f"{closes},", f"opens {quantity(opens)} {side}", " ")


def _same_bet(proposal: Proposal) -> list[str]:
    """Name what is held and moves with it, if that is known."""
    bet = proposal.same_bet
    if bet is None:
        return []
    how = "moves with" if bet.correlation > 0 else "moves against"
    more = f", {bet.others} more" if bet.others else ""
    side = "long" if bet.held == "buy" else "short"
    return _joined(f"{how} {bet.symbol},", f"held {side} ({plain(bet.correlation)}){more}", " ")


def grid_line(proposal: Proposal) -> str:
    """Write the market's rules: tick, lot and smallest order; "" when they were not recorded."""
    tick, lot, least = proposal.tick, proposal.lot, proposal.min_notional
    if tick is None or lot is None or least is None:
        return ""
    smallest = f"min {quantity(least)} {proposal.quote}"
    lines = _joined(f"tick {quantity(tick)}, lot {quantity(lot)},", smallest, " ")
    return "\n".join(part for line in lines for part in broken(line))


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
    proposal_id: str, ending: str, question_id: str | None, order_id: str | None = None
) -> tuple[tuple[Button, ...], ...]:
    """Make the buttons of a proposal that is over: how it ended, Cancel of its order, and Why."""
    row = [Button(ending, f"ended:{proposal_id}")]
    if order_id:
        row.append(Button("Cancel order", f"cancel:{order_id}"))
    if question_id:
        row.append(Button("Why", f"why:{question_id}"))
    return (tuple(row),)


def proposal_card(proposal: Proposal, *, demo: bool, remark: str = "") -> Card:
    """Show a proposal that a person typed, or one that replaces another (`remark` says why)."""
    blocks = [Block("title", f"{proposal.symbol} · {proposal.source}")]
    if remark:
        blocks.append(Block("text", remark))
    lines = [proposal_lines(proposal), grid_line(proposal)]
    blocks.append(Block("table", "\n".join(filter(None, lines))))
    blocks += notes_of(proposal)
    blocks.append(simulated(demo=demo))
    return Card(tuple(blocks), proposal_buttons(proposal, why=True))


def notes_of(proposal: Proposal) -> list[Block]:
    """Write what was changed of the order, or is good to know."""
    return [Block("text", note) for note in proposal.notes]


def denied_text(denied: Denied, base: str) -> str:
    """Name every limit that an order breaks, and the size that would pass."""
    reasons = "\n".join(f"• {breach.text}" for breach in denied.reasons)
    if denied.passing_quantity > 0:
        size = f"{quantity(denied.passing_quantity)} {base}".rstrip()
        return f"No order, a limit says no:\n{reasons}\nThe largest size that would pass: {size}."
    return f"No order, a limit says no:\n{reasons}\nNo size would pass now."


def simulated(*, demo: bool) -> Block:
    words = "simulated money · not advice"
    return Block("small", f"DEMO DATA · {words}" if demo else words)


def _what(proposal: Proposal) -> Iterator[str]:
    verb = "Buy" if proposal.side == "buy" else "Sell"
    size = f"{verb} {quantity(proposal.quantity)} {proposal.base} ≈"
    yield from _joined(size, money(proposal.notional, proposal.quote), "")
    if proposal.reduce_only:
        yield " only reduces what is held"


def _entry(proposal: Proposal) -> Iterator[str]:
    asked = "" if proposal.price is None else quantity(proposal.price)
    costs = f"fee {money(proposal.fee, proposal.quote)}"
    if proposal.kind == "market":
        yield f" entry {price(proposal.entry)} ±{percent(proposal.band)}"
    elif proposal.kind == "limit":
        at_once = proposal.entry != proposal.price
        expected = f"entry {price(proposal.entry)}" if at_once else _market(proposal)
        yield from _joined(f"limit {asked}", expected, " ", "  ")
    elif proposal.limit is None:
        yield from _joined(f"stop entry {asked}", _market(proposal), " ", "  ")
        yield f" entry expected {price(proposal.entry)}"
    else:
        yield from _joined(f"stop entry {asked}", f"limit {quantity(proposal.limit)}", " ", "  ")
        if _market(proposal):
            yield f" {_market(proposal)}"
    takes = proposal.kind in ("market", "stop") or proposal.stop is not None
    if takes:
        yield from _joined(f"{costs},", f"slippage {percent(proposal.slippage)}", " ")
    else:
        yield f" {costs}"


def _market(proposal: Proposal) -> str:
    return "" if proposal.mark is None else f"market {price(proposal.mark)}"


def _exits(proposal: Proposal) -> Iterator[str]:
    stop = target = ""
    if proposal.stop is not None and proposal.trail is not None:
        stop = f"trailing stop {price(proposal.stop)} ({percent(proposal.trail)})"
    elif proposal.stop is not None:
        stop = f"stop {price(proposal.stop)}"
    elif proposal.opens:
        stop = "no stop"
    if proposal.target is not None:
        target = f"target {price(proposal.target)}"
    if stop or target:
        yield from _joined(stop, target, " ", "  ")
    if proposal.loss_at_stop is not None and proposal.loss_fraction is not None:
        share = f"({percent(proposal.loss_fraction)})"
        yield from _joined(
            f"loss at stop {money(proposal.loss_at_stop, proposal.quote)}", share, " "
        )


def _margin(proposal: Proposal) -> Iterator[str]:
    leverage = f"leverage {quantity(proposal.leverage)} ×"
    if proposal.leverage != 1 and proposal.margin is not None:
        margin = f"margin {money(proposal.margin, proposal.quote)}"
        yield from _joined(f"{leverage},", margin, " ")
    if proposal.liquidation is not None:
        yield f" liquidation at {price(proposal.liquidation)}"


def _joined(first: str, second: str, before: str, between: str = " ") -> list[str]:
    """Put two parts on one line, or each on its own where one has no room for both."""
    whole = f"{before}{between.join(filter(None, (first, second)))}"
    return [whole] if len(whole) <= WIDTH else [f"{before}{first}", f"{before}  {second}"]
