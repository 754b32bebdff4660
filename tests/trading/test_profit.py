"""Profit by period, symbol and strategy: exact, and it balances with the account."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.ledger_events import AT, numbered, opened, traded
from trading.account import AccountState
from trading.events import Event, OrderFilled
from trading.holding import EXACT
from trading.ledger import fold
from trading.orders import Fill
from trading.profit import NOTHING, Period, Profit, Tally, first_day, tally

D = Decimal
PERIODS: tuple[Period, ...] = ("day", "week", "month")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["manual", "analyst"]),
        st.sampled_from(["BTC/USDT", "ETH/USDT"]),
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 10**12).map(lambda n: D(n).scaleb(-8)),
        st.integers(1, 10**13).map(lambda n: D(n).scaleb(-8)),
        st.integers(0, 10**10).map(lambda n: D(n).scaleb(-8)),
        st.integers(0, 200_000),
    ),
    max_size=30,
)


def play(*trades: tuple[str, str, str, str]) -> list[Fill]:
    """Trade (side, quantity, price, fee), one a day from Monday 5 January 2026 on."""
    state, fills = fold(numbered([opened()])), []
    for number, (side, quantity, price, fee) in enumerate(trades):
        assert side in ("buy", "sell")
        before = state.holding("manual", "BTC/USDT")
        events = traded(
            number, "buy" if side == "buy" else "sell", quantity, price, before=before, fee=fee
        )
        state = fold(numbered(events, after=state.seq), state)
        fills.append(moved(events, timedelta(days=number)))
    return fills


def moved(events: list[Event], by: timedelta) -> Fill:
    filled = events[1]
    assert isinstance(filled, OrderFilled)
    return filled.fill.model_copy(update={"at": AT + by})


def test_trade_is_counted_when_its_position_ends_with_all_fees_of_its_fills() -> None:
    fills = play(("buy", "2", "100", "1"), ("sell", "1", "120", "1"), ("sell", "1", "90", "1"))
    total = tally(fills).total()
    assert total == Profit(D(10), D(3), fills=3, trades=1, wins=1, best=D(7), worst=D(7))
    assert total.net == 7
    days = tally(fills).by_period("day")
    assert [one.realised for one in days.values()] == [0, 20, -10]
    assert [one.trades for one in days.values()] == [0, 0, 1]


def test_turning_fill_ends_one_trade_and_shares_its_fee_with_the_next() -> None:
    fills = play(("buy", "1", "100", "1"), ("sell", "3", "110", "3"), ("buy", "2", "115", "2"))
    total = tally(fills).total()
    assert (total.trades, total.wins) == (2, 1)
    assert total.best == 10 - 1 - 1
    assert total.worst == -10 - 2 - 2
    assert total.net == total.best + total.worst == -6


def test_trade_that_ends_even_before_fees_is_no_win() -> None:
    total = tally(play(("buy", "1", "100", "0.1"), ("sell", "1", "100", "0.1"))).total()
    assert (total.trades, total.wins, total.best, total.worst) == (1, 0, D("-0.2"), D("-0.2"))


def test_nothing_traded_is_nothing() -> None:
    assert tally([]) == NOTHING
    assert NOTHING.total() == Profit()
    assert NOTHING.by_period("week") == NOTHING.by_symbol() == {}


@pytest.mark.parametrize(
    ("period", "day", "first"),
    [
        ("day", date(2026, 1, 1), date(2026, 1, 1)),
        ("week", date(2026, 1, 1), date(2025, 12, 29)),
        ("week", date(2026, 1, 4), date(2025, 12, 29)),
        ("week", date(2026, 1, 5), date(2026, 1, 5)),
        ("month", date(2024, 2, 29), date(2024, 2, 1)),
    ],
)
def test_periods_begin_at_midnight_on_monday_and_on_the_first(
    period: Period, day: date, first: date
) -> None:
    assert first_day(period, day) == first


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_week_is_the_calendars_iso_week(day: date) -> None:
    first = first_day("week", day)
    assert first.isoweekday() == 1
    assert first.isocalendar()[:2] == day.isocalendar()[:2]


def test_day_is_the_utc_one_whatever_zone_the_time_is_written_in() -> None:
    (fill,) = play(("buy", "1", "100", "1"))
    late = datetime(2026, 1, 5, 23, 30, tzinfo=UTC).astimezone(timezone(timedelta(hours=9)))
    cells = tally([fill.model_copy(update={"at": late})]).cells
    assert [cell.day for cell in cells] == [date(2026, 1, 5)]


def played(
    steps: list[tuple[str, str, str, Decimal, Decimal, Decimal, int]],
) -> tuple[AccountState, list[Fill]]:
    """Fold trades that jump about in time; return the state and its fills in log order."""
    state, fills = fold(numbered([opened()])), []
    for number, (strategy, symbol, side, quantity, price, fee, minutes) in enumerate(steps):
        events = traded(
            number,
            "buy" if side == "buy" else "sell",
            quantity,
            price,
            before=state.holding(strategy, symbol),
            fee=fee,
            symbol=symbol,
            strategy=strategy,
        )
        state = fold(numbered(events, after=state.seq), state)
        fills.append(moved(events, timedelta(minutes=minutes)))
    return state, fills


def added(profits: list[Profit]) -> Profit:
    total = Profit()
    for profit in profits:
        total = total.plus(profit)
    return total


@given(STEPS)
def test_totals_balance_exactly_with_the_account(
    steps: list[tuple[str, str, str, Decimal, Decimal, Decimal, int]],
) -> None:
    state, fills = played(steps)
    made = tally(fills)
    strategies = made.by_strategy()
    assert {name: one.realised for name, one in strategies.items()} == dict(state.realised)
    assert {name: one.fees for name, one in strategies.items()} == dict(state.fees)
    total = made.total()
    groups = [list(made.by_symbol().values()), list(strategies.values())]
    groups += [list(made.by_period(period).values()) for period in PERIODS]
    for group in groups:
        assert added(group) == total
    assert total.fills == len(fills)
    assert 0 <= total.wins <= total.trades <= total.fills


@given(STEPS)
def test_trades_that_ended_and_those_still_open_are_all_that_was_brought(
    steps: list[tuple[str, str, str, Decimal, Decimal, Decimal, int]],
) -> None:
    state, fills = played(steps)
    results, one = [], NOTHING
    for fill in fills:
        one = tally([fill], Tally(NOTHING.cells, one.trades))
        result = one.total()
        results += [result.best or D(0)] if result.trades else []
    made = tally(fills)
    total = made.total()
    assert {key: held.holding for key, held in made.trades.items()} == {
        key: state.holding(*key) for key in state.positions
    }
    parts = [*results, *(held.net for held in made.trades.values())]
    assert reduce(EXACT.add, parts, D(0)) == total.net
    assert total.trades == len(results)
    assert total.wins == sum(result > 0 for result in results)
    assert total.best == max(results, default=None)
    assert total.worst == min(results, default=None)


@given(STEPS, st.integers(0, 30), st.integers(0, 140))
def test_adding_later_fills_to_a_tally_gives_the_whole(
    steps: list[tuple[str, str, str, Decimal, Decimal, Decimal, int]], cut: int, days: int
) -> None:
    _, fills = played(steps)
    whole: Tally = tally(fills)
    assert tally(fills[cut:], tally(fills[:cut])) == whole
    since = AT.date() + timedelta(days=days)
    after = [one for day, one in whole.by_period("day").items() if day >= since]
    assert whole.total(since) == added(after)
    assert added(list(whole.by_symbol(since).values())) == added(after)
