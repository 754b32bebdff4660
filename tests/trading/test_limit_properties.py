"""For any account, limits and order: the size that passes passes, and nothing bigger does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.fakes.fake_market import instrument_of
from tests.trading.ledger_events import AT, holding_account
from tests.trading.limit_states import entry, waiting, with_leverage
from trading.account import AccountState
from trading.bounds import Limits
from trading.limits import REDUCES, Allowed, Denied, Intent, check, largest
from trading.orders import Order, Side

D = Decimal
money = st.integers(1, 10**9).map(lambda n: D(n).scaleb(-4))
lots = st.sampled_from(["1", "0.1", "0.00001", "0.003"])
signed = st.integers(-90_000, 90_000).map(lambda n: D(n).scaleb(-3))
fraction = st.integers(1, 100).map(lambda n: D(n) / 100)
leverages = st.sampled_from(["1", "1.5", "3", "7", "20"])
SIDES: st.SearchStrategy[Side] = st.sampled_from(get_args(Side))
SYMBOLS = ("BTC/USDT", "ETH/USDT", "EUR/USDT")
PEOPLE = ("manual", "analyst")


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    return Limits(
        max_order_fraction=draw(fraction),
        max_symbol_fraction=draw(fraction) * 3,
        max_leverage_crypto=D(draw(leverages)),
        max_leverage_other=D(draw(leverages)),
        max_loss_fraction=draw(fraction) / 10,
        daily_loss=draw(fraction),
        strategy_drawdown=D("0.99"),
        account_drawdown=D("0.99"),
        max_positions=draw(st.integers(1, 6)),
        cooldown_minutes=draw(st.sampled_from([0, 30])),
        blocked=draw(st.sampled_from([(), (), ("BTC/USDT",)])),
    )


@st.composite
def orders(draw: st.DrawFn, order_id: str) -> Order:
    return entry(
        order_id,
        draw(st.sampled_from(SYMBOLS)),
        draw(SIDES),
        str(draw(money) / 1000),
        str(draw(money)),
        kind=draw(st.sampled_from(["limit", "stop"])),
        strategy=draw(st.sampled_from(PEOPLE)),
        leverage=draw(leverages),
        reduce_only=draw(st.integers(0, 4)) == 0,
    )


@st.composite
def states(draw: st.DrawFn) -> AccountState:
    keys = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(SYMBOLS))
    held = draw(st.dictionaries(keys, signed.filter(bool), max_size=3))
    rows = [(who, what, str(size), "100") for (who, what), size in held.items()]
    state = with_leverage(holding_account(*rows), draw(leverages))
    state = replace(
        state,
        paused=draw(st.sampled_from([{}, {}, {}, {"account": "x"}, {"strategy:manual": "x"}])),
        stopped=draw(st.sampled_from([{}, {}, {"BTC/USDT": AT - timedelta(minutes=10)}])),
        lost_day=draw(st.sampled_from([None, None, None, AT.date()])),
    )
    return waiting(
        state, *(draw(orders(f"o{number}")) for number in range(draw(st.integers(0, 3))))
    )


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    what = instrument_of(
        "BTC/USDT", lot=draw(lots), min_notional=draw(st.sampled_from(["0", "5", "100"]))
    )
    return Intent(
        what,
        "manual",
        draw(SIDES),
        draw(st.integers(-10, 10**7)) * what.lot,
        draw(money),
        leverage=D(draw(leverages)),
        risk=draw(st.none() | money),
        at=AT,
        quoted_at=AT - timedelta(seconds=draw(st.sampled_from([0, 5, 29, 31]))),
        order_id=draw(st.sampled_from([None, "o0"])),
    )


def on_the_lot(state: AccountState, asked: Intent) -> AccountState:
    """Return the state with a position that is a whole number of lots, as fills leave it."""
    key = (asked.strategy, asked.instrument.symbol)
    if key not in state.positions:
        return state
    held = state.positions[key]
    rest = abs(held.quantity) % asked.instrument.lot
    whole = held.quantity - rest if held.quantity > 0 else held.quantity + rest
    kept = {name: one for name, one in state.positions.items() if name != key}
    if whole:
        kept[key] = held.model_copy(update={"quantity": whole})
    costs = {**state.costs, key: whole * 100}
    return replace(state, positions=kept, costs=costs)


@settings(max_examples=times(250, 5_000), deadline=None)
@given(asked=intents(), state=states(), bounds=limits(), marks=st.tuples(money, money, money))
def test_the_passing_quantity_passes_and_one_lot_more_does_not(
    asked: Intent, state: AccountState, bounds: Limits, marks: tuple[Decimal, Decimal, Decimal]
) -> None:
    state = on_the_lot(state, asked)
    prices = dict(zip(SYMBOLS, marks, strict=True))
    lot = asked.instrument.lot

    def answer(size: Decimal) -> Allowed | Denied:
        return check(replace(asked, quantity=size), state, prices, bounds)

    first, best = answer(asked.quantity), largest(asked, state, prices, bounds)
    if isinstance(first, Allowed):
        assert asked.quantity <= best
    else:
        assert first.passing_quantity == best
        assert first.reasons
        assert all(breach.text for breach in first.reasons)
    if best > 0:
        assert isinstance(answer(best), Allowed)
    assert best % lot == 0
    for more in (1, 2, 7, 1000):
        assert isinstance(answer(best + more * lot), Denied)


@settings(max_examples=times(100, 1_000), deadline=None)
@given(
    asked=intents(),
    state=states(),
    bounds=limits(),
    marks=st.tuples(money, money, money),
    share=st.integers(1, 100),
)
def test_reducing_is_always_allowed(
    asked: Intent,
    state: AccountState,
    bounds: Limits,
    marks: tuple[Decimal, Decimal, Decimal],
    share: int,
) -> None:
    prices = dict(zip(SYMBOLS, marks, strict=True))
    for (strategy, symbol), held in state.positions.items():
        side: Side = "sell" if held.quantity > 0 else "buy"
        leaving = replace(
            asked,
            instrument=instrument_of(symbol),
            strategy=strategy,
            side=side,
            quantity=abs(held.quantity) * share / 100,
        )
        assert check(leaving, state, prices, bounds) == Allowed(REDUCES)
        assert largest(leaving, state, prices, bounds) >= leaving.quantity


@settings(max_examples=times(100, 1_000), deadline=None)
@given(asked=intents(), state=states(), bounds=limits())
def test_one_waiting_order_less_never_leaves_less_room(
    asked: Intent, state: AccountState, bounds: Limits
) -> None:
    prices = dict.fromkeys(SYMBOLS, D(100))
    asked = replace(asked, order_id=None)
    for order_id in state.orders:
        without = {name: order for name, order in state.orders.items() if name != order_id}
        freed = largest(asked, replace(state, orders=without), prices, bounds)
        assert freed >= largest(asked, state, prices, bounds)
        # The order that is about to fill leaves the same room as one that is not there.
        assert freed == largest(replace(asked, order_id=order_id), state, prices, bounds)
