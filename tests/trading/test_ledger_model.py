"""The ledger against a plain model: the books balance exactly after every step."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.trading.ledger_events import numbered, opened, traded
from trading.account import AccountState, equity, scopes
from trading.events import EquityMarked, Event, OrderFilled
from trading.ledger import fold
from trading.legal import IllegalEvent
from trading.orders import Side

quantities = st.integers(1, 10**12).map(lambda n: Decimal(n).scaleb(-8))
prices = st.integers(1, 10**13).map(lambda n: Decimal(n).scaleb(-8))
fees = st.integers(0, 10**10).map(lambda n: Decimal(n).scaleb(-8))
STRATEGIES = st.sampled_from(["analyst", "manual"])
SYMBOLS = st.sampled_from(["BTC/USDT", "ETH/USDT"])
CASH = "12345.678"


class Books(RuleBasedStateMachine):
    """A model with two numbers per pile, exact fractions, no averages."""

    @initialize()
    def open(self) -> None:
        self.events: list[Event] = [opened(CASH)]
        self.state: AccountState = fold(numbered(self.events))
        self.cash = Fraction(CASH)
        self.fees = Fraction(0)
        self.held: dict[tuple[str, str], Fraction] = {}
        self.number = 0

    @rule(
        strategy=STRATEGIES,
        symbol=SYMBOLS,
        side=st.sampled_from(["buy", "sell"]),
        quantity=quantities,
        price=prices,
        fee=fees,
    )
    def trade(
        self,
        strategy: str,
        symbol: str,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        fee: Decimal,
    ) -> None:
        self.number += 1
        events = traded(
            self.number,
            side,
            quantity,
            price,
            before=self.state.holding(strategy, symbol),
            fee=fee,
            symbol=symbol,
            strategy=strategy,
        )
        self.take(events)
        signed = Fraction(quantity) * (1 if side == "buy" else -1)
        self.cash -= signed * Fraction(price) + Fraction(fee)
        self.fees += Fraction(fee)
        key = (strategy, symbol)
        self.held[key] = self.held.get(key, Fraction(0)) + signed

    @precondition(lambda self: self.state.positions)
    @rule(data=st.data(), price=prices)
    def close(self, data: st.DataObject, price: Decimal) -> None:
        strategy, symbol = data.draw(st.sampled_from(sorted(self.state.positions)))
        position = self.state.positions[strategy, symbol]
        side: Side = "sell" if position.quantity > 0 else "buy"
        self.trade(strategy, symbol, side, abs(position.quantity), price, Decimal(0))
        assert (strategy, symbol) not in self.state.positions

    @precondition(lambda self: self.number)
    @rule()
    def repeat_the_last_fill(self) -> None:
        last = next(event for event in reversed(self.events) if isinstance(event, OrderFilled))
        try:
            fold(numbered([last], after=self.state.seq), self.state)
        except IllegalEvent:
            return
        raise AssertionError("the same fill was taken twice")

    @rule(mark=prices)
    def mark(self, mark: Decimal) -> None:
        worth = scopes(self.state, {"BTC/USDT": mark, "ETH/USDT": mark})
        self.take([EquityMarked(equity=worth["account"], scopes=worth)])

    def take(self, events: list[Event]) -> None:
        self.state = fold(numbered(events, after=self.state.seq), self.state)
        self.events += events

    @invariant()
    def cash_and_positions_are_the_models(self) -> None:
        assert Fraction(self.state.cash) == self.cash
        held = {key: Fraction(position.quantity) for key, position in self.state.positions.items()}
        assert held == {key: quantity for key, quantity in self.held.items() if quantity}

    @invariant()
    def cash_costs_profits_and_fees_balance_exactly(self) -> None:
        costs = sum(map(Fraction, self.state.costs.values()), Fraction(0))
        realised = sum(map(Fraction, self.state.realised.values()), Fraction(0))
        paid = sum(map(Fraction, self.state.fees.values()), Fraction(0))
        assert paid == self.fees
        assert Fraction(self.state.cash) + costs - realised + paid == Fraction(CASH)

    @invariant()
    def strategies_add_up_to_the_account(self) -> None:
        marks = {"BTC/USDT": Decimal("123.45"), "ETH/USDT": Decimal("0.07")}
        worth = scopes(self.state, marks)
        with localcontext(prec=80):
            gains = sum(value - Decimal(CASH) for name, value in worth.items() if name != "account")
            assert worth["account"] == equity(self.state, marks) == Decimal(CASH) + gains

    @invariant()
    def folding_all_at_once_gives_the_same(self) -> None:
        assert fold(numbered(self.events)) == self.state


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
