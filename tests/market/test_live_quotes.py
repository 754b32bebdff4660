"""What came over the socket is a quote only while it is young, and only if it can be true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from market.live.backoff import Backoff
from market.live.line import Part
from market.live.quotes import LiveQuotes
from tests.depth import times
from tests.fakes.clock import FakeClock
from trading.candles import to_ms

YOUNG = 2.0
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SYMBOL = "BTC/USDT"
Make = Callable[[FakeClock], LiveQuotes]

prices = st.one_of(
    st.floats(0.5, 200),
    st.none(),
    st.sampled_from([0, -1.0, float("nan"), float("inf"), "garbage", True, [], 1e300]),
)
stamps = st.one_of(
    st.none(),
    st.integers(-120_000, 120_000).map(lambda shift: to_ms(NOW) + shift),
    st.sampled_from([0, -1, 10**30, float("nan"), "now", float("inf")]),
)
messages = st.fixed_dictionaries(
    {"bid": prices, "ask": prices, "last": prices, "timestamp": stamps}
)
steps = st.lists(
    st.tuples(st.sampled_from(["book", "ticker"]), messages, st.floats(0, 4)), max_size=25
)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(clock: FakeClock) -> LiveQuotes:
        market = ExchangeMarket("binance", CandleStore(tmp_path / "market.db"), clock)
        return LiveQuotes(market._read_live, market._live_time, clock, YOUNG)

    return made


@settings(max_examples=times(150, 5_000))
@given(steps)
def test_no_message_whatever_it_holds_makes_an_old_or_impossible_quote(
    drawn: list[tuple[Part, dict[str, Any], float]],
) -> None:
    clock = FakeClock(NOW)
    market = ExchangeMarket("binance", CandleStore(Path("/nowhere/market.db")), clock)
    quotes = LiveQuotes(market._read_live, market._live_time, clock, YOUNG)
    seconds, came = 0.0, []
    for part, message, pause in drawn:
        came.append((seconds, message["bid"], message["ask"]))
        quotes.take(part, SYMBOL, message, seconds)
        seconds += pause
        clock.move(seconds=pause)
        quote = quotes.get(SYMBOL, seconds)
        if quote is None:
            continue
        assert 0 < quote.bid <= quote.ask
        assert all(price.is_finite() for price in (quote.bid, quote.ask, quote.last))
        assert abs(clock() - quote.at) <= timedelta(seconds=YOUNG)
        # It was sent like this, a moment ago.
        sent = [(bid, ask) for at, bid, ask in came if seconds - at <= YOUNG]
        assert (str(quote.bid), str(quote.ask)) in [(_text(bid), _text(ask)) for bid, ask in sent]


def _text(price: object) -> str:
    return str(Decimal(repr(price))) if isinstance(price, float) else str(price)


def test_best_bid_and_ask_are_joined_with_the_last_trade(make: Make) -> None:
    clock = FakeClock(NOW)
    quotes = make(clock)
    ticker = {"bid": 99.0, "ask": 101.0, "last": 100.5, "timestamp": to_ms(NOW)}
    quotes.take("ticker", SYMBOL, ticker, 0.0)
    clock.move(seconds=1)
    quotes.take("book", SYMBOL, {"bid": 99.5, "ask": 100.0, "timestamp": None}, 1.0)
    quote = quotes.get(SYMBOL, 1.0)
    assert quote is not None
    assert (quote.bid, quote.ask, quote.last) == (Decimal("99.5"), Decimal(100), Decimal("100.5"))
    assert quote.at == clock()
    # The ticker's bid and ask are from before the book's update, and change nothing.
    quotes.take("ticker", SYMBOL, {**ticker, "last": 99.9, "timestamp": to_ms(clock())}, 1.0)
    quote = quotes.get(SYMBOL, 1.0)
    assert quote is not None
    assert (quote.bid, quote.ask, quote.last) == (Decimal("99.5"), Decimal(100), Decimal("99.9"))


def test_a_quote_ends_with_its_time_by_either_clock(make: Make) -> None:
    clock = FakeClock(NOW)
    quotes = make(clock)
    message = {"bid": 99.0, "ask": 101.0, "last": 100.0, "timestamp": None}
    quotes.take("ticker", SYMBOL, message, 0.0)
    assert quotes.get(SYMBOL, YOUNG) is not None
    assert quotes.get(SYMBOL, YOUNG + 0.01) is None
    clock.move(seconds=YOUNG + 0.01)
    assert quotes.get(SYMBOL, 0.0) is None
    clock.move(hours=-1)
    assert quotes.get(SYMBOL, 0.0) is None


def test_a_clock_that_is_put_back_holds_live_prices_up_for_a_moment_only(make: Make) -> None:
    clock = FakeClock(NOW)
    quotes = make(clock)
    quotes.take("book", SYMBOL, {"bid": 99.0, "ask": 101.0}, 0.0)
    clock.move(hours=-1)
    quotes.take("book", SYMBOL, {"bid": 98.0, "ask": 100.0}, YOUNG + 1)
    quote = quotes.get(SYMBOL, YOUNG + 1)
    assert quote is not None
    assert quote.bid == 98


def test_updates_of_a_connection_that_lags_are_no_quotes(make: Make) -> None:
    clock = FakeClock(NOW)
    quotes = make(clock)
    late = {"bid": 99.0, "ask": 101.0, "last": 100.0, "timestamp": to_ms(NOW) - 20_000}
    quotes.take("ticker", SYMBOL, late, 0.0)
    quotes.take("book", SYMBOL, {"bid": 99.0, "ask": 101.0}, 0.1)
    assert quotes.get(SYMBOL, 0.1) is None
    quotes.take("ticker", SYMBOL, {**late, "timestamp": to_ms(NOW)}, 0.2)
    quotes.take("book", SYMBOL, {"bid": 99.5, "ask": 101.0}, 0.3)
    assert quotes.get(SYMBOL, 0.3) is not None


@given(st.lists(st.tuples(st.floats(0, 4.9), st.floats(0, 1, exclude_max=True)), max_size=60))
def test_connections_that_don_t_last_never_come_faster_than_the_bound(
    lives: list[tuple[float, float]],
) -> None:
    jitter = iter([part for _, part in lives])
    backoff = Backoff(lambda: next(jitter), first=0.5, longest=60.0, sound=5.0)
    pauses = [backoff.after(lived) for lived, _ in lives]
    for number, pause in enumerate(pauses, 1):
        full = min(60.0, 0.5 * 2**number)
        assert full / 2 <= pause <= full


def test_a_connection_that_was_good_begins_the_pauses_anew() -> None:
    backoff = Backoff(lambda: 0.0, first=0.5, longest=60.0, sound=5.0)
    assert [backoff.after(0.0) for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert backoff.after(5.0) == 0.25
    assert backoff.after(0.0, wanted=20.0) == 20.0
    assert backoff.after(0.0, wanted=3_600.0) == 60.0


def test_a_ticker_makes_bid_and_ask_that_came_before_it_no_younger(make: Make) -> None:
    clock = FakeClock(NOW)
    quotes = make(clock)
    quotes.take("book", SYMBOL, {"bid": 99.0, "ask": 101.0}, 0.0)
    clock.move(seconds=1.5)
    quotes.take("ticker", SYMBOL, {"bid": 50.0, "ask": 51.0, "last": 100.0}, 1.5)
    quote = quotes.get(SYMBOL, 1.5)
    assert quote is not None
    assert (quote.last, quote.at) == (Decimal("100.0"), NOW)
    clock.move(seconds=0.6)
    assert quotes.get(SYMBOL, 2.1) is None


def test_a_last_trade_of_hours_ago_is_not_given_out_as_of_now(make: Make) -> None:
    clock = FakeClock(NOW)
    quotes = make(clock)
    ticker = {"bid": 100, "ask": 101, "last": 100.5, "timestamp": to_ms(NOW)}
    quotes.take("ticker", SYMBOL, ticker, 0.0)
    for seconds, last in ((10.0, Decimal("100.5")), (10.5, Decimal("80.5")), (21_600.0, None)):
        clock.now = NOW + timedelta(seconds=seconds)
        quotes.take("book", SYMBOL, {"bid": 80, "ask": 81}, seconds)
        quote = quotes.get(SYMBOL, seconds)
        assert quote is not None
        assert quote.last == (last or Decimal("80.5"))


def test_a_ticker_that_comes_late_gives_no_last_trade(make: Make) -> None:
    quotes = make(FakeClock(NOW))
    late = {"bid": 100, "ask": 101, "last": 100.5, "timestamp": to_ms(NOW) - 30_000}
    quotes.take("ticker", SYMBOL, late, 0.0)
    quotes.take("book", SYMBOL, {"bid": 80, "ask": 81, "timestamp": to_ms(NOW)}, 0.1)
    quote = quotes.get(SYMBOL, 0.1)
    assert quote is not None
    assert quote.last == Decimal("80.5")
