"""Inside all its bands an account has nothing to tell; at their ends it soon has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from desk.booking import Source
from desk.equity_band import equity_band
from desk.levels import Band, Levels
from desk.marking import mark
from tests.depth import times
from tests.trading.ledger_events import AT, account, holding_account
from trading.account import AccountState, Mark, scopes
from trading.bounds import Limits
from trading.events import Tier

D = Decimal
SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
LIMITS = Limits()
NEVER = timedelta(days=1000)
SOURCE = Source("fake", demo=False)
DAY = timedelta(days=1)
price = st.integers(1, 10**8).map(lambda n: D(n).scaleb(-4))
quantity = st.integers(-(10**6), 10**6).filter(bool).map(lambda n: D(n).scaleb(-3))
tier: st.SearchStrategy[Tier] = st.sampled_from(["ok", "warning", "limit"])
part = st.integers(1, 990).map(lambda n: D(n) / 1000)


def crosses(state: AccountState, marks: Mapping[str, Decimal], limits: Limits) -> bool:
    """Tell whether a look at these prices finds anything, today or tomorrow."""
    return any(
        mark(state, marks, now, limits, NEVER, SOURCE).entries
        for now in (AT + timedelta(seconds=1), AT + DAY)
    )


def marked(state: AccountState, marks: Mapping[str, Decimal]) -> AccountState:
    """Return the state as after a mark at these prices."""
    worth = scopes(state, marks)
    peaks = {scope: max(state.peak(scope), value) for scope, value in worth.items()}
    last = Mark(AT, worth["account"], worth)
    return replace(state, marked=True, last_mark=last, peaks=peaks)


@st.composite
def accounts(draw: st.DrawFn) -> tuple[AccountState, dict[str, Decimal], Limits]:
    keys = st.tuples(st.sampled_from(["manual", "analyst"]), st.sampled_from(SYMBOLS))
    held = draw(st.dictionaries(keys, quantity, min_size=1, max_size=4))
    marks = {symbol: draw(price) for symbol in SYMBOLS}
    rows = [(who, what, str(size), str(marks[what])) for (who, what), size in held.items()]
    cash = str(draw(st.integers(1_000, 10**7)))
    state = marked(holding_account(*rows, cash=cash), marks)
    limits = Limits(
        account_drawdown=draw(part),
        strategy_drawdown=draw(part),
        daily_loss=draw(part),
    )
    tiers = {scope: draw(tier) for scope in state.peaks}
    peaks = {
        scope: peak / (1 - fall_within(tiers[scope], limits.drawdown(scope), draw(part)))
        for scope, peak in state.peaks.items()
    }
    state = replace(
        state,
        tiers=tiers,
        peaks=peaks,
        day_equity=D(cash) / (1 - limits.daily_loss * draw(part)),
        lost_day=draw(st.sampled_from([None, AT.date()])),
    )
    return state, {symbol: marks[symbol] for symbol in state.symbols}, limits


def fall_within(tier: Tier, bound: Decimal, share: Decimal) -> Decimal:
    """Return a drawdown at which the tier stays as it is."""
    if tier == "ok":
        return share * bound * D("0.8")
    top = bound if tier == "warning" else D("0.99")
    return D("0.7") * bound + share * (top - D("0.7") * bound)


@settings(max_examples=times(250, 5_000), deadline=None)
@given(
    accounts(),
    st.lists(st.sampled_from(["0", "1E-9", "0.01", "0.5", "0.99", "0.999999999", "1"]), min_size=3),
)
def test_inside_all_bands_nothing_is_crossed(
    found: tuple[AccountState, dict[str, Decimal], Limits], places: list[str]
) -> None:
    state, marks, limits = found
    bands = equity_band(state, marks, limits)
    assert set(bands) == set(state.symbols)
    moved = {}
    for (symbol, band), place in zip(sorted(bands.items()), places, strict=False):
        low = band.low if band.low is not None else marks[symbol] / 100
        high = band.high if band.high is not None else marks[symbol] * 100
        moved[symbol] = low + (high - low) * D(place)
        assume(moved[symbol] > 0)
    assert not crosses(state, moved, limits)


@settings(max_examples=times(100, 1_000), deadline=None)
@given(accounts(), st.integers(970, 1030).map(lambda n: D(n) / 1000))
def test_a_band_without_width_says_that_something_is_to_be_told_now(
    found: tuple[AccountState, dict[str, Decimal], Limits], shift: Decimal
) -> None:
    state, marks, limits = found
    state = replace(state, peaks={scope: peak * shift for scope, peak in state.peaks.items()})
    bands = equity_band(state, marks, limits)
    closed = all(band.low == band.high == marks[symbol] for symbol, band in bands.items())
    if crosses(state, marks, limits):
        assert closed
    if not closed:
        assert all(
            (band.low is None or band.low < marks[symbol])
            and (band.high is None or band.high > marks[symbol])
            for symbol, band in bands.items()
        )


def just_beyond(
    bands: Mapping[str, Band], marks: Mapping[str, Decimal]
) -> list[dict[str, Decimal]]:
    """Move each symbol past the low, or the high end of its band, all together."""
    lows = {symbol: band.low or marks[symbol] for symbol, band in bands.items()}
    highs = {symbol: band.high or marks[symbol] for symbol, band in bands.items()}
    shift = D("1E-9")
    return [
        {symbol: low * (1 - shift) for symbol, low in lows.items()},
        {symbol: high * (1 + shift) for symbol, high in highs.items()},
    ]


def test_bands_are_as_wide_as_they_can_be() -> None:
    marks = {"BTC/USDT": D(100), "ETH/USDT": D(10)}
    state = marked(
        holding_account(("manual", "BTC/USDT", "50", "100"), ("manual", "ETH/USDT", "100", "10")),
        marks,
    )
    bands = equity_band(state, marks, LIMITS)
    # 80 % of the strategy's 5 % are 400 of 10,000, and so is the day's 4 %, on 6,000 held.
    low, high = bands["BTC/USDT"].low, bands["BTC/USDT"].high
    assert low is not None
    assert high is not None
    assert round(low, 6) == round(D(100) * (1 - D(400) / 6000), 6)
    assert round(high, 6) == round(D(100) * (1 + D(5) / 6000), 6)
    for moved in just_beyond(bands, marks):
        assert crosses(state, moved, LIMITS)


def test_a_hedge_of_two_strategies_leaves_the_account_calm_and_each_of_them_not() -> None:
    marks = {"BTC/USDT": D(100)}
    state = marked(
        holding_account(("a", "BTC/USDT", "50", "100"), ("b", "BTC/USDT", "-50", "100")), marks
    )
    band = equity_band(state, marks, LIMITS)["BTC/USDT"]
    # Whichever way it goes, one of the two is at a new peak after 5 of 5,000.
    assert band.low is not None
    assert band.high is not None
    assert round(band.low, 6) == D("99.9")
    assert round(band.high, 6) == D("100.1")


def test_an_account_that_holds_nothing_has_no_bands() -> None:
    assert equity_band(account(), {}, LIMITS) == {}


def test_the_accounts_own_limits_go_before_the_desks() -> None:
    marks = {"BTC/USDT": D(100)}
    state = marked(holding_account(("manual", "BTC/USDT", "50", "100")), marks)
    own = replace(state, limits=Limits(daily_loss=D("0.01")))
    narrow = equity_band(own, marks, LIMITS)["BTC/USDT"].low
    wide = equity_band(state, marks, LIMITS)["BTC/USDT"].low
    assert narrow is not None
    assert wide is not None
    assert narrow > wide


def test_a_band_without_width_is_crossed_by_any_price() -> None:
    marks = {"BTC/USDT": D(100)}
    state = replace(
        marked(holding_account(("manual", "BTC/USDT", "50", "100")), marks),
        peaks={"account": D(10**6)},
    )
    levels = Levels()
    levels.put("a", equity_band(state, marks, LIMITS))
    for seen in (D(1), D(100), D(1000)):
        assert levels.crossed("BTC/USDT", seen, seen) == {"a"}
