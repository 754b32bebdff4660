"""What one question may use of language models, over all of its runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal

from agents import failure
from agents.failure import Failed
from agents.referee import Ended
from desk.spending import Amount, Ceiling
from desk.token_price import TokenPrice

# The longest reply that a model is let write where MODEL_OUTPUT_TOKENS says nothing else; mostly
# one has a few hundred tokens, but models that think first write more.
REPLY_TOKENS = 4_000


@dataclass(frozen=True)
class Held:
    """Set aside for one call: the tokens that go out, with the longest reply that may come."""

    tokens_in: int
    tokens_out: int
    price: TokenPrice | None

    @property
    def amount(self) -> Amount:
        return _amount(self.tokens_in, self.tokens_out, self.price)


@dataclass(frozen=True)
class Used:
    """What a call used; `about`: the server did not say, so it is reckoned."""

    tokens_in: int
    tokens_out: int
    about: bool = False


class Meter:
    """Counts the calls of one question; every run of it shares the meter.

    A call's size is set aside before it and settled after it. While other calls are under way a
    call that has no room waits for them: most use less than was set aside for them. So no more
    than the ceiling is spent by a server that keeps to the limit that each call names. What one
    that does not keep to it writes beyond (or writes with MODEL_OUTPUT_TOKENS=none) is counted
    whole, and the next call finds that less is left.
    """

    def __init__(self, ceiling: Ceiling | None = None, over: Failed = failure.OVER_BUDGET) -> None:
        """`over`: how a run ends that may spend no more."""
        self._ceiling = ceiling or Ceiling()
        self._over = over
        self._under_way: list[Held] = []
        self._settled = asyncio.Event()
        self._unpriced = False
        self.calls = 0
        self.spent = Amount()
        self.about = False

    @property
    def cost(self) -> Decimal | None:
        """What was spent so far, in USD; None where nothing was, or a price is not known."""
        return self.spent.cost if self.calls and not self._unpriced else None

    @property
    def at_most(self) -> Amount:
        """What was spent, with all that calls under way may still use."""
        return sum((held.amount for held in self._under_way), self.spent)

    async def before_call(
        self, tokens_in: int, price: TokenPrice | None, tokens_out: int = REPLY_TOKENS
    ) -> Held:
        """Set aside what a call may use; raise Ended when there is too little left for it.

        `tokens_out`: the limit of its reply (agents.models.reply_limit).
        """
        held = Held(tokens_in, tokens_out, price)
        while not self._fits(self.at_most + held.amount):
            if not self._under_way:
                raise Ended(self._over)
            await self._settled.wait()
        self._under_way.append(held)
        return held

    def used(self, held: Held, used: Used) -> None:
        """Settle a call with what it used."""
        # By identity: equal calls of several runs may be under way.
        self._under_way = [one for one in self._under_way if one is not held]
        if used.tokens_in or used.tokens_out:
            self.calls += 1
            self.spent += _amount(used.tokens_in, used.tokens_out, held.price)
            self.about |= used.about
            self._unpriced |= held.price is None
        self._settled.set()
        self._settled = asyncio.Event()

    def _fits(self, amount: Amount) -> bool:
        tokens, cost = self._ceiling.tokens, self._ceiling.cost
        return (tokens is None or amount.tokens <= tokens) and (cost is None or amount.cost <= cost)


def _amount(tokens_in: int, tokens_out: int, price: TokenPrice | None) -> Amount:
    cost = price.of(tokens_in, tokens_out) if price else Decimal(0)
    return Amount(tokens_in + tokens_out, cost)
