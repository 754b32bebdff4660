"""Whose position an order reduces, and by how much."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal, localcontext

from desk.sized import reducible
from trading.account import AccountState
from trading.errors import BadArgument
from trading.measure import number
from trading.orders import Draft, Position
from trading.symbols import base_of

OWN = ("manual", "analyst")


def reducing(state: AccountState, draft: Draft, share: Decimal | None) -> Draft:
    """Point a draft that only reduces at the strategy that holds something for it.

    The draft's own strategy goes first, then the others; `share` is the part of what that one
    holds. Raises BadArgument when nobody holds anything on the other side.
    """
    held = {strategy for strategy, symbol in state.positions if symbol == draft.symbol}
    for strategy in sorted(held, key=lambda name: (name != draft.strategy, name not in OWN, name)):
        most = reducible(state, strategy, draft.symbol, draft.side)
        if most > 0:
            update: dict[str, object] = {"strategy": strategy}
            if share is not None:
                update["quantity"] = most * share
            return draft.model_copy(update=update)
    what = draft.symbol
    if draft.side == "sell":
        holds = (
            f"Your {what} is a short: /close {what} ends it." if held else f"You hold no {what}."
        )
        raise BadArgument(f"{holds} /short {what} opens a short.")
    holds = (
        f"Your {what} is a long: /close {what} ends it." if held else f"You are not short {what}."
    )
    raise BadArgument(f"{holds} /buy {what} without 'reduce' opens a long.")


def part_of(position: Position, quantity: Decimal) -> Decimal:
    """Return which fraction of a position `quantity` base units are, never a lot too few.

    Raises BadArgument when the position is smaller.
    """
    held = abs(position.quantity)
    if quantity > held:
        base = base_of(position.symbol)
        raise BadArgument(
            f"You hold {number(held)} {base} ({position.strategy}), less than "
            f"{number(quantity)}. Write a share such as half or 30%, or the quantity in "
            f"{base}."
        )
    with localcontext() as context:
        context.rounding = ROUND_UP
        return min(quantity / held, Decimal(1))
