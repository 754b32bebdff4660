"""What a candle or a quote does to waiting orders and positions, case by case."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.booking import Booking, Source
from desk.filling import Conditions, Filling
from desk.moments import Moment, Phase, of_quote
from desk.terms import Terms
from desk.waiting import bands
from trading.account import AccountState
from trading.bounds import Limits
from trading.events import AccountOpened, Recorded, TradingPaused
from trading.instrument import Instrument, Quote
from trading.ledger import fold
from trading.margin import liquidation_of
from trading.orders import Exits, Fill, Order, OrderKind, Side, opposite

D = Decimal
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SYMBOL = "BTC/USDT"
WHAT = Instrument(SYMBOL, "BTC", "USDT", D("0.01"), D("0.001"), D(5))
FREE = Terms(fee_rate=D(0), slippage=D(0))
WIDE = Limits(max_order_fraction=D(1), max_symbol_fraction=D(10), max_loss_fraction=D(1))


def opened() -> AccountState:
    event = AccountOpened(cash=D(10_000), currency="USDT", chat_id=7)
    return fold([Recorded(account_id="a", seq=1, key="open", at=START, event=event, hash="")])


class Book:
    """An account that lives through moments, an hour each."""

    def __init__(self, terms: Terms = FREE, limits: Limits = WIDE) -> None:
        self._ids = itertools.count(1)
        # All of it is looked at later.
        later = START + timedelta(days=30)
        self.booking = Booking(opened(), later, self.new_id, Source("test", demo=False))
        self.filling = Filling(self.booking, Conditions(WHAT, terms, limits), {})
        self.now = START

    def new_id(self) -> str:
        return f"n{next(self._ids)}"

    @property
    def state(self) -> AccountState:
        return self.booking.state

    @property
    def fills(self) -> list[Fill]:
        return [one.fill for one in self.filling.filled]

    def order(
        self,
        kind: OrderKind,
        side: Side,
        price: str,
        *,
        quantity: str = "1",
        limit: str | None = None,
        exits: Exits | None = None,
        leverage: str = "1",
        until: datetime | None = None,
        at: datetime | None = None,
    ) -> Order:
        order = Order(
            id=self.new_id(),
            symbol=SYMBOL,
            strategy="manual",
            side=side,
            kind=kind,
            quantity=D(quantity),
            price=D(price),
            limit=D(limit) if limit else None,
            placed_at=at or self.now,
            exits=exits,
            leverage=D(leverage),
            until=until,
        )
        return self.booking.place(order)

    def hold(
        self,
        side: Side,
        price: str,
        quantity: str = "1",
        exits: Exits | None = None,
        leverage: str = "1",
    ) -> None:
        entry = self.booking.market_order(SYMBOL, "manual", side, D(quantity), leverage=D(leverage))
        fill = self.booking.fill(entry, D(price), D(0), "entry", self.now)
        self.booking.protect(entry, D(quantity), exits or Exits(), fill, self.now)

    def candle(self, open: float, high: float, low: float, close: float) -> None:
        end = self.now + HOUR
        phases = (Phase("open", self.now, open, open), Phase("within", end, low, high))
        self.filling.apply(Moment(SYMBOL, self.now, end, phases, D(str(close))))
        self.now = end

    def quote(self, bid: str, ask: str) -> None:
        self.now += timedelta(seconds=5)
        self.filling.apply(of_quote(Quote(SYMBOL, D(bid), D(ask), D(bid), self.now, "test")))


def test_a_limit_order_waits_for_its_price_and_fills_there() -> None:
    book = Book()
    book.order("limit", "buy", "95")
    book.candle(100, 101, 96, 97)
    assert not book.fills
    book.candle(97, 98, 94, 96)
    assert [(f.price, f.reason, f.at) for f in book.fills] == [(D(95), "entry", START + 2 * HOUR)]


def test_a_limit_order_that_meets_a_gap_fills_at_the_better_open() -> None:
    book = Book()
    book.order("limit", "sell", "105")
    book.candle(107, 108, 106, 107)
    assert [(f.price, f.at) for f in book.fills] == [(D(107), START)]


def test_a_limit_order_on_quotes_counts_on_no_more_than_its_level() -> None:
    book = Book()
    book.order("limit", "buy", "95")
    book.quote("94.9", "95.01")
    assert not book.fills
    book.quote("90", "90.1")
    assert [f.price for f in book.fills] == [D(95)]


def test_a_stop_entry_is_a_market_order_once_triggered() -> None:
    book = Book(Terms(fee_rate=D(0), slippage=D("0.01")))
    book.order("stop", "buy", "105")
    book.candle(100, 104, 99, 103)
    assert not book.fills
    book.candle(103, 106, 103, 106)
    assert [f.price for f in book.fills] == [D("106.05")]


@pytest.mark.parametrize(
    ("limit", "candles", "price"),
    [
        ("106", [(100, 106, 99, 106)], "105"),  # triggered within, filled there
        ("104", [(100, 106, 99, 106), (106, 107, 103, 105)], "104"),  # waits at its limit
        ("106", [(107, 108, 107, 108), (107, 108, 105, 106)], "106"),  # opens beyond its limit
    ],
)
def test_a_stop_limit_fills_at_its_limit_or_better(
    limit: str, candles: list[tuple[float, float, float, float]], price: str
) -> None:
    book = Book()
    book.order("stop_limit", "buy", "105", limit=limit)
    for candle in candles:
        book.candle(*candle)
    assert [f.price for f in book.fills] == [D(price)]


def test_a_candle_that_was_open_when_the_order_was_placed_does_not_fill_it() -> None:
    book = Book()
    book.order("limit", "buy", "95", at=START + timedelta(minutes=1))
    book.candle(94, 96, 90, 95)
    assert not book.fills
    book.candle(95, 96, 94, 95)
    assert len(book.fills) == 1


def test_an_order_whose_time_is_over_is_cancelled_at_that_time_and_told() -> None:
    book = Book()
    until = START + timedelta(minutes=30)
    book.order("limit", "buy", "95", until=until)
    book.candle(100, 101, 94, 97)
    assert not book.fills
    assert not book.state.orders
    (message,) = book.booking.messages
    assert message.kind == "cancelled"


def test_the_stop_comes_before_the_target_within_one_candle_and_cancels_it() -> None:
    book = Book()
    book.hold("buy", "100", exits=Exits(stop=D(97), target=D(105)))
    book.candle(100, 106, 96, 105)
    assert [(f.reason, f.price) for f in book.fills] == [("stop", D(97))]
    assert not book.state.orders
    assert not book.state.positions


def test_an_entry_within_a_candle_has_its_stop_there_but_not_its_target() -> None:
    book = Book()
    book.order("limit", "buy", "95", exits=Exits(stop=D(93), target=D(99)))
    book.candle(100, 101, 94, 100)  # its high came before: nobody knows otherwise
    assert [f.reason for f in book.fills] == ["entry"]
    book.candle(98, 99.5, 97, 99)
    assert [f.reason for f in book.fills] == ["entry", "target"]
    other = Book()
    other.order("limit", "buy", "95", exits=Exits(stop=D(93), target=D(99)))
    other.candle(100, 101, 92, 100)
    assert [f.reason for f in other.fills] == ["entry", "stop"]


def test_an_exit_that_the_entry_is_beyond_already_leaves_at_the_price_of_the_entry() -> None:
    book = Book()
    book.order("stop_limit", "buy", "105", limit="110", exits=Exits(stop=D(107), target=D(120)))
    book.candle(100, 106, 99, 101)
    assert [(f.reason, f.price) for f in book.fills] == [("entry", D(105)), ("stop", D(105))]


def test_a_trailing_stop_follows_the_best_price_and_never_goes_back() -> None:
    book = Book()
    book.hold("buy", "100", exits=Exits(stop=D(95), trail=D("0.05")))
    book.candle(100, 120, 99, 118)
    (order,) = book.state.orders.values()
    assert (order.best, order.price) == (D("120.0"), D("114"))
    book.candle(118, 119, 115, 116)
    assert book.state.orders[order.id].price == D("114")
    book.candle(116, 117, 113, 113)
    assert [(f.reason, f.price) for f in book.fills] == [("trailing", D("114"))]


def test_a_trailing_stop_follows_quotes_in_steps() -> None:
    book = Book()
    book.hold("sell", "100", exits=Exits(stop=D(105), trail=D("0.05")))
    book.quote("99.8", "99.9")  # less than a step
    (order,) = book.state.orders.values()
    assert order.price == D(105)
    book.quote("89.9", "90")
    assert book.state.orders[order.id].price == D("94.5")
    book.quote("94.4", "94.6")
    assert [f.reason for f in book.fills] == ["trailing"]


def test_a_liquidation_takes_no_more_than_the_margin() -> None:
    book = Book(Terms(fee_rate=D(0), slippage=D("0.001")))
    book.hold("buy", "100", "10", leverage="5")
    (position,) = book.state.positions.values()
    assert position.margin == 200
    assert liquidation_of(position, WHAT) == D("80.41")
    book.candle(70, 71, 60, 65)  # a gap far beyond
    (fill,) = book.fills
    assert (fill.reason, fill.price, fill.realised) == ("liquidation", D(80), D(-200))
    assert book.state.cash == 9_800


def test_a_stop_on_the_way_to_the_liquidation_comes_first() -> None:
    book = Book()
    book.hold("buy", "100", leverage="5", exits=Exits(stop=D(90)))
    book.candle(100, 101, 70, 75)
    assert [(f.reason, f.price) for f in book.fills] == [("stop", D(90))]


def test_a_waiting_entry_that_a_pause_forbids_is_cancelled_and_told() -> None:
    book = Book()
    book.order("limit", "buy", "95")
    book.booking.note(TradingPaused(scope="account", reason="you paused it"))
    book.candle(96, 97, 94, 95)
    assert not book.fills
    assert not book.state.orders
    (message,) = book.booking.messages
    assert "you paused it" in message.payload


def test_exits_of_two_entries_live_apart() -> None:
    book = Book()
    book.hold("buy", "100", exits=Exits(stop=D(90), target=D(110)))
    book.hold("buy", "100", exits=Exits(stop=D(95), target=D(120)))
    book.candle(100, 101, 94, 95)
    (position,) = book.state.positions.values()
    assert position.quantity == 1
    assert sorted(order.level for order in book.state.orders.values()) == [D(90), D(110)]


PRICES = st.integers(800, 1200).map(lambda cents: D(cents) / 10)


@given(
    kind=st.sampled_from(["limit", "stop", "stop_limit"]),
    side=st.sampled_from(["buy", "sell"]),
    level=PRICES,
    beyond=st.integers(-20, 20),
    held=st.sampled_from([None, "buy", "sell"]),
    stop=st.integers(1, 19),
    trail=st.booleans(),
    path=st.lists(st.tuples(PRICES, PRICES, PRICES, PRICES), min_size=1, max_size=8),
)
def test_nothing_happens_to_a_book_inside_its_bands(
    kind: OrderKind,
    side: Side,
    level: Decimal,
    beyond: int,
    held: Side | None,
    stop: int,
    trail: bool,
    path: list[tuple[Decimal, Decimal, Decimal, Decimal]],
) -> None:
    book = Book()
    limit = level + D(beyond) / 10
    book.order(kind, side, str(level), limit=str(limit) if kind == "stop_limit" else None)
    if held:
        away = D(-stop if held == "buy" else stop)
        follow = D("0.05") if trail else None
        target = D(100) - away
        book.hold(held, "100", exits=Exits(stop=100 + away, target=target, trail=follow))
    for prices in path:
        inside = bands(book.state, {SYMBOL: WHAT}, live=False).get(SYMBOL)
        before = book.state.seq
        low, high = min(prices), max(prices)
        book.candle(float(prices[0]), float(high), float(low), float(prices[1]))
        quiet = inside is None or not (
            (inside.low is not None and low <= inside.low)
            or (inside.high is not None and high >= inside.high)
        )
        if quiet:
            assert book.state.seq == before, (inside, prices)


@given(
    side=st.sampled_from(["buy", "sell"]),
    leverage=st.sampled_from(["1", "2", "3", "10"]),
    path=st.lists(st.tuples(PRICES, PRICES, PRICES, PRICES), min_size=1, max_size=6),
)
def test_a_position_never_loses_more_than_its_margin_but_for_its_fee(
    side: Side, leverage: str, path: list[tuple[Decimal, Decimal, Decimal, Decimal]]
) -> None:
    book = Book(Terms(fee_rate=D(0), slippage=D("0.01")))
    book.hold(side, "100", "3", leverage=leverage)
    (position,) = book.state.positions.values()
    for prices in path:
        book.candle(float(prices[0]), float(max(prices)), float(min(prices)), float(prices[1]))
    for fill in book.fills:
        assert fill.side == opposite(side)
        assert fill.realised >= -position.margin
